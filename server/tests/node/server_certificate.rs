//! `/api/v1/server-certificate` and what is below it

use rcgen::KeyPair;
use reqwest::{Method, StatusCode};

use crate::support::{Authority, Client, Node, Pair, rules, server_params};

const PATH: &str = "/api/v1/server-certificate";

/// A node that trusts an authority, and serves a certificate of it.
fn serving() -> (Node, Client, Authority, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    let pair = authority.issue("first.example.com");
    let (status, stored) = client.upload(&pair);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)));
    (node, client, authority, pair)
}

#[test]
fn a_sound_certificate_is_served_at_once() {
    let (node, client, authority, pair) = serving();
    assert_eq!(node.served(), [pair.der]);
    assert!(!client.alarms().contains(&"temporary-certificate".to_owned()));
    let second = authority.issue("second.example.com");
    client.upload(&second);
    assert_eq!(node.served(), [second.der]);
    assert_eq!(client.slots()["previous"]["decoded"]["common_name"], "first.example.com");
    assert!(client.actions().contains(&"server-certificate-loaded".to_owned()));
}

#[test]
fn a_refused_upload_changes_nothing() {
    let (node, client, authority, pair) = serving();
    let before = client.slots();
    let refused = [
        (authority.issue("host"), "san-not-fqdn"),
        (Pair { key: authority.issue("a.example.com").key, ..authority.issue("b.example.com") }, "key-mismatch"),
        (Pair { key: "junk".into(), ..authority.issue("b.example.com") }, "not-pem"),
    ];
    for (pair, rule) in &refused {
        let (status, problem) = client.upload(pair);
        assert_eq!((status, problem["type"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("/problems/refused")));
        assert!(rules(&problem["report"]).contains(rule), "{problem}");
    }
    assert_eq!(client.slots()["active"]["pem"], before["active"]["pem"]);
    assert!(client.slots()["pending"].is_null());
    assert_eq!(node.served(), [pair.der]);
    assert_eq!(client.actions()[..3], ["server-certificate-refused"; 3]);
}

#[test]
fn a_certificate_of_an_unknown_ca_waits_and_loads_when_the_ca_arrives() {
    let (node, client, _, first) = serving();
    let authority = Authority::new("Newcomer");
    let pair = authority.issue("second.example.com");
    let (status, stored) = client.upload(&pair);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(false)));
    assert_eq!(rules(&stored["report"]), ["ca-not-recognised"]);
    assert_eq!(node.served(), std::slice::from_ref(&first.der));

    let node = node.restart();
    let client = node.administrator();
    assert_eq!(node.served(), [first.der]);
    assert_eq!(client.slots()["pending"]["decoded"]["common_name"], "second.example.com");
    let (status, appended) = client.append(&authority.pem);
    assert_eq!((status, appended["pending_loaded"].as_bool()), (StatusCode::OK, Some(true)));
    assert_eq!(node.served(), [pair.der]);
    assert!(client.slots()["pending"].is_null());
}

#[test]
fn load_anyway_serves_with_an_alarm() {
    let (node, client, _, _) = serving();
    assert_eq!(client.make(Method::POST, &format!("{PATH}/pending/load")).0, StatusCode::NOT_FOUND);
    let pair = Authority::new("Unknown").issue("second.example.com");
    client.upload(&pair);
    let (status, slots) = client.make(Method::POST, &format!("{PATH}/pending/load"));
    assert_eq!((status, slots["active"]["loaded_anyway"].as_bool()), (StatusCode::OK, Some(true)));
    assert_eq!(node.served(), [pair.der]);
    let alarms = client.alarms();
    assert!(alarms.contains(&"loaded-anyway".into()) && alarms.contains(&"active-not-trusted".into()), "{alarms:?}");
}

#[test]
fn load_anyway_cannot_load_a_key_that_tls_cannot_sign_with() {
    let (node, client, _, first) = serving();
    let case = include_str!("../../../corpus/weak-security-key-rsa1024.case");
    let part = |name: &str| case.split(&format!("\n=== {name}\n")).nth(1).and_then(|rest| rest.split("\n=== ").next());
    let text = |name: &str| format!("{}\n", part(name).unwrap());
    let weak = Pair { certificate: text("file"), key: text("key"), der: first.der.clone() };
    let (status, stored) = client.upload(&weak);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(false)), "{stored}");
    let (status, problem) = client.make(Method::POST, &format!("{PATH}/pending/load"));
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/not-usable")), "{problem}");
    assert_eq!(node.served(), [first.der]);
}

#[test]
fn the_pending_certificate_can_be_discarded() {
    let (_node, client, _, _) = serving();
    client.upload(&Authority::new("Unknown").issue("second.example.com"));
    assert_eq!(client.make(Method::DELETE, &format!("{PATH}/pending")).0, StatusCode::NO_CONTENT);
    assert!(client.slots()["pending"].is_null());
    assert_eq!(client.make(Method::DELETE, &format!("{PATH}/pending")).0, StatusCode::NOT_FOUND);
}

#[test]
fn the_previous_certificate_comes_back() {
    let (node, client, authority, first) = serving();
    let second = authority.issue("second.example.com");
    client.upload(&second);
    assert_eq!(client.make(Method::POST, &format!("{PATH}/previous/load")).0, StatusCode::OK);
    assert_eq!(node.served(), [first.der]);
    assert_eq!(client.make(Method::POST, &format!("{PATH}/previous/load")).0, StatusCode::OK);
    assert_eq!(node.served(), [second.der]);
}

#[test]
fn a_repeated_upload_does_not_push_out_the_previous_certificate() {
    let (_node, client, authority, _) = serving();
    let second = authority.issue("second.example.com");
    client.upload(&second);
    client.upload(&second);
    assert_eq!(client.slots()["previous"]["decoded"]["common_name"], "first.example.com");
}

#[test]
fn a_reset_goes_back_to_the_temporary_certificate() {
    let (node, client, _, first) = serving();
    let (status, slots) = client.make(Method::DELETE, PATH);
    assert_eq!((status, slots["active"]["origin"].as_str()), (StatusCode::OK, Some("temporary")));
    assert_ne!(node.served(), std::slice::from_ref(&first.der));
    assert_eq!(slots["previous"]["decoded"]["common_name"], "first.example.com");
    assert_eq!(client.alarms(), ["temporary-certificate"]);
    client.make(Method::POST, &format!("{PATH}/previous/load"));
    assert_eq!(node.served(), [first.der]);
}

#[test]
fn the_current_key_is_used_again() {
    let node = Node::start();
    let (client, authority, key) = (node.administrator(), Authority::new("Root"), KeyPair::generate().unwrap());
    client.append(&authority.pem);
    client.upload(&authority.issue_for("node.example.com", &key));
    let renewed = authority.issue_for("renewed.example.com", &key);
    let (status, stored) = client.send(Method::PUT, PATH, &[("certificate", &renewed.certificate)]);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    assert_eq!(stored["report"]["private_key"]["origin"], "current");
    assert_eq!(node.served(), [renewed.der]);
    let other = authority.issue("other.example.com");
    let (status, problem) = client.send(Method::PUT, PATH, &[("certificate", &other.certificate)]);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["report"]["decision"] == "refuse", "{problem}");
}

#[test]
fn a_certificate_without_a_common_name_raises_an_alarm() {
    let (node, client, authority, _) = serving();
    let mut params = server_params("node.example.com");
    params.distinguished_name = rcgen::DistinguishedName::new();
    let pair = authority.sign(params, &KeyPair::generate().unwrap());
    let (status, stored) = client.upload(&pair);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    assert_eq!(client.alarms(), ["cn-missing"]);
    assert_eq!(node.served(), [pair.der]);
    client.upload(&authority.issue("node.example.com"));
    assert!(client.alarms().is_empty());
}

#[test]
fn checking_stores_nothing() {
    let (_node, client, authority, first) = serving();
    let pair = authority.issue("second.example.com");
    let parts = [("certificate", pair.certificate.as_str()), ("private_key", &pair.key)];
    let (status, report) = client.send(Method::POST, &format!("{PATH}/check"), &parts);
    assert_eq!((status, report["loadable"].as_bool()), (StatusCode::OK, Some(true)));
    let pem = client.call(Method::GET, "/api/v1/server-certificate.pem").send().unwrap().text().unwrap();
    assert_eq!(pem.replace("\r\n", "\n"), first.certificate.replace("\r\n", "\n"));
}
