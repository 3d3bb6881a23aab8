//! `/api/v1/crls` and what revocation does to what is served

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Authority, Client, Node, Pair, rules};

const PATH: &str = "/api/v1/crls";

fn upload(client: &Client, pem: &str) -> (StatusCode, Value) {
    client.send(Method::POST, PATH, &[("file", pem)])
}

fn counts(answer: &Value) -> [u64; 5] {
    ["added", "replaced", "known", "older", "total"].map(|name| answer[name].as_u64().unwrap())
}

fn remove(client: &Client, fingerprints: &[&str]) -> (StatusCode, Value) {
    let call = client.call(Method::DELETE, PATH).json(&json!({ "fingerprints": fingerprints }));
    let answer = call.send().unwrap();
    (answer.status(), answer.json().unwrap())
}

/// A node that serves a certificate of a CA it trusts.
fn serving() -> (Node, Client, Authority, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    assert!(client.alarms().is_empty());
    (node, client, authority, pair)
}

#[test]
fn a_list_that_revokes_what_is_served_raises_an_alarm_and_the_next_one_clears_it() {
    let (node, client, authority, pair) = serving();
    let (status, answer) = upload(&client, &authority.revocation_list(1, &[&pair], 2, 30));
    assert_eq!((status, counts(&answer)), (StatusCode::OK, [1, 0, 0, 0, 1]), "{answer}");
    assert_eq!(client.alarms(), ["revoked"]);
    assert_eq!(node.served(), std::slice::from_ref(&pair.der), "what is served is served on");

    // The same file once more is refused nothing, and a certificate on the list is stored, not loaded.
    let (status, answer) = client.upload(&pair);
    assert_eq!(status, StatusCode::OK);
    assert!(rules(&answer["report"]).contains(&"revoked"), "{answer}");
    assert!(!answer["report"]["loadable"].as_bool().unwrap());

    let node = node.restart();
    let client = node.administrator();
    assert_eq!(client.alarms(), ["revoked"]);
    let (_, answer) = upload(&client, &authority.revocation_list(2, &[], 1, 30));
    assert_eq!(counts(&answer), [0, 1, 0, 0, 1]);
    assert!(client.alarms().is_empty());
}

#[test]
fn an_old_list_never_takes_the_place_of_a_newer_one() {
    let (_node, client, authority, pair) = serving();
    let newer = authority.revocation_list(2, &[&pair], 1, 30);
    assert_eq!(counts(&upload(&client, &newer).1), [1, 0, 0, 0, 1]);
    assert_eq!(counts(&upload(&client, &newer).1), [0, 0, 1, 0, 1]);
    assert_eq!(counts(&upload(&client, &authority.revocation_list(1, &[], 9, 30)).1), [0, 0, 0, 1, 1]);
    assert_eq!(client.alarms(), ["revoked"]);
}

#[test]
fn an_expired_list_makes_its_certificates_count_as_revoked() {
    let (_node, client, authority, _pair) = serving();
    let (status, answer) = upload(&client, &authority.revocation_list(1, &[], 30, 1));
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(client.alarms(), ["crl-expires-soon"]);
    upload(&client, &authority.revocation_list(2, &[], 20, -1));
    assert_eq!(client.alarms(), ["crl-expired", "revoked"]);
    let alarms = client.get("/api/v1/alarms");
    assert!(alarms.as_array().unwrap().iter().all(|alarm| alarm["severity"] == "critical"), "{alarms}");
    let fingerprint = client.get(PATH)["crls"][0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(remove(&client, &[&fingerprint]).0, StatusCode::FORBIDDEN);
    client.confirm();
    assert_eq!(remove(&client, &[&fingerprint, &"0".repeat(64)]).0, StatusCode::NOT_FOUND);
    assert_eq!(client.alarms(), ["crl-expired", "revoked"]);
    let (status, answer) = remove(&client, &[&fingerprint]);
    assert_eq!((status, answer["removed"].as_u64(), answer["total"].as_u64()), (StatusCode::OK, Some(1), Some(0)));
    assert!(client.alarms().is_empty());
}

#[test]
fn a_list_of_an_unknown_ca_is_stored_with_a_warning_and_a_broken_file_is_not() {
    let (_node, client, _authority, _pair) = serving();
    let (status, answer) = upload(&client, &Authority::new("Stranger").revocation_list(1, &[], 1, 30));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(rules(&answer["report"]), ["crl-not-recognised"]);
    let (status, problem) = upload(&client, "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
    assert_eq!((status, rules(&problem["report"])), (StatusCode::UNPROCESSABLE_ENTITY, vec!["bad-der"]));
    assert_eq!(client.get(PATH)["crls"].as_array().unwrap().len(), 1);
    let listed = client.call(Method::GET, "/api/v1/crls.pem").send().unwrap().text().unwrap();
    assert_eq!(listed.matches("BEGIN X509 CRL").count(), 1);
}

#[test]
fn a_list_that_anyone_wrote_never_takes_the_place_of_a_recognised_one() {
    let (_node, client, authority, pair) = serving();
    let forged = Authority::new("Root");
    // Forged first: the real one takes its place, though it is older.
    assert_eq!(counts(&upload(&client, &forged.revocation_list(9, &[], 0, 30)).1), [1, 0, 0, 0, 1]);
    let real = authority.revocation_list(1, &[&pair], 2, 30);
    assert_eq!(counts(&upload(&client, &real).1), [0, 1, 0, 0, 1]);
    assert_eq!(client.alarms(), ["revoked"]);
    // Real first: the forged one is left out, though it is newer.
    let (status, answer) = upload(&client, &forged.revocation_list(10, &[], 0, 30));
    assert_eq!((status, counts(&answer)), (StatusCode::OK, [0, 0, 0, 0, 1]));
    assert_eq!((answer["unrecognised"].as_u64(), rules(&answer["report"])), (Some(1), vec!["crl-not-recognised"]));
    assert_eq!(client.alarms(), ["revoked"]);
}

#[test]
fn a_list_of_tomorrow_keeps_no_good_list_out() {
    let (_node, client, authority, pair) = serving();
    let of_tomorrow = authority.revocation_list(9, &[], -1, 30);
    assert_eq!(counts(&upload(&client, &of_tomorrow).1), [1, 0, 0, 0, 1]);
    assert_eq!(counts(&upload(&client, &authority.revocation_list(1, &[&pair], 1, 30)).1), [0, 1, 0, 0, 1]);
    assert_eq!(client.alarms(), ["revoked"]);
    let (_, answer) = upload(&client, &of_tomorrow);
    assert_eq!((counts(&answer), answer["future"].as_u64()), ([0, 0, 0, 0, 1], Some(1)));
    assert_eq!(client.alarms(), ["revoked"]);
}

#[test]
fn lists_inside_the_trusted_ca_file_are_kept_with_it() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    let pair = authority.issue("node.example.com");
    let file = format!("{}{}", authority.pem, authority.revocation_list(1, &[&pair], 1, 30));
    let (status, answer) = client.append(&file);
    assert_eq!((status, answer["added"].as_u64(), counts(&answer["crls"])), (StatusCode::OK, Some(1), [1, 0, 0, 0, 1]));
    assert_eq!(rules(&answer["report"]), ["not-after-beyond-2050"]);
    let (_, answer) = client.upload(&pair);
    assert!(rules(&answer["report"]).contains(&"revoked"), "{answer}");

    // One broken list, and nothing of the file is taken.
    let other = Authority::new("Other");
    let broken = format!("{}-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", other.pem);
    let (status, problem) = client.append(&broken);
    assert_eq!((status, rules(&problem["report"])[0]), (StatusCode::UNPROCESSABLE_ENTITY, "bad-der"));
    let trusted = client.get("/api/v1/trusted-cas");
    assert!(trusted["certificates"].as_array().unwrap().iter().all(|ca| ca["name"] != "Other"));
}
