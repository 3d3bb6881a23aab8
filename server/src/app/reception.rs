//! How another server receives the node, as a client.

use std::net::IpAddr;
use std::sync::Arc;

use certway_core::{PeerName, Purpose, Revocation, VerifyRequest, pem, verify};
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
        let given = peer.verify_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name = given.unwrap_or(&peer.host).to_owned();
        let own = self.presented.chain();
        let seen = outbound::look(&peer.host, peer.port, &name, Arc::clone(&self.presented)).await;
        let (app, chain) = (Arc::clone(&self), seen.chain.clone());
        let judged = move || Ok((!chain.is_empty()).then(|| app.verify_peer(&chain, Purpose::Server, Some(&name))));
        let server = blocking(judged).await?;
        let ocsp = match &server {
            Some(server) => self.ask_about_peer(seen.chain.clone(), server).await?,
            None => None,
        };
        let actor = actor.to_owned();
        blocking(move || {
            let connected = seen.protocol.is_some() && seen.failure.is_none();
            let outcome = if connected { "connected" } else { "failed" };
            let details = format!("{}:{} {outcome}", peer.host.escape_default(), peer.port);
            let chain: String = seen.chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
            self.store().change(clock::now(), &actor, |change| {
                if !chain.is_empty() {
                    change.remember_peer(&peer.host, peer.port, &chain)?;
                }
                Ok::<_, Error>(((), Entry::new("connection-tried", details)))
            })?;
            Ok(Reception {
                connected,
                protocol: seen.protocol,
                asked_for_certificate: seen.asked,
                certificate_shown: seen.shown,
                failure: seen.failure,
                server,
                own: (!own.is_empty()).then(|| self.verify_peer(&own, Purpose::Client, None)),
                ocsp,
            })
        })
        .await
    }

    /// Peers are held to the roots of the trusted CA list; its intermediates only help.
    fn verify_peer(&self, chain: &[Vec<u8>], purpose: Purpose, name: Option<&str>) -> Verification {
        let trust = self.trust.load();
        let file: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        let crls = self.crls.load();
        Verification::from(&verify(&VerifyRequest {
            untrusted: &trust.files(),
            crls: &crls.files(),
            revocation: Some(Revocation::IfListed),
            purpose,
            name: name.map(|name| name.parse::<IpAddr>().map_or(PeerName::Dns(name), PeerName::Ip)),
            ..VerifyRequest::of(file.as_bytes(), &trust.roots(), clock::now())
        }))
    }
}
