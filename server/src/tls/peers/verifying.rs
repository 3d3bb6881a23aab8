//! Chains, judged within the handshake: of those who call, and of those who are called.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme};

use super::Gate;

/// A chain that was refused, and every reason.
#[derive(Debug, thiserror::Error)]
#[error("the peer's certificate is refused: {}", .reasons.join("; "))]
pub(super) struct Refusal {
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) reasons: Vec<String>,
}

impl Refusal {
    /// The other end reads `certificate_unknown`: none of TLS's words fits several reasons at once.
    fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }

    /// The refusal behind an error, if that is what it is.
    pub(super) fn of(error: &Error) -> Option<&Self> {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(refusal))) => refusal.downcast_ref(),
            _ => None,
        }
    }
}

fn chain_of(leaf: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Vec<Vec<u8>> {
    std::iter::once(leaf).chain(intermediates).map(|der| der.to_vec()).collect()
}

/// Asks everyone who calls for a certificate and demands proof of its key. Under Enforce it must be that of a node; under
/// Permissive it is judged once the caller has proven that it has the cluster's key, so that only nodes are told of.
#[derive(Debug)]
pub(super) struct NodesOnly {
    gate: Arc<dyn Gate>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl NodesOnly {
    pub(super) fn new(gate: Arc<dyn Gate>, provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self { gate, algorithms: provider.signature_verification_algorithms })
    }
}

impl ClientCertVerifier for NodesOnly {
    fn client_auth_mandatory(&self) -> bool {
        self.gate.enforces()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // A node has one certificate to show, and shows it whoever is trusted.
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.gate.enforces() {
            let chain = chain_of(leaf, intermediates);
            let reasons = self.gate.against(&chain, None);
            if !reasons.is_empty() {
                return Err(Refusal { chain, reasons }.into_error());
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // It is not offered.
        Err(Error::General("nodes speak TLS 1.3 only".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Requests are to be confided to the peer.
    Call,
    /// It is to be seen what the peer shows and says. Nothing is confided to it, so that it is let through in any case.
    Look,
}

/// What a peer has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// Its chain, DER, leaf first; empty if it did not get so far.
    pub(super) chain: Vec<Vec<u8>>,
    /// What stands against it.
    pub(super) reasons: Vec<String>,
}

/// Judges whom the node calls, for one connection, and keeps what it has seen.
#[derive(Debug)]
pub(super) struct NamedOnly {
    gate: Arc<dyn Gate>,
    name: String,
    purpose: Purpose,
    shown: Mutex<Shown>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl NamedOnly {
    pub(super) fn new(gate: Arc<dyn Gate>, name: &str, purpose: Purpose, provider: &CryptoProvider) -> Arc<Self> {
        let algorithms = provider.signature_verification_algorithms;
        Arc::new(Self { gate, name: name.to_owned(), purpose, shown: Mutex::default(), algorithms })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(super) fn shown(&self) -> Shown {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for NamedOnly {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = chain_of(leaf, intermediates);
        let reasons = self.gate.against(&chain, Some(&self.name));
        let shown = Shown { chain: chain.clone(), reasons: reasons.clone() };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = shown;
        if self.purpose == Purpose::Call && !reasons.is_empty() && self.gate.enforces() {
            return Err(Refusal { chain, reasons }.into_error());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // It is not offered.
        Err(Error::General("nodes speak TLS 1.3 only".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
