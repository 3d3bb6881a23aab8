//! How another server receives the node, as a client.

use std::net::IpAddr;
use std::sync::Arc;

use certway_core::{PeerName, Purpose, VerifyRequest, pem, verify};
use certway_wire::Verification;
use certway_wire::node::{Peer, Reception};

use super::error::Error;
use super::{App, blocking};
use crate::clock;
use crate::store::Entry;
use crate::tls::outbound;

impl App {
    /// Connects to a server as the node's other connections would, and says how it went. Nothing is sent.
    pub(crate) async fn try_connection(self: Arc<Self>, actor: &str, peer: Peer) -> Result<Reception, Error> {
        let seen = outbound::look(&peer.host, peer.port, Arc::clone(&self.presented)).await;
        let (app, host) = (Arc::clone(&self), peer.host.clone());
        let chain = seen.chain.clone();
        let server = blocking(move || Ok((!chain.is_empty()).then(|| app.verify_server(&chain, &host)))).await?;
        let ocsp = match &server {
            Some(server) => self.ask_about_peer(seen.chain, server).await?,
            None => None,
        };
        let actor = actor.to_owned();
        blocking(move || {
            let connected = seen.protocol.is_some() && seen.failure.is_none();
            let outcome = if connected { "connected" } else { "failed" };
            let details = format!("{}:{} {outcome}", peer.host.escape_default(), peer.port);
            self.store().record(clock::now(), &actor, Entry::new("connection-tried", details))?;
            Ok(Reception {
                connected,
                protocol: seen.protocol,
                asked_for_certificate: seen.asked,
                certificate_shown: seen.shown,
                failure: seen.failure,
                server,
                ocsp,
            })
        })
        .await
    }

    /// Peers are held to the roots of the trusted CA list; its intermediates only help.
    fn verify_server(&self, chain: &[Vec<u8>], host: &str) -> Verification {
        let trust = self.trust.load();
        let file: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        let name = host.parse::<IpAddr>().map_or(PeerName::Dns(host), PeerName::Ip);
        Verification::from(&verify(&VerifyRequest {
            untrusted: &trust.files(),
            purpose: Purpose::Server,
            name: Some(name),
            ..VerifyRequest::of(file.as_bytes(), &trust.roots(), clock::now())
        }))
    }
}
