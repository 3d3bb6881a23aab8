//! Calls to peers.

mod open;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, ConfigBuilder, WantsVerifier};
use tokio::time::timeout;

use super::super::{NotUsable, Presented};
use super::Gate;
use super::verifying::{NamedOnly, Purpose};
use open::{Failure, Open};

/// How long a call may take in all, if nothing else is said.
const CALL: Duration = Duration::from_secs(30);
/// How long a connection is kept: less than a peer waits for the next request.
const KEPT: Duration = Duration::from_secs(20);
/// Connections that are kept for a peer.
const KEPT_EACH: usize = 4;

/// Calls to peers.
pub(crate) struct Channel {
    gate: Arc<dyn Gate>,
    presented: Arc<Presented>,
    provider: Arc<CryptoProvider>,
    handshakes: ConfigBuilder<ClientConfig, WantsVerifier>,
    kept: Mutex<Kept>,
}

/// Connections for the next calls.
#[derive(Default)]
struct Kept {
    /// How often everything was forgotten: a connection from before comes not back.
    forgotten: u64,
    /// By name and address.
    connections: HashMap<(String, String), Vec<Open>>,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The peer cannot be reached.
    #[error("{0}")]
    Silent(String),
    /// This node refuses the peer, for every one of these reasons.
    #[error("this node refuses the peer: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// The peer refuses this node.
    #[error("{0}")]
    RefusedUs(String),
    /// It broke off. Whether the peer has done what it was asked is unknown.
    #[error("{0}")]
    Broken(String),
}

/// What was seen of a peer.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Its chain, DER, leaf first; empty if it did not get so far.
    pub(crate) chain: Vec<Vec<u8>>,
    /// What this node has against it.
    pub(crate) reasons: Vec<String>,
    /// That it refuses this node.
    pub(crate) refused_us: Option<String>,
    /// Why it could not be seen whether it does.
    pub(crate) silent: Option<String>,
}

impl Channel {
    /// Shows what is presented.
    pub(crate) fn new(gate: Arc<dyn Gate>, presented: Arc<Presented>) -> Result<Arc<Self>, NotUsable> {
        let provider = Arc::new(default_provider());
        let handshakes = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?;
        Ok(Arc::new(Self { gate, presented, provider, handshakes, kept: Mutex::default() }))
    }

    /// Sends a request to the peer `name` at `address` (`HOST:PORT`) and gives its answer.
    pub(crate) async fn call(
        &self,
        name: &str,
        address: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CallError> {
        self.call_within(CALL, name, address, request).await
    }

    /// As [`Channel::call`], with another time for all of it.
    pub(crate) async fn call_within(
        &self,
        limit: Duration,
        name: &str,
        address: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CallError> {
        match timeout(limit, self.ask(name, address, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Broken(format!("{address} did not answer within {} s", limit.as_secs_f32()))),
        }
    }

    /// Connects anew and asks for nothing: what the peer shows, and whether it takes this node. Nobody is told, and under Enforce
    /// too a peer that this node refuses is seen to the end.
    pub(crate) async fn look(&self, name: &str, address: &str) -> Looked {
        let verifier = self.verifier(name, Purpose::Look);
        let outcome = open::greet(self, address, &verifier).await;
        let shown = verifier.shown();
        let mut looked = Looked { chain: shown.chain, reasons: shown.reasons, refused_us: None, silent: None };
        match outcome {
            Ok(_) => {}
            Err(CallError::Refused(reasons)) => looked.reasons.extend(reasons),
            Err(CallError::RefusedUs(why)) => looked.refused_us = Some(why),
            Err(CallError::Silent(why) | CallError::Broken(why)) => looked.silent = Some(why),
        }
        looked
    }

    /// Lets go of the connections that are kept, and keeps none of those in use: to be called when trust, revocation lists, the
    /// mode, the cluster's key or this node's certificate have changed.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        kept.forgotten += 1;
        kept.connections.clear();
    }

    async fn ask(&self, name: &str, address: &str, request: Request<Bytes>) -> Result<Response<Bytes>, CallError> {
        let forgotten = self.kept().forgotten;
        while let Some(mut open) = self.take(name, address) {
            match open.send(self, name, address, request.clone()).await {
                Ok(answer) => {
                    self.keep(name, address, open, forgotten);
                    return Ok(answer);
                }
                // The peer may have closed it while it lay here. Once the request is sent, it may have been carried out, which does
                // no harm if it is one that can be repeated.
                Err(Failure::NotSent) => {}
                Err(Failure::NotAnswered(_)) if request.method().is_idempotent() => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        let mut open = open::greet(self, address, &self.verifier(name, Purpose::Call)).await?;
        let answer = open.send(self, name, address, request).await?;
        self.keep(name, address, open, forgotten);
        Ok(answer)
    }

    fn verifier(&self, name: &str, purpose: Purpose) -> Arc<NamedOnly> {
        NamedOnly::new(Arc::clone(&self.gate), name, purpose, &self.provider)
    }

    /// How one handshake is made.
    fn handshake(&self, verifier: Arc<NamedOnly>) -> ClientConfig {
        let builder: ConfigBuilder<ClientConfig, WantsClientCert> =
            self.handshakes.clone().dangerous().with_custom_certificate_verifier(verifier);
        let mut config = builder.with_client_cert_resolver(Arc::clone(&self.presented) as _);
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = vec![super::PROTOCOL.to_vec()];
        config
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, name: &str, address: &str) -> Option<Open> {
        let mut kept = self.kept();
        let connections = kept.connections.get_mut(&(name.to_owned(), address.to_owned()))?;
        while let Some(open) = connections.pop() {
            if open.is_fit(KEPT) {
                return Some(open);
            }
        }
        None
    }

    fn keep(&self, name: &str, address: &str, mut open: Open, forgotten: u64) {
        let mut kept = self.kept();
        if kept.forgotten != forgotten {
            return;
        }
        // Those of nodes that are called no more go too.
        kept.connections.retain(|_, connections| {
            connections.retain(|open| open.is_fit(KEPT));
            !connections.is_empty()
        });
        open.rest();
        let connections = kept.connections.entry((name.to_owned(), address.to_owned())).or_default();
        if connections.len() < KEPT_EACH {
            connections.push(open);
        }
    }
}
