//! `/api/v1/check`

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};

use crate::support::{Authority, Node, rules};

const CHECK: &str = "/api/v1/check";

#[test]
fn anyone_may_check_and_nothing_is_kept() {
    let node = Node::start();
    let (authority, anyone) = (Authority::new("CA"), node.client());
    let pair = authority.issue("node.example.com");
    let parts = [("file", pair.certificate.as_str()), ("key", &pair.key), ("trusted", &authority.pem)];
    let (status, report) = anyone.send(Method::POST, CHECK, &parts);
    assert_eq!(
        (status, report["decision"].as_str(), report["loadable"].as_bool()),
        (StatusCode::OK, Some("accept"), Some(true))
    );
    let (status, report) = anyone.send(Method::POST, CHECK, &parts[..2]);
    assert_eq!((status, rules(&report)), (StatusCode::OK, vec!["ca-not-recognised"]));
    assert!(node.administrator().slots()["pending"].is_null());
}

#[test]
fn a_refusal_is_a_report_and_not_an_error() {
    let node = Node::start();
    let (status, report) = node.client().send(Method::POST, CHECK, &[("file", "no certificate")]);
    assert_eq!((status, report["decision"].as_str()), (StatusCode::OK, Some("refuse")));
    let (status, report) = node.client().send(Method::POST, CHECK, &[("file", &"x".repeat(300 * 1024))]);
    assert_eq!((status, rules(&report)), (StatusCode::OK, vec!["too-large"]));
}

#[test]
fn the_time_is_that_of_the_call() {
    let node = Node::start();
    let (authority, anyone) = (Authority::new("CA"), node.client());
    let pair = authority.issue("node.example.com");
    let parts = [
        ("file", pair.certificate.as_str()),
        ("key", &pair.key),
        ("trusted", &authority.pem),
        ("at", "2041-01-01T00:00:00Z"),
    ];
    assert!(rules(&anyone.send(Method::POST, CHECK, &parts).1).contains(&"expired"));
}

#[test]
fn the_report_is_that_of_the_command_line_byte_for_byte() {
    let node = Node::start();
    let pair = Authority::new("CA").issue("node");
    let file = node.folder.path().join("file.pem");
    std::fs::write(&file, &pair.certificate).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certway"));
    command.args(["check", "--format", "json", "--at", "2026-11-24T00:00:00Z"]).arg(&file);
    let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let form =
        reqwest::blocking::multipart::Form::new().text("file", pair.certificate).text("at", "2026-11-24T00:00:00Z");
    let answered = node.client().call(Method::POST, CHECK).multipart(form).send().unwrap().text().unwrap();
    assert_eq!(printed.trim_end(), answered);
}

#[test]
fn an_address_that_asks_without_end_is_slowed_down_and_others_are_not() {
    let node = Node::start();
    let client = node.client();
    let begin = Instant::now();
    let mut answered = 0;
    let refused = loop {
        let answer = client.call(Method::POST, CHECK).send().unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        answered += 1;
    };
    let most = 2001 + begin.elapsed().as_secs() * 20 + 20;
    assert!((2000..=most).contains(&answered), "{answered}");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let problem: serde_json::Value = refused.json().unwrap();
    assert_eq!(problem["type"], "/problems/too-many-checks");
    // What is not a check goes on, and so do checks from elsewhere.
    assert_eq!(client.make(Method::GET, "/api/v1/node").0, StatusCode::OK);
    let elsewhere = reqwest::blocking::Client::builder()
        .danger_accept_invalid_certs(true)
        .local_address(std::net::IpAddr::from([127, 0, 0, 2]))
        .build()
        .unwrap();
    let answer = elsewhere.post(format!("{}{CHECK}", client.base)).send().unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    std::thread::sleep(Duration::from_secs(wait));
    assert_eq!(client.send(Method::POST, CHECK, &[("file", "no certificate")]).0, StatusCode::OK);
}

#[test]
fn what_is_not_understood_is_said() {
    let node = Node::start();
    let anyone = node.client();
    for (parts, word) in [
        (&[("kind", "trusted-ca")][..], "`file` is missing"),
        (&[("file", "a"), ("file", "b")], "twice"),
        (&[("file", "a"), ("kind", "crystal")], "server-certificate"),
        (&[("file", "a"), ("at", "tomorrow")], "RFC 3339"),
        (&[("file", "a"), ("surprise", "b")], "surprise"),
    ] {
        let (status, problem) = anyone.send(Method::POST, CHECK, parts);
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].as_str().unwrap().contains(word), "{problem}");
    }
    let (status, problem) = anyone.send(Method::POST, CHECK, &[("file", &"x".repeat(18 * 1024 * 1024))]);
    assert_eq!((status, problem["type"].as_str()), (StatusCode::PAYLOAD_TOO_LARGE, Some("/problems/too-large")));
}
