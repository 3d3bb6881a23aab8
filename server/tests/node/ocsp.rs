//! What a responder says of the node's own certificates: a real one, `openssl ocsp`, on loopback

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::crl_download::Web;
use crate::support::{Authority, Client, Node, Pair, on_the_command_line};
use crate::waiting::until;

/// `openssl ocsp`, ended with the test.
pub(crate) struct Responder {
    process: Child,
    folder: TempDir,
    pub(crate) url: String,
}

impl Responder {
    /// One that answers for a CA, under the CA's own key or under one that it lets answer.
    pub(crate) fn start(authority: &Authority, delegated: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", &authority.pem);
        write("index.txt", "");
        write("index.txt.attr", "unique_subject = no\n");
        if delegated {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = crate::support::server_params("responder.example.com");
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::OcspSigning];
            let responder = authority.sign(params, &key);
            write("signer.pem", &responder.certificate);
            write("signer.key", &responder.key);
        } else {
            write("signer.pem", &authority.pem);
            write("signer.key", &authority.key_pem());
        }
        let mut process = Command::new("openssl")
            .args(["ocsp", "-port", "0", "-index", "index.txt", "-CA", "ca.pem", "-nmin", "5"])
            .args(["-rsigner", "signer.pem", "-rkey", "signer.key"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let accept = lines.find(|line| line.starts_with("ACCEPT")).unwrap();
        let port = accept.split_whitespace().nth(1).unwrap().rsplit(':').next().unwrap().to_owned();
        Self { process, folder, url: format!("http://127.0.0.1:{port}/") }
    }

    /// Writes what the CA knows of a certificate.
    fn know(&self, pair: &Pair, revoked: bool) {
        self.know_all(&[(pair, revoked)]);
    }

    /// Writes what the CA knows of certificates: `V` or `R`.
    pub(crate) fn know_all(&self, pairs: &[(&Pair, bool)]) {
        let line = |(pair, revoked): &(&Pair, bool)| {
            let serial = serial(self.folder.path(), pair);
            if *revoked {
                format!("R\t491231235959Z\t261101000000Z,keyCompromise\t{serial}\tunknown\t/CN=x\n")
            } else {
                format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=x\n")
            }
        };
        let lines: String = pairs.iter().map(line).collect();
        // The responder looks at the file's time, which has seconds.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        std::fs::write(self.folder.path().join("index.txt"), lines).unwrap();
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serial(folder: &Path, pair: &Pair) -> String {
    std::fs::write(folder.join("asked.pem"), &pair.certificate).unwrap();
    let arguments = ["x509", "-in", "asked.pem", "-noout", "-serial"];
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().replace("serial=", "")
}

pub(crate) fn set(client: &Client, settings: &Value) {
    client.confirm();
    let answer = client.call(Method::PUT, "/api/v1/crls/settings").json(settings).send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

pub(crate) fn ask(client: &Client) -> Value {
    let (status, answer) = client.make(Method::POST, "/api/v1/crls/download");
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["results"].clone()
}

fn message(results: &Value) -> &str {
    results[0]["message"].as_str().unwrap()
}

/// A node that trusts a CA.
fn trusting() -> (Node, Client, Authority) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    (node, client, authority)
}

fn follows_a_revocation(delegated: bool) {
    let (_node, client, authority) = trusting();
    let responder = Responder::start(&authority, delegated);
    let pair = authority.issue("node.example.com");
    responder.know(&pair, false);
    set(&client, &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": responder.url }));
    let (status, answer) = client.upload(&pair);
    assert_eq!(status, StatusCode::OK);
    assert!(message(&answer["ocsp"]).ends_with(": it is not revoked"), "{}", answer["ocsp"]);
    assert!(client.alarms().is_empty());

    responder.know(&pair, true);
    // The responder looks at its file before it waits for a question: one more answer is of before.
    ask(&client);
    let results = ask(&client);
    assert!(message(&results).contains("it was revoked at 2026-11-01T00:00:00Z (keyCompromise)"), "{results}");
    assert_eq!(client.alarms(), ["revoked"]);
    let (_, answer) = client.upload(&pair);
    assert!(message(&answer["ocsp"]).contains("revoked at"), "told with the upload: {answer}");

    // A responder that goes away does not undo what it said.
    drop(responder);
    let results = ask(&client);
    assert_eq!(results[0]["ok"], false);
    assert_eq!(client.alarms(), ["revoked"]);
    set(&client, &json!({ "time": "03:00", "ocsp": false }));
    assert!(client.alarms().is_empty());
}

#[test]
fn a_revocation_is_told_at_upload_and_raises_an_alarm_later() {
    follows_a_revocation(false);
}

#[test]
fn a_responder_that_the_ca_lets_answer_is_believed() {
    follows_a_revocation(true);
}

#[test]
fn what_a_certificate_counts_as_without_an_answer_is_set() {
    let (_node, client, authority) = trusting();
    assert_eq!(client.upload(&authority.issue("node.example.com")).0, StatusCode::OK);
    // `unauthorized`, as a responder says of what it is not asked to know.
    let web = Web::serve(&[("/", "200 OK", vec![0x30, 3, 0x0a, 1, 6])]);
    let mut settings = json!({ "time": "03:00", "ocsp": true, "ocsp_responder": web.base });
    set(&client, &settings);
    let results = ask(&client);
    assert!(message(&results).contains("unauthorized"), "{results}");
    assert!(client.alarms().is_empty());
    settings["ocsp_fallback"] = json!("revoked");
    set(&client, &settings);
    assert_eq!(client.alarms(), ["revoked"]);
}

#[test]
fn another_cas_responder_is_not_believed() {
    let (_node, client, authority) = trusting();
    let stranger = Authority::new("Root");
    let pair = authority.issue("node.example.com");
    let responder = Responder::start(&stranger, false);
    responder.know(&pair, true);
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    set(&client, &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": responder.url }));
    let results = ask(&client);
    assert_eq!(results[0]["ok"], false, "{results}");
    assert!(client.alarms().is_empty());
}

#[test]
fn the_responder_that_a_certificate_names_is_asked_only_where_it_may_lead() {
    let (_node, client, authority) = trusting();
    let responder = Responder::start(&authority, false);
    let mut params = crate::support::server_params("node.example.com");
    params.custom_extensions.push(authority_info_access(&responder.url));
    let pair = authority.sign(params, &rcgen::KeyPair::generate().unwrap());
    responder.know(&pair, true);
    let mut settings = json!({ "time": "03:00", "ocsp": true });
    set(&client, &settings);
    let (status, answer) = client.upload(&pair);
    assert_eq!(status, StatusCode::OK);
    assert!(message(&answer["ocsp"]).contains("not among the allowed ones"), "{answer}");
    assert!(client.alarms().is_empty());
    settings["allowed_hosts"] = json!(["127.0.0.1"]);
    set(&client, &settings);
    assert!(message(&ask(&client)).contains("it was revoked"));
    assert_eq!(client.alarms(), ["revoked"]);
}

#[test]
fn a_peers_certificate_is_asked_about_when_a_connection_is_tried() {
    let (node, client, authority) = trusting();
    let (peer, peers_client) = {
        let node = Node::start();
        let client = node.administrator();
        client.append(&authority.pem);
        (node, client)
    };
    let pair = authority.issue("peer.example.com");
    assert_eq!(peers_client.upload(&pair).0, StatusCode::OK);
    let responder = Responder::start(&authority, false);
    responder.know(&pair, true);
    let attempt = json!({ "host": "localhost", "port": peer.https_port });
    let try_it = || client.post("/api/v1/client-certificate/try", &attempt).1;
    assert!(try_it()["ocsp"].is_null());
    set(&client, &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": responder.url }));
    let reception = try_it();
    let message = reception["ocsp"]["message"].as_str().unwrap();
    assert!(message.starts_with("CN=peer.example.com: it was revoked"), "{reception}");
    let server = format!("localhost:{}", peer.https_port);
    let on_the_terminal =
        || on_the_command_line(&node, &["connect", "--format", "json", "--verify-name", "peer.example.com", &server]);
    let (status, said) = on_the_terminal();
    assert_eq!((status, &said["ocsp"], &said["server"]["valid"]), (2, &reception["ocsp"], &true.into()), "{said}");
    drop(responder);
    set(
        &client,
        &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": "http://127.0.0.1:1/", "ocsp_fallback": "revoked" }),
    );
    let reception = try_it();
    assert!(reception["ocsp"]["message"].as_str().unwrap().ends_with("it counts as revoked"), "{reception}");
    assert_eq!(on_the_terminal().0, 2);
}

#[test]
fn a_certificate_that_is_loaded_without_an_upload_is_asked_about_too() {
    let (_node, client, authority) = trusting();
    let (first, second) = (authority.issue("first.example.com"), authority.issue("second.example.com"));
    for pair in [&first, &second] {
        assert_eq!(client.upload(pair).0, StatusCode::OK);
    }
    let responder = Responder::start(&authority, false);
    responder.know_all(&[(&first, true), (&second, false)]);
    set(&client, &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": responder.url }));
    let said = |answer: &Value| {
        let said = answer["ocsp"].as_array().unwrap().iter();
        said.map(|said| (said["message"].as_str().unwrap().to_owned(), said["revoked"] == true)).collect::<Vec<_>>()
    };
    let revoked = "CN=first.example.com: it was revoked at 2026-11-01T00:00:00Z (keyCompromise)";
    let good = "CN=second.example.com: it is not revoked";
    for expected in [(revoked, true), (good, false)] {
        let (status, slots) = client.make(Method::POST, "/api/v1/server-certificate/previous/load");
        assert_eq!(status, StatusCode::OK);
        assert_eq!(said(&slots), [(expected.0.to_owned(), expected.1)]);
    }
    client.make(Method::POST, "/api/v1/server-certificate/previous/load");
    let (status, stored) = client.make(Method::POST, "/api/v1/client-certificate/copy");
    assert_eq!(status, StatusCode::OK);
    assert_eq!(said(&stored), [(revoked.to_owned(), true)]);
    assert_eq!(client.alarms(), ["client-revoked", "revoked"]);
    // What waits is told about as well.
    let unknown = Authority::new("Root");
    let (_, stored) = client.upload(&unknown.issue("third.example.com"));
    assert_eq!(stored["loaded"], false, "{stored}");
    let (status, slots) = client.make(Method::POST, "/api/v1/server-certificate/pending/load");
    assert_eq!((status, said(&slots)), (StatusCode::OK, vec![(revoked.to_owned(), true)]), "{slots}");
}

#[test]
fn what_was_not_asked_about_yet_is_told_and_counts_as_it_is_set_after_the_first_round() {
    let (node, client, authority) = trusting();
    // Everything else was asked today, and is not due again.
    ask(&client);
    assert_eq!(client.upload(&authority.issue("node.example.com")).0, StatusCode::OK);
    let nobody = "http://127.0.0.1:1/";
    set(&client, &json!({ "time": "03:00", "ocsp": true, "ocsp_responder": nobody, "ocsp_fallback": "revoked" }));
    let waiting = |client: &Client| client.get("/api/v1/crls/settings")["not_yet_asked"].clone();
    assert_eq!(waiting(&client), json!(["CN=node.example.com"]));
    assert!(client.alarms().is_empty());
    // It looks each minute, and when it starts.
    let node = node.restart();
    let client = node.administrator();
    until(std::time::Duration::from_secs(20), "it is asked", || waiting(&client) == json!([]));
    assert_eq!(client.alarms(), ["revoked"]);
}

/// authorityInfoAccess with one responder (RFC 5280 section 4.2.2.1).
fn authority_info_access(url: &str) -> rcgen::CustomExtension {
    let tlv = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
    let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 48, 1]);
    let description = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
    rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &description))
}
