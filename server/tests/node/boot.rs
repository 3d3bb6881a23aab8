//! First boot, later boots, and boots that must not be.

use std::fs::Permissions;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Authority, Node, PASSWORD, PROGRAM, command, command_of};
use crate::users;

/// Starts a node that must not start; gives what it says.
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    refused_by(Path::new(PROGRAM), folder, arguments)
}

/// The same, of another version.
pub(crate) fn refused_by(program: &Path, folder: &Path, arguments: &[&str]) -> String {
    std::fs::write(folder.join("log"), "").unwrap();
    let status = command_of(program, folder, arguments).status().unwrap();
    assert_eq!(status.code(), Some(1));
    std::fs::read_to_string(folder.join("log")).unwrap()
}

#[test]
fn a_first_boot_makes_a_temporary_certificate_and_says_so() {
    let node = Node::start();
    let client = node.administrator();
    let (slots, about) = (client.slots(), client.get("/api/v1/node"));
    assert_eq!(
        (slots["active"]["origin"].as_str(), about["temporary_certificate"].as_bool()),
        (Some("temporary"), Some(true))
    );
    assert!(slots["pending"].is_null() && slots["previous"].is_null());
    assert_eq!(slots["active"]["report"]["decision"], "accept", "{}", slots["active"]["report"]);
    assert_eq!(client.alarms(), ["temporary-certificate"]);
    // A browser that trusts the temporary CA accepts https://localhost.
    let ca = reqwest::Certificate::from_pem(about["temporary_ca_pem"].as_str().unwrap().as_bytes()).unwrap();
    let trusting = reqwest::blocking::Client::builder().tls_certs_only([ca]).build().unwrap();
    assert_eq!(trusting.get(format!("{}/healthz", client.base)).send().unwrap().status(), StatusCode::OK);
    let mode = |path: &str| std::fs::metadata(node.data_dir().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(""), mode("node.key"), mode("certway.db")], [0o700, 0o600, 0o600]);
}

#[test]
fn a_password_that_was_not_given_is_made_and_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = command(folder.path(), &[]).spawn().unwrap();
    let mut output = process.stdout.take().unwrap();
    let mut shown = String::new();
    while !shown.contains("redirects there") {
        let mut buffer = [0; 1024];
        let length = output.read(&mut buffer).unwrap();
        assert!(length > 0, "it ended: {shown}");
        shown.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let password = shown.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert!(password.len() >= 20, "{shown}");
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.client().try_sign_in(&password).status(), StatusCode::OK);
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    assert!(!node.log().contains(&password));
}

#[test]
fn a_poor_password_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for (password, reason) in [("short", "12 characters"), ("password1234", "tried first")] {
        std::fs::write(folder.path().join("poor"), password).unwrap();
        std::fs::write(folder.path().join("log"), "").unwrap();
        let mut node = command(folder.path(), &[]);
        node.env("CERTWAY_ADMIN_PASSWORD_FILE", folder.path().join("poor"));
        assert!(!node.status().unwrap().success());
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(log.contains(reason), "{log}");
    }
}

#[test]
fn a_lost_password_is_reset_while_the_node_runs_and_ends_every_session() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    users::add(&client, "olga", "operator");
    let olga = node.signed_in("olga");
    let reset = Command::new(env!("CARGO_BIN_EXE_certway"))
        .arg("reset-password")
        .arg("--data-dir")
        .arg(node.data_dir())
        .env_remove("CERTWAY_ADMIN_PASSWORD_FILE")
        .output()
        .unwrap();
    let said = String::from_utf8(reset.stdout).unwrap();
    let password = said.trim_end().rsplit(' ').next().unwrap();
    for client in [&client, &olga] {
        assert_eq!(client.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    let body = json!({ "username": "admin", "password": password });
    let answer = node.client().call(Method::POST, "/api/v1/session").json(&body).send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);

    // Where the password is a file's, it is that again, and the answer says so.
    let file = node.folder.path().join("password");
    let reset = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["reset-password", "--data-dir"])
        .arg(node.data_dir())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", &file)
        .output()
        .unwrap();
    let said = String::from_utf8(reset.stdout).unwrap();
    assert!(said.contains(&format!("is what {} has in it", file.display())), "{said}");
    assert_eq!(node.client().try_sign_in(PASSWORD).status(), StatusCode::OK);
}

#[test]
fn a_restart_keeps_everything_but_sessions() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    client.upload(&pair);
    let (before, cookie) = (client.get("/api/v1/trusted-cas"), client.cookie.clone());
    let node = node.restart();
    let mut client = node.client();
    client.cookie = cookie;
    assert_eq!(client.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
    let client = node.administrator();
    assert_eq!(node.served(), [pair.der]);
    assert_eq!(client.get("/api/v1/trusted-cas"), before);
    assert!(client.alarms().is_empty(), "{:?}", client.alarms());
}

#[test]
fn what_is_not_safe_is_refused_with_the_remedy() {
    let folder = Node::start().stop();
    let data = folder.path().join("data");
    let key = data.join("node.key");

    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    assert!(refused(folder.path(), &[]).contains("chmod 700"));
    std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(refused(folder.path(), &[]).contains("chmod 600"));
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let good = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&key, "damaged").unwrap();
    assert!(refused(folder.path(), &[]).contains("is damaged"));
    std::fs::write(&key, format!("{}\n", "0".repeat(64))).unwrap();
    assert!(refused(folder.path(), &[]).contains("does not belong to this store"));
    std::fs::remove_file(&key).unwrap();
    assert!(refused(folder.path(), &[]).contains("is missing"));
    std::fs::write(&key, good).unwrap();
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let node = Node::start_in(folder, &[]);
    assert!(refused(node.folder.path(), &[]).contains("another node is running"));
}

#[test]
fn a_key_that_cannot_be_unsealed_leaves_the_temporary_certificate_and_an_alarm() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    client.upload(&pair);
    let folder = node.stop();
    let store = rusqlite::Connection::open(folder.path().join("data/certway.db")).unwrap();
    store.execute("UPDATE certificates SET sealed_key = zeroblob(200) WHERE origin = 'upload'", []).unwrap();
    store.execute("UPDATE events SET details = '' WHERE number = 1", []).unwrap();
    drop(store);
    let node = Node::start_in(folder, &[]);
    let client = node.administrator();
    assert_ne!(node.served(), std::slice::from_ref(&pair.der));
    let alarms = client.alarms();
    assert!(alarms.contains(&"active-damaged".into()) && alarms.contains(&"events-changed".into()), "{alarms:?}");
    // A browser that held on to HTTPS would not let anyone past the temporary certificate.
    let holds_on = || {
        let answer = client.call(Method::GET, "/").send().unwrap();
        answer.headers().contains_key("strict-transport-security")
    };
    assert!(!holds_on());
    client.upload(&pair);
    assert_eq!(node.served(), [pair.der]);
    assert!(!client.alarms().contains(&"active-damaged".into()));
    assert!(holds_on());
}
