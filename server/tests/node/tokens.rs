//! `/api/v1/tokens`, `certway tokens`, and what is called with a token

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, Node, on_the_command_line};
use crate::users::{add, problem};

/// Makes a token in the name of who is signed in and has confirmed.
#[track_caller]
pub(crate) fn make(client: &Client, name: &str, scope: &str, days: u32) -> Value {
    let (status, made) =
        client.post("/api/v1/tokens", &json!({ "name": name, "scope": scope, "expires_in_days": days }));
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

/// A program's call: nothing but the token.
pub(crate) fn call(node: &Node, secret: &str, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let client = node.client();
    let answer = client.bare(method, path).bearer_auth(secret).json(body).send().unwrap();
    (answer.status(), answer.json().unwrap_or_default())
}

fn secret(made: &Value) -> &str {
    made["secret"].as_str().unwrap()
}

#[test]
fn a_token_does_what_its_scope_and_its_user_may_and_events_name_it() {
    let node = Node::start();
    let administrator = node.administrator();
    administrator.confirm();
    let [reads, operates, all] =
        ["auditor", "operator", "administrator"].map(|scope| make(&administrator, scope, scope, 365));
    let as_program =
        |made: &Value, method: Method, path: &str, body: Value| call(&node, secret(made), method, path, &body);
    let csr = json!({ "common_name": "node.example.com" });
    assert_eq!(as_program(&reads, Method::GET, "/api/v1/session", Value::Null).1["role"], "auditor");
    problem(&as_program(&reads, Method::POST, "/api/v1/csr", csr.clone()), StatusCode::FORBIDDEN, "role");
    // No header of the page, and no origin.
    assert_eq!(as_program(&operates, Method::POST, "/api/v1/csr", csr).0, StatusCode::OK);
    // What asks for the password asks it of a program too, unless it may do everything.
    let none = json!({ "fingerprints": [] });
    let refused = as_program(&operates, Method::DELETE, "/api/v1/crls", none);
    problem(&refused, StatusCode::FORBIDDEN, "token-scope");
    let level = json!({ "level": "public" });
    problem(
        &as_program(&operates, Method::PUT, "/api/v1/security-level", level.clone()),
        StatusCode::FORBIDDEN,
        "role",
    );
    assert_eq!(as_program(&all, Method::PUT, "/api/v1/security-level", level).0, StatusCode::OK);
    // A token makes no tokens, and ends no session.
    let more = json!({ "name": "more", "scope": "auditor", "expires_in_days": 1 });
    problem(&as_program(&all, Method::POST, "/api/v1/tokens", more), StatusCode::FORBIDDEN, "no-session");
    problem(&as_program(&all, Method::DELETE, "/api/v1/session", Value::Null), StatusCode::FORBIDDEN, "no-session");
    let events = administrator.get("/api/v1/events");
    let by = |action: &str| {
        events.as_array().unwrap().iter().find(|event| event["action"] == action).unwrap()["actor"].clone()
    };
    assert_eq!(by("csr-generated"), "admin by token operator");
    assert_eq!(by("security-level-set"), "admin by token administrator");
}

#[test]
fn a_token_is_shown_once_kept_hashed_and_revoked_at_once() {
    let node = Node::start();
    let administrator = node.administrator();
    problem(
        &administrator.post("/api/v1/tokens", &json!({ "name": "x", "scope": "auditor", "expires_in_days": 1 })),
        StatusCode::FORBIDDEN,
        "confirm-password",
    );
    administrator.confirm();
    let made = make(&administrator, "deploy", "auditor", 1);
    let listed = administrator.get("/api/v1/tokens").to_string();
    assert!(listed.contains("deploy") && !listed.contains(secret(&made)), "{listed}");
    let get = || call(&node, secret(&made), Method::GET, "/api/v1/alarms", &Value::Null);
    assert_eq!(get().0, StatusCode::OK);
    for (wish, status, kind) in [
        (json!({ "name": "deploy", "scope": "auditor", "expires_in_days": 1 }), StatusCode::CONFLICT, "new-token"),
        (
            json!({ "name": "a b", "scope": "auditor", "expires_in_days": 1 }),
            StatusCode::UNPROCESSABLE_ENTITY,
            "new-token",
        ),
        (
            json!({ "name": "b", "scope": "auditor", "expires_in_days": 0 }),
            StatusCode::UNPROCESSABLE_ENTITY,
            "new-token",
        ),
        (
            json!({ "name": "b", "scope": "auditor", "expires_in_days": 366 }),
            StatusCode::UNPROCESSABLE_ENTITY,
            "new-token",
        ),
    ] {
        problem(&administrator.post("/api/v1/tokens", &wish), status, kind);
    }
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(administrator.make(Method::DELETE, &path).0, StatusCode::OK);
    problem(&get(), StatusCode::UNAUTHORIZED, "token");
    problem(&administrator.make(Method::DELETE, &path), StatusCode::NOT_FOUND, "not-found");
    let folder = node.stop();
    let kept = std::fs::read(folder.path().join("data/certway.db")).unwrap();
    let secret = secret(&made).as_bytes();
    assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret));
    assert!(!std::fs::read(folder.path().join("log")).unwrap().windows(secret.len()).any(|bytes| bytes == secret));
}

#[test]
fn tokens_end_with_their_time_and_do_no_more_than_their_user() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0d");
    let administrator = node.administrator();
    administrator.confirm();
    for name in ["olga", "omar"] {
        add(&administrator, name, "operator");
    }
    let olga = node.signed_in("olga");
    olga.confirm();
    let above = json!({ "name": "x", "scope": "administrator", "expires_in_days": 1 });
    problem(&olga.post("/api/v1/tokens", &above), StatusCode::FORBIDDEN, "token-scope");
    let (short, long) = (make(&olga, "short", "operator", 1), make(&olga, "long", "operator", 100));
    // Nobody but an administrator knows of other people's tokens.
    let omar = node.signed_in("omar");
    assert_eq!(omar.get("/api/v1/tokens")["tokens"], json!([]));
    let path = format!("/api/v1/tokens/{}", long["token"]["id"].as_str().unwrap());
    problem(&omar.make(Method::DELETE, &path), StatusCode::NOT_FOUND, "not-found");
    assert_eq!(administrator.get("/api/v1/tokens")["tokens"].as_array().unwrap().len(), 2);

    let discard = |made: &Value| call(&node, secret(made), Method::DELETE, "/api/v1/csr", &Value::Null);
    problem(&discard(&long), StatusCode::NOT_FOUND, "not-found");
    Node::shift_clock(node.folder.path(), "+2d");
    problem(&discard(&short), StatusCode::UNAUTHORIZED, "token-expired");
    let refused = administrator.get("/api/v1/events?action=token-refused")[0].clone();
    assert_eq!((&refused["actor"], &refused["address"]), (&json!("unknown"), &json!("127.0.0.1")), "{refused}");
    assert!(refused["details"].as_str().unwrap().contains("'short'"), "{refused}");
    problem(&discard(&long), StatusCode::NOT_FOUND, "not-found");
    assert_eq!(administrator.put("/api/v1/users/olga", &json!({ "role": "auditor" })).0, StatusCode::OK);
    problem(&discard(&long), StatusCode::FORBIDDEN, "role");
    assert_eq!(administrator.put("/api/v1/users/olga", &json!({ "disabled": true })).0, StatusCode::OK);
    problem(&discard(&long), StatusCode::UNAUTHORIZED, "token");
    assert_eq!(
        administrator.put("/api/v1/users/olga", &json!({ "disabled": false, "role": "operator" })).0,
        StatusCode::OK
    );
    problem(&discard(&long), StatusCode::NOT_FOUND, "not-found");
    assert_eq!(administrator.make(Method::DELETE, "/api/v1/users/olga").0, StatusCode::OK);
    add(&administrator, "olga", "operator");
    problem(&discard(&long), StatusCode::UNAUTHORIZED, "token");
}

#[test]
fn tokens_of_any_user_are_made_and_revoked_on_the_command_line_and_by_nobody_else() {
    let node = Node::start();
    let administrator = node.administrator();
    administrator.confirm();
    add(&administrator, "olga", "operator");
    let run = |arguments: &[&str]| on_the_command_line(&node, &[&["tokens", "--format", "json"], arguments].concat());
    let make_as = |user: &str, scope: &str| run(&["make", "deploy", "--user", user, "--scope", scope, "--days", "30"]);
    let (code, made) = make_as("olga", "operator");
    assert_eq!((code, &made["token"]["username"], &made["token"]["scope"]), (0, &json!("olga"), &json!("operator")));
    let csr = json!({ "common_name": "node.example.com" });
    assert_eq!(call(&node, secret(&made), Method::POST, "/api/v1/csr", &csr).0, StatusCode::OK);
    let events = administrator.get("/api/v1/events").to_string();
    assert!(events.contains("deploy of olga, operator") && events.contains("olga by token deploy"), "{events}");
    assert!(!events.contains(secret(&made)));
    assert_eq!(run(&[]), (0, administrator.get("/api/v1/tokens")));

    let refused = |(code, body): (i32, Value), kind: &str| {
        assert_eq!((code, body["type"].as_str()), (2, Some(format!("/problems/{kind}").as_str())), "{body}");
    };
    refused(make_as("olga", "auditor"), "new-token");
    refused(make_as("olga", "administrator"), "token-scope");
    refused(make_as("nobody", "auditor"), "not-found");
    refused(make_as("terminal", "auditor"), "not-found");
    assert_eq!(administrator.put("/api/v1/users/olga", &json!({ "disabled": true })).0, StatusCode::OK);
    refused(run(&["make", "more", "--user", "olga", "--scope", "auditor", "--days", "1"]), "new-token");
    assert_eq!(administrator.put("/api/v1/users/olga", &json!({ "disabled": false })).0, StatusCode::OK);
    // Over the network nobody speaks in the name of another, the password given or not.
    let of_another = json!({ "name": "more", "username": "olga", "scope": "auditor", "expires_in_days": 1 });
    problem(&administrator.post("/api/v1/tokens", &of_another), StatusCode::FORBIDDEN, "token-user");

    assert_eq!(run(&["revoke", "deploy", "--user", "admin"]).0, 2);
    assert_eq!(run(&["revoke", "deploy", "--user", "olga"]), (0, json!({ "tokens": [] })));
    problem(&call(&node, secret(&made), Method::GET, "/api/v1/csr", &Value::Null), StatusCode::UNAUTHORIZED, "token");
}

#[test]
fn a_token_alone_is_printed_and_a_stopped_node_makes_one_too() {
    let node = Node::start();
    let folder = node.stop();
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["tokens", "make", "monitoring", "--user", "admin", "--scope", "auditor", "--days", "365", "--data-dir"])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    let [printed, said] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success() && said.contains("monitoring of admin: auditor, until "), "{said}");
    let token = printed.strip_suffix('\n').unwrap();
    assert!(token.starts_with("certway_") && token.len() == 72 && !said.contains(token), "{printed}");
    let node = Node::start_in(folder, &[]);
    assert_eq!(call(&node, token, Method::GET, "/api/v1/session", &Value::Null).1["username"], "admin");
}
