//! `/api/v1/client-certificate` and what is below it

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use reqwest::{Method, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};
use serde_json::json;

use crate::support::{Authority, Client, Node, Pair, on_the_command_line, rules, server_params};

const PATH: &str = "/api/v1/client-certificate";

fn upload(client: &Client, pair: &Pair) -> (StatusCode, serde_json::Value) {
    client.send(Method::PUT, PATH, &[("certificate", &pair.certificate), ("private_key", &pair.key)])
}

fn trusting() -> (Node, Client, Authority) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    (node, client, authority)
}

fn with_usages(authority: &Authority, usages: Vec<ExtendedKeyUsagePurpose>) -> Pair {
    let mut params = server_params("client.example.com");
    params.extended_key_usages = usages;
    authority.sign(params, &KeyPair::generate().unwrap())
}

#[test]
fn what_cannot_act_as_a_client_is_refused_and_everything_else_is_taken() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let (_node, client, authority) = trusting();
    let before = client.get(PATH);
    let (status, problem) = upload(&client, &with_usages(&authority, vec![ServerAuth]));
    assert_eq!((status, rules(&problem["report"])), (StatusCode::UNPROCESSABLE_ENTITY, vec!["client-auth-missing"]));
    assert_eq!(client.get(PATH)["active"]["pem"], before["active"]["pem"]);
    for usages in [vec![ClientAuth], vec![ServerAuth, ClientAuth], vec![]] {
        let pair = with_usages(&authority, usages);
        let (status, stored) = upload(&client, &pair);
        assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    }
    assert!(client.actions().contains(&"client-certificate-loaded".to_owned()));
}

#[test]
fn it_has_slots_of_its_own() {
    let (node, client, authority) = trusting();
    let served = node.served();
    let (first, second) = (authority.issue("first.example.com"), authority.issue("second.example.com"));
    upload(&client, &first);
    upload(&client, &second);
    assert_eq!(client.get(PATH)["previous"]["decoded"]["common_name"], "first.example.com");
    assert_eq!(client.make(Method::POST, &format!("{PATH}/previous/load")).0, StatusCode::OK);
    assert_eq!(client.get(PATH)["active"]["decoded"]["common_name"], "first.example.com");
    let unknown = Authority::new("Unknown");
    let (_, stored) = upload(&client, &unknown.issue("third.example.com"));
    assert_eq!(stored["loaded"].as_bool(), Some(false));
    client.append(&unknown.pem);
    assert_eq!(client.get(PATH)["active"]["decoded"]["common_name"], "third.example.com");
    assert_eq!(client.make(Method::DELETE, PATH).0, StatusCode::OK);
    assert_eq!(client.get(PATH)["active"]["origin"], "temporary");
    assert_eq!(node.served(), served, "the server certificate was never touched");
}

#[test]
fn the_server_certificate_can_be_copied() {
    let (_node, client, authority) = trusting();
    client.upload(&authority.issue("both.example.com"));
    let (status, stored) = client.make(Method::POST, &format!("{PATH}/copy"));
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    assert_eq!(client.get(PATH)["active"]["pem"], client.slots()["active"]["pem"]);
    client.upload(&with_usages(&authority, vec![ExtendedKeyUsagePurpose::ServerAuth]));
    let (status, problem) = client.make(Method::POST, &format!("{PATH}/copy"));
    assert_eq!((status, rules(&problem["report"])), (StatusCode::UNPROCESSABLE_ENTITY, vec!["client-auth-missing"]));
}

#[test]
fn the_temporary_certificate_is_not_copied_and_the_refusal_says_what_to_do() {
    let (_node, client, authority) = trusting();
    let own = authority.issue("client.example.com");
    upload(&client, &own);
    let (status, problem) = client.make(Method::POST, &format!("{PATH}/copy"));
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/temporary-certificate")));
    let detail = problem["detail"].as_str().unwrap();
    for words in ["Upload a server certificate", "upload a client certificate", "reset", "Nothing was changed."] {
        assert!(detail.contains(words), "{detail}");
    }
    assert_eq!(client.get(PATH)["active"]["pem"], own.certificate);
    assert!(client.actions().contains(&"client-certificate-refused".to_owned()));
}

/// A TLS server that asks for a client certificate of `authority`, and tells the one that it accepted.
fn asking(authority: &Authority) -> (u16, Receiver<Option<CertificateDer<'static>>>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let pair = authority.issue("peer.example.com");
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![pair.der.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let failed = connection.complete_io(&mut stream).is_err();
        let shown = connection.peer_certificates().and_then(<[_]>::first).map(|der| der.clone().into_owned());
        if failed {
            // The alert must arrive before the connection ends.
            let _ = connection.write_tls(&mut stream);
        }
        let _ = sender.send(shown.filter(|_| !failed));
        // Who has accepted waits for a request.
        let _ = std::io::Read::read(&mut Stream::new(&mut connection, &mut stream), &mut [0]);
    });
    (port, receiver)
}

#[test]
fn a_server_that_asks_for_it_sees_it() {
    let (_node, client, authority) = trusting();
    let pair = with_usages(&authority, vec![ExtendedKeyUsagePurpose::ClientAuth]);
    upload(&client, &pair);
    let (port, seen) = asking(&authority);
    let (status, reception) = client.post(&format!("{PATH}/try"), &json!({ "host": "localhost", "port": port }));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(seen.recv().unwrap(), Some(pair.der));
    for fact in ["connected", "asked_for_certificate", "certificate_shown"] {
        assert_eq!(reception[fact], true, "{fact}: {reception}");
    }
    // The peer is judged too: its chain is trusted, but it has another name.
    assert_eq!(reception["server"]["valid"], false);
    assert_eq!(reception["server"]["reasons"].as_array().unwrap().len(), 1, "{reception}");
}

#[test]
fn a_server_that_does_not_trust_it_says_so() {
    let (_node, client, authority) = trusting();
    upload(&client, &authority.issue("client.example.com"));
    let (port, seen) = asking(&Authority::new("Elsewhere"));
    let (_, reception) = client.post(&format!("{PATH}/try"), &json!({ "host": "localhost", "port": port }));
    assert_eq!(seen.recv().unwrap(), None);
    assert_eq!((reception["connected"].as_bool(), reception["certificate_shown"].as_bool()), (Some(false), Some(true)));
    assert!(reception["failure"].as_str().unwrap().contains("UnknownCA"), "{reception}");
}

#[test]
fn the_tls_verify_name_is_asked_for_and_checked() {
    let (node, client, authority) = trusting();
    let pair = with_usages(&authority, vec![ExtendedKeyUsagePurpose::ClientAuth]);
    upload(&client, &pair);
    let (port, _seen) = asking(&authority);
    let peer = json!({ "host": "127.0.0.1", "port": port, "verify_name": "peer.example.com" });
    let (_, reception) = client.post(&format!("{PATH}/try"), &peer);
    let (port, _seen) = asking(&authority);
    let server = format!("127.0.0.1:{port}");
    let words = ["connect", "--format", "json", "--verify-name", "peer.example.com", &server];
    let (status, said) = on_the_command_line(&node, &words);
    assert_eq!((status, &said["connected"], &said["own"]), (0, &reception["connected"], &reception["own"]), "{said}");
    assert_eq!(said["server"]["valid"], true, "the command line says the same: {said}");
    assert_eq!((&reception["connected"], &reception["server"]["valid"]), (&true.into(), &true.into()), "{reception}");
    // Both chains, link by link.
    for (side, leaf) in [("server", "CN=peer.example.com"), ("own", "CN=client.example.com")] {
        let path = reception[side]["path"].as_array().unwrap();
        assert_eq!((path.len(), &path[0]["subject"], &path[1]["origin"]), (2, &leaf.into(), &"root".into()), "{side}");
    }
    let (port, _seen) = asking(&authority);
    let peer = json!({ "host": "127.0.0.1", "port": port, "verify_name": "other.example.com" });
    let (_, reception) = client.post(&format!("{PATH}/try"), &peer);
    assert_eq!(reception["server"]["reasons"][0]["rule"], "name-mismatch", "{reception}");
    let peer = json!({ "host": "127.0.0.1", "port": port, "verify_name": "no name" });
    let (_, reception) = client.post(&format!("{PATH}/try"), &peer);
    assert!(reception["failure"].as_str().unwrap().contains("neither a host name"), "{reception}");
}

/// A TLS server that asks for a certificate, looks at it, and goes without saying why.
fn silent(authority: &Authority) -> u16 {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated().build().unwrap();
    let pair = authority.issue("peer.example.com");
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let builder = ServerConfig::builder().with_client_cert_verifier(verifier);
    let config = builder.with_single_cert(vec![pair.der], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        connection.complete_io(&mut stream).unwrap();
    });
    port
}

#[test]
fn a_server_that_closes_without_a_word_does_not_count_as_connected() {
    let (_node, client, authority) = trusting();
    upload(&client, &with_usages(&authority, vec![ExtendedKeyUsagePurpose::ClientAuth]));
    let peer = json!({ "host": "localhost", "port": silent(&authority) });
    let (_, reception) = client.post(&format!("{PATH}/try"), &peer);
    assert_eq!((&reception["connected"], &reception["asked_for_certificate"]), (&false.into(), &true.into()));
    assert!(reception["failure"].as_str().unwrap().contains("without a word"), "{reception}");
}
