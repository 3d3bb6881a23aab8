//! What would move the ground under a change of a cluster's certificates, and what the change takes away: told before, or refused.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use reqwest::{Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::cluster::{CLUSTER, NOTICED, Nodes, configured, confirmed, fingerprints, join, name, node, start, token};
use crate::cluster_change::{CHANGED, CHANGES, begin, latest, let_wait, settings};
use crate::etcd_servers::EtcdServers;
use crate::sign_in_settings::{settings as sign_in_settings, signed_in};
use crate::support::{Authority, Node, Pair, person};
use crate::waiting::until;

const MODE: &str = "/api/v1/cluster/verification-mode";

/// A change of two nodes whose canary waits to be confirmed.
fn waiting(etcd: &EtcdServers, new: &Authority) -> Nodes {
    let cluster = Nodes::verified(2, etcd);
    cluster.set_mode(0, "enforce");
    let_wait(&cluster, new, &[name(0), name(1)]);
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 60, "answer_s": 60, "confirm_within_s": 120 });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "without_permissive": true, "settings": settings }));
    for client in &cluster.clients {
        until(CHANGED, "the canary waits to be confirmed", || latest(client)["confirm_by"].is_string());
    }
    cluster
}

/// What `certway change begin --plan` says at a node, and its exit status.
fn planned(node: &Node, append: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["change", "begin", "--plan", "--append"])
        .arg(append)
        .args(more)
        .arg("--data-dir")
        .arg(node.data_dir())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_file_of_new_cas_is_judged_before_anything_begins() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    let (first, new) = (&cluster.clients[0], Authority::new("New root"));
    let_wait(&cluster, &new, &[name(0), name(1)]);
    for path in [CHANGES, "/api/v1/changes/plan"] {
        let (status, problem) = first.post(path, &json!({ "append": "hello", "settings": settings() }));
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/refused")),
            "{problem}"
        );
        assert!(!problem["report"]["findings"].as_array().unwrap().is_empty(), "{problem}");
    }
    assert_eq!(latest(first), Value::Null);
    // DER is as good as PEM.
    let file = cluster.nodes[0].folder.path().join("new-ca.der");
    std::fs::write(&file, CertificateDer::from_pem_slice(new.pem.as_bytes()).unwrap()).unwrap();
    let (_, said) = planned(&cluster.nodes[0], &file, &[]);
    assert!(said.contains("Append to the trusted CA list of all nodes: CN=New root"), "{said}");
}

#[test]
fn a_token_ends_after_a_quarter_of_an_hour() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(1, &etcd);
    let token = token(&cluster.clients[0]);
    let folder = configured(1, &etcd, Ipv4Addr::LOCALHOST.into());
    let config = folder.path().join("certway.toml");
    let late = Node::start_in_time_that_jumps(folder, &["--config", config.to_str().unwrap()]);
    Node::shift_clock(late.folder.path(), "+901");
    let client = confirmed(&late);
    let (status, problem) = join(&client, &token);
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("older than fifteen minutes"), "{problem}");
    // It was not used up by that.
    let in_time = node(2, &etcd);
    assert_eq!(join(&confirmed(&in_time), &token).0, StatusCode::OK);
}

#[test]
fn the_trusted_list_loses_nothing_by_hand_while_a_change_runs() {
    let etcd = EtcdServers::start(1, None);
    let (new, other) = (Authority::new("New root"), Authority::new("Other"));
    let cluster = waiting(&etcd, &new);
    let client = &cluster.clients[1];
    let reset = client.make(Method::POST, "/api/v1/trusted-cas/reset");
    let undo = client.make(Method::POST, "/api/v1/trusted-cas/undo");
    for (status, problem) in [client.delete(&[&new.fingerprint]), reset, undo] {
        assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-runs")), "{problem}");
    }
    assert!(fingerprints(client).contains(&new.fingerprint));
    assert_eq!(client.append(&other.pem).0, StatusCode::OK, "it may gain");
}

#[test]
fn a_node_knows_of_its_change_after_a_restart_without_etcd() {
    let mut etcd = EtcdServers::start(1, None);
    let new = Authority::new("New root");
    let mut cluster = waiting(&etcd, &new);
    etcd.kill(0);
    let folder = cluster.nodes.remove(1).kill();
    let back = start(folder);
    let client = confirmed(&back);
    assert_eq!(client.get(CLUSTER)["plane"]["reachable"], false);
    let change = latest(&client);
    assert!(change["end"].is_null() && change["number"].is_number(), "{change}");
    let pair: Pair = new.issue(&name(1));
    let (status, problem) = client.upload(&pair);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-runs")), "{problem}");
    let (status, problem) = client.put(MODE, &json!({ "mode": "enforce", "anyway": true }));
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-runs")), "{problem}");
    assert_eq!(client.slots()["pending"]["decoded"]["issuer"], "CN=New root", "it waits");
}

#[test]
fn a_ca_that_all_nodes_need_is_told_of_before_it_goes_and_its_loss_is_an_alarm() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    cluster.set_mode(0, "enforce");
    let first = &cluster.clients[0];
    let named = json!({ "fingerprints": [cluster.authority.fingerprint] });
    let (status, breaks) = first.post("/api/v1/trusted-cas/what-breaks", &named);
    assert_eq!(status, StatusCode::OK, "{breaks}");
    let nodes: Vec<&Value> =
        breaks["affected"].as_array().unwrap().iter().filter(|affected| affected["what"] == "node").collect();
    assert_eq!(nodes.iter().map(|node| &node["name"]).collect::<Vec<_>>(), [&json!(name(0)), &json!(name(1))]);
    assert!(
        nodes[0]["consequence"].as_str().unwrap().starts_with("The other nodes of the cluster refuse it: "),
        "{breaks}"
    );
    assert_eq!(first.delete(&[&cluster.authority.fingerprint]).0, StatusCode::OK);
    let is_told = || first.alarms().contains(&"cluster-peers-refused".to_owned());
    until(NOTICED, "it is an alarm", is_told);
    assert_eq!(first.make(Method::POST, "/api/v1/trusted-cas/undo").0, StatusCode::OK);
    until(NOTICED, "it clears", || !is_told());
}

#[test]
fn what_the_last_step_breaks_is_told_and_who_would_be_locked_out_does_not_begin() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    let first = &cluster.clients[0];
    let (new, people) = (Authority::new("New root"), Authority::new("People"));
    assert_eq!(first.append(&people.pem).0, StatusCode::OK);
    let list = people.revocation_list(1, &[], 1, 30);
    assert_eq!(first.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    let_wait(&cluster, &new, &[name(0), name(1)]);
    let wanted = json!({ "append": new.pem, "delete": [people.fingerprint], "settings": settings() });
    let breaks = json!([{
        "nodes": [name(0), name(1)], "what": "crl", "name": "CN=People",
        "consequence": "It is no longer recognised: what it revokes no longer counts as revoked.",
    }]);
    until(NOTICED, "both tell of it", || {
        let (status, offer) = first.post("/api/v1/changes/plan", &wanted);
        assert_eq!(status, StatusCode::OK, "{offer}");
        assert_eq!(offer["notes"], json!([]), "{offer}");
        offer["breaks"] == breaks
    });
    let file = cluster.nodes[0].folder.path().join("new-ca.pem");
    std::fs::write(&file, &new.pem).unwrap();
    let (status, said) = planned(&cluster.nodes[0], &file, &["--delete", &people.fingerprint]);
    for words in [
        "Append to the trusted CA list of all nodes: CN=New root",
        "Breaks when the CAs are deleted: crl CN=People, at expe1.example.com, expe2.example.com. It is no longer recognised",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!((status, latest(first)), (Some(0), Value::Null));
    // At the end the former certificates have nothing to chain to, if their CA is not needed any more.
    for client in &cluster.clients {
        let copied = client.make(Method::POST, "/api/v1/client-certificate/copy");
        assert_eq!(copied.0, StatusCode::OK, "{}", copied.1);
    }
    let without = json!({ "append": new.pem, "delete": [cluster.authority.fingerprint], "settings": settings() });
    let (_, offer) = first.post("/api/v1/changes/plan", &without);
    assert_eq!(offer["kept"], json!([]), "{offer}");
    let former = offer["breaks"].as_array().unwrap();
    assert!(former.len() == 2 && former.iter().all(|broken| broken["what"] == "server_previous"), "{offer}");

    let trying = sign_in_settings("validation", Some(10));
    assert_eq!(first.put("/api/v1/client-certificate-test/settings", &trying).0, StatusCode::OK);
    let known = signed_in(&cluster.nodes[0], &person(&people, "admin"));
    known.confirm();
    let (_, offer) = known.post("/api/v1/changes/plan", &wanted);
    assert!(offer["notes"][0].as_str().unwrap().contains("can no longer sign in"), "{offer}");
    let (status, problem) = known.post(CHANGES, &wanted);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/would-lock-out")), "{problem}");
    assert_eq!(latest(&known), Value::Null);
    assert!(known.actions().contains(&"lock-out-refused".to_owned()));
    begin(&known, &json!({ "append": new.pem, "settings": settings() }));
}
