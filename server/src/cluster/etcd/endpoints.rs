//! One request, and the endpoints that are asked in turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Error;
use super::message::{Range, Status, Streamed, base64};
use crate::fetch;

/// How long all endpoints together may take for one request.
pub(super) const WHOLE: Duration = Duration::from_secs(3);
/// How long one of them may take.
pub(super) const ONE: Duration = Duration::from_secs(2);
/// The most bytes of an answer.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Whether a request may be sent again if nobody knows whether it was done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Once or twice makes no difference.
    Harmless,
    /// Only if the first has surely not arrived.
    OnlyIfUnsent,
}

/// Why a request was not answered as it should be.
pub(super) enum Fault {
    /// By nobody.
    Away(String),
    /// gRPC's code, and who said what.
    Refused(u32, String),
    /// The answer has too many bytes.
    TooLarge,
}

impl Fault {
    const NOT_FOUND: u32 = 5;
    const OUT_OF_RANGE: u32 = 11;

    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(Self::NOT_FOUND, _))
    }

    /// The revision that was asked for is compacted.
    pub(super) fn is_compacted(&self) -> bool {
        matches!(self, Self::Refused(Self::OUT_OF_RANGE, words) if words.contains("compacted"))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Away(words) => Self::Away(words),
            Fault::Refused(_, words) => Self::Refused(words),
            Fault::TooLarge => Self::Refused(format!("the answer has more than {} MiB", MOST_BYTES >> 20)),
        }
    }
}

/// What was wrong with one endpoint.
pub(super) enum Trouble {
    /// It was not reached.
    Unsent(String),
    /// It failed halfway, or it cannot do anything now; whether it has done it nobody knows.
    Unknown(String),
    /// It answered, and another one would say the same.
    Refused(Status),
    /// Its answer is too large.
    TooLarge,
}

impl Trouble {
    /// Codes of gRPC with which a server says that the fault is its own: cancelled, unknown, deadline exceeded, unavailable.
    const OF_THE_SERVER: [u32; 4] = [1, 2, 4, 14];
    const RESOURCE_EXHAUSTED: u32 = 8;

    pub(super) fn of_status(status: Status) -> Self {
        if Self::OF_THE_SERVER.contains(&status.code) {
            return Self::Unknown(status.message);
        }
        // `grpc: received message larger than max`, of a gateway with gRPC's own limit between itself and its server.
        if status.code == Self::RESOURCE_EXHAUSTED && status.message.contains("larger than max") {
            return Self::TooLarge;
        }
        Self::Refused(status)
    }

    fn of_answer(http: StatusCode, body: &[u8]) -> Self {
        serde_json::from_slice(body).map_or_else(
            |_| Self::Unknown(format!("it answered {http}; is this an etcd from 3.4 on, with its gRPC gateway?")),
            Self::of_status,
        )
    }

    /// What came instead of what was expected. A stream tells its error after a status of 200.
    pub(super) fn of_odd(message: &[u8]) -> Self {
        match serde_json::from_slice(message) {
            Ok(Streamed::Error(status)) => Self::of_status(status),
            _ => Self::Unknown("it does not answer as etcd does".to_owned()),
        }
    }

    pub(super) fn late() -> Self {
        Self::Unknown("it did not answer in time".to_owned())
    }

    /// In words, if it is the endpoint's.
    pub(super) fn words(self) -> String {
        match self {
            Self::Unsent(words) | Self::Unknown(words) | Self::Refused(Status { message: words, .. }) => words,
            Self::TooLarge => "its answer is too large".to_owned(),
        }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unsent(fetch::cause(error))
        } else if error.is_timeout() {
            Self::late()
        } else {
            Self::Unknown(fetch::cause(error))
        }
    }
}

/// Where etcd is asked.
pub(super) struct Endpoints {
    client: Client,
    urls: Vec<Url>,
    /// The one that answered last.
    good: AtomicUsize,
}

impl Endpoints {
    pub(super) fn new(client: Client, urls: Vec<Url>) -> Self {
        Self { client, urls, good: AtomicUsize::new(0) }
    }

    /// What etcd answers to a request.
    pub(super) async fn ask<T: DeserializeOwned>(&self, path: &str, what: &Value, repeat: Repeat) -> Result<T, Fault> {
        let body = Bytes::from(what.to_string());
        let mut turn = self.turn();
        while let Some((endpoint, limit)) = turn.next() {
            match self.exchange(endpoint, path, body.clone(), limit).await {
                Ok(answer) => {
                    self.answered(endpoint);
                    return Ok(answer);
                }
                Err(trouble) => turn.failed(endpoint, trouble, repeat)?,
            }
        }
        Err(turn.away())
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        endpoint: usize,
        path: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<T, Trouble> {
        let answer = self.request(endpoint, path, body).timeout(limit).send().await?;
        let (status, bytes) = (answer.status(), limited(answer).await?);
        if status != StatusCode::OK {
            return Err(Trouble::of_answer(status, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|_| Trouble::of_odd(&bytes))
    }

    fn request(&self, endpoint: usize, path: &str, body: Bytes) -> RequestBuilder {
        let mut url = self.urls[endpoint].clone();
        url.set_path(path);
        self.client.post(url).header("content-type", "application/json").body(body)
    }

    /// Sees whether an endpoint answers and has a quorum behind it, which a watch by itself does not tell.
    pub(super) async fn check(&self, endpoint: usize, limit: Duration) -> Result<(), Trouble> {
        let nothing = json!({ "key": base64([0]), "count_only": true });
        self.exchange::<Range>(endpoint, "v3/kv/range", nothing.to_string().into(), limit).await.map(drop)
    }

    /// The beginning of an answer that goes on.
    pub(super) async fn stream(&self, endpoint: usize, path: &str, what: &Value) -> Result<Response, Trouble> {
        let answer = self.request(endpoint, path, what.to_string().into()).send().await?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        Err(Trouble::of_answer(status, &limited(answer).await?))
    }

    /// The endpoints, the last good one first.
    pub(super) fn turn(&self) -> Turn<'_> {
        let (first, end) = (self.good.load(Ordering::Relaxed), Instant::now() + WHOLE);
        Turn { endpoints: self, first, asked: 0, end, causes: Vec::new() }
    }

    /// It is asked first from now on.
    pub(super) fn answered(&self, endpoint: usize) {
        self.good.store(endpoint, Ordering::Relaxed);
    }

    /// How an endpoint is called.
    pub(super) fn name(&self, endpoint: usize) -> &str {
        self.urls[endpoint].as_str().trim_end_matches('/')
    }
}

/// One walk through the endpoints.
pub(super) struct Turn<'a> {
    endpoints: &'a Endpoints,
    first: usize,
    asked: usize,
    end: Instant,
    causes: Vec<String>,
}

impl Turn<'_> {
    /// The next endpoint and the time that it has: those that are left share what is left.
    pub(super) fn next(&mut self) -> Option<(usize, Duration)> {
        let all = self.endpoints.urls.len();
        let left = u32::try_from(all - self.asked).ok()?;
        let share = self.end.saturating_duration_since(Instant::now()).checked_div(left)?;
        let endpoint = (self.first + self.asked) % all;
        self.asked += 1;
        Some((endpoint, share.min(ONE)))
    }

    /// Keeps what was wrong with an endpoint, if the next one may be asked.
    pub(super) fn failed(&mut self, endpoint: usize, trouble: Trouble, repeat: Repeat) -> Result<(), Fault> {
        let name = self.endpoints.name(endpoint);
        match trouble {
            Trouble::Refused(status) => Err(Fault::Refused(status.code, format!("{name}: {}", status.message))),
            Trouble::TooLarge => Err(Fault::TooLarge),
            Trouble::Unknown(words) if repeat == Repeat::OnlyIfUnsent => {
                Err(Fault::Away(format!("{name}: {words}; whether it was done is not known")))
            }
            Trouble::Unsent(words) | Trouble::Unknown(words) => {
                self.causes.push(format!("{name}: {words}"));
                Ok(())
            }
        }
    }

    /// Nobody was left.
    pub(super) fn away(self) -> Fault {
        Fault::Away(self.causes.join("; "))
    }
}

async fn limited(mut answer: Response) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(Trouble::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
