//! `/api/v1/csr`, `certway csr`, and the certificate that completes a request

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::KeyPair;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::openssl_authority::OpensslAuthority;
use crate::support::{Client, Node, Pair, rules};

const PATH: &str = "/api/v1/csr";
const CERTIFICATE: &str = "/api/v1/server-certificate";

fn make(client: &Client, body: &Value) -> (StatusCode, Value) {
    client.post(PATH, body)
}

/// A node with an authority that it trusts.
fn trusting() -> (Node, Client, OpensslAuthority) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), OpensslAuthority::new());
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    (node, client, authority)
}

fn generated(node: &Node) -> PathBuf {
    node.data_dir().join("persistent/certs/generated_csr")
}

#[test]
fn a_request_is_signed_uploaded_without_a_key_and_served() {
    let (node, client, authority) = trusting();
    let served = node.served();
    let fields =
        json!({ "common_name": "expe1.example.com", "alternative_names": ["cluster.example.com"], "country": "GB" });
    let (status, csr) = make(&client, &fields);
    assert_eq!(status, StatusCode::OK, "{csr}");
    assert_eq!(node.served(), served, "a request does not touch the active certificate");
    let names = csr["decoded"]["alternative_names"].as_array().unwrap();
    assert_eq!(
        names.iter().map(|name| &name["value"]).collect::<Vec<_>>(),
        ["expe1.example.com", "cluster.example.com"]
    );
    assert_eq!(client.get(PATH)["csr"], csr);
    let pem = client.call(Method::GET, "/api/v1/csr.pem").send().unwrap().text().unwrap();
    assert_eq!(pem, csr["pem"].as_str().unwrap());

    let folder = generated(&node);
    for (file, begin) in
        [("csr.pem", "-----BEGIN CERTIFICATE REQUEST"), ("privkey.pem", "-----BEGIN ENCRYPTED PRIVATE KEY")]
    {
        let path = folder.join(file);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(begin));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let signed = authority.sign(&pem);
    let (status, stored) = client.send(Method::PUT, CERTIFICATE, &[("certificate", &signed)]);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    assert_eq!(node.served()[0], Pair::der_of(&signed));
    assert!(client.get(PATH)["csr"].is_null());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let node = node.restart();
    assert_eq!(node.served()[0], Pair::der_of(&signed));
}

#[test]
fn a_request_in_progress_keeps_keys_out_and_names_what_does_not_fit() {
    let (node, client, authority) = trusting();
    let own = authority.issue("own.example.com");
    assert_eq!(client.upload(&own).0, StatusCode::OK);
    make(&client, &json!({ "common_name": "expe1.example.com", "key": "ecdsa-p256" }));

    let another = authority.issue("another.example.com");
    let (status, problem) = client.upload(&another);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(rules(&problem["report"]).contains(&"key-while-csr-in-progress"), "{problem}");

    let (status, problem) = client.send(Method::PUT, CERTIFICATE, &[("certificate", &another.certificate)]);
    assert_eq!((status, rules(&problem["report"])), (StatusCode::UNPROCESSABLE_ENTITY, vec!["key-mismatch"]));
    let found = problem["report"]["findings"][0]["found"].as_str().unwrap();
    assert!(found.contains("request: ") && found.contains("current private key: "), "{found}");
    assert_eq!(node.served()[0], own.der);

    let renewed = authority.issue_for("own.example.com", &KeyPair::from_pem(&own.key).unwrap());
    let (status, stored) = client.send(Method::PUT, CERTIFICATE, &[("certificate", &renewed.certificate)]);
    assert_eq!((status, stored["loaded"].as_bool()), (StatusCode::OK, Some(true)), "{stored}");
    assert!(client.get(PATH)["csr"].is_object(), "the request goes on");
}

#[test]
fn there_is_one_request_and_discarding_it_ends_it() {
    let (node, client, authority) = trusting();
    let (_, csr) = make(&client, &json!({ "common_name": "expe1.example.com" }));
    let (status, problem) = make(&client, &json!({ "common_name": "expe1.example.com" }));
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/csr-in-progress")));
    assert_eq!(client.get(PATH)["csr"], csr);
    assert_eq!(client.make(Method::DELETE, PATH).0, StatusCode::NO_CONTENT);
    assert_eq!(client.make(Method::DELETE, PATH).0, StatusCode::NOT_FOUND);
    assert_eq!(std::fs::read_dir(generated(&node)).unwrap().count(), 0);
    let signed = authority.sign(csr["pem"].as_str().unwrap());
    let (status, problem) = client.send(Method::PUT, CERTIFICATE, &[("certificate", &signed)]);
    assert_eq!((status, rules(&problem["report"])), (StatusCode::UNPROCESSABLE_ENTITY, vec!["key-mismatch"]));
    assert_eq!(client.actions()[1..3], ["csr-discarded", "csr-generated"]);
}

#[test]
fn every_faulty_field_is_named_and_nothing_is_made() {
    let (_node, client, _) = trusting();
    let (status, problem) = make(
        &client,
        &json!({ "common_name": "host", "alternative_names": ["a.example.com", "192.0.2.1"], "country": "UK2" }),
    );
    assert_eq!((status, problem["type"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("/problems/csr-fields")));
    let detail = problem["detail"].as_str().unwrap();
    for part in ["common_name: ", "alternative_names[1]: it is an IP address", "country: "] {
        assert!(detail.contains(part), "{detail}");
    }
    assert!(client.get(PATH)["csr"].is_null());
}

#[test]
fn the_current_key_can_be_asked_for_again_but_not_that_of_the_temporary_certificate() {
    let (node, client, authority) = trusting();
    let again = json!({ "common_name": "own.example.com", "reuse_current_key": true });
    let (status, problem) = make(&client, &again);
    assert_eq!((status, problem["type"].as_str()), (StatusCode::CONFLICT, Some("/problems/no-current-key")));
    client.upload(&authority.issue("own.example.com"));
    let (status, csr) = make(&client, &again);
    assert_eq!((status, csr["reuses_current_key"].as_bool()), (StatusCode::OK, Some(true)));
    let current = client.slots()["active"]["decoded"]["public_key"]["fingerprint_sha256"].clone();
    assert_eq!(csr["decoded"]["public_key"]["fingerprint_sha256"], current);
    let signed = authority.sign(csr["pem"].as_str().unwrap());
    assert_eq!(client.send(Method::PUT, CERTIFICATE, &[("certificate", &signed)]).0, StatusCode::OK);
    assert_eq!(node.served()[0], Pair::der_of(&signed));
}

#[test]
fn the_form_can_be_filled_from_the_certificate_in_use() {
    let (_node, client, authority) = trusting();
    client.upload(&authority.issue("own.example.com"));
    let shown = client.get(PATH);
    assert_eq!(shown["from_certificate"]["common_name"], "own.example.com");
    assert!(shown["proposed"]["common_name"].as_str().unwrap().contains('.'));
}

fn certway(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(arguments)
        .arg("--data-dir")
        .arg(folder)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_command_line_makes_shows_and_discards_beside_a_running_node() {
    let (node, client, authority) = trusting();
    let folder = node.data_dir();
    let made = certway(&folder, &["csr", "generate", "--common-name", "expe1.example.com", "--key", "ecdsa-p384"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let pem = String::from_utf8(made.stdout).unwrap();
    assert_eq!(client.get(PATH)["csr"]["pem"].as_str(), Some(pem.as_str()));
    let shown = certway(&folder, &["csr", "show"]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains("expe1.example.com"));
    let unasked = certway(&folder, &["csr", "discard"]);
    assert!(!unasked.status.success() && client.get(PATH)["csr"].is_object());
    let signed = authority.sign(&pem);
    assert_eq!(client.send(Method::PUT, CERTIFICATE, &[("certificate", &signed)]).0, StatusCode::OK);
    assert_eq!(node.served()[0], Pair::der_of(&signed));
    certway(&folder, &["csr", "generate", "--common-name", "expe1.example.com"]);
    assert!(certway(&folder, &["csr", "discard", "--yes"]).status.success());
    assert!(client.get(PATH)["csr"].is_null());
}
