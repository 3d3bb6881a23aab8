//! `/api/v1/tls-profile`: which handshakes the node takes, from the next one on

use std::net::TcpStream;
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{CipherSuite, ClientConfig, ClientConnection, SupportedProtocolVersion, version};
use serde_json::json;

use crate::any_chain::AnyChain;
use crate::cluster::{EVERYWHERE, Nodes};
use crate::etcd_servers::EtcdServers;
use crate::support::{Client, Node, on_the_command_line};
use crate::waiting::until;

const PATH: &str = "/api/v1/tls-profile";

/// Whether a handshake of this kind is made.
fn takes(port: u16, offered: &'static SupportedProtocolVersion, keep: impl Fn(&mut CryptoProvider)) -> bool {
    let mut provider = aws_lc_rs::default_provider();
    keep(&mut provider);
    let verifier = Arc::new(AnyChain(provider.signature_verification_algorithms));
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[offered]).unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            return false;
        }
    }
    true
}

fn set(client: &Client, profile: &str) -> StatusCode {
    client.put(PATH, &json!({ "profile": profile })).0
}

fn everything(_: &mut CryptoProvider) {}

#[test]
fn a_profile_is_in_force_at_once_at_both_ports_and_after_a_restart() {
    let node = Node::start();
    let client = node.administrator();
    let without_aes_256 = |provider: &mut CryptoProvider| {
        provider.cipher_suites.retain(|suite| suite.suite() != CipherSuite::TLS13_AES_256_GCM_SHA384);
    };
    assert_eq!(client.get(PATH)["profile"], "intermediate");
    assert_eq!(set(&client, "modern"), StatusCode::FORBIDDEN, "it asks for the password");
    client.confirm();
    assert_eq!(set(&client, "perfect"), StatusCode::BAD_REQUEST);
    for port in [node.https_port, node.own_certificate_port] {
        assert!(takes(port, &version::TLS12, everything) && takes(port, &version::TLS13, everything));
    }
    assert_eq!(set(&client, "modern"), StatusCode::OK);
    for port in [node.https_port, node.own_certificate_port] {
        assert!(!takes(port, &version::TLS12, everything), "TLS 1.2 at {port}");
        assert!(takes(port, &version::TLS13, without_aes_256));
    }
    let (status, shown) = on_the_command_line(&node, &["tls-profile", "high", "--format", "json"]);
    assert_eq!((status, &shown["profile"]), (0, &json!("high")), "{shown}");
    assert!(takes(node.https_port, &version::TLS13, everything));
    assert!(!takes(node.https_port, &version::TLS13, without_aes_256));
    assert_eq!(client.actions().iter().filter(|action| *action == "tls-profile-set").count(), 2);

    let node = node.restart();
    assert!(!takes(node.https_port, &version::TLS13, without_aes_256), "after a restart");
    let folder = node.stop();
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    let edit = "UPDATE settings SET value = '{\"profile\":\"intermediate\"}' WHERE name = 'tls-profile'";
    assert_eq!(store.execute(edit, []).unwrap(), 1);
    drop(store);
    let node = Node::start_in(folder, &[]);
    let client = node.administrator();
    assert!(!takes(node.https_port, &version::TLS12, everything), "an edit behind the node's back opens no door");
    assert!(client.alarms().contains(&"setting-changed-tls-profile".to_owned()));
    client.confirm();
    assert_eq!(set(&client, "intermediate"), StatusCode::OK);
    assert!(takes(node.https_port, &version::TLS12, everything));
    assert!(!client.alarms().contains(&"setting-changed-tls-profile".to_owned()));
}

#[test]
fn a_cluster_has_one_profile() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    let (status, _) = cluster.clients[0].make(Method::GET, PATH);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(set(&cluster.clients[0], "modern"), StatusCode::OK);
    until(EVERYWHERE, "it is everywhere", || !takes(cluster.nodes[1].https_port, &version::TLS12, everything));
    // Connections of before are being ended.
    assert_eq!(cluster.nodes[1].administrator().get(PATH)["profile"], "modern");
}
