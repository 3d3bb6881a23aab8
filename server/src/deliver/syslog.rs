//! Syslog: messages of RFC 5424 over TLS (RFC 5425), TCP (RFC 6587 section 3.4.1) or UDP (RFC 5426).

use std::sync::Arc;
use std::time::Duration;

use certway_wire::delivery::{Syslog, SyslogTransport};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Message, in_one_line, usable};
use crate::tls::Presented;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it is waited for a server that has second thoughts: in TLS 1.3 it refuses a certificate after the handshake.
const SECOND_THOUGHTS: Duration = Duration::from_secs(2);
/// Receivers over UDP should take as much (RFC 5426 section 3.2).
const MOST_BYTES: usize = 2048;
/// System daemons (RFC 5424 section 6.2.1).
const FACILITY: u8 = 3;
/// The longest host name and MSGID (RFC 5424 section 6).
const HOSTNAME: usize = 255;
const MSGID: usize = 32;

pub(super) async fn send(
    syslog: &Syslog,
    roots: &[Vec<u8>],
    presented: Arc<Presented>,
    message: &Message,
) -> Result<String, String> {
    let text = written(message, std::process::id());
    let to = format!("{}:{}", syslog.host, syslog.port);
    if syslog.transport == SyslogTransport::Udp {
        datagram(syslog, &text).await?;
        return Ok(format!("It was sent to {to}; over UDP nobody says whether it came."));
    }
    let connecting = TcpStream::connect((syslog.host.as_str(), syslog.port));
    let stream =
        timeout(CONNECT, connecting).await.map_err(|_| "it took longer than ten seconds to connect".to_owned())?;
    let stream = stream.map_err(|error| error.to_string())?;
    let framed = format!("{} {text}", text.len());
    match syslog.transport {
        SyslogTransport::Tls => {
            let name = ServerName::try_from(syslog.host.clone()).map_err(|error| error.to_string())?;
            let connector = TlsConnector::from(Arc::new(config(roots, presented)?));
            let stream = timeout(CONNECT, connector.connect(name, stream)).await;
            let stream = stream.map_err(|_| "the handshake took longer than ten seconds".to_owned())?;
            write(stream.map_err(|error| error.to_string())?, &framed).await?;
        }
        _ => write(stream, &framed).await?,
    }
    Ok(format!("It was written to {to}."))
}

fn config(roots: &[Vec<u8>], presented: Arc<Presented>) -> Result<ClientConfig, String> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(usable(roots));
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    // Servers of RFC 5425 ask for a certificate.
    Ok(config.with_root_certificates(store).with_client_cert_resolver(presented))
}

async fn datagram(syslog: &Syslog, text: &str) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    let mut why = "the name has no address".to_owned();
    for to in lookup_host((syslog.host.as_str(), syslog.port)).await.map_err(words)? {
        let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let sent = async { UdpSocket::bind(from).await?.send_to(text.as_bytes(), to).await };
        match sent.await {
            Ok(_) => return Ok(()),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

async fn write(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    stream.write_all(text.as_bytes()).await.map_err(words)?;
    stream.shutdown().await.map_err(words)?;
    match timeout(SECOND_THOUGHTS, stream.read_u8()).await {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// A message as RFC 5424 section 6 has it.
fn written(message: &Message, process: u32) -> String {
    let alarm = &message.alarm;
    let severity = match (message.what.as_str(), alarm.severity.as_str()) {
        ("test" | "cleared", _) => 6,
        // The syslog's word 'alert' is above its 'critical'; here it is below.
        (_, "critical") => 2,
        (_, "alert") => 3,
        (_, "warning") => 4,
        _ => 5,
    };
    let text = in_one_line(&format!("{}: {}: {} {}", message.headline(), alarm.id, alarm.message, alarm.remedy));
    let mut whole = format!(
        "<{}>1 {} {} certway {process} {} [origin software=\"certway\" swVersion=\"{}\"] \u{feff}{text}",
        FACILITY * 8 + severity,
        message.at,
        printable(&message.node, HOSTNAME),
        printable(&alarm.id, MSGID),
        env!("CARGO_PKG_VERSION"),
    );
    while whole.len() > MOST_BYTES {
        whole.pop();
    }
    whole
}

/// What RFC 5424 calls PRINTUSASCII; `-` if there is nothing.
fn printable(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use certway_core::Time;

    use super::*;

    #[test]
    fn a_message_is_one_line_of_the_standard_and_not_too_long() {
        let mut message = Message::test("node 1.example.com", Time::from_unix(0));
        message.what = "raised".into();
        message.alarm.severity = "alert".into();
        message.alarm.message = "Two\nlines".into();
        assert_eq!(
            written(&message, 7),
            format!(
                "<27>1 1970-01-01T00:00:00Z node1.example.com certway 7 test [origin software=\"certway\" swVersion=\"{}\"] \
                 \u{feff}Alarm raised, alert: test: Two lines Nothing is to be done.",
                env!("CARGO_PKG_VERSION")
            )
        );
        message.alarm.message = "\u{e9}".repeat(4000);
        assert!((MOST_BYTES - 1..=MOST_BYTES).contains(&written(&message, 7).len()));
    }
}
