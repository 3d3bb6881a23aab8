//! What TLS shows: a certificate to those who connect, one to those the node connects to; each swapped while
//! connections go on.

pub(crate) mod connections;
pub(crate) mod outbound;
pub(crate) mod peers;
mod profile;
mod shown;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use arc_swap::{ArcSwap, ArcSwapOption};
use certway_wire::tls::TlsProfile;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ProducesTickets, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

pub(crate) use profile::details as profile_details;
use shown::AskAnyone;
pub(crate) use shown::Shown;

/// The certificate that new handshakes get, and the tickets by which sessions resume.
///
/// Both change together: a resumed session shows no certificate, so a ticket from before a load would let a client go
/// on without ever seeing the new one.
#[derive(Debug)]
pub(crate) struct Served {
    certificate: ArcSwap<CertifiedKey>,
    tickets: Arc<Tickets>,
    /// Of sessions that were asked for a client certificate. One that was not asked must not be resumed as one that was:
    /// its client would never be asked.
    asked_tickets: Arc<Tickets>,
    /// What answers an ACME provider's challenges: a certificate for each name, while it is to look.
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

/// The protocol by which an ACME provider looks (RFC 8737 section 4).
const ACME_TLS: &[u8] = b"acme-tls/1";

/// Tickets whose key is changed while connections go on.
#[derive(Debug)]
struct Tickets(ArcSwap<Arc<dyn ProducesTickets>>);

impl Tickets {
    fn new() -> Result<Arc<Self>, NotUsable> {
        Ok(Arc::new(Self(ArcSwap::from_pointee(aws_lc_rs::Ticketer::new()?))))
    }

    fn renew(&self) {
        match aws_lc_rs::Ticketer::new() {
            Ok(tickets) => self.0.store(Arc::new(tickets)),
            // Old tickets still resume sessions; what those have shown is judged again all the same.
            Err(error) => tracing::warn!(%error, "session tickets could not be renewed"),
        }
    }
}

/// Whether handshakes ask for a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientCertificates {
    NotAsked,
    Asked,
}

/// How handshakes are made, swapped while connections go on.
#[derive(Debug)]
pub(crate) struct Handshakes {
    served: Arc<Served>,
    ways: Mutex<Ways>,
    now: watch::Sender<Arc<ServerConfig>>,
    /// Where everyone is asked for a client certificate.
    always: watch::Sender<Arc<ServerConfig>>,
}

/// The ways in which handshakes can be made under one profile.
#[derive(Debug)]
struct Ways {
    profile: TlsProfile,
    client: ClientCertificates,
    asking: Arc<ServerConfig>,
    not_asking: Arc<ServerConfig>,
}

impl Ways {
    fn new(served: &Arc<Served>, client: ClientCertificates, profile: TlsProfile) -> Result<Self, NotUsable> {
        let way = |client| served.config(client, profile).map(Arc::new);
        let (asking, not_asking) = (way(ClientCertificates::Asked)?, way(ClientCertificates::NotAsked)?);
        Ok(Self { profile, client, asking, not_asking })
    }

    fn now(&self) -> Arc<ServerConfig> {
        Arc::clone(if self.client == ClientCertificates::Asked { &self.asking } else { &self.not_asking })
    }
}

impl Handshakes {
    /// Handshakes that serve what is served.
    pub(crate) fn new(
        served: &Arc<Served>,
        client: ClientCertificates,
        profile: TlsProfile,
    ) -> Result<Self, NotUsable> {
        let ways = Ways::new(served, client, profile)?;
        Ok(Self {
            now: watch::Sender::new(ways.now()),
            always: watch::Sender::new(served.asking_always(profile)?),
            served: Arc::clone(served),
            ways: Mutex::new(ways),
        })
    }

    /// Asks, or no longer asks, from the next handshake on. Connections from before end with the requests that are under
    /// way: a browser that was not asked would go on for ever with a connection that can never show anything.
    pub(crate) fn ask(&self, client: ClientCertificates) {
        let mut ways = self.ways();
        if ways.client != client {
            ways.client = client;
            self.now.send_replace(ways.now());
        }
    }

    /// Takes handshakes of a profile, and no others, from the next one on. Connections from before end likewise.
    pub(crate) fn take(&self, profile: TlsProfile) -> Result<(), NotUsable> {
        let mut ways = self.ways();
        if ways.profile != profile {
            let always = self.served.asking_always(profile)?;
            *ways = Ways::new(&self.served, ways.client, profile)?;
            self.now.send_replace(ways.now());
            self.always.send_replace(always);
        }
        Ok(())
    }

    /// The profile in force.
    pub(crate) fn profile(&self) -> TlsProfile {
        self.ways().profile
    }

    fn ways(&self) -> MutexGuard<'_, Ways> {
        // They are whole at every moment.
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the next handshake is made, and each change of that.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.now.subscribe()
    }

    /// The same where everyone is asked for a client certificate, always.
    pub(crate) fn watch_asking_always(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.always.subscribe()
    }
}

/// A certificate and key that TLS can serve.
pub(crate) struct Usable(CertifiedKey);

/// Why TLS cannot serve a certificate with its key. The one that was served goes on being served.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotUsable(String);

impl NotUsable {
    /// There is a stored key, but it does not open.
    pub(crate) fn without_key() -> Self {
        Self("the stored private key cannot be unsealed".into())
    }
}

impl From<rustls::Error> for NotUsable {
    fn from(error: rustls::Error) -> Self {
        Self(error.to_string())
    }
}

impl Usable {
    /// As [`Usable::from_der`], of a chain in PEM.
    pub(crate) fn from_pem(chain: &str, key: Option<&[u8]>) -> Result<Self, NotUsable> {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| NotUsable(error.to_string()))?;
        Self::check(chain, key)
    }

    /// `chain` (leaf first) and `key` (PKCS#8 DER), if TLS can sign with the key and it is the certificate's.
    pub(crate) fn from_der(chain: &[Vec<u8>], key: Option<&[u8]>) -> Result<Self, NotUsable> {
        Self::check(chain.iter().map(|der| CertificateDer::from(der.clone())).collect(), key)
    }

    /// A certificate that the node has just made with its key. One for a challenge has a critical extension that TLS does
    /// not know, and is looked at no further.
    pub(crate) fn for_challenge(certificate: Vec<u8>, key: &[u8]) -> Result<Self, NotUsable> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
        Ok(Self(CertifiedKey::new(vec![certificate.into()], aws_lc_rs::sign::any_supported_type(&key)?)))
    }

    fn check(chain: Vec<CertificateDer<'static>>, key: Option<&[u8]>) -> Result<Self, NotUsable> {
        let key = key.ok_or_else(NotUsable::without_key)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
        let certified = CertifiedKey::new(chain, aws_lc_rs::sign::any_supported_type(&key)?);
        certified.keys_match()?;
        Ok(Self(certified))
    }
}

impl Served {
    /// Serves `usable` from the first handshake on.
    pub(crate) fn new(usable: Usable) -> Result<Arc<Self>, NotUsable> {
        Ok(Arc::new(Self {
            certificate: ArcSwap::from_pointee(usable.0),
            tickets: Tickets::new()?,
            asked_tickets: Tickets::new()?,
            challenges: RwLock::default(),
        }))
    }

    /// Shows `usable` to an ACME provider that asks for `name`, until it is closed.
    pub(crate) fn open_challenge(&self, name: &str, usable: Usable) {
        let mut challenges = self.challenges.write().unwrap_or_else(PoisonError::into_inner);
        challenges.insert(name.to_owned(), Arc::new(usable.0));
    }

    /// Shows nothing more for `name`.
    pub(crate) fn close_challenge(&self, name: &str) {
        self.challenges.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Serves `usable` to every handshake that begins from now on. Connections that are open stay as they are.
    pub(crate) fn load(&self, usable: Usable) {
        self.certificate.store(Arc::new(usable.0));
        self.renew_tickets();
    }

    /// Lets no session resume that began before.
    pub(crate) fn renew_tickets(&self) {
        self.tickets.renew();
        self.asked_tickets.renew();
    }

    fn config(self: &Arc<Self>, client: ClientCertificates, profile: TlsProfile) -> Result<ServerConfig, NotUsable> {
        let provider = profile::provider(profile);
        let verifier = AskAnyone::new(&provider);
        let builder = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(profile::versions(profile))?;
        let builder = match client {
            ClientCertificates::Asked => builder.with_client_cert_verifier(verifier),
            ClientCertificates::NotAsked => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        let tickets = if client == ClientCertificates::Asked { &self.asked_tickets } else { &self.tickets };
        config.ticketer = Arc::clone(tickets) as Arc<dyn ProducesTickets>;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 1;
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), ACME_TLS.to_vec()];
        Ok(config)
    }

    /// Asks everyone for a client certificate, always, and never resumes: what is shown is shown anew.
    fn asking_always(self: &Arc<Self>, profile: TlsProfile) -> Result<Arc<ServerConfig>, NotUsable> {
        let mut config = self.config(ClientCertificates::Asked, profile)?;
        config.send_tls13_tickets = 0;
        config.ticketer = Arc::new(NoTickets);
        Ok(Arc::new(config))
    }
}

#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// The certificate that the node shows where it connects as a client and is asked for one.
#[derive(Debug)]
pub(crate) struct Presented(ArcSwapOption<CertifiedKey>);

impl Presented {
    /// Shows `usable` from the first connection on; without one, none.
    pub(crate) fn new(usable: Option<Usable>) -> Arc<Self> {
        Arc::new(Self(ArcSwapOption::from_pointee(usable.map(|usable| usable.0))))
    }

    /// Shows `usable` to everyone the node connects to from now on.
    pub(crate) fn load(&self, usable: Usable) {
        self.0.store(Some(Arc::new(usable.0)));
    }
}

impl Presented {
    /// The chain, DER, leaf first.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        let certified = self.0.load();
        certified.iter().flat_map(|certified| &certified.cert).map(|der| der.to_vec()).collect()
    }
}

impl ResolvesClientCert for Presented {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // A peer's list of CAs is a hint that many write wrongly; the peer itself says whether it takes the certificate.
        self.0.load_full().filter(|certified| certified.key.choose_scheme(schemes).is_some())
    }

    fn has_certs(&self) -> bool {
        self.0.load().is_some()
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ACME_TLS)) {
            // Without an open challenge there is nothing to show, and the handshake fails.
            let challenges = self.challenges.read().unwrap_or_else(PoisonError::into_inner);
            return challenges.get(hello.server_name()?).cloned();
        }
        Some(self.certificate.load_full())
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.0.load().lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.0.load().encrypt(plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.0.load().decrypt(cipher)
    }
}
