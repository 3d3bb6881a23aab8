//! What a responder says of client certificates, `openssl ocsp` on loopback: a revoked one is not let in

use std::net::TcpListener;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::ocsp::{Responder, set};
use crate::sign_in_settings::{reset_password, settings, signed_in};
use crate::support::{Authority, Client, Node, PASSWORD, Pair, on_the_command_line, person, showing};

const SETTINGS: &str = "/api/v1/client-certificate-test/settings";
/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1/";

/// A node that trusts a CA, its administrator, and two certificates of the CA.
fn trusting() -> (Node, Client, Authority, Pair, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Administrators"));
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    let (good, bad) = (person(&authority, "admin"), person(&authority, "admin"));
    (node, client, authority, good, bad)
}

fn asking(responder: &str, fallback: &str) -> Value {
    json!({ "time": "03:00", "ocsp": true, "ocsp_responder": responder, "ocsp_fallback": fallback })
}

fn tested(client: &Client, pair: &Pair) -> Value {
    let (status, answer) = client.send(Method::POST, "/api/v1/client-certificate-test", &[("file", &pair.certificate)]);
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// The rules of what stands against a certificate.
fn against(test: &Value) -> Vec<&str> {
    let reasons = test["verification"]["reasons"].as_array().unwrap();
    assert_eq!(test["verification"]["valid"], reasons.is_empty(), "{test}");
    reasons.iter().map(|reason| reason["rule"].as_str().unwrap()).collect()
}

/// Whoever shows a good one signs in, and the settings stay.
fn validating(node: &Node, client: &Client, good: &Pair) -> Client {
    client.confirm();
    assert_eq!(client.put(SETTINGS, &settings("validation", Some(60))).0, StatusCode::OK);
    let known = signed_in(node, good);
    assert_eq!(known.make(Method::POST, &format!("{SETTINGS}/keep")).0, StatusCode::OK);
    known
}

/// What signing in with a certificate comes to: the status, and what stands against it.
fn sign_in(node: &Node, pair: &Pair) -> (StatusCode, Value) {
    let answer = node.client_showing(pair).try_sign_in(PASSWORD);
    (answer.status(), answer.json().unwrap())
}

fn is_in(client: &Client) -> bool {
    client.make(Method::GET, "/api/v1/session").0 == StatusCode::OK
}

/// Everything that was said is forgotten.
fn change_trust(client: &Client) {
    assert_eq!(client.append(&Authority::new("Another").pem).0, StatusCode::OK);
}

#[test]
fn a_good_certificate_is_let_in_and_a_revoked_one_is_not() {
    let (node, client, authority, good, bad) = trusting();
    let responder = Responder::start(&authority, true);
    responder.know_all(&[(&good, false), (&bad, true)]);
    assert_eq!(tested(&client, &bad)["ocsp"], Value::Null);
    set(&client, &asking(&responder.url, "revoked"));

    let (of_good, of_bad) = (tested(&client, &good), tested(&client, &bad));
    assert_eq!(of_good["ocsp"]["message"], "CN=admin: it is not revoked");
    assert_eq!((against(&of_good), against(&of_bad)), (vec![], vec!["revoked"]));
    let reason = of_bad["verification"]["reasons"][0]["message"].as_str().unwrap();
    assert!(reason.contains("it was revoked at 2026-11-01T00:00:00Z (keyCompromise)"), "{reason}");
    // Where revocation does not count, nobody is asked.
    let parts = [("file", bad.certificate.as_str()), ("revocation", "off")];
    let (_, unasked) = client.send(Method::POST, "/api/v1/client-certificate-test", &parts);
    assert_eq!((against(&unasked), &unasked["ocsp"]), (vec![], &Value::Null));
    // On the command line, and at the port that tells a browser about its own certificate.
    for (pair, status, said) in [(&good, 0, &of_good), (&bad, 2, &of_bad)] {
        let file = node.folder.path().join("person.pem");
        std::fs::write(&file, &pair.certificate).unwrap();
        let words = ["test-client-certificate", "--format", "json", file.to_str().unwrap()];
        assert_eq!(on_the_command_line(&node, &words), (status, said.clone()));
        let url = format!("https://localhost:{}/", node.own_certificate_port);
        let own = showing(pair).build().unwrap().get(url).header("accept", "application/json").send().unwrap();
        assert_eq!(own.json::<Value>().unwrap()["verification"], said["verification"]);
    }

    let known = validating(&node, &client, &good);
    let (status, refused) = sign_in(&node, &bad);
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(against(&refused["client_certificate"]), ["revoked"]);

    // Nobody is asked again while an answer is good; a change of trust forgets it.
    assert!(is_in(&known));
    responder.know_all(&[(&good, true)]);
    // The responder looks at its file before it waits for a question: one more answer is of before.
    let file = node.folder.path().join("person.pem");
    on_the_command_line(&node, &["test-client-certificate", "--format", "json", file.to_str().unwrap()]);
    std::thread::sleep(Duration::from_secs(11));
    assert!(is_in(&known));
    change_trust(&known);
    assert!(!is_in(&known));
    assert_eq!(sign_in(&node, &good).0, StatusCode::UNAUTHORIZED);
}

#[test]
fn while_nobody_answers_it_counts_as_it_is_set() {
    let (node, client, authority, good, bad) = trusting();
    set(&client, &asking(NOBODY, "not_revoked"));
    let test = tested(&client, &good);
    assert_eq!((against(&test), &test["ocsp"]["ok"]), (vec![], &Value::Bool(false)));
    set(&client, &asking(NOBODY, "revoked"));
    let test = tested(&client, &good);
    assert_eq!(against(&test), ["revocation-unknown"]);
    assert!(test["ocsp"]["message"].as_str().unwrap().ends_with("; it counts as revoked"), "{test}");

    let responder = Responder::start(&authority, false);
    responder.know_all(&[(&good, false), (&bad, true)]);
    set(&client, &asking(&responder.url, "not_revoked"));
    let known = validating(&node, &client, &good);
    assert_eq!(sign_in(&node, &bad).0, StatusCode::UNAUTHORIZED);
    // Nobody locks himself out by it.
    known.confirm();
    let (status, refused) = known.put("/api/v1/crls/settings", &asking(NOBODY, "revoked"));
    assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &"/problems/would-lock-out".into()), "{refused}");
    assert!(is_in(&known) && known.actions().contains(&"lock-out-refused".to_owned()));

    // The responder goes away: what it said of a revocation stays, and whom it did not speak against comes in.
    let url = responder.url.clone();
    drop(responder);
    change_trust(&known);
    assert!(is_in(&known));
    assert_eq!(sign_in(&node, &bad).0, StatusCode::UNAUTHORIZED);

    // The same under the other fallback, which is set while somebody answers.
    let responder = Responder::start(&authority, false);
    responder.know_all(&[(&good, false)]);
    assert_ne!(responder.url, url);
    set(&known, &asking(&responder.url, "revoked"));
    assert!(is_in(&known));
    drop(responder);
    change_trust(&known);
    assert!(!is_in(&known));
    let (status, refused) = sign_in(&node, &good);
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(against(&refused["client_certificate"]), ["revocation-unknown"]);
    reset_password(&node);
    assert!(is_in(&node.administrator()));
}

#[test]
fn a_responder_that_does_not_answer_is_not_waited_for() {
    let (_node, client, _, good, _) = trusting();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let responder = format!("http://{}/", listener.local_addr().unwrap());
    set(&client, &asking(&responder, "revoked"));
    let begun = Instant::now();
    let test = tested(&client, &good);
    assert!(begun.elapsed() < Duration::from_secs(9));
    assert_eq!(against(&test), ["revocation-unknown"]);
    assert!(test["ocsp"]["message"].as_str().unwrap().contains("did not answer within 5 seconds"), "{test}");
    // Nor is it asked by each request.
    let begun = Instant::now();
    assert_eq!(against(&tested(&client, &good)), ["revocation-unknown"]);
    assert!(begun.elapsed() < Duration::from_secs(3));
}
