//! A small HTTPS client: full TLS 1.3 handshakes, no resumption, requests by hand.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Outcome;
use crate::any_chain::AnyChain;
use crate::data::NAME;

/// One open connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
}

/// An answer: its status, its head and its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Opens connections to one server.
#[derive(Clone)]
pub(crate) struct Client {
    connector: TlsConnector,
    port: u16,
}

impl Client {
    /// A client of the server on this port of 127.0.0.1.
    ///
    /// # Errors
    /// If rustls refuses the configuration.
    pub(crate) fn new(port: u16) -> Outcome<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = AnyChain(provider.signature_verification_algorithms);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), port })
    }

    /// Connects, with a full handshake.
    ///
    /// # Errors
    /// If the connection or the handshake fails.
    pub(crate) async fn connect(&self) -> Outcome<Connection> {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).await?;
        socket.set_nodelay(true)?;
        let stream = self.connector.connect(ServerName::try_from(NAME)?, socket).await?;
        Ok(Connection { stream })
    }
}

impl Connection {
    /// The certificate that the server sent, DER.
    pub(crate) fn leaf(&self) -> Option<&CertificateDer<'static>> {
        self.stream.get_ref().1.peer_certificates().and_then(<[_]>::first)
    }

    /// Sends one request and reads its answer, which must say its length.
    ///
    /// # Errors
    /// If the connection breaks or the answer is none.
    pub(crate) async fn request(&mut self, head: &str, body: &[u8]) -> Outcome<Answer> {
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len());
        self.stream.write_all(&[request.as_bytes(), body].concat()).await?;
        let mut received = Vec::new();
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 {
                return Err("the connection was closed before the answer was whole".into());
            }
            received.extend_from_slice(&chunk[..count]);
            if let Some(answer) = whole_answer(&received)? {
                return Ok(answer);
            }
        }
    }

    /// GET of a small page, which must succeed.
    ///
    /// # Errors
    /// As `request`, and for any status but 200.
    pub(crate) async fn get(&mut self, path: &str) -> Outcome<()> {
        let answer = self.request(&format!("GET {path} HTTP/1.1\r\nHost: {NAME}"), b"").await?;
        if answer.status == 200 { Ok(()) } else { Err(format!("GET {path}: status {}", answer.status).into()) }
    }
}

fn whole_answer(received: &[u8]) -> Outcome<Option<Answer>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let lower = head.to_ascii_lowercase();
    let length = match lower.split("content-length:").nth(1).and_then(|rest| rest.lines().next()) {
        Some(length) => length.trim().parse()?,
        None => 0_usize,
    };
    let body = &received[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    let status = head.split(' ').nth(1).ok_or("the answer has no status")?.parse()?;
    Ok(Some(Answer { status, head, body: String::from_utf8_lossy(body).into_owned() }))
}
