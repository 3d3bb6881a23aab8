//! An etcd that comes back empty, or without a part of what it kept: it is told, and one command gives it back.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{
    CLUSTER, EVERYWHERE, NOTICED, Nodes, base64_of, confirmed, fingerprints, join, name, node, start, token,
};
use crate::cluster_damage::{ask_etcd, key_of};
use crate::etcd_servers::EtcdServers;
use crate::support::{Authority, Client, on_the_command_line};
use crate::waiting::until;

const GONE: &str = "cluster-records-gone";
const LEAVING: &str = "/api/v1/cluster/leave";
const LEAVE: [&str; 4] = ["cluster", "leave", "--format", "json"];
const RESTORE: [&str; 4] = ["cluster", "restore-shared", "--format", "json"];
/// How long all nodes may take to be a cluster again.
const AGAIN: Duration = Duration::from_secs(20);

fn is_away(client: &Client) -> bool {
    client.alarms().contains(&GONE.to_owned()) && client.get(CLUSTER)["plane"]["reachable"] == false
}

fn until_whole(clients: &[Client]) {
    for client in clients {
        until(AGAIN, "etcd has it again", || !is_away(client) && client.get(CLUSTER)["plane"]["reachable"] == true);
    }
}

/// What is changed at one node arrives at all.
fn is_shared(clients: &[Client], level: &str) {
    let ca = Authority::new("Afterwards");
    let (status, answer) = clients[1].append(&ca.pem);
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = clients[2].put("/api/v1/security-level", &json!({ "level": level }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    for client in clients {
        until(EVERYWHERE, "the CA is everywhere", || fingerprints(client).contains(&ca.fingerprint));
        until(EVERYWHERE, "the level is everywhere", || client.get("/api/v1/security-level")["level"] == level);
    }
}

#[test]
fn an_etcd_that_comes_back_empty_is_told_and_gets_back_what_a_node_has() {
    let mut etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(3, &etcd);
    let (first, before) = (&cluster.clients[0], Authority::new("Before"));
    assert_eq!(first.append(&before.pem).0, StatusCode::OK);
    for client in &cluster.clients {
        until(EVERYWHERE, "the CA is everywhere", || fingerprints(client).contains(&before.fingerprint));
    }
    etcd.lose_all();
    for client in &cluster.clients {
        until(NOTICED, "it is told", || is_away(client));
        assert!(!client.alarms().contains(&"cluster-away".to_owned()), "one alarm says it");
    }
    let (status, problem) = first.append(&Authority::new("Refused").pem);
    assert_eq!((status, &problem["type"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("/problems/cluster-away")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("restore-shared") && detail.ends_with("Nothing was changed."), "{problem}");
    // Who would join now would bring in a cluster of itself alone.
    let stranger = node(3, &etcd);
    let (status, problem) = join(&confirmed(&stranger), &token(first));
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("restore-shared"), "{problem}");

    let (status, shown) = on_the_command_line(&cluster.nodes[0], &RESTORE);
    assert_eq!((status, shown["nodes"].as_array().unwrap().len()), (0, 3), "{shown}");
    assert!(first.actions().contains(&"shared-state-restored".to_owned()));
    until_whole(&cluster.clients);
    is_shared(&cluster.clients, "high");
    for client in &cluster.clients {
        assert!(fingerprints(client).contains(&before.fingerprint));
        until(NOTICED, "all nodes are alive", || {
            let shown = client.get(CLUSTER);
            shown["nodes"].as_array().unwrap().iter().all(|node| node["alive"] == true)
        });
    }
    let (status, joined) = join(&confirmed(&stranger), &token(first));
    assert_eq!((status, joined["nodes"].as_array().unwrap().len()), (StatusCode::OK, 4), "{joined}");

    // Another cluster that has taken its place is not written over.
    etcd.lose_all();
    until(NOTICED, "it is told", || is_away(first));
    let another = node(4, &etcd);
    assert_eq!(confirmed(&another).post(CLUSTER, &Value::Null).0, StatusCode::CREATED);
    let (status, problem) = first.post(&format!("{CLUSTER}/shared"), &Value::Null);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/not-restored")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("`certway cluster leave`"), "{problem}");

    // Who belongs to the former one leaves it, with all that it has, and joins the other one.
    let (status, alone) = on_the_command_line(&cluster.nodes[0], &LEAVE);
    assert_eq!((status, &alone["membership"], &alone["nodes"][1]), (0, &json!("alone"), &Value::Null), "{alone}");
    assert!(fingerprints(first).contains(&before.fingerprint));
    assert!(!first.alarms().iter().any(|alarm| alarm.starts_with("cluster-")), "{:?}", first.alarms());
    let (status, joined) = join(&confirmed(&cluster.nodes[0]), &token(&confirmed(&another)));
    assert_eq!((status, joined["nodes"].as_array().unwrap().len()), (StatusCode::OK, 2), "{joined}");
    assert!(!confirmed(&cluster.nodes[0]).alarms().contains(&GONE.to_owned()), "what was known of the former one");
}

#[test]
fn a_node_leaves_a_cluster_that_it_reaches_no_more() {
    let mut etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(2, &etcd);
    let Nodes { nodes, clients, .. } = cluster;
    let [first, second] = <[_; 2]>::try_from(nodes).ok().unwrap();
    let (status, problem) = clients[1].post(LEAVING, &Value::Null);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/can-be-removed")), "{problem}");
    assert_eq!(clients[1].get(CLUSTER)["membership"], "member");
    etcd.kill_all();
    until(NOTICED, "it is told", || clients[1].alarms().contains(&"cluster-away".to_owned()));
    let ca = Authority::new("Of its own");
    assert_eq!(clients[1].append(&ca.pem).0, StatusCode::SERVICE_UNAVAILABLE);

    // Asked for through the other node, which it stops knowing by that.
    let (status, alone) = clients[0].post(&format!("/api/v1/nodes/{}/cluster/leave", name(1)), &Value::Null);
    assert_eq!((status, &alone["membership"]), (StatusCode::OK, &json!("alone")), "{alone}");
    assert!(clients[1].actions().contains(&"cluster-left".to_owned()));
    let (status, problem) = clients[1].post(LEAVING, &Value::Null);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/no-cluster")), "{problem}");
    assert_eq!(clients[1].append(&ca.pem).0, StatusCode::OK);

    // Nothing brings it back in: neither a start nor etcd; and where it was it is removed as one that is away.
    let second = start(second.stop());
    etcd.start_all();
    let client = confirmed(&second);
    until(NOTICED, "etcd is back", || clients[0].get(CLUSTER)["plane"]["reachable"] == true);
    assert_eq!(client.get(CLUSTER)["membership"], "alone");
    assert!(fingerprints(&client).contains(&ca.fingerprint) && !fingerprints(&clients[0]).contains(&ca.fingerprint));
    let other = confirmed(&first);
    let (status, left) = other.make(Method::DELETE, &format!("{CLUSTER}/nodes/{}", name(1)));
    assert_eq!((status, left["nodes"].as_array().unwrap().len()), (StatusCode::OK, 1), "{left}");
    let (status, joined) = join(&client, &token(&other));
    assert_eq!((status, joined["nodes"].as_array().unwrap().len()), (StatusCode::OK, 2), "{joined}");
    assert!(!fingerprints(&client).contains(&ca.fingerprint));
}

#[test]
fn a_record_that_was_removed_from_etcd_is_told_and_given_back() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(3, &etcd);
    let key = key_of(&etcd, "users");
    ask_etcd(&etcd, "deleterange", &json!({ "key": base64_of(key.as_bytes()) }));
    for client in &cluster.clients {
        until(NOTICED, "it is told", || is_away(client));
    }
    let (status, answer) = cluster.clients[2].post(&format!("{CLUSTER}/shared"), &Value::Null);
    assert_eq!(status, StatusCode::OK, "{answer}");
    until_whole(&cluster.clients);
    is_shared(&cluster.clients, "public");
}
