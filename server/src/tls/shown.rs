//! The client certificate that a connection has shown, and the handshakes that ask for one.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::pem;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConnection, SignatureScheme};

/// What a client has shown in its handshake, or in the one that its session resumes: a chain whose leaf's key it has.
/// Nothing else is known of it. It is judged at each request, so that trust that is withdrawn is withdrawn from open
/// connections and resumed sessions too.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The chain, leaf first.
    pub(crate) pem: String,
    /// SHA-256 of that.
    pub(crate) fingerprint: [u8; 32],
}

impl Shown {
    /// What was shown on a connection, if anything was.
    pub(super) fn on(connection: &ServerConnection) -> Option<Arc<Self>> {
        let chain = connection.peer_certificates().filter(|chain| !chain.is_empty())?;
        let pem: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, pem.as_bytes()).as_ref());
        Some(Arc::new(Self { pem, fingerprint }))
    }
}

/// Asks for a certificate, demands proof of its key, and lets every one through: a handshake that is refused tells a person
/// at a browser nothing, so that it is the request that is refused, with the reasons. Whoever takes this verifier must judge
/// [`Shown`] before anything is confided.
#[derive(Debug)]
pub(super) struct AskAnyone(WebPkiSupportedAlgorithms);

impl AskAnyone {
    pub(super) fn new(provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self(provider.signature_verification_algorithms))
    }
}

impl ClientCertVerifier for AskAnyone {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // With a list of CAs a browser would hide the very certificates whose refusal is to be explained.
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
