//! `/api/v1/users`, and `certway users`

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, Node, PASSWORD, PROGRAM, on_the_command_line};

const ANOTHER: &str = "another long enough password";

/// Adds a user, by an administrator who has confirmed.
#[track_caller]
pub(crate) fn add(administrator: &Client, username: &str, role: &str) {
    let new = json!({ "username": username, "role": role, "password": PASSWORD });
    assert_eq!(administrator.post("/api/v1/users", &new).0, StatusCode::CREATED, "{username}");
}

/// A node with a user in each role, who is called so, and its first administrator, who has confirmed.
fn node_with_roles() -> (Node, Client) {
    let node = Node::start();
    let administrator = node.administrator();
    administrator.confirm();
    for role in ["auditor", "operator", "administrator"] {
        add(&administrator, role, role);
    }
    (node, administrator)
}

#[track_caller]
pub(crate) fn problem((status, body): &(StatusCode, Value), wanted: StatusCode, kind: &str) {
    assert_eq!(
        (*status, body["type"].as_str().unwrap_or_default()),
        (wanted, format!("/problems/{kind}").as_str()),
        "{body}"
    );
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.ends_with("Nothing was changed."), "{detail}");
}

fn lasts(client: &Client) -> bool {
    match client.make(Method::GET, "/api/v1/session").0 {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        status => panic!("{status}"),
    }
}

#[test]
fn each_role_does_what_it_may_and_nothing_else() {
    let (node, administrator) = node_with_roles();
    let [auditor, operator] = ["auditor", "operator"].map(|name| node.signed_in(name));
    assert_eq!(auditor.get("/api/v1/session")["role"], "auditor");
    assert_eq!(administrator.get("/api/v1/session")["role"], "administrator");
    for client in [&auditor, &operator] {
        client.get("/api/v1/server-certificate");
        client.get("/api/v1/events");
    }
    let csr = json!({ "common_name": "node.example.com" });
    let refused = auditor.post("/api/v1/csr", &csr);
    problem(&refused, StatusCode::FORBIDDEN, "role");
    assert!(refused.1["detail"].as_str().unwrap().contains("needs the role operator, and you have the role auditor"));
    assert!(auditor.get("/api/v1/csr")["csr"].is_null());
    assert_eq!(operator.post("/api/v1/csr", &csr).0, StatusCode::OK);
    // What asks for the password asks for the role first.
    operator.confirm();
    problem(&operator.post("/api/v1/users", &json!({})), StatusCode::FORBIDDEN, "role");
    problem(&operator.put("/api/v1/security-level", &json!({ "level": "legacy" })), StatusCode::FORBIDDEN, "role");
    problem(&operator.post("/api/v1/backup", &json!({ "passphrase": PASSWORD })), StatusCode::FORBIDDEN, "role");
    let log = administrator.get("/api/v1/events").to_string();
    assert!(log.contains("role-refused") && log.contains("POST /api/v1/csr needs operator"), "{log}");
}

#[test]
fn a_role_that_is_changed_counts_in_sessions_that_last() {
    let (node, administrator) = node_with_roles();
    let client = node.signed_in("operator");
    let csr = json!({ "common_name": "node.example.com" });
    assert_eq!(administrator.put("/api/v1/users/operator", &json!({ "role": "auditor" })).0, StatusCode::OK);
    assert_eq!(client.get("/api/v1/session")["role"], "auditor");
    problem(&client.post("/api/v1/csr", &csr), StatusCode::FORBIDDEN, "role");
}

#[test]
fn disabling_and_another_password_end_every_session_at_once() {
    let (node, administrator) = node_with_roles();
    let [one, other] = [(); 2].map(|()| node.signed_in("operator"));
    assert_eq!(administrator.put("/api/v1/users/operator", &json!({ "disabled": true })).0, StatusCode::OK);
    assert!(!lasts(&one) && !lasts(&other));
    assert_eq!(node.client().try_sign_in_as("operator", PASSWORD).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(administrator.put("/api/v1/users/operator", &json!({ "disabled": false })).0, StatusCode::OK);
    // What has ended does not come to life again.
    assert!(!lasts(&one));
    let one = node.signed_in("operator");
    let set = administrator.put("/api/v1/users/operator/password", &json!({ "password": ANOTHER }));
    assert_eq!(set.0, StatusCode::OK);
    assert!(!lasts(&one));
    assert_eq!(node.client().try_sign_in_as("operator", PASSWORD).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(node.client().try_sign_in_as("operator", ANOTHER).status(), StatusCode::OK);
    let one = node.signed_in("auditor");
    assert_eq!(administrator.make(Method::DELETE, "/api/v1/users/auditor").0, StatusCode::OK);
    add(&administrator, "auditor", "administrator");
    assert!(!lasts(&one), "a session of a former user of the same name");
}

#[test]
fn one_changes_the_own_password_and_stays() {
    let (node, _) = node_with_roles();
    let [one, other] = [(); 2].map(|()| node.signed_in("auditor"));
    let change =
        |current: &str, new: &str| one.put("/api/v1/session/password", &json!({ "current": current, "new": new }));
    problem(&change("not the password", ANOTHER), StatusCode::FORBIDDEN, "wrong-password");
    problem(&change(PASSWORD, "short"), StatusCode::UNPROCESSABLE_ENTITY, "poor-password");
    assert!(lasts(&other));
    assert_eq!(change(PASSWORD, ANOTHER).0, StatusCode::NO_CONTENT);
    assert!(lasts(&one) && !lasts(&other));
    assert_eq!(node.client().try_sign_in_as("auditor", ANOTHER).status(), StatusCode::OK);
}

#[test]
fn the_last_administrator_who_can_sign_in_stays_one() {
    let (node, admin) = node_with_roles();
    assert_eq!(admin.put("/api/v1/users/administrator", &json!({ "disabled": true })).0, StatusCode::OK);
    for change in [json!({ "disabled": true }), json!({ "role": "operator" })] {
        problem(&admin.put("/api/v1/users/admin", &change), StatusCode::CONFLICT, "last-administrator");
    }
    problem(&admin.make(Method::DELETE, "/api/v1/users/admin"), StatusCode::CONFLICT, "last-administrator");
    assert!(lasts(&admin));
    assert_eq!(admin.put("/api/v1/users/administrator", &json!({ "disabled": false })).0, StatusCode::OK);
    assert_eq!(admin.make(Method::DELETE, "/api/v1/users/admin").0, StatusCode::OK);
    assert!(!lasts(&admin));
    // Who is locked out has the terminal.
    let reset = Command::new(PROGRAM)
        .args(["reset-password", "--data-dir"])
        .arg(node.data_dir())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", node.folder.path().join("password"))
        .status();
    assert!(reset.unwrap().success());
    assert_eq!(node.administrator().get("/api/v1/session")["role"], "administrator");
}

#[test]
fn names_and_passwords_that_will_not_do_are_refused() {
    let (_node, administrator) = node_with_roles();
    let add = |username: &str, password: &str| {
        administrator.post("/api/v1/users", &json!({ "username": username, "role": "auditor", "password": password }))
    };
    for name in ["", " ", "-x", "a b", "a/b", "a\u{202e}b", "Terminal", "node", "unknown", &"x".repeat(65)] {
        problem(&add(name, PASSWORD), StatusCode::UNPROCESSABLE_ENTITY, "user-name");
    }
    problem(&add("Auditor", PASSWORD), StatusCode::CONFLICT, "user-exists");
    problem(&add("new", "short"), StatusCode::UNPROCESSABLE_ENTITY, "poor-password");
    problem(
        &administrator.put("/api/v1/users/nobody", &json!({ "disabled": true })),
        StatusCode::NOT_FOUND,
        "not-found",
    );
    problem(&administrator.make(Method::DELETE, "/api/v1/users/nobody"), StatusCode::NOT_FOUND, "not-found");
    assert_eq!(administrator.get("/api/v1/users")["users"].as_array().unwrap().len(), 4);
}

#[test]
fn users_are_managed_on_the_command_line() {
    let node = Node::start();
    let file = node.folder.path().join("password").to_str().unwrap().to_owned();
    let run =
        |arguments: &[&str]| on_the_command_line(&node, &[&["users", "--format", "json"][..], arguments].concat());
    let (code, all) = run(&["add", "olga@example.com", "--role", "operator", "--password-file", &file]);
    assert_eq!(code, 0, "{all}");
    let olga = |all: &Value| {
        all["users"].as_array().unwrap().iter().find(|user| user["username"] == "olga@example.com").cloned()
    };
    assert_eq!(olga(&all).unwrap()["role"], "operator");
    let client = node.signed_in("olga@example.com");
    assert_eq!(olga(&run(&["set-role", "olga@example.com", "auditor"]).1).unwrap()["role"], "auditor");
    assert_eq!(client.get("/api/v1/session")["role"], "auditor");
    assert_eq!(olga(&run(&["disable", "olga@example.com"]).1).unwrap()["disabled"], true);
    assert!(!lasts(&client));
    assert_eq!(olga(&run(&["enable", "olga@example.com"]).1).unwrap()["disabled"], false);
    assert_eq!(run(&["password", "olga@example.com", "--password-file", &file]).0, 0);
    assert_eq!(run(&["remove", "olga"]).0, 2);
    assert_eq!(run(&["remove", "olga@example.com "]).0, 2);
    assert_eq!(olga(&run(&["remove", "olga@example.com"]).1), None);
    assert_eq!(run(&["disable", "admin"]).0, 2);
    assert_eq!(run(&["list"]).1["users"].as_array().unwrap().len(), 1);
    let actors = node.administrator().get("/api/v1/events").to_string();
    assert!(actors.contains("user-added") && actors.contains("terminal"), "{actors}");
}

#[test]
fn who_cannot_be_asked_for_a_password_is_told_so() {
    let node = Node::start();
    // A session of its own has no terminal.
    let mut command = Command::new("setsid");
    command.args(["--wait", PROGRAM, "users", "add", "eve", "--role", "auditor", "--data-dir"]);
    let output = command.arg(node.data_dir()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("for 'New password'") && !said.contains("passphrase"), "{said}");
}
