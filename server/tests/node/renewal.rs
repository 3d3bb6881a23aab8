//! The temporary certificate is renewed by the node itself, at start and while it runs.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Authority, Client, Node};

/// 825 days are given, and thirty are left when it is renewed.
const NEAR_THE_END: &str = "-796d";
const NOT_YET: &str = "-794d";
const PAST_THE_END: &str = "-900d";

fn founded(shift: &str) -> (Node, Value, Value) {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), shift);
    let client = node.administrator();
    let (about, slots) = (client.get("/api/v1/node"), client.slots());
    (node, about, slots)
}

fn trusted(client: &Client) -> Vec<String> {
    let list = client.get("/api/v1/trusted-cas");
    let rows = list["certificates"].as_array().unwrap().iter();
    rows.map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_near_or_past_its_end_is_renewed_at_start_with_its_ca() {
    for shift in [NEAR_THE_END, PAST_THE_END] {
        let (node, before, old) = founded(shift);
        let authority = Authority::new("Beside");
        node.administrator().append(&authority.pem);
        let served = node.served();
        let node = node.restart();
        let client = node.administrator();
        let (about, slots) = (client.get("/api/v1/node"), client.slots());
        assert_ne!(node.served(), served);
        assert_ne!(slots["active"]["pem"], old["active"]["pem"]);
        assert_eq!(slots["active"]["pem"], slots["temporary"]["pem"]);
        assert!(slots["previous"].is_null(), "the old one is worth nothing");
        assert_eq!(client.get("/api/v1/client-certificate")["active"]["pem"], slots["active"]["pem"]);
        // The new CA stands where the old one stood, and a browser that trusts it trusts the node.
        assert_ne!(about["temporary_ca_fingerprint"], before["temporary_ca_fingerprint"]);
        let fingerprint = about["temporary_ca_fingerprint"].as_str().unwrap().to_lowercase();
        assert_eq!(trusted(&client), [fingerprint, authority.fingerprint]);
        let ca = reqwest::Certificate::from_pem(about["temporary_ca_pem"].as_str().unwrap().as_bytes()).unwrap();
        let trusting = reqwest::blocking::Client::builder().tls_certs_only([ca]).build().unwrap();
        assert!(trusting.get(format!("{}/healthz", client.base)).send().unwrap().status().is_success());
        assert_eq!(client.alarms(), ["temporary-certificate"]);
        assert_eq!(client.actions().iter().filter(|action| *action == "temporary-certificate-renewed").count(), 1);
        // What was renewed once is left alone.
        let served = node.served();
        assert_eq!(node.restart().served(), served);
    }
}

#[test]
fn one_with_more_than_thirty_days_left_is_not_renewed() {
    let (node, _, _) = founded(NOT_YET);
    let served = node.served();
    assert_eq!(node.restart().served(), served);
}

#[test]
fn one_that_is_not_served_is_left_alone_until_it_is() {
    let (node, about, _) = founded(PAST_THE_END);
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    client.upload(&pair);
    let node = node.restart();
    let client = node.administrator();
    assert_eq!(node.served(), [pair.der]);
    assert_eq!(client.get("/api/v1/node")["temporary_ca_fingerprint"], about["temporary_ca_fingerprint"]);
    let (_, reset) = client.make(Method::DELETE, "/api/v1/server-certificate");
    assert_eq!(reset["active"]["report"]["decision"], "accept", "{}", reset["active"]["report"]);
    assert_eq!(reset["previous"]["pem"], pair.certificate);
    assert_eq!(node.served(), [crate::support::Pair::der_of(reset["active"]["pem"].as_str().unwrap())]);
}

#[test]
fn time_that_goes_by_while_the_node_runs_renews_it_and_a_deleted_ca_does_not_come_back() {
    let (node, about, _) = founded(PAST_THE_END);
    let served = node.served();
    let fingerprint = about["temporary_ca_fingerprint"].as_str().unwrap().to_lowercase();
    let client = node.administrator();
    client.confirm();
    let (status, deleted) = client.delete(&[&fingerprint]);
    assert_eq!((status, deleted["total"].as_u64()), (StatusCode::OK, Some(0)), "{deleted}");
    assert_eq!(node.served(), served);
    Node::shift_clock(node.folder.path(), "+0d");
    // Every change looks, as every minute does.
    let client = node.administrator();
    let authority = Authority::new("Beside");
    client.append(&authority.pem);
    assert_ne!(node.served(), served);
    assert_eq!(trusted(&client), [authority.fingerprint]);
    assert_eq!(client.alarms(), ["active-not-trusted", "temporary-certificate"]);
}
