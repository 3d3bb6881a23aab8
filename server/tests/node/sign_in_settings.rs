//! `/api/v1/client-certificate-test/settings`: administrators sign in with a client certificate, and nobody is locked out

use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Authority, Client, Node, PASSWORD, Pair, person, server_params};
use crate::waiting::until;

const PATH: &str = "/api/v1/client-certificate-test/settings";

pub(crate) fn settings(mode: &str, try_for_minutes: Option<u32>) -> Value {
    json!({
        "mode": mode, "expression": "^SAN rfc822Name: (?<user>[^@]+)@example\\.com$", "template": "#user#",
        "try_for_minutes": try_for_minutes,
    })
}

/// A node that trusts one CA, the administrator without a certificate, and a certificate that names him.
fn trusting(node: &Node) -> (Client, Authority, Pair) {
    let (client, authority) = (node.administrator(), Authority::new("Administrators"));
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    client.confirm();
    let pair = person(&authority, "admin");
    (client, authority, pair)
}

#[track_caller]
fn problem((status, answer): (StatusCode, Value)) -> (u16, String) {
    (status.as_u16(), answer["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned())
}

#[track_caller]
fn is(client: &Client, expected: (u16, &str)) {
    let found = problem(client.make(Method::GET, "/api/v1/session"));
    assert_eq!((found.0, found.1.as_str()), expected);
}

fn mode(client: &Client) -> String {
    client.get("/api/v1/node")["client_certificates"].as_str().unwrap().to_owned()
}

/// Waits until another mode is in force. With it the connections end that were made under the former one.
fn until_not(node: &Node, mode: &str) {
    until(Duration::from_secs(20), "another mode is in force", || {
        node.client().try_get("/api/v1/node").is_some_and(|shown| shown["client_certificates"] != mode)
    });
}

/// Signs in with a password over a connection with a certificate.
pub(crate) fn signed_in(node: &Node, pair: &Pair) -> Client {
    let mut client = node.client_showing(pair);
    client.sign_in();
    client
}

/// On the node's terminal, while it runs.
pub(crate) fn reset_password(node: &Node) {
    let reset = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["reset-password", "--data-dir"])
        .arg(node.data_dir())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", node.folder.path().join("password"))
        .output();
    assert!(reset.unwrap().status.success());
}

#[test]
fn validation_wants_a_certificate_beside_the_password_once_someone_has_shown_that_it_works() {
    let node = Node::start();
    let (client, authority, pair) = trusting(&node);
    assert_eq!(problem(client.put(PATH, &settings("validation", None))), (409, "would-lock-out".into()));
    assert_eq!(
        (mode(&client).as_str(), client.get("/api/v1/session")["username"].as_str()),
        ("not-required", Some("admin"))
    );

    let (status, rules) = client.put(PATH, &settings("validation", Some(10)));
    assert_eq!(
        (status, &rules["trial"]["former"]["mode"], &rules["trial"]["can_keep"]),
        (StatusCode::OK, &"not-required".into(), &false.into())
    );
    let (status, refused) = client.make(Method::GET, "/api/v1/session");
    assert_eq!((status, refused["type"].as_str()), (StatusCode::UNAUTHORIZED, Some("/problems/client-certificate")));
    let reasons = &refused["client_certificate"]["verification"]["reasons"];
    assert_eq!(reasons[0]["rule"], "certificate-missing", "{refused}");

    // The password alone no longer does, nor does a certificate of nobody.
    assert_eq!(client.try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    let stranger = node.client_showing(&person(&Authority::new("Strangers"), "admin"));
    let answer: Value = stranger.try_sign_in(PASSWORD).json().unwrap();
    assert!(answer["detail"].as_str().unwrap().contains("no certificate of its issuer"), "{answer}");

    let known = signed_in(&node, &pair);
    assert!(known.alarms().contains(&"sign-in-trial".to_owned()));
    assert_eq!(known.get(PATH)["trial"]["can_keep"], true);
    assert_eq!(known.make(Method::POST, &format!("{PATH}/keep")).0, StatusCode::OK);
    assert!(!known.alarms().contains(&"sign-in-trial".to_owned()));
    assert_eq!(problem(known.make(Method::POST, &format!("{PATH}/keep"))), (404, "not-found".into()));
    // A cookie is worth nothing on a connection without the certificate.
    let mut thief = node.client();
    thief.cookie = known.cookie.clone();
    is(&thief, (401, "client-certificate"));
    is(&known, (200, ""));
    // Who is on such a connection may change settings for good.
    known.confirm();
    assert_eq!(known.put(PATH, &settings("authentication", None)).0, StatusCode::OK);
    assert_eq!(known.put(PATH, &settings("validation", None)).0, StatusCode::OK);

    let node = node.restart();
    assert_eq!(mode(&node.client()), "validation");
    let known = signed_in(&node, &pair);
    for action in ["sign-in-settings-changed", "sign-in-settings-kept", "sign-in-settings-refused", "sign-in-refused"] {
        assert!(known.actions().contains(&action.to_owned()), "{action}");
    }
    let list = authority.revocation_list(1, &[&person(&authority, "other")], 2, 30);
    assert_eq!(known.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    is(&known, (200, ""));
}

#[test]
fn authentication_signs_in_whom_the_certificate_names() {
    let node = Node::start();
    let (client, authority, pair) = trusting(&node);
    let by_certificate = |client: &Client| client.make(Method::POST, "/api/v1/session/client-certificate");
    assert_eq!(problem(by_certificate(&client)), (409, "sign-in-by-password".into()));
    assert_eq!(client.put(PATH, &settings("authentication", Some(1))).0, StatusCode::OK);
    assert_eq!(client.try_sign_in(PASSWORD).status(), StatusCode::CONFLICT);
    assert_eq!(problem(by_certificate(&client)), (401, "client-certificate".into()));

    let nobody = node.client_showing(&person(&authority, "nobody"));
    let (status, refused) = by_certificate(&nobody);
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(refused["detail"].as_str().unwrap().contains("names the user 'nobody'"), "{refused}");

    let mut known = node.client_showing(&pair);
    let answer = known.call(Method::POST, "/api/v1/session/client-certificate").send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    known.cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(known.get("/api/v1/session")["username"], "admin");
    // What is dangerous still asks for the password.
    assert_eq!(problem(known.put(PATH, &settings("not-required", None))), (403, "confirm-password".into()));
    known.confirm();
    assert_eq!(known.make(Method::POST, &format!("{PATH}/keep")).0, StatusCode::OK);
    // That another administrator could sign in is not known of anybody else.
    crate::users::add(&known, "second", "administrator");
    let own = "/api/v1/users/admin";
    assert_eq!(problem(known.put(own, &json!({ "disabled": true }))), (409, "own-account".into()));
    assert_eq!(problem(known.put(own, &json!({ "role": "operator" }))), (409, "own-account".into()));
    assert_eq!(problem(known.make(Method::DELETE, own)), (409, "own-account".into()));
    assert_eq!(known.make(Method::DELETE, "/api/v1/users/second").0, StatusCode::OK);
    let mut other = node.client_showing(&person(&authority, "other"));
    other.cookie = known.cookie.clone();
    is(&other, (401, "client-certificate"));

    // The terminal opens the door again, while the node runs.
    reset_password(&node);
    let client = node.administrator();
    assert_eq!(mode(&client), "not-required");
    assert!(client.get("/api/v1/events").to_string().contains("client certificates are NotRequired"));
}

#[test]
fn what_cannot_be_used_changes_nothing() {
    let node = Node::start();
    let (client, ..) = trusting(&node);
    let before = client.get(PATH);
    let with = |name: &str, value: Value| {
        let mut new = settings("not-required", None);
        new[name] = value;
        problem(client.put(PATH, &new))
    };
    assert_eq!(with("expression", json!("(?<user>")), (422, "user-name-rule".into()));
    assert_eq!(with("template", json!("#other#")), (422, "user-name-rule".into()));
    assert_eq!(with("try_for_minutes", json!(0)), (400, "bad-request".into()));
    assert_eq!(with("try_for_minutes", json!(61)), (400, "bad-request".into()));
    assert_eq!(with("mode", json!("sometimes")), (400, "bad-request".into()));
    assert_eq!(problem(client.make(Method::POST, &format!("{PATH}/keep"))), (404, "not-found".into()));
    assert_eq!(client.get(PATH), before);
    assert_eq!(client.put(PATH, &settings("validation", Some(5))).0, StatusCode::OK);
}

#[test]
fn a_trial_returns_by_itself_and_no_restart_makes_it_permanent() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0");
    let (client, _, pair) = trusting(&node);
    assert_eq!(client.put(PATH, &settings("validation", Some(10))).0, StatusCode::OK);
    // It goes on after a restart, and ends in its time: ten seconds are left.
    let node = Node::start_shifted(node.stop(), "+590");
    assert_eq!(mode(&node.client()), "validation");
    until_not(&node, "validation");
    let client = node.administrator();
    assert!(client.actions().contains(&"sign-in-trial-ended".to_owned()));
    assert!(!client.alarms().contains(&"sign-in-trial".to_owned()));

    // One whose end falls into the time when the node was down is over when it starts.
    client.confirm();
    assert_eq!(client.put(PATH, &settings("authentication", Some(1))).0, StatusCode::OK);
    let node = Node::start_shifted(node.stop(), "+700");
    assert_eq!(mode(&node.administrator()), "not-required");
    drop(pair);
}

#[test]
fn a_trial_that_was_edited_ends_where_no_door_is_open() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0");
    let (client, _, pair) = trusting(&node);
    assert_eq!(client.put(PATH, &settings("authentication", Some(10))).0, StatusCode::OK);
    // Ten seconds are left of it, in which the row is edited.
    let node = Node::start_shifted(node.stop(), "+590");
    assert_eq!(mode(&node.client()), "authentication");
    let store = rusqlite::Connection::open(node.data_dir().join("certway.db")).unwrap();
    let edit = "UPDATE settings SET value = replace(value, 'authentication', 'not-required')";
    assert_eq!(store.execute(edit, []).unwrap(), 1);
    drop(store);
    until_not(&node, "authentication");
    assert_eq!(mode(&node.client()), "validation");
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    let known = signed_in(&node, &pair);
    assert_eq!(known.get(PATH)["trial"], Value::Null);
    // The alarm comes with the next look at them.
    known.append(&Authority::new("Another").pem);
    assert!(known.alarms().contains(&"sign-in-damaged".to_owned()));
}

#[test]
fn whoever_is_signed_in_with_a_certificate_that_ends_soon_is_warned() {
    let node = Node::start();
    let (client, authority, lasting) = trusting(&node);
    assert_eq!(client.put(PATH, &settings("validation", Some(10))).0, StatusCode::OK);
    let mut params = server_params("person.example.com");
    params.not_after = time::OffsetDateTime::now_utc() + time::Duration::days(10);
    let ending = authority.sign(params, &rcgen::KeyPair::generate().unwrap());
    // The node looks each minute, and when something has changed.
    let warned = |client: &Client| {
        client.append(&Authority::new("Another").pem);
        client.alarms().contains(&"sign-in-certificate-expires-soon".to_owned())
    };
    let lasting = signed_in(&node, &lasting);
    assert!(!warned(&lasting));
    let ending = signed_in(&node, &ending);
    assert!(warned(&lasting));
    assert_eq!(ending.make(Method::DELETE, "/api/v1/session").0, StatusCode::NO_CONTENT);
    assert!(!warned(&lasting));
}

#[test]
fn an_edited_setting_opens_no_door() {
    let node = Node::start();
    let (client, authority, pair) = trusting(&node);
    assert_eq!(client.put(PATH, &settings("validation", Some(60))).0, StatusCode::OK);
    let known = signed_in(&node, &pair);
    assert_eq!(known.make(Method::POST, &format!("{PATH}/keep")).0, StatusCode::OK);
    let folder = node.stop();
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    let edit = "UPDATE settings SET value = replace(value, 'validation', 'not-required')";
    assert_eq!(store.execute(edit, []).unwrap(), 1);
    drop(store);

    let node = Node::start_in(folder, &[]);
    let client = node.client();
    assert_eq!(mode(&client), "validation");
    assert_eq!(client.try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    let known = signed_in(&node, &person(&authority, "anyone"));
    assert!(known.alarms().contains(&"sign-in-damaged".to_owned()));
    reset_password(&node);
    let client = node.administrator();
    assert_eq!(mode(&client), "not-required");
    client.append(&Authority::new("Another").pem);
    assert!(!client.alarms().contains(&"sign-in-damaged".to_owned()));
}
