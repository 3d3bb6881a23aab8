//! How another server receives the node, as a client.

use std::net::IpAddr;
use std::sync::Arc;

use certway_core::{PeerName, Purpose, Revocation, VerifyRequest, pem, verify};
use certway_wire::Verification;
use certway_wire::node::{Peer, Reception};

use super::error::Error;
use super::{Against, App, blocking};
use crate::clock;
use crate::store::Entry;
use crate::tls::outbound::{self, Seen};

impl App {
    /// Connects to a server as the node's other connections would, and says how it went. Nothing is sent.
    pub(crate) async fn try_connection(self: Arc<Self>, actor: &str, peer: Peer) -> Result<Reception, Error> {
        let own = self.presented.chain();
        let name = verify_name(&peer);
        let seen = outbound::look(&peer.host, peer.port, &name, Arc::clone(&self.presented)).await;
        let (app, chain) = (Arc::clone(&self), seen.chain.clone());
        let judged = blocking(move || Ok(received(&app.against(), seen, &own, &name)));
        let mut reception = judged.await?;
        if let Some(server) = &reception.server {
            reception.ocsp = self.ask_about_peer(chain.clone(), server).await?;
        }
        let actor = actor.to_owned();
        blocking(move || {
            let outcome = if reception.connected { "connected" } else { "failed" };
            let details = format!("{}:{} {outcome}", peer.host.escape_default(), peer.port);
            let chain: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
            self.store().change(clock::now(), &actor, |change| {
                if !chain.is_empty() {
                    change.remember_peer(&peer.host, peer.port, &chain)?;
                }
                Ok::<_, Error>(((), Entry::new("connection-tried", details)))
            })?;
            Ok(reception)
        })
        .await
    }
}

/// What the server is asked for, and what its certificate must name.
fn verify_name(peer: &Peer) -> String {
    let given = peer.verify_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    given.unwrap_or(&peer.host).to_owned()
}

fn received(against: &Against, seen: Seen, own: &[Vec<u8>], name: &str) -> Reception {
    Reception {
        connected: seen.protocol.is_some() && seen.failure.is_none(),
        protocol: seen.protocol,
        asked_for_certificate: seen.asked,
        certificate_shown: seen.shown,
        failure: seen.failure,
        server: (!seen.chain.is_empty()).then(|| against.verify_peer(&seen.chain, Purpose::Server, Some(name))),
        own: (!own.is_empty()).then(|| against.verify_peer(own, Purpose::Client, None)),
        ocsp: None,
    }
}

impl Against {
    /// Peers are held to the roots of the trusted CA list; its intermediates only help.
    fn verify_peer(&self, chain: &[Vec<u8>], purpose: Purpose, name: Option<&str>) -> Verification {
        let trust = &self.trust;
        let file: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        Verification::from(&verify(&VerifyRequest {
            untrusted: &trust.files(),
            crls: &self.crls.files(),
            revocation: Some(Revocation::IfListed),
            purpose,
            name: name.map(|name| name.parse::<IpAddr>().map_or(PeerName::Dns(name), PeerName::Ip)),
            ..VerifyRequest::of(file.as_bytes(), &trust.roots(), clock::now())
        }))
    }
}
