//! `/api/v1/verify`: the same answer as the command line's

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Authority, Node};

const PATH: &str = "/api/v1/verify";

fn on_the_command_line(files: &[(&str, &str)], arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["verify", "--format", "json"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn it_says_what_the_command_line_says() {
    let node = Node::start();
    let client = node.client();
    let (first, second) = (Authority::new("First"), Authority::new("Second"));
    let leaf = first.issue("node.example.com");
    let at = "2030-01-01T00:00:00Z";
    for (trusted, dns, valid) in
        [(&first, "node.example.com", true), (&first, "other.example.com", false), (&second, "node.example.com", false)]
    {
        let files = [("leaf", leaf.certificate.as_str()), ("trusted", trusted.pem.as_str())];
        let arguments = ["--trusted", "trusted", "--at", at, "--purpose", "server", "--dns", dns, "leaf"];
        let parts = [
            ("file", leaf.certificate.as_str()),
            ("trusted", trusted.pem.as_str()),
            ("at", at),
            ("purpose", "server"),
            ("dns", dns),
        ];
        let (status, answer) = client.send(Method::POST, PATH, &parts);
        assert_eq!((status, &answer["valid"]), (StatusCode::OK, &Value::Bool(valid)), "{answer}");
        assert_eq!(answer, on_the_command_line(&files, &arguments));
    }
    let policy = [
        ("file", leaf.certificate.as_str()),
        ("trusted", &first.pem),
        ("policy", "1.2.3"),
        ("require_explicit_policy", "true"),
    ];
    let (_, answer) = client.send(Method::POST, PATH, &policy);
    assert_eq!(answer["valid"], false, "it has no policy: {answer}");
    let with_list = [
        ("file", leaf.certificate.as_str()),
        ("trusted", &first.pem),
        ("crl", &first.revocation_list(1, &[&leaf], 1, 9)),
    ];
    let (_, answer) = client.send(Method::POST, PATH, &with_list);
    assert_eq!(answer["reasons"][0]["rule"], "revoked", "{answer}");
}

#[test]
fn what_it_does_not_understand_is_named() {
    let node = Node::start();
    let client = node.client();
    for (name, value) in [
        ("purpose", "wine"),
        ("at", "tomorrow"),
        ("ip", "localhost"),
        ("policy", "one"),
        ("max_intermediates", "-1"),
        ("inhibit_any_policy", "perhaps"),
        ("colour", "red"),
    ] {
        let (status, problem) = client.send(Method::POST, PATH, &[("file", "x"), (name, value)]);
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].as_str().unwrap().contains(&format!("`{name}`")), "{problem}");
    }
    let two_names = [("file", "x"), ("dns", "a.example.com"), ("ip", "192.0.2.1")];
    assert_eq!(client.send(Method::POST, PATH, &two_names).0, StatusCode::BAD_REQUEST);
    assert_eq!(client.send(Method::POST, PATH, &[("at", "2030-01-01T00:00:00Z")]).0, StatusCode::BAD_REQUEST);
    let (status, answer) = client.send(Method::POST, PATH, &[("file", "no certificate")]);
    assert_eq!((status, &answer["reasons"][0]["rule"]), (StatusCode::OK, &"not-decodable".into()));
}
