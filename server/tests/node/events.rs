//! `/api/v1/events`: found, exported, verified; and `certway events`

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::cluster::{NOTICED, Nodes, start};
use crate::etcd_servers::EtcdServers;
use crate::support::{Authority, Client, Node, copy_folder};
use crate::waiting::until;

const EVENTS: &str = "/api/v1/events";

/// Status and standard output of `certway events`.
fn events(data_dir: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certway"));
    command.arg("events").args(arguments).arg("--data-dir").arg(data_dir).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr);
    (status.code().unwrap(), said)
}

fn text(client: &Client, path: &str) -> String {
    let answer = client.call(Method::GET, path).send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().unwrap()
}

fn numbers(client: &Client, query: &str) -> Vec<u64> {
    let found = client.get(&format!("{EVENTS}?limit=1000&{query}"));
    found.as_array().unwrap().iter().map(|event| event["number"].as_u64().unwrap()).collect()
}

/// A node whose log has what an administrator, a stranger and a terminal did.
fn busy() -> (Node, Client) {
    let node = Node::start();
    let client = node.administrator();
    client.append(&Authority::new("Root").pem);
    node.client().try_sign_in("a wrong password");
    assert_eq!(events(&node.data_dir(), &["list", "--limit", "1"]).0, 0);
    let answer = crate::support::on_the_command_line(&node, &["security-level", "public", "--format", "json"]);
    assert_eq!(answer.0, 0, "{answer:?}");
    (node, client)
}

#[test]
fn events_are_found_by_who_what_when_and_text_with_where_they_came_from() {
    let (node, client) = busy();
    let all = numbers(&client, "");
    assert!(all.len() > 5 && all.is_sorted_by(|one, other| one > other), "{all:?}");
    let appended = client.get(&format!("{EVENTS}?action=trusted-cas"));
    let appended = &appended.as_array().unwrap()[0];
    assert_eq!((&appended["actor"], &appended["address"]), (&"admin".into(), &"127.0.0.1".into()));
    let of = |query: &str| numbers(&client, query);
    assert_eq!(of("action=sign-in"), of("text=SIGN-IN-REFUSED"));
    assert_eq!(of("actor=terminal").len(), 1);
    assert_eq!(client.get(&format!("{EVENTS}?actor=terminal"))[0]["address"], Value::Null);
    let by_the_node = client.get(&format!("{EVENTS}?action=node-founded"));
    assert_eq!(by_the_node[0]["address"], Value::Null);
    assert_eq!(of("from=2000-01-01T00:00:00Z"), all);
    assert!(of("to=2000-01-01T00:00:00Z").is_empty() && of("text=nothing%25like%20this").is_empty());
    assert_eq!(of(&format!("before={}", all[1])), all[2..]);
    for wrong in ["from=yesterday", "before=x", "actr=admin"] {
        assert_eq!(client.make(Method::GET, &format!("{EVENTS}?{wrong}")).0, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let (status, said) = events(&node.data_dir(), &["list", "--actor", "terminal"]);
    assert_eq!((status, said.lines().count()), (0, 1), "{said}");
    for path in [".jsonl", ".csv", "/verify", "/accept"] {
        let method = if path == "/accept" { Method::POST } else { Method::GET };
        assert_eq!(node.client().make(method, &format!("{EVENTS}{path}")).0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[test]
fn an_export_has_all_of_them_and_is_verified_without_the_node() {
    let (node, client) = busy();
    let lines = text(&client, &format!("{EVENTS}.jsonl"));
    let exported: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut listed: Vec<Value> = client.get(&format!("{EVENTS}?limit=1000")).as_array().unwrap().clone();
    listed.reverse();
    assert_eq!(exported, listed);
    let csv = text(&client, &format!("{EVENTS}.csv?actor=terminal"));
    assert_eq!(csv.lines().next().unwrap(), "number,at,actor,action,details,address,digest");
    assert_eq!(csv.lines().count(), 2, "{csv}");

    let log = client.get(&format!("{EVENTS}/verify"));
    assert_eq!((&log["whole"], &log["first"], &log["cluster"]), (&true.into(), &1.into(), &Value::Null), "{log}");
    let head = format!("{}:{}", log["last"], log["digest"].as_str().unwrap());
    let folder = node.stop();
    let data_dir = folder.path().join("data");
    let file = folder.path().join("events.jsonl");
    let file = file.to_str().unwrap();
    // Of a node that is stopped.
    let (status, said) = events(&data_dir, &["export", "--output", file]);
    assert_eq!(status, 0, "{said}");
    assert!(std::fs::read_to_string(file).unwrap().starts_with(&lines));
    let verify = |head: &str| events(&data_dir, &["verify", "--file", file, "--head", head]);
    assert_eq!(verify(&head).0, 0, "{}", verify(&head).1);
    let cut: String = lines.lines().take(3).map(|line| format!("{line}\n")).collect();
    std::fs::write(file, &cut).unwrap();
    assert_eq!(events(&data_dir, &["verify", "--file", file]).0, 0);
    let (status, said) = verify(&head);
    assert_eq!(status, 2);
    assert!(said.contains("event 4 is missing"), "{said}");
    std::fs::write(file, lines.replacen("\"admin\"", "\"nobody\"", 1)).unwrap();
    let (status, said) = verify(&head);
    assert_eq!(status, 2);
    assert!(said.contains("was changed"), "{said}");
    assert_eq!(verify("3:abc").0, 64);
    assert_eq!(events(&data_dir, &["verify", "--file", "/gone"]).0, 66);
}

#[test]
fn a_log_that_was_changed_behind_the_nodes_back_is_told_running_or_stopped() {
    let (node, _client) = busy();
    assert_eq!(events(&node.data_dir(), &["verify"]).0, 0);
    let tamper = |data_dir: &Path| {
        let store = rusqlite::Connection::open(data_dir.join("certway.db")).unwrap();
        store.execute("UPDATE events SET address = '192.0.2.1' WHERE number = 2", []).unwrap();
    };
    tamper(&node.data_dir());
    let (status, said) = events(&node.data_dir(), &["verify"]);
    assert_eq!(status, 2);
    assert!(said.contains("event 2 is missing or was changed"), "{said}");
    let folder = node.stop();
    assert_eq!(events(&folder.path().join("data"), &["verify"]).0, 2);
    let node = Node::start_in(folder, &[]);
    assert!(node.administrator().alarms().contains(&"events-changed".to_owned()));
}

#[test]
fn a_log_that_was_put_back_as_a_whole_is_noticed_with_the_help_of_the_cluster() {
    let etcd = EtcdServers::start(1, None);
    let mut cluster = Nodes::verified(2, &etcd);
    let folder = cluster.nodes.remove(1).stop();
    let former = copy_folder(&folder.path().join("data"));
    let node = start(folder);
    let client = node.administrator();
    for _ in 0..3 {
        client.confirm();
    }
    let last = client.get(&format!("{EVENTS}?limit=1"))[0]["number"].as_u64().unwrap();
    let known = || {
        let nodes = cluster.clients[0].get("/api/v1/cluster");
        let nodes = nodes["nodes"].as_array().unwrap().iter();
        nodes.filter_map(|node| node["status"]["event"].as_u64()).any(|event| event >= last)
    };
    until(NOTICED, "the other node knows of the latest event", known);
    // Also while it was away.
    let folder = node.stop();
    let node = start(folder);
    let verified = node.administrator().get(&format!("{EVENTS}/verify"));
    assert_eq!(verified["whole"], true, "{verified}");

    let folder = node.stop();
    let data_dir = folder.path().join("data");
    std::fs::remove_dir_all(&data_dir).unwrap();
    std::fs::rename(former.path(), &data_dir).unwrap();
    let node = start(folder);
    let client = node.administrator();
    client.confirm();
    let raised = || client.alarms().contains(&"cluster-events-expe2.example.com".to_owned());
    until(NOTICED, "the alarm", raised);
    let verified = client.get(&format!("{EVENTS}/verify"));
    assert_eq!(verified["whole"], false, "{verified}");
    assert!(verified["message"].as_str().unwrap().contains("put back"), "{verified}");
    // It is looked at, and was a backup.
    let (status, accepted) = client.post(&format!("{EVENTS}/accept"), &Value::Null);
    assert_eq!((status, &accepted["whole"]), (StatusCode::OK, &true.into()), "{accepted}");
    assert!(!raised());
    assert!(client.actions().contains(&"event-log-accepted".to_owned()));
}
