//! The page and what guards it.

use reqwest::{Method, StatusCode};

use crate::support::{Authority, Node};

#[test]
fn a_navigation_gets_the_page_with_a_nonce_of_its_own() {
    let node = Node::start();
    let client = node.client();
    let policy = |path: &str| {
        let answer = client.bare(Method::GET, path).header("accept", "text/html").send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let text = answer.text().unwrap();
        assert!(text.starts_with("<!doctype html>") || text.starts_with("<!DOCTYPE html>"), "{text}");
        assert!(!text.contains("{{"), "{text}");
        policy
    };
    let first = policy("/");
    assert!(first.starts_with("default-src 'none'; script-src 'self' 'nonce-"), "{first}");
    assert_ne!(first, policy("/trusted-cas"));
}

#[test]
fn what_is_no_navigation_and_no_file_is_not_found() {
    let node = Node::start();
    let client = node.client();
    for path in ["/no-such-file.js", "/api", "/api/v1/no-such", "/api/v2/session"] {
        let answer = client.bare(Method::GET, path).header("accept", "*/*").send().unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(client.bare(Method::POST, "/").send().unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn what_is_wrong_with_a_path_or_a_query_is_told_as_a_problem() {
    let node = Node::start();
    let client = node.administrator();
    for (method, path) in [
        (Method::PUT, "/api/v1/server-certificate?wait=perhaps"),
        (Method::GET, "/api/v1/trusted-cas/%FF"),
        (Method::DELETE, "/api/v1/tokens/%C3%28"),
        (Method::GET, "/api/v1/events?before=never"),
        (Method::GET, "/api/v1/alarms/deliveries?limit=many"),
    ] {
        let answer = client.call(method, path).send().unwrap();
        assert_eq!((answer.status(), path), (StatusCode::BAD_REQUEST, path));
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        assert!(answer.text().unwrap().contains("Nothing was changed."), "{path}");
    }
}

#[test]
fn every_answer_is_guarded() {
    let node = Node::start();
    let client = node.administrator();
    for path in ["/", "/healthz", "/api/v1/session", "/api/v1/no-such", "/metrics"] {
        let answer = client.call(Method::GET, path).send().unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
        assert!(answer.headers().contains_key("permissions-policy"));
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
        assert!(!answer.headers().contains_key("strict-transport-security"), "{path}");
    }
    let authority = Authority::new("Root");
    client.append(&authority.pem);
    client.upload(&authority.issue("node.example.com"));
    let answer = client.call(Method::GET, "/").send().unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[test]
fn health_and_metrics_answer_anyone() {
    let node = Node::start();
    let client = node.client();
    let text = |path: &str| client.bare(Method::GET, path).send().unwrap().text().unwrap();
    assert_eq!((text("/healthz").as_str(), text("/readyz").as_str()), ("ok\n", "ready\n"));
    let metrics = text("/metrics");
    assert!(
        metrics.contains("\ncertway_tls_handshakes_total ")
            && metrics.contains("\ncertway_alarms{severity=\"warning\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.lines().all(|line| line.starts_with('#') || line.split(' ').count() == 2), "{metrics}");
}
