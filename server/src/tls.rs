//! What TLS shows: a certificate to those who connect, one to those the node connects to; each swapped while
//! connections go on.

pub(crate) mod connections;
pub(crate) mod outbound;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ProducesTickets, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, SignatureScheme};

/// The certificate that new handshakes get, and the tickets by which sessions resume.
///
/// Both change together: a resumed session shows no certificate, so a ticket from before a load would let a client go
/// on without ever seeing the new one.
#[derive(Debug)]
pub(crate) struct Served {
    certificate: ArcSwap<CertifiedKey>,
    tickets: ArcSwap<Arc<dyn ProducesTickets>>,
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
            tickets: ArcSwap::from_pointee(aws_lc_rs::Ticketer::new()?),
        }))
    }

    /// Serves `usable` to every handshake that begins from now on. Connections that are open stay as they are.
    pub(crate) fn load(&self, usable: Usable) {
        self.certificate.store(Arc::new(usable.0));
        match aws_lc_rs::Ticketer::new() {
            Ok(tickets) => self.tickets.store(Arc::new(tickets)),
            // Old tickets still open sessions of clients that have been here before; nobody is turned away.
            Err(error) => tracing::warn!(%error, "session tickets could not be renewed"),
        }
    }

    /// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, which is all that rustls has.
    pub(crate) fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, NotUsable> {
        let mut provider = aws_lc_rs::default_provider();
        // AES-128 first, as browsers have it: SHA-256, which comes with it, is what processors have instructions for.
        provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.ticketer = Arc::clone(self) as Arc<dyn ProducesTickets>;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 1;
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
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
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certificate.load_full())
    }
}

impl ProducesTickets for Served {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.tickets.load().lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.tickets.load().encrypt(plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.tickets.load().decrypt(cipher)
    }
}
