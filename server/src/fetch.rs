//! What the node fetches from others: with a limit of size and of time, never from another host than the one named, and
//! with TLS that is verified against the trusted CA list and nothing else.

mod address;
pub(crate) mod unpack;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Url};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The most bytes of an answer, and of what is unpacked from it: as much as the node keeps of all lists.
pub(crate) const MOST_BYTES: usize = certway_core::limits::CRLS_BYTES;
/// How long one source may take, from the first byte sent to the last one received.
const WHOLE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// How often a host may send on, within itself.
const REDIRECTS: usize = 5;

/// Why something was not fetched, in words for the administrator.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The URL is none that is fetched.
    #[error("{0}")]
    Url(&'static str),
    /// The server did not say 200.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The answer is too large.
    #[error("the answer has more than 16 MiB")]
    TooLarge,
    /// It took too long.
    #[error("it took longer than 30 seconds")]
    TimedOut,
    /// The connection failed, or the server sends elsewhere.
    #[error("{0}")]
    Failed(String),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        Self::Failed(cause(error))
    }
}

/// The innermost cause is the one that says something: `connection refused`, `invalid peer certificate`.
pub(crate) fn cause(error: reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    let words = cause.map(ToString::to_string);
    words.unwrap_or_else(|| error.without_url().to_string())
}

/// A URL that may be fetched as far as its text goes: HTTP or HTTPS, a host, nothing secret in it.
pub(crate) fn url(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).map_err(|_| Fault::Url("this is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Fault::Url("only http:// and https:// are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::Url("a URL with a user name or password in it is not fetched"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Fault::Url("the URL names no host"));
    }
    address::check_literal(&url)?;
    Ok(url)
}

/// The host of a URL as an allow-list writes it.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

/// Fetches.
pub(crate) struct Fetcher(Client);

impl Fetcher {
    /// One that trusts `roots`, DER.
    pub(crate) fn new(roots: &[&[u8]]) -> Result<Self, Fault> {
        Self::following(
            roots,
            Policy::custom(|attempt| match may_follow(&attempt) {
                Ok(()) => attempt.follow(),
                Err(why) => attempt.error(why),
            }),
        )
    }

    /// One that is sent on by nobody: what it sends is not sent again elsewhere, or as something else.
    pub(crate) fn staying(roots: &[&[u8]]) -> Result<Self, Fault> {
        Self::following(roots, Policy::none())
    }

    fn following(roots: &[&[u8]], redirects: Policy) -> Result<Self, Fault> {
        let mut store = RootCertStore::empty();
        // What TLS cannot read as a root is one that it does not trust.
        store.add_parsable_certificates(roots.iter().map(|root| CertificateDer::from(root.to_vec())));
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::Failed(error.to_string()))?
            .with_root_certificates(store)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(address::Checked))
            .redirect(redirects)
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("certway/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// What is at a URL.
    pub(crate) async fn get(&self, url: Url) -> Result<Vec<u8>, Fault> {
        body(self.0.get(url).send().await?).await
    }

    /// What a server answers to a request, whatever the status: at most [`MOST_BYTES`].
    pub(crate) async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Fault> {
        let answer = self.0.execute(request.try_into()?).await?;
        let mut whole = http::Response::new(Bytes::new());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = answer.headers().clone();
        *whole.body_mut() = limited(answer).await?.into();
        Ok(whole)
    }

    /// What a responder answers to a request (RFC 6960 appendix A).
    pub(crate) async fn ask_responder(&self, url: Url, request: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let request = self.0.post(url).header("content-type", "application/ocsp-request").body(request);
        body(request.send().await?).await
    }
}

async fn body(answer: Response) -> Result<Vec<u8>, Fault> {
    if answer.status() == StatusCode::OK { limited(answer).await } else { Err(Fault::Status(answer.status())) }
}

async fn limited(mut answer: Response) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(Fault::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Only within the host that was named, and never from TLS to none.
fn may_follow(attempt: &Attempt<'_>) -> Result<(), Fault> {
    let (Some(first), next) = (attempt.previous().first(), attempt.url()) else {
        return Err(Fault::Failed("the server sends on from nowhere".to_owned()));
    };
    if attempt.previous().len() > REDIRECTS {
        return Err(Fault::Failed("the server sends on more than five times".to_owned()));
    }
    url(next.as_str())?;
    if host(first) != host(next) || first.port() != next.port() {
        return Err(Fault::Failed(format!(
            "the server sends on to another place, {}, which is not followed",
            host(next)
        )));
    }
    if first.scheme() == "https" && next.scheme() != "https" {
        return Err(Fault::Failed("the server sends on from https to http, which is not followed".to_owned()));
    }
    Ok(())
}
