//! The channel between the nodes of a cluster: mutual TLS on a port of its own, HTTP/1.1 over it.
//!
//! Two things are asked of whoever is at the other end. A certificate that verifies: without one the handshake fails under
//! Enforce, and under Permissive the peer is let through, which is told. And always a proof that it has the cluster's key, so
//! that Permissive opens no door to strangers: an HMAC over a name, over who of the two it is that calls, and over what only
//! the two ends of this very connection know (RFC 9266). It is worth nothing on another connection, nor for the other end.

mod answering;
mod calling;
mod last_word;
#[cfg(test)]
mod tests;
mod verifying;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::{HeaderName, HeaderValue};
use certway_core::decode_certificates;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::{ConnectionCommon, ServerConfig, ServerConnection};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::connections::Transport;
use super::{NoTickets, NotUsable, Served};
use crate::seal::to_hex;
pub(crate) use answering::{PeerName, only_nodes};
pub(crate) use calling::{CallError, Channel};
use verifying::{NodesOnly, Refusal};

/// What both ends say in their handshake that they are here for. The node's other ports do not know it, so that nobody can lead
/// a call to one of those, although it shows the same certificate.
const PROTOCOL: &[u8] = b"certway-peers/1";
/// Who calls: the name of a node.
const NAME: HeaderName = HeaderName::from_static("certway-peer");
/// That it is so: hexadecimal.
const PROOF: HeaderName = HeaderName::from_static("certway-proof");
/// Answered to every node of the cluster, with nothing: each connection begins with it, so that both ends are known before
/// anything is confided.
const HELLO: &str = "/peer/hello";
/// The problem of a caller that is not taken.
const NOT_TAKEN: &str = "/problems/peer-not-taken";
/// Octets of a connection's keying material, as RFC 9266 has them.
const BINDING_BYTES: usize = 32;
/// Letters of a certificate's name that are told; a domain name has no more.
const NAME_LETTERS: usize = 253;

/// What the channel asks of the node.
pub(crate) trait Gate: std::fmt::Debug + Send + Sync + 'static {
    /// Whether a peer that does not verify is refused.
    fn enforces(&self) -> bool;
    /// Every reason why the node would refuse a chain (DER, leaf first; empty if none was shown) under Enforce. `name` is whom
    /// it must name; without, it may be any node of the cluster, as a client.
    fn against(&self, chain: &[Vec<u8>], name: Option<&str>) -> Vec<String>;
    /// The same of a caller that has proven to be the node `name`.
    fn against_caller(&self, chain: &[Vec<u8>], name: &str) -> Vec<String>;
    /// What stands against a node that has called, judged anew with each connection of its.
    fn was_called_by(&self, name: &str, reasons: &[String]);
    /// A node of the cluster that does not verify was let through. It is told once for each connection, of nodes only.
    fn let_through(&self, whom: &str, reasons: &[String]);
    /// A peer was refused. Strangers can have this told as often as they like, and have a hand in `whom`.
    fn refused(&self, whom: &str, reasons: &[String]);
    /// What only a node of the cluster can make of the channel's binding and a node's name: an HMAC with the cluster's key.
    /// Without such a key it is empty, which proves nothing.
    fn proof(&self, name: &str, binding: &[u8]) -> Vec<u8>;
    /// The node's own name.
    fn name(&self) -> &str;
    /// Whether a name is a node of the cluster's.
    fn knows(&self, name: &str) -> bool;
}

/// The port on which peers are answered: how hands are shaken there.
pub(crate) struct Port {
    gate: Arc<dyn Gate>,
    now: watch::Sender<Arc<ServerConfig>>,
}

impl Port {
    /// Shows what is served.
    pub(crate) fn new(gate: Arc<dyn Gate>, served: &Arc<Served>) -> Result<Self, NotUsable> {
        let now = watch::Sender::new(handshakes(Arc::clone(&gate), served)?);
        Ok(Self { gate, now })
    }

    /// What the port speaks. The port must outlive it: its end would be taken for a change.
    pub(crate) fn transport(&self) -> Transport {
        Transport::Peers(self.now.subscribe(), Arc::clone(&self.gate))
    }

    /// Ends the connections that are open, with the requests that are under way: to be called when trust, revocation lists, the
    /// mode or the cluster's key have changed, since a connection is judged when it begins.
    pub(crate) fn renew(&self) {
        self.now.send_modify(|_| {});
    }
}

/// TLS 1.3 only, with a client certificate that the gate judges, and without resumption: what is shown is shown anew.
fn handshakes(gate: Arc<dyn Gate>, served: &Arc<Served>) -> Result<Arc<ServerConfig>, NotUsable> {
    let provider = default_provider();
    let verifier = NodesOnly::new(gate, &provider);
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::clone(served) as Arc<dyn ResolvesServerCert>);
    config.send_tls13_tickets = 0;
    config.ticketer = Arc::new(NoTickets);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}

/// What handlers are told of a connection.
#[derive(Debug)]
pub(super) struct Bound {
    binding: Binding,
    /// What the caller has shown, DER, leaf first.
    chain: Vec<Vec<u8>>,
    /// Whether it was taken for a node of the cluster already.
    taken: AtomicBool,
}

impl Bound {
    /// Of a connection on the peers' port, if it is a peer's.
    pub(super) fn on(connection: &ServerConnection) -> Option<Arc<Self>> {
        let chain = connection.peer_certificates().into_iter().flatten().map(|der| der.to_vec()).collect();
        Some(Arc::new(Self { binding: Binding::of(connection)?, chain, taken: AtomicBool::new(false) }))
    }
}

/// What only the two ends of a connection know.
#[derive(Debug)]
struct Binding([u8; BINDING_BYTES]);

/// Which of the two ends proves itself. It is part of what is proven, so that neither can send the other's proof back.
#[derive(Clone, Copy)]
enum End {
    Calling,
    Answering,
}

impl Binding {
    /// Keying material of a connection (RFC 9266), if both ends have said that they are here for this.
    fn of<Data>(connection: &ConnectionCommon<Data>) -> Option<Self> {
        if connection.alpn_protocol() != Some(PROTOCOL) {
            return None;
        }
        connection.export_keying_material([0; BINDING_BYTES], b"EXPORTER-Channel-Binding", Some(&[])).ok().map(Self)
    }

    /// The proof of one end, hexadecimal; none without the cluster's key.
    fn proof(&self, gate: &dyn Gate, end: End, name: &str) -> Option<Zeroizing<String>> {
        let end: &[u8] = match end {
            End::Calling => b"certway peer calling",
            End::Answering => b"certway peer answering",
        };
        let proof = gate.proof(name, &[end, &self.0].concat());
        if proof.is_empty() { None } else { Some(to_hex(&proof)) }
    }
}

/// Whether a header proves what it must. It is compared in constant time.
fn is_proof(expected: &str, shown: Option<&HeaderValue>) -> bool {
    shown.is_some_and(|shown| verify_slices_are_equal(expected.as_bytes(), shown.as_bytes()).is_ok())
}

/// Tells the gate of a handshake that failed because of what the peer has shown.
pub(super) fn tell_of_refusal(gate: &dyn Gate, peer: SocketAddr, error: &io::Error) {
    match tls_error(error) {
        Some(rustls::Error::NoCertificatesPresented) => gate.refused(&peer.ip().to_string(), &gate.against(&[], None)),
        Some(error) => {
            if let Some(Refusal { chain, reasons }) = Refusal::of(error) {
                gate.refused(&format!("{} at {}", named(chain), peer.ip()), reasons);
            }
        }
        None => {}
    }
}

/// What a chain's leaf calls itself.
fn named(chain: &[Vec<u8>]) -> String {
    let leaf = chain.first().and_then(|leaf| decode_certificates(leaf).pop());
    let Some((_, leaf)) = leaf else {
        return "an unreadable certificate".to_owned();
    };
    let domain = leaf.alternative_names.into_iter().find(|name| name.kind == "dNSName");
    domain.map_or(leaf.subject, |name| name.value).chars().take(NAME_LETTERS).collect()
}

/// What TLS has to say in an error of a stream.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
