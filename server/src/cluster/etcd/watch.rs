//! What changes, as it changes.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};

use super::endpoints::{Endpoints, Fault, ONE, Repeat, Trouble};
use super::message::{Event, Status, Streamed, Watched, base64, prefix_end};
use super::{Changed, Error};

/// After how long a silence the endpoint is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(2);
/// The most bytes of one message. etcd makes fragments of what is larger than a request may be, 1.5 MiB, and half a MiB more; a setting of its
/// can raise that.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// A watch of one prefix, on a connection of its own. It ends with its first error: watch again from the revision after the last one
/// that was seen.
pub(crate) struct Watch {
    endpoints: Arc<Endpoints>,
    endpoint: usize,
    answer: Response,
    lines: Lines,
    /// Changes of a revision that may have more of them.
    held: Vec<Changed>,
    heard: Instant,
}

impl Watch {
    /// Opens a watch at the first endpoint that has a quorum behind it.
    pub(super) async fn open(endpoints: &Arc<Endpoints>, prefix: &str, from_revision: i64) -> Result<Self, Fault> {
        let from = if prefix.is_empty() { base64([0]) } else { base64(prefix) };
        let request = json!({ "create_request": {
            "key": from, "range_end": base64(prefix_end(prefix)), "start_revision": from_revision.to_string(),
            "fragment": true,
        } });
        let mut turn = endpoints.turn();
        while let Some((endpoint, limit)) = turn.next() {
            let opened = timeout(limit, Self::open_at(endpoints, endpoint, &request, limit)).await;
            match opened.unwrap_or_else(|_| Err(Trouble::late())) {
                Ok(watch) => {
                    endpoints.answered(endpoint);
                    return Ok(watch);
                }
                Err(trouble) => turn.failed(endpoint, trouble, Repeat::Harmless)?,
            }
        }
        Err(turn.away())
    }

    async fn open_at(
        endpoints: &Arc<Endpoints>,
        endpoint: usize,
        request: &Value,
        limit: Duration,
    ) -> Result<Self, Trouble> {
        endpoints.check(endpoint, limit).await?;
        let mut watch = Self {
            endpoints: endpoints.clone(),
            endpoint,
            answer: endpoints.stream(endpoint, "v3/watch", request).await?,
            lines: Lines::default(),
            held: Vec::new(),
            heard: Instant::now(),
        };
        loop {
            match watch.lines.next()? {
                Some(Streamed::Result(first)) if first.canceled => {
                    return Err(Trouble::Refused(Status { code: 0, message: first.cancel_reason }));
                }
                Some(Streamed::Result(_)) => return Ok(watch),
                Some(Streamed::Error(status)) => return Err(Trouble::of_status(status)),
                None => watch.read().await?,
            }
        }
    }

    /// What has changed, at least one; all changes of one revision come together. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// [`Error::Away`] if the connection ends, or its endpoint is silent and does not answer or has no quorum, which is noticed within
    /// eleven seconds. [`Error::Compacted`] if what it was to begin with is forgotten.
    pub(crate) async fn next(&mut self) -> Result<Vec<Changed>, Error> {
        loop {
            let message = self.lines.next().map_err(|trouble| self.away(trouble))?;
            match message {
                Some(Streamed::Result(watched)) => {
                    let changes = self.take(watched)?;
                    if !changes.is_empty() {
                        return Ok(changes);
                    }
                }
                Some(Streamed::Error(status)) => return Err(self.away(Trouble::of_status(status))),
                None => self.read_or_check().await.map_err(|trouble| self.away(trouble))?,
            }
        }
    }

    fn take(&mut self, watched: Watched) -> Result<Vec<Changed>, Error> {
        if watched.compact_revision > 0 {
            return Err(Error::Compacted(watched.compact_revision));
        }
        if watched.canceled {
            let name = self.endpoints.name(self.endpoint);
            return Err(Error::Refused(format!("{name}: the watch was ended: {}", watched.cancel_reason)));
        }
        let mut changes = std::mem::take(&mut self.held);
        changes.extend(watched.events.into_iter().filter_map(Event::into_changed));
        if let Some(last) = changes.last().map(Changed::revision).filter(|_| watched.fragment) {
            let whole = changes.partition_point(|change| change.revision() < last);
            self.held = changes.split_off(whole);
        }
        Ok(changes)
    }

    async fn read_or_check(&mut self) -> Result<(), Trouble> {
        if let Ok(read) = timeout_at(self.heard + SILENCE, self.read()).await {
            return read;
        }
        self.endpoints.check(self.endpoint, ONE).await?;
        self.heard = Instant::now();
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        match self.answer.chunk().await? {
            Some(chunk) => self.lines.push(&chunk)?,
            None => self.lines.end()?,
        }
        self.heard = Instant::now();
        Ok(())
    }

    fn away(&self, trouble: Trouble) -> Error {
        Error::Away(format!("{}: {}", self.endpoints.name(self.endpoint), trouble.words()))
    }
}

impl Changed {
    /// At which it was changed.
    pub(crate) fn revision(&self) -> i64 {
        match self {
            Self::Put(pair) => pair.revision,
            Self::Deleted { revision, .. } => *revision,
        }
    }
}

/// Messages, one a line; the last one of a stream may have no end of line.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    /// How many of them have no end of line among them.
    searched: usize,
    ended: bool,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Trouble> {
        if self.bytes.len() + chunk.len() > MOST_BYTES {
            return Err(Trouble::TooLarge);
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Trouble> {
        if self.ended {
            return Err(Trouble::Unknown("the connection ended".to_owned()));
        }
        self.ended = true;
        self.bytes.push(b'\n');
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Streamed>, Trouble> {
        loop {
            let Some(end) = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n') else {
                self.searched = self.bytes.len();
                return Ok(None);
            };
            let line: Vec<u8> = self.bytes.drain(..=self.searched + end).collect();
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return serde_json::from_slice(&line).map(Some).map_err(|_| Trouble::of_odd(&line));
            }
        }
    }
}
