//! Requests to one provider's server and to no other: what its answers name elsewhere is not followed.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::Url;

use crate::fetch::{self, Fault, Fetcher};

/// A provider's server, by way of the node's own fetcher.
#[derive(Clone)]
pub(crate) struct Transport {
    fetcher: Arc<Fetcher>,
    directory: Url,
    /// What the server last said about trying again.
    retry_after: Arc<Mutex<Option<Duration>>>,
}

impl Transport {
    /// To the server of a directory, which must be reached over TLS (RFC 8555 section 6.1).
    pub(crate) fn new(fetcher: Fetcher, directory: &str) -> Result<Self, Fault> {
        let directory = fetch::url(directory)?;
        if directory.scheme() != "https" {
            return Err(Fault::Url("a directory is only reached over https:// (RFC 8555 section 6.1)"));
        }
        Ok(Self { fetcher: Arc::new(fetcher), directory, retry_after: Arc::default() })
    }

    /// The directory's URL.
    pub(crate) fn directory(&self) -> &Url {
        &self.directory
    }

    /// How long the server asked to wait, if its last refusal did.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is at the directory.
    pub(super) async fn look_up(&self) -> Result<Vec<u8>, Fault> {
        let request = Request::get(self.directory.as_str()).body(Bytes::new());
        let request = request.map_err(|error| Fault::Failed(error.to_string()))?;
        Ok(self.exchange(request).await?.into_body().to_vec())
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<http::Response<Bytes>, Fault> {
        let url = fetch::url(&request.uri().to_string())?;
        if url.origin() != self.directory.origin() {
            return Err(Fault::Failed(format!(
                "the provider's server names {}, which is another server; only {} is asked",
                fetch::host(&url),
                fetch::host(&self.directory)
            )));
        }
        let answer = self.fetcher.exchange(request).await?;
        let asked_to_wait =
            answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let refused = answer.status().is_client_error() || answer.status().is_server_error();
        let wait = asked_to_wait.filter(|_| refused).map(Duration::from_secs);
        *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner) = wait;
        Ok(answer)
    }
}

impl HttpClient for Transport {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let transport = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let Ok(body) = body.collect().await;
            let request = Request::from_parts(parts, body.to_bytes());
            let answer = transport.exchange(request).await.map_err(|fault| Error::Other(Box::new(fault)))?;
            Ok(BytesResponse::from(answer.map(Full::new)))
        })
    }
}
