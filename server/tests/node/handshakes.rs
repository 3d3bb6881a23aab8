//! Whole handshakes with a node.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection};

use crate::any_chain::AnyChain;
use crate::support::provider;

/// A full handshake with a port of loopback: the chain that was served.
pub(crate) fn served_at(port: u16) -> std::io::Result<Vec<CertificateDer<'static>>> {
    served_by((Ipv4Addr::LOCALHOST, port))
}

/// The same at another address.
pub(crate) fn served_by(address: impl ToSocketAddrs) -> std::io::Result<Vec<CertificateDer<'static>>> {
    provider();
    let provider = CryptoProvider::get_default().unwrap();
    let verifier = Arc::new(AnyChain(provider.signature_verification_algorithms));
    let mut config =
        ClientConfig::builder().dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(15)))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    connection.send_close_notify();
    connection.complete_io(&mut stream)?;
    let _ = stream.flush();
    Ok(connection.peer_certificates().unwrap().iter().map(|der| der.clone().into_owned()).collect())
}
