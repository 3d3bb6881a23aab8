//! `/api/v1/security-level`, and what the level does to reports and to the trusted CA list

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Authority, Node, rules};

const PATH: &str = "/api/v1/security-level";

#[test]
fn a_level_counts_at_once_and_after_a_restart_and_says_what_it_asks() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    let levels = client.get(PATH);
    assert_eq!(levels["level"], "standard");
    let names: Vec<&str> =
        levels["levels"].as_array().unwrap().iter().map(|row| row["level"].as_str().unwrap()).collect();
    assert_eq!(names, ["legacy", "standard", "public", "high"]);
    let days: Vec<u64> =
        levels["levels"][2]["lifetimes"].as_array().unwrap().iter().map(|row| row["days"].as_u64().unwrap()).collect();
    assert_eq!(days, [825, 398, 200, 100, 47]);

    let set = |client: &crate::support::Client, level: &str| {
        let answer = client.call(Method::PUT, PATH).json(&json!({ "level": level })).send().unwrap();
        answer.status()
    };
    let weak = |client: &crate::support::Client| rules(&client.slots()["active"]["report"]).contains(&"weak-security");
    assert!(!weak(&client));
    assert_eq!(set(&client, "high"), StatusCode::FORBIDDEN, "it asks for the password");
    client.confirm();
    assert_eq!(set(&client, "perfect"), StatusCode::BAD_REQUEST);
    assert_eq!(set(&client, "high"), StatusCode::OK);
    assert!(weak(&client), "a year is longer than a public CA may make it");
    assert_eq!(client.get("/api/v1/node")["security_level"], "high");
    assert!(client.actions().contains(&"security-level-set".to_owned()));
    assert_eq!(node.served(), std::slice::from_ref(&pair.der), "what is served is served on");

    let node = node.restart();
    let client = node.administrator();
    assert_eq!(client.get(PATH)["level"], "high");
    let folder = node.stop();
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    store.execute("UPDATE settings SET value = '{\"level\":\"legacy\"}'", []).unwrap();
    drop(store);
    let node = Node::start_in(folder, &[]);
    let client = node.administrator();
    assert_eq!(client.get(PATH)["level"], "standard", "an edit behind the node's back opens no door");
    assert!(client.alarms().contains(&"setting-changed-security-level".to_owned()));
    client.confirm();
    assert_eq!(set(&client, "public"), StatusCode::OK);
    assert!(!client.alarms().contains(&"setting-changed-security-level".to_owned()));
}

#[test]
fn a_level_that_is_gone_or_an_older_one_put_back_shows() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let set = |client: &crate::support::Client, level: &str| {
        assert_eq!(client.put(PATH, &json!({ "level": level })).0, StatusCode::OK);
    };
    set(&client, "legacy");
    let file = node.data_dir().join("certway.db");
    let store = rusqlite::Connection::open(&file).unwrap();
    store.execute_batch("CREATE TABLE older AS SELECT * FROM settings; ").unwrap();
    drop(store);
    set(&client, "high");
    let mut folder = node.stop();
    for edit in [
        "DELETE FROM settings WHERE name = 'security-level'",
        "DELETE FROM settings; INSERT INTO settings SELECT * FROM older",
    ] {
        let store = rusqlite::Connection::open(&file).unwrap();
        store.execute_batch(edit).unwrap();
        drop(store);
        let node = Node::start_in(folder, &[]);
        let client = node.administrator();
        assert_eq!(client.get(PATH)["level"], "standard", "{edit}");
        assert!(client.alarms().contains(&"setting-changed-security-level".to_owned()), "{edit}");
        assert!(!client.alarms().contains(&"events-changed".to_owned()));
        client.confirm();
        set(&client, "high");
        assert!(!client.alarms().contains(&"setting-changed-security-level".to_owned()));
        let node = node.restart();
        assert_eq!(node.administrator().get(PATH)["level"], "high");
        folder = node.stop();
    }
}

#[test]
fn check_takes_a_level_too() {
    let node = Node::start();
    let (client, authority) = (node.client(), Authority::new("Root"));
    let pair = authority.issue("node.example.com");
    let check = |level: &str| {
        let parts = [
            ("file", pair.certificate.as_str()),
            ("key", &pair.key),
            ("trusted", &authority.pem),
            ("security_level", level),
        ];
        client.send(Method::POST, "/api/v1/check", &parts)
    };
    assert!(!rules(&check("standard").1).contains(&"weak-security"));
    let (status, report) = check("public");
    assert_eq!(status, StatusCode::OK);
    assert!(rules(&report).contains(&"weak-security"), "{report}");
    assert_eq!(report["weakest_link"]["strength_bits"], 128);
    let (status, problem) = check("perfect");
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("legacy, standard, public, high"), "{problem}");
}
