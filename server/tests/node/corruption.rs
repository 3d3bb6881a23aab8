//! A store that somebody has written into: what opens doors does not count any more, an alarm says so, and there is a way back.
//! Many more changes of the files are tried inside the node, in `app/damage.rs`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::boot::refused;
use crate::sign_in_settings::reset_password;
use crate::support::{Authority, Client, Node, PASSWORD, Pair};
use crate::tokens::{call, make};

/// A node that serves a certificate of a CA it trusts, stopped.
fn stopped() -> (TempDir, Authority, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    client.upload(&pair);
    assert!(client.alarms().is_empty());
    (node.stop(), authority, pair)
}

fn edit(folder: &TempDir, sql: &str) {
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    store.execute_batch(sql).unwrap();
}

fn is_signed_in(client: &Client) -> bool {
    client.make(Method::GET, "/api/v1/session").0 == StatusCode::OK
}

#[track_caller]
fn has_alarm(client: &Client, id: &str, is: bool) {
    let alarms = client.alarms();
    assert_eq!(alarms.contains(&id.to_owned()), is, "{alarms:?}");
}

#[test]
fn a_trusted_ca_list_that_was_changed_trusts_nobody_until_it_is_reset() {
    let (folder, authority, pair) = stopped();
    edit(&folder, "UPDATE trusted_cas SET added_at = added_at + 1 WHERE origin = 'upload'");
    let node = Node::start_in(folder, &[]);
    let client = node.administrator();
    has_alarm(&client, "trusted-cas-changed", true);
    assert_eq!(node.served(), std::slice::from_ref(&pair.der), "what is served is served on");
    assert_eq!(client.get("/api/v1/trusted-cas")["certificates"].as_array().map(Vec::len), Some(0));
    let (status, problem) = client.append(&Authority::new("Another").pem);
    assert_eq!(
        (status, problem["type"].as_str()),
        (StatusCode::CONFLICT, Some("/problems/changed-behind")),
        "{problem}"
    );
    client.confirm();
    assert_eq!(client.make(Method::POST, "/api/v1/trusted-cas/undo").0, StatusCode::CONFLICT);
    let (status, reset) = client.make(Method::POST, "/api/v1/trusted-cas/reset");
    assert_eq!((status, reset["total"].as_u64()), (StatusCode::OK, Some(1)), "{reset}");
    has_alarm(&client, "trusted-cas-changed", false);
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    let node = node.restart();
    assert!(node.administrator().alarms().is_empty());
}

#[test]
fn users_that_were_changed_cannot_sign_in_until_the_password_is_set_on_the_terminal() {
    let (folder, _, pair) = stopped();
    edit(&folder, "UPDATE users SET generation = generation + 1");
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(node.served(), [pair.der]);
    reset_password(&node);
    let client = node.administrator();
    // It goes with the next look.
    client.append(&Authority::new("Another").pem);
    has_alarm(&client, "users-changed", false);
    // The same while it runs.
    edit(&node.folder, "UPDATE users SET generation = generation + 1");
    assert!(!is_signed_in(&client));
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    reset_password(&node);
    assert!(is_signed_in(&node.administrator()));
}

#[test]
fn tokens_that_were_changed_let_nobody_in_until_they_are_forgotten_on_the_terminal() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let made = make(&client, "one", "auditor", 1);
    let lets_in = || {
        let secret = made["secret"].as_str().unwrap();
        call(&node, secret, Method::GET, "/api/v1/alarms", &Value::Null).0 == StatusCode::OK
    };
    assert!(lets_in());
    edit(&node.folder, "UPDATE tokens SET scope = 'administrator'");
    assert!(!lets_in());
    let (status, problem) =
        client.post("/api/v1/tokens", &json!({ "name": "one", "scope": "auditor", "expires_in_days": 1 }));
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/changed-behind")), "{problem}");
    client.append(&Authority::new("Another").pem);
    has_alarm(&client, "tokens-changed", true);
    reset_password(&node);
    let client = node.administrator();
    client.confirm();
    assert!(!lets_in());
    make(&client, "one", "auditor", 1);
}

#[test]
fn a_store_that_is_gone_is_no_first_boot() {
    let (folder, ..) = stopped();
    let file = folder.path().join("data/certway.db");
    let sound = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"").unwrap();
    assert!(refused(folder.path(), &[]).contains("its store is empty or gone"));
    std::fs::remove_file(&file).unwrap();
    assert!(refused(folder.path(), &[]).contains("its store is empty or gone"));
    std::fs::write(&file, &sound).unwrap();
    edit(&folder, "PRAGMA foreign_keys = OFF; DELETE FROM node");
    assert!(refused(folder.path(), &[]).contains("the node's own row is missing"));
    for rest in ["certway.db-wal", "certway.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join("data").join(rest));
    }
    std::fs::write(&file, &sound).unwrap();
    let node = Node::start_in(folder, &[]);
    assert!(node.administrator().alarms().is_empty());
}
