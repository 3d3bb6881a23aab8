//! Nodes that answer and call, and a caller that does as it likes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use axum::extract::{Path, State};
use axum::routing::{any, get};
use axum::{Extension, Router};
use certway_core::{PeerName as Named, Purpose, VerifyRequest, pem, verify};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::app::metrics::Metrics;
use crate::clock;
use crate::tls::connections::{self, Peer};
use crate::tls::peers::verifying::{self, NamedOnly};
use crate::tls::{ClientCertificates, Handshakes, Presented, Usable};
use certway_wire::tls::TlsProfile;

pub(super) const A: &str = "a.example.com";
pub(super) const B: &str = "b.example.com";

pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

/// A chain, and its key.
pub(super) struct Pair {
    pub(super) chain: Vec<Vec<u8>>,
    key: Vec<u8>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), der }
    }

    /// For a node, good until the beginning of a year.
    pub(super) fn pair(&self, name: &str, until: i32) -> Pair {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair { chain: vec![certificate.der().to_vec()], key: key.serialize_der() }
    }
}

impl Pair {
    fn usable(&self) -> Usable {
        Usable::from_der(&self.chain, Some(&self.key)).unwrap()
    }
}

/// Whom it was told of, and every reason.
type Told = Mutex<Vec<(String, Vec<String>)>>;

/// Judges with the core, by one CA; permissive at first.
#[derive(Debug)]
pub(super) struct OneCa {
    name: &'static str,
    root: Vec<u8>,
    key: Vec<u8>,
    pub(super) enforces: AtomicBool,
    pub(super) let_through: Told,
    pub(super) refused: Told,
    /// How often it was asked to prove or to check something.
    pub(super) proofs: AtomicUsize,
}

impl Gate for OneCa {
    fn enforces(&self) -> bool {
        self.enforces.load(Ordering::Relaxed)
    }

    fn against_caller(&self, chain: &[Vec<u8>], _name: &str) -> Vec<String> {
        self.against(chain, None)
    }

    fn was_called_by(&self, _name: &str, _reasons: &[String]) {}

    fn against(&self, chain: &[Vec<u8>], name: Option<&str>) -> Vec<String> {
        if chain.is_empty() {
            return vec!["no certificate was shown".to_owned()];
        }
        let file: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        let verification = verify(&VerifyRequest {
            purpose: if name.is_some() { Purpose::Server } else { Purpose::Client },
            name: name.map(Named::Dns),
            ..VerifyRequest::of(file.as_bytes(), &[&self.root], clock::now())
        });
        verification.reasons.into_iter().map(|problem| problem.message).collect()
    }

    fn let_through(&self, whom: &str, reasons: &[String]) {
        self.let_through.lock().unwrap().push((whom.to_owned(), reasons.to_vec()));
    }

    fn refused(&self, whom: &str, reasons: &[String]) {
        self.refused.lock().unwrap().push((whom.to_owned(), reasons.to_vec()));
    }

    fn proof(&self, name: &str, binding: &[u8]) -> Vec<u8> {
        self.proofs.fetch_add(1, Ordering::Relaxed);
        if self.key.is_empty() {
            return Vec::new();
        }
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.key));
        for part in [name.as_bytes(), binding] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }

    fn name(&self) -> &str {
        self.name
    }

    fn knows(&self, name: &str) -> bool {
        [A, B].contains(&name)
    }
}

/// What a node's port speaks.
pub(super) enum Way {
    Peers,
    Https,
    Plain,
}

pub(super) struct Node {
    pub(super) gate: Arc<OneCa>,
    pub(super) port: Port,
    pub(super) channel: Arc<Channel>,
    pub(super) address: String,
    /// Requests that got to a handler.
    pub(super) served: Arc<AtomicUsize>,
    /// A request waits.
    pub(super) waiting: Arc<Notify>,
    /// Lets it go on.
    pub(super) go_on: Arc<Notify>,
    /// The port from which it came.
    pub(super) last_port: Arc<AtomicU16>,
    _handshakes: Handshakes,
    _stop: watch::Sender<()>,
}

#[derive(Clone)]
struct Handlers {
    served: Arc<AtomicUsize>,
    waiting: Arc<Notify>,
    go_on: Arc<Notify>,
    last_port: Arc<AtomicU16>,
}

impl Node {
    pub(super) async fn start(name: &'static str, trusted: &Authority, shown: Option<&Pair>, key: &[u8]) -> Self {
        Self::start_as(Way::Peers, name, trusted, shown, key).await
    }

    pub(super) async fn start_as(
        way: Way,
        name: &'static str,
        trusted: &Authority,
        shown: Option<&Pair>,
        key: &[u8],
    ) -> Self {
        let gate = Arc::new(OneCa {
            name,
            root: trusted.der.clone(),
            key: key.to_vec(),
            enforces: AtomicBool::new(false),
            let_through: Mutex::default(),
            refused: Mutex::default(),
            proofs: AtomicUsize::new(0),
        });
        // One that shows nothing is only a caller.
        let served = Served::new(shown.map_or_else(|| trusted.pair(name, 2040).usable(), Pair::usable)).unwrap();
        let handshakes = Handshakes::new(&served, ClientCertificates::Asked, TlsProfile::default()).unwrap();
        let port = Port::new(Arc::clone(&gate) as Arc<dyn Gate>, &served).unwrap();
        let channel =
            Channel::new(Arc::clone(&gate) as Arc<dyn Gate>, Presented::new(shown.map(Pair::usable))).unwrap();
        let handlers = Handlers {
            served: Arc::default(),
            waiting: Arc::default(),
            go_on: Arc::default(),
            last_port: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = watch::channel(());
        let transport = match way {
            Way::Peers => port.transport(),
            Way::Plain => Transport::Plain,
            Way::Https => Transport::Tls(handshakes.watch()),
        };
        let router = only_nodes(router(handlers.clone()), Arc::clone(&gate) as Arc<dyn Gate>);
        let room = Arc::new(Semaphore::new(100));
        tokio::spawn(connections::serve(listener, transport, router, room, Arc::new(Metrics::default()), stopped));
        let Handlers { served, waiting, go_on, last_port } = handlers;
        Self { gate, port, channel, address, served, waiting, go_on, last_port, _handshakes: handshakes, _stop: stop }
    }
}

fn router(handlers: Handlers) -> Router {
    Router::new()
        .route("/peer/who", any(tell_who))
        .route("/peer/wait", any(wait))
        .route("/peer/much/{bytes}", get(async |Path(bytes): Path<usize>| vec![0; bytes]))
        .with_state(handlers)
}

/// The caller's name, and the port of its connection.
async fn tell_who(
    State(handlers): State<Handlers>,
    Extension(PeerName(name)): Extension<PeerName>,
    Extension(peer): Extension<Peer>,
) -> String {
    handlers.served.fetch_add(1, Ordering::Relaxed);
    format!("{name} {}", peer.0.port())
}

async fn wait(State(handlers): State<Handlers>, Extension(peer): Extension<Peer>) {
    handlers.last_port.store(peer.0.port(), Ordering::Relaxed);
    handlers.waiting.notify_one();
    handlers.go_on.notified().await;
}

/// A connection of somebody who shakes hands well and then says what it likes.
#[derive(Debug)]
pub(super) struct Raw {
    sender: hyper::client::conn::http1::SendRequest<Full<Bytes>>,
    pub(super) binding: Binding,
    pub(super) kind: Option<HandshakeKind>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) kind: String,
    pub(super) proof: Option<String>,
    pub(super) body: String,
}

impl Raw {
    pub(super) async fn connect(to: &Node) -> Self {
        let config = Self::config(to, &[&rustls::version::TLS13], &[PROTOCOL]);
        Self::connect_with(to, config).await.unwrap()
    }

    /// Would resume if it could.
    pub(super) fn config(
        to: &Node,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&[u8]],
    ) -> Arc<ClientConfig> {
        let provider = default_provider();
        let gate = Arc::clone(&to.gate) as Arc<dyn Gate>;
        let verifier = NamedOnly::new(gate, B, verifying::Purpose::Look, &provider);
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }

    /// Shakes hands.
    pub(super) async fn stream(to: &Node, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(&to.address).await?;
        TlsConnector::from(config).connect(B.try_into().unwrap(), stream).await
    }

    pub(super) async fn connect_with(to: &Node, config: Arc<ClientConfig>) -> io::Result<Self> {
        let stream = Self::stream(to, config).await?;
        let connection = stream.get_ref().1;
        let (binding, kind) = (Binding::of(connection).unwrap(), connection.handshake_kind());
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Ok(Self { sender, binding, kind })
    }

    pub(super) async fn get(&mut self, path: &str, name: &str, proof: &str) -> Answer {
        self.sender.ready().await.unwrap();
        let request = Request::get(path).header(NAME, name).header(PROOF, proof).body(Full::default()).unwrap();
        let answer = self.sender.send_request(request).await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, kind, proof) =
            (answer.status(), header("content-type").unwrap_or_default(), header("certway-proof"));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        Answer { status, kind, proof, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}
