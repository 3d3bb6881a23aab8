//! `/api/v1/trusted-cas` and what is below it

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Authority, Client, Node, fingerprint, many_authorities, rules};

const PATH: &str = "/api/v1/trusted-cas";

fn fingerprints(client: &Client) -> Vec<String> {
    let list = client.get(PATH);
    let rows = list["certificates"].as_array().unwrap();
    rows.iter().map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_append_adds_what_is_new_in_order_and_counts_the_rest() {
    let node = Node::start();
    let client = node.administrator();
    let [first, second, third] = ["One", "Two", "Three"].map(Authority::new);
    let counts = |answer: &Value| ["added", "known", "total"].map(|name| answer[name].as_u64().unwrap());
    let (_, answer) = client.append(&[first.pem.as_str(), &second.pem].concat());
    assert_eq!(counts(&answer), [2, 0, 3]);
    let (_, answer) = client.append(&[second.pem.as_str(), &third.pem, &third.pem].concat());
    assert_eq!((answer["added"].as_u64(), answer["total"].as_u64()), (Some(1), Some(4)), "{answer}");
    assert_eq!(fingerprints(&client)[1..], [&first, &second, &third].map(|ca| ca.fingerprint.clone()));
    assert_eq!(client.get(PATH)["maximum"], 1000);
}

#[test]
fn one_bad_block_refuses_the_whole_file() {
    let node = Node::start();
    let client = node.administrator();
    let (good, authority) = (Authority::new("Good"), Authority::new("Another"));
    let broken = authority.pem.replacen("MII", "MIJ", 1);
    let (status, problem) = client.append(&[good.pem, broken].concat());
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["report"]["findings"][0]["place"]["block"], 1, "{problem}");
    assert_eq!(fingerprints(&client).len(), 1);
}

#[test]
fn the_list_ends_at_a_thousand() {
    let node = Node::start();
    let client = node.administrator();
    let (status, answer) = client.append(&many_authorities(1..1000));
    assert_eq!(
        (status, answer["total"].as_u64()),
        (StatusCode::OK, Some(1000)),
        "{}",
        rules(&answer["report"]).join(" ")
    );
    let (status, problem) = client.append(&Authority::new("One more").pem);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rules(&problem["report"]).contains(&"too-many-trusted-cas"));
    assert_eq!(fingerprints(&client).len(), 1000);
    let node = node.restart();
    let client = node.administrator();
    assert_eq!(fingerprints(&client).len(), 1000);
    client.confirm();
    assert_eq!(client.delete(&[&fingerprints(&client)[999]]).0, StatusCode::OK);
    assert_eq!(client.append(&Authority::new("One more").pem).0, StatusCode::OK);
}

#[test]
fn a_deletion_wants_the_password_again_and_leaves_what_is_served() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    client.upload(&pair);
    assert!(client.get(PATH)["certificates"][1]["in_use"].as_bool().unwrap());

    let (status, problem) = client.delete(&[&authority.fingerprint]);
    assert_eq!((status, problem["type"].as_str()), (StatusCode::FORBIDDEN, Some("/problems/confirm-password")));
    client.confirm();
    let (status, _) = client.delete(&[&authority.fingerprint, &"0".repeat(64)]);
    assert_eq!((status, fingerprints(&client).len()), (StatusCode::NOT_FOUND, 2));
    assert_eq!(client.delete(&[]).0, StatusCode::BAD_REQUEST);
    let (status, changed) = client.delete(&[&authority.fingerprint]);
    assert_eq!(
        (status, changed["removed"].as_u64(), changed["active_trusted"].as_bool()),
        (StatusCode::OK, Some(1), Some(false))
    );

    assert_eq!(node.served(), std::slice::from_ref(&pair.der));
    assert_eq!(client.alarms(), ["active-not-trusted"]);
    let node = node.restart();
    assert_eq!(node.served(), [pair.der]);
    let client = node.administrator();
    assert_eq!(client.alarms(), ["active-not-trusted"]);
    client.append(&authority.pem);
    assert!(client.alarms().is_empty());
}

#[test]
fn a_reset_goes_back_to_the_default_list() {
    let folder = tempfile::tempdir().unwrap();
    let [configured, appended] = ["Configured", "Appended"].map(Authority::new);
    std::fs::write(folder.path().join("cas.pem"), &configured.pem).unwrap();
    let config = folder.path().join("certway.toml");
    std::fs::write(&config, "default_trusted_cas = \"cas.pem\"\nname = \"expe1.example.com\"\n").unwrap();
    let node = Node::start_in(folder, &["--config", config.to_str().unwrap()]);
    let client = node.administrator();
    assert_eq!(client.get("/api/v1/node")["name"], "expe1.example.com");
    let before = fingerprints(&client);
    assert_eq!(before[1..], *std::slice::from_ref(&configured.fingerprint));
    client.append(&appended.pem);
    client.confirm();
    client.delete(&[&configured.fingerprint]);
    let (status, changed) = client.make(Method::POST, &format!("{PATH}/reset"));
    assert_eq!((status, changed["removed"].as_u64(), changed["added"].as_u64()), (StatusCode::OK, Some(1), Some(1)));
    assert_eq!(fingerprints(&client), before);
}

#[test]
fn one_certificate_is_shown_decoded_and_the_list_as_pem() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let shown = client.get(&format!("{PATH}/{}", authority.fingerprint));
    assert_eq!(
        (shown["decoded"]["common_name"].as_str(), shown["summary"]["name"].as_str()),
        (Some("Root"), Some("Root"))
    );
    assert_eq!(client.make(Method::GET, &format!("{PATH}/{}", "0".repeat(64))).0, StatusCode::NOT_FOUND);
    let pem = client.call(Method::GET, "/api/v1/trusted-cas.pem").send().unwrap().text().unwrap();
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
    let temporary = client.get("/api/v1/node");
    let ca = temporary["temporary_ca_pem"].as_str().unwrap();
    assert!(pem.starts_with(ca));
    let der = rustls::pki_types::CertificateDer::from(pem_to_der(ca));
    assert_eq!(fingerprint(&der), temporary["temporary_ca_fingerprint"]);
}

fn pem_to_der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}
