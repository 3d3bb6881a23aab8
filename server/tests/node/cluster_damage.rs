//! Nodes of a cluster whose store somebody has edited, and an etcd into which somebody has written: what the cluster knows is taken again, and
//! no node loses it to another.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::{CLUSTER, EVERYWHERE, NOTICED, Nodes, base64_of, confirmed, decode, fingerprints, name, start};
use crate::etcd_servers::EtcdServers;
use crate::support::{Authority, Client, Node, PASSWORD, PROGRAM, on_the_command_line};
use crate::waiting::until;
use crate::{tokens, users};

fn edit(folder: &TempDir, sql: &str) {
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    store.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    store.execute_batch(sql).unwrap();
}

/// What etcd's gateway answers to who writes to it without being a node.
pub(crate) fn ask_etcd(etcd: &EtcdServers, path: &str, body: &Value) -> Value {
    let url = format!("{}/v3/kv/{path}", etcd.endpoints()[0]);
    reqwest::blocking::Client::new().post(url).json(body).send().unwrap().json().unwrap()
}

/// The key of a shared document.
pub(crate) fn key_of(etcd: &EtcdServers, document: &str) -> String {
    let all = json!({ "key": base64_of(b"certway/"), "range_end": base64_of(b"certway0"), "keys_only": true });
    let keys = ask_etcd(etcd, "range", &all)["kvs"].as_array().unwrap().clone();
    let mut keys = keys.iter().map(|kv| String::from_utf8(decode(kv["key"].as_str().unwrap())).unwrap());
    keys.find(|key| key.ends_with(&format!("/doc/{document}"))).unwrap()
}

pub(crate) fn put(etcd: &EtcdServers, key: &str, value: &[u8]) {
    ask_etcd(etcd, "put", &json!({ "key": base64_of(key.as_bytes()), "value": base64_of(value) }));
}

fn lets_in(node: &Node, username: &str) -> bool {
    node.client().try_sign_in_as(username, PASSWORD).status() == StatusCode::OK
}

/// That a client has none of these alarms.
#[track_caller]
fn until_clear(client: &Client, ids: &[&str]) {
    until(NOTICED, "no such alarm is left", || {
        let alarms = client.alarms();
        ids.iter().all(|id| !alarms.contains(&(*id).to_owned()))
    });
}

/// Damage of rows, of whole lists, and of what is shared beside them.
const EDITS: &str = "UPDATE trusted_cas SET der = x'3000' WHERE origin = 'upload';
     UPDATE users SET hash = zeroblob(32);
     DELETE FROM tokens;
     UPDATE crls SET der = x'3000';
     UPDATE settings SET value = replace(value, 'high', 'public') WHERE name = 'security-level'";
const ALARMS: [&str; 5] =
    ["trusted-cas-changed", "users-changed", "tokens-changed", "crls-changed", "setting-changed-security-level"];

#[test]
fn a_node_whose_copy_was_edited_takes_the_cluster_s_again_and_no_other_node_loses_anything() {
    let etcd = EtcdServers::start(1, None);
    let Nodes { nodes, clients, authority } = Nodes::verified(2, &etcd);
    let [first, second] = <[Node; 2]>::try_from(nodes).ok().unwrap();
    let client = &clients[0];
    users::add(client, "olga", "operator");
    let made = tokens::make(client, "deploy", "operator", 1);
    let list = authority.revocation_list(1, &[], 1, 30);
    assert_eq!(client.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    assert_eq!(client.put("/api/v1/security-level", &json!({ "level": "high" })).0, StatusCode::OK);
    let trusted = fingerprints(client);
    let is_whole = |node: &Node, client: &Client| {
        until_clear(client, &ALARMS);
        assert_eq!(fingerprints(client), trusted);
        assert_eq!(client.get("/api/v1/security-level")["level"], "high");
        assert_eq!(client.get("/api/v1/crls")["crls"].as_array().unwrap().len(), 1);
        let secret = made["secret"].as_str().unwrap();
        assert_eq!(tokens::call(node, secret, Method::GET, "/api/v1/alarms", &Value::Null).0, StatusCode::OK);
        assert!(lets_in(node, "olga"));
    };
    until(EVERYWHERE, "the level is everywhere", || clients[1].get("/api/v1/security-level")["level"] == "high");

    // While it runs: the rows alone, so that a fingerprint is there and what it says is not.
    edit(&second.folder, EDITS);
    until(NOTICED, "its users are those of the cluster again", || lets_in(&second, "olga"));
    is_whole(&second, &confirmed(&second));
    // While it does not.
    let folder = second.stop();
    edit(&folder, EDITS);
    let second = start(folder);
    until(NOTICED, "its users are those of the cluster again", || lets_in(&second, "olga"));
    let back = confirmed(&second);
    is_whole(&second, &back);
    is_whole(&first, client);
    // It has its part in what comes.
    let another = Authority::new("Another");
    assert_eq!(client.append(&another.pem).0, StatusCode::OK);
    until(EVERYWHERE, "it is there", || fingerprints(&back).contains(&another.fingerprint));
    assert_eq!(back.delete(&[&another.fingerprint]).0, StatusCode::OK);
    until(EVERYWHERE, "it is gone", || !fingerprints(client).contains(&another.fingerprint));
    assert!(back.actions().contains(&"shared-state-taken".to_owned()));
}

const NEW_PASSWORD: &str = "another long enough password";

/// Whether the administrator's password could be reset, and what was said.
fn reset_password(folder: &TempDir) -> (bool, String) {
    std::fs::write(folder.path().join("new-password"), NEW_PASSWORD).unwrap();
    let output = Command::new(PROGRAM)
        .args(["reset-password", "--config"])
        .arg(folder.path().join("certway.toml"))
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env("CERTWAY_ADMIN_PASSWORD_FILE", folder.path().join("new-password"))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_node_whose_users_were_edited_leaves_a_lost_cluster_and_begins_them_anew() {
    let mut etcd = EtcdServers::start(1, None);
    let Nodes { nodes, .. } = Nodes::start(1, &etcd);
    let [only] = <[Node; 1]>::try_from(nodes).ok().unwrap();
    etcd.kill_all();
    let folder = only.stop();
    edit(&folder, "UPDATE users SET hash = zeroblob(32)");
    let node = start(folder);
    let (done, said) = reset_password(&node.folder);
    assert!(!done, "the users are those of a cluster that is not there: {said}");
    let (status, alone) = on_the_command_line(&node, &["cluster", "leave", "--format", "json"]);
    assert_eq!((status, &alone["membership"]), (0, &json!("alone")), "{alone}");
    let (done, said) = reset_password(&node.folder);
    assert!(done, "{said}");
    assert_eq!(node.client().try_sign_in(NEW_PASSWORD).status(), StatusCode::OK);
}

#[test]
fn a_password_that_is_reset_at_a_node_whose_users_were_edited_costs_no_other_user() {
    let etcd = EtcdServers::start(1, None);
    let Nodes { nodes, clients, .. } = Nodes::start(2, &etcd);
    let [first, second] = <[Node; 2]>::try_from(nodes).ok().unwrap();
    users::add(&clients[0], "olga", "operator");
    until(EVERYWHERE, "the user is everywhere", || lets_in(&second, "olga"));
    let folder = second.stop();
    edit(&folder, "UPDATE users SET hash = zeroblob(32); UPDATE tokens SET scope = 'administrator'");
    let (done, said) = reset_password(&folder);
    assert!(done, "{said}");
    assert!(lets_in(&first, "olga"), "a user of the other node is gone");
    let second = start(folder);
    assert!(lets_in(&second, "olga"));
    let has_new = |node: &Node| node.client().try_sign_in(NEW_PASSWORD).status() == StatusCode::OK;
    until(EVERYWHERE, "the password is that of all nodes", || has_new(&first) && has_new(&second));
}

#[test]
fn a_node_whose_list_of_nodes_was_edited_stays_in_the_cluster() {
    let etcd = EtcdServers::start(1, None);
    let Nodes { nodes, clients, .. } = Nodes::start(2, &etcd);
    let [_first, second] = <[Node; 2]>::try_from(nodes).ok().unwrap();
    let [first, back] = <[Client; 2]>::try_from(clients).ok().unwrap();
    // Somebody has spoilt the cluster's copy too, so that it is not simply taken again.
    put(&etcd, &key_of(&etcd, "setting/nodes"), b"nothing that a node wrote");
    until(NOTICED, "it is told", || back.alarms().contains(&"cluster-record-setting/nodes".to_owned()));
    edit(&second.folder, "UPDATE settings SET value = '[]' WHERE name = 'nodes'");
    let ca = Authority::new("While the list is damaged");
    assert_eq!(first.append(&ca.pem).0, StatusCode::OK);
    until(EVERYWHERE, "it is still told what others change", || fingerprints(&back).contains(&ca.fingerprint));
    assert_eq!(back.get(CLUSTER)["membership"], "member");
    until(EVERYWHERE, "it is told", || back.alarms().contains(&"setting-changed-nodes".to_owned()));
    assert_eq!(back.get(CLUSTER)["membership"], "member");
    // Another node writes it anew.
    let address = json!({ "address": first.get(CLUSTER)["nodes"][1]["address"] });
    let (status, answer) =
        first.put(&format!("{CLUSTER}/nodes/{}/address", name(1)), &json!({ "address": "10.0.0.2:8445" }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(first.put(&format!("{CLUSTER}/nodes/{}/address", name(1)), &address).0, StatusCode::OK);
    until_clear(&back, &["setting-changed-nodes", "cluster-record-setting/nodes"]);
    until_clear(&first, &["cluster-record-setting/nodes"]);
    assert_eq!(back.get(CLUSTER)["nodes"].as_array().unwrap().len(), 2);
}

#[test]
fn what_nobody_shares_is_nobody_s_alarm_and_a_record_that_never_was_can_be_written_over() {
    let etcd = EtcdServers::start(1, None);
    let Nodes { clients, nodes, .. } = Nodes::start(2, &etcd);
    let mode = key_of(&etcd, "setting/tls-verification-mode");
    let place = mode.trim_end_matches("setting/tls-verification-mode");
    put(&etcd, &format!("{place}<b>Call 555-0100 at once</b>"), b"nothing");
    put(&etcd, &format!("{place}setting/security-level"), b"nothing");
    for client in &clients {
        until(NOTICED, "it is told", || client.alarms().contains(&"cluster-record-setting/security-level".to_owned()));
        assert!(client.alarms().iter().all(|alarm| !alarm.contains("555")), "{:?}", client.alarms());
    }
    let (status, answer) = clients[0].put("/api/v1/security-level", &json!({ "level": "high" }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    for client in &clients {
        until(EVERYWHERE, "it is everywhere", || client.get("/api/v1/security-level")["level"] == "high");
        until_clear(client, &["cluster-record-setting/security-level"]);
    }
    drop(nodes);
}

#[test]
fn who_may_not_sign_in_at_a_node_is_not_let_in_there_through_another() {
    let mut etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    let first = &cluster.clients[0];
    users::add(first, "olga", "operator");
    until(EVERYWHERE, "the user is everywhere", || lets_in(&cluster.nodes[1], "olga"));
    let olga = cluster.nodes[0].signed_in("olga");
    let through = format!("/api/v1/nodes/{}/alarms", name(1));
    let asked = |client: &Client| client.make(Method::GET, &through);
    assert_eq!([asked(&olga).0, asked(first).0], [StatusCode::OK; 2]);
    // The second node alone knows that its users count no more: the first one hears nothing of it.
    etcd.kill_all();
    edit(&cluster.nodes[1].folder, "UPDATE users SET disabled = 1 WHERE name = 'olga'");
    for client in [&olga, first] {
        let (status, problem) = asked(client);
        assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("/problems/no-user-here")), "{problem}");
    }
    etcd.start_all();
    until(NOTICED, "its users are those of the cluster again", || asked(&olga).0 == StatusCode::OK);
}
