//! `/api/v1/alarms` and `certway alarms`: who takes note of an alarm and for how long, and when it is warned of what ends

use rcgen::{BasicConstraints, IsCa, KeyPair, KeyUsagePurpose};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Authority, Client, Node, Pair, on_the_command_line, server_params};

const PATH: &str = "/api/v1/alarms";
const EXPIRY: &str = "/api/v1/alarms/expiry-warnings";

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
    assert!(
        metrics.contains("\ncertway_alarms{severity=\"warning\"} 1\n")
            && metrics.contains("\ncertway_alarms_unacknowledged 0\n")
    );

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
fn the_command_line_lets_calendar_programs_in_and_out_again() {
    const FEED: &str = "/api/v1/forecast/feed";
    let node = Node::start();
    let client = node.administrator();
    let calendar =
        |words: &[&str]| on_the_command_line(&node, &[&["alarms", "calendar"], words, &["--format", "json"]].concat());
    let read = |password: &Value| {
        let call = client.bare(Method::GET, "/calendar.ics").basic_auth("calendar", password.as_str());
        call.send().unwrap().status()
    };
    assert_eq!(calendar(&[]), (0, client.get(FEED)));
    assert_eq!(client.get(FEED)["made_at"], Value::Null);
    let (status, made) = calendar(&["make"]);
    assert_eq!((status, read(&made["password"])), (0, StatusCode::OK), "{made}");
    assert_eq!((calendar(&["show"]), &client.get(FEED)["made_by"]), ((0, client.get(FEED)), &"terminal".into()));
    let (status, another) = calendar(&["make"]);
    assert_eq!((status, read(&another["password"])), (0, StatusCode::OK), "{another}");
    assert_eq!(read(&made["password"]), StatusCode::UNAUTHORIZED, "the former one is good no more");
    let (status, none) = calendar(&["withdraw"]);
    assert_eq!((status, &none["made_at"]), (0, &Value::Null), "{none}");
    assert_eq!(read(&another["password"]), StatusCode::UNAUTHORIZED);
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

/// A certificate that ends in a number of days, and an hour.
fn ending(authority: &Authority, days: i64, is_ca: bool) -> Pair {
    let mut params = server_params("node.example.com");
    params.not_after = time::OffsetDateTime::now_utc() + time::Duration::days(days) + time::Duration::hours(1);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    authority.sign(params, &KeyPair::generate().unwrap())
}

/// Severity and text of an alarm.
fn told(client: &Client, id: &str) -> (String, String) {
    let alarm = alarm(client, id);
    let text = |name: &str| alarm[name].as_str().unwrap_or_default().to_owned();
    (text("severity"), text("message"))
}

#[test]
fn a_ca_that_has_ended_is_told_as_long_as_it_is_trusted() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0");
    let client = node.administrator();
    let ending = ending(&Authority::new("Root"), 3, true);
    client.append(&ending.certificate);
    assert_eq!(told(&client, "ca-expires-soon").0, "alert");
    Node::shift_clock(node.folder.path(), "+4d");
    client.append(&Authority::new("Another").pem);
    let (severity, message) = told(&client, "ca-expired");
    assert!(severity == "alert" && message.contains("'node.example.com' has expired"), "{severity}: {message}");
    assert!(!client.alarms().contains(&"ca-expires-soon".to_owned()));
    client.confirm();
    let list = client.get("/api/v1/trusted-cas");
    let ended = list["certificates"].as_array().unwrap().iter().find(|ca| ca["subject"] == "CN=node.example.com");
    let ended = ended.unwrap()["fingerprint"].as_str().unwrap();
    assert_eq!(client.delete(&[ended]).0, StatusCode::OK);
    assert!(!client.alarms().contains(&"ca-expired".to_owned()));
}

#[test]
fn what_ends_is_warned_of_on_the_days_that_are_set_and_ever_more_severely() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let usual = json!([60, 30, 21, 7, 1]);
    let all = |days: &Value| json!({ "server_certificate": days, "client_certificate": days, "ca_certificates": days, "crls": days });
    assert_eq!(client.get(EXPIRY), all(&usual));

    for (days, severity) in [(70, ""), (45, "notice"), (25, "warning"), (5, "alert")] {
        assert_eq!(client.upload(&ending(&authority, days, false)).0, StatusCode::OK);
        let (found, message) = told(&client, "expires-soon");
        assert_eq!(found, severity, "{days}: {message}");
        assert!(severity.is_empty() || message.contains(&format!("in {days} days, at ")), "{message}");
    }
    assert_eq!(alarm(&client, "expires-soon")["number"], 40069);
    // An acknowledgement is of what stood then.
    acknowledge(&client, "expires-soon", "ordered");
    client.upload(&ending(&authority, 4, false));
    assert_eq!(alarm(&client, "expires-soon")["acknowledged"]["note"], "ordered", "the text has changed alone");
    client.upload(&ending(&authority, 15, false));
    assert_eq!(alarm(&client, "expires-soon")["acknowledged"], Value::Null);

    let pair = ending(&authority, 25, false);
    let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
    assert_eq!(client.send(Method::PUT, "/api/v1/client-certificate", &parts).0, StatusCode::OK);
    assert_eq!(told(&client, "client-expires-soon").0, "warning");
    client.append(&ending(&authority, 3, true).certificate);
    let (severity, message) = told(&client, "ca-expires-soon");
    assert!(severity == "alert" && message.contains("'node.example.com' expires in 3 days"), "{severity}: {message}");
    client.send(Method::POST, "/api/v1/crls", &[("file", &authority.revocation_list(1, &[], 100, 10))]);
    let (severity, message) = told(&client, "crl-expires-soon");
    assert!(severity == "warning" && message.contains("count as revoked"), "{severity}: {message}");

    // No days, no warning; they are kept.
    assert_eq!(client.put(EXPIRY, &all(&json!([]))).1, all(&json!([])));
    assert!(client.alarms().is_empty());
    assert_eq!(client.put(EXPIRY, &all(&json!([2, 12, 12]))).1, all(&json!([12, 2])));
    assert_eq!(client.alarms().len(), 2, "CA and list: {:?}", client.alarms());
    let (status, problem) = client.put(EXPIRY, &all(&json!([0])));
    assert_eq!((status, &problem["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &"/problems/expiry-warnings".into()));
    let node = node.restart();
    let client = node.administrator();
    assert_eq!(client.get(EXPIRY), all(&json!([12, 2])));
    let set = ["alarms", "expiry", "--server", "20", "--crl", "none", "--format", "json"];
    let (status, shown) = on_the_command_line(&node, &set);
    assert_eq!((status, &shown), (0, &client.get(EXPIRY)));
    assert_eq!((&shown["server_certificate"], &shown["ca_certificates"]), (&json!([20]), &json!([12, 2])));
    assert_eq!(client.alarms(), ["ca-expires-soon", "expires-soon"]);
}
