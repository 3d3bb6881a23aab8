//! A connection that the node opens as a client, to see how it is received.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WantsClientCert};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Presented;

/// How long connecting and shaking hands may take.
const CONNECT: Duration = Duration::from_secs(10);
/// In TLS 1.3 a server refuses a certificate after the handshake: how long to wait for that.
const SECOND_THOUGHTS: Duration = Duration::from_secs(2);

/// What a server means that asks for a certificate, gets an answer, and goes.
const CLOSED: &str = "it closed the connection without a word right after it had asked for a certificate, which servers do when they do not accept what they are shown";

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The server's chain, DER, leaf first; empty if it did not get so far.
    pub(crate) chain: Vec<Vec<u8>>,
    /// Whether the server asked for a client certificate.
    pub(crate) asked: bool,
    /// Whether it was shown one.
    pub(crate) shown: bool,
    /// `TLSv1_3`, `TLSv1_2`; absent if the handshake failed.
    pub(crate) protocol: Option<String>,
    /// Why it broke, if it did.
    pub(crate) failure: Option<String>,
}

/// Connects, shows the client certificate if it is asked for, sends nothing, and closes. It is the caller who judges
/// the server's chain: here every one is let through, since nothing is confided to it. The server is asked for `name`.
pub(crate) async fn look(host: &str, port: u16, name: &str, presented: Arc<Presented>) -> Seen {
    let asked = Arc::new(Asked { presented, asked: AtomicBool::new(false), shown: AtomicBool::new(false) });
    let provider = aws_lc_rs::default_provider();
    let recorder =
        Arc::new(Recorder { chain: Mutex::default(), algorithms: provider.signature_verification_algorithms });
    let outcome = match timeout(
        CONNECT,
        handshake((host, port), name, provider, Arc::clone(&asked), Arc::clone(&recorder)),
    )
    .await
    {
        Ok(outcome) => outcome,
        Err(_) => Err("it took longer than ten seconds".to_owned()),
    };
    let (protocol, failure) = match outcome {
        Ok((protocol, failure)) => (Some(protocol), failure),
        Err(failure) => (None, Some(failure)),
    };
    let chain = recorder.chain.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Seen {
        chain,
        asked: asked.asked.load(Ordering::Relaxed),
        shown: asked.shown.load(Ordering::Relaxed),
        protocol,
        failure,
    }
}

/// The certificate, DER, that a server shows to who asks for `name`. It is shown none, and it is the caller who compares.
pub(crate) async fn leaf(host: &str, port: u16, name: &str) -> Result<Vec<u8>, String> {
    let provider = aws_lc_rs::default_provider();
    let recorder =
        Arc::new(Recorder { chain: Mutex::default(), algorithms: provider.signature_verification_algorithms });
    let config = trusting(provider, Arc::clone(&recorder))?.with_no_client_auth();
    let outcome = timeout(CONNECT, connect((host, port), name, config)).await;
    let seen = recorder.chain.lock().unwrap_or_else(PoisonError::into_inner).first().cloned();
    // A server that wants to be shown one may end the handshake afterwards.
    match (seen, outcome) {
        (Some(leaf), _) => Ok(leaf),
        (None, Ok(Err(why))) => Err(why),
        (None, Ok(Ok(_))) => Err("it showed no certificate".to_owned()),
        (None, Err(_)) => Err("it took longer than ten seconds".to_owned()),
    }
}

fn trusting(
    provider: CryptoProvider,
    recorder: Arc<Recorder>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(recorder))
}

async fn connect(
    address: (&str, u16),
    name: &str,
    config: ClientConfig,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
    let name =
        ServerName::try_from(name.to_owned()).map_err(|_| "this is neither a host name nor an address".to_owned())?;
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())
}

async fn handshake(
    address: (&str, u16),
    name: &str,
    provider: CryptoProvider,
    asked: Arc<Asked>,
    recorder: Arc<Recorder>,
) -> Result<(String, Option<String>), String> {
    let config =
        trusting(provider, recorder)?.with_client_cert_resolver(Arc::clone(&asked) as Arc<dyn ResolvesClientCert>);
    let mut stream = connect(address, name, config).await?;
    let protocol = stream.get_ref().1.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
    let protocol = protocol.to_owned();
    let refusal = match timeout(SECOND_THOUGHTS, stream.read_u8()).await {
        Ok(Err(error)) if error.kind() == ErrorKind::InvalidData => Some(error.to_string()),
        // Nothing was sent, so that nothing else can have displeased it.
        Ok(Err(_)) if asked.asked.load(Ordering::Relaxed) => Some(CLOSED.to_owned()),
        _ => None,
    };
    Ok((protocol, refusal))
}

/// Shows the node's certificate, and remembers that it did.
#[derive(Debug)]
struct Asked {
    presented: Arc<Presented>,
    asked: AtomicBool,
    shown: AtomicBool,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        let certified = self.presented.resolve(hints, schemes);
        self.shown.store(certified.is_some(), Ordering::Relaxed);
        certified
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Keeps the chain it is shown, and lets it through. Private to this file, and not shared with the tests' own: a verifier
/// that any other connection of the node could take would be one `use` away from trusting everybody.
#[derive(Debug)]
struct Recorder {
    chain: Mutex<Vec<Vec<u8>>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(intermediates).map(|der| der.to_vec()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
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
