//! `/api/v1/alarms` and `certway alarms`: who takes note of an alarm, and for how long

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Authority, Client, Node, on_the_command_line};

const PATH: &str = "/api/v1/alarms";

/// One alarm, as it stands.
fn alarm(client: &Client, id: &str) -> Value {
    let alarms = client.get(PATH);
    alarms.as_array().unwrap().iter().find(|alarm| alarm["id"] == id).cloned().unwrap_or_default()
}

fn acknowledge(client: &Client, id: &str, note: &str) -> (StatusCode, Value) {
    client.post(&format!("{PATH}/{id}/acknowledge"), &json!({ "note": note }))
}

#[test]
fn an_alarm_is_acknowledged_with_a_note_until_it_clears() {
    let node = Node::start();
    let client = node.administrator();
    assert_eq!(alarm(&client, "temporary-certificate")["acknowledged"], Value::Null);
    let (status, problem) = acknowledge(&client, "temporary-certificate", "  \n ");
    assert_eq!((status, &problem["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &"/problems/alarm-note".into()));
    assert!(problem["detail"].as_str().unwrap().ends_with("Nothing was changed."), "{problem}");
    assert_eq!(acknowledge(&client, "temporary-certificate", &"x".repeat(501)).0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(acknowledge(&client, "expired", "there is none").0, StatusCode::NOT_FOUND);

    let (status, alarms) = acknowledge(&client, "temporary-certificate", " ordered from the CA, ticket 4711 ");
    assert_eq!((status, &alarms), (StatusCode::OK, &client.get(PATH)));
    let noted = &alarm(&client, "temporary-certificate")["acknowledged"];
    assert_eq!((&noted["by"], &noted["note"]), (&"admin".into(), &"ordered from the CA, ticket 4711".into()));
    let events = client.get("/api/v1/events?limit=1");
    assert_eq!(events[0]["action"], "alarm-acknowledged");
    assert_eq!(events[0]["details"], "temporary-certificate: ordered from the CA, ticket 4711");
    let metrics = client.bare(Method::GET, "/metrics").send().unwrap().text().unwrap();
    assert!(metrics.contains("\ncertway_alarms 1\n") && metrics.contains("\ncertway_alarms_unacknowledged 0\n"));

    // It outlives the node, not the alarm.
    let node = node.restart();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    assert_eq!(alarm(&client, "temporary-certificate")["acknowledged"]["by"], "admin");
    client.append(&authority.pem);
    assert_eq!(client.upload(&authority.issue("node.example.com")).0, StatusCode::OK);
    assert!(client.alarms().is_empty());
    client.confirm();
    assert_eq!(client.make(Method::DELETE, "/api/v1/server-certificate").0, StatusCode::OK);
    let again = alarm(&client, "temporary-certificate");
    assert_eq!((&again["severity"], &again["acknowledged"]), (&"warning".into(), &Value::Null));
    let actions = client.actions();
    assert!(["alarm-raised", "alarm-cleared"].iter().all(|action| actions.contains(&(*action).to_owned())));
}

#[test]
fn the_command_line_does_the_same() {
    let node = Node::start();
    let client = node.administrator();
    let (status, list) = on_the_command_line(&node, &["alarms", "list", "--format", "json"]);
    assert_eq!((status, list), (0, client.get(PATH)));
    let note = ["alarms", "acknowledge", "temporary-certificate", "--note", "on its way", "--format", "json"];
    let (status, list) = on_the_command_line(&node, &note);
    assert_eq!((status, &list[0]["acknowledged"]["by"]), (0, &"terminal".into()), "{list}");
    let unknown = ["alarms", "acknowledge", "revoked", "--note", "there is none", "--format", "json"];
    let (status, problem) = on_the_command_line(&node, &unknown);
    assert!(status == 2 && problem["detail"].as_str().unwrap().contains("'revoked'"), "{problem}");
}

#[test]
fn alarms_that_the_appliance_has_too_bear_its_numbers() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    assert_eq!(alarm(&client, "temporary-certificate")["number"], Value::Null);
    client.append(&authority.pem);
    client.upload(&authority.issue_expired("node.example.com"));
    client.confirm();
    client.make(Method::POST, "/api/v1/server-certificate/pending/load");
    let expired = alarm(&client, "expired");
    assert_eq!((&expired["number"], &expired["severity"]), (&40068.into(), &"critical".into()), "{expired}");
}
