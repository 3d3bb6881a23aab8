//! Every route, by every method, with every kind of credential: the list comes from the router itself.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Client, Node};

/// What anyone may call.
const OPEN: [(&str, &str); 9] = [
    ("get", "/api/v1/node"),
    ("get", "/api/v1/openapi.json"),
    ("post", "/api/v1/session"),
    ("post", "/api/v1/session/client-certificate"),
    ("post", "/api/v1/check"),
    ("post", "/api/v1/verify"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
];

struct Call {
    method: Method,
    path: String,
    open: bool,
    confirmed: bool,
}

fn calls(client: &Client) -> Vec<Call> {
    let document = client.get("/api/v1/openapi.json");
    let mut calls = Vec::new();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs = &operation["x-certway-needs"];
            let open = needs["role"].is_null();
            assert_eq!(open, OPEN.contains(&(method.as_str(), path.as_str())), "{method} {path}");
            assert_eq!(open, operation["security"].is_null(), "{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            calls.push(Call {
                method: method.to_uppercase().parse().unwrap(),
                path: path.replace("{fingerprint}", &"0".repeat(64)),
                open,
                confirmed: needs["password_again"].as_bool().unwrap(),
            });
        }
    }
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number, "operation ids are not unique");
    assert!(number >= 24, "{number}");
    calls
}

fn kind(client: &Client, call: &Call, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = client.bare(call.method.clone(), &call.path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().unwrap();
    let status = answer.status();
    let problem: Value = answer.json().unwrap_or_default();
    (status, problem["type"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn no_call_succeeds_without_what_it_demands() {
    let node = Node::start();
    let client = node.administrator();
    let before = client.slots();
    let (base, cookie) = (client.base.as_str(), client.cookie.as_str());
    let guessed = format!("__Host-certway={}", "0".repeat(64));
    let mut refusals = 0;
    for call in calls(&client).iter().filter(|call| !call.open) {
        let own = [("origin", base), ("x-certway-csrf", "1")];
        let without: [&[(&str, &str)]; 5] = [
            &[],
            &own,
            &[own[0], own[1], ("cookie", &guessed)],
            &[own[0], own[1], ("cookie", "__Host-certway=")],
            &[own[0], own[1], ("authorization", "Bearer guessed")],
        ];
        for headers in without {
            let (status, _) = kind(&client, call, headers);
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {} {headers:?}", call.method, call.path);
            refusals += 1;
        }
        if call.method == Method::GET {
            continue;
        }
        let signed = ("cookie", cookie);
        let foreign: [&[(&str, &str)]; 7] = [
            &[signed],
            &[signed, own[0]],
            &[signed, own[1]],
            &[signed, own[0], ("x-certway-csrf", "")],
            &[signed, own[1], ("origin", "https://evil.example")],
            &[signed, own[1], ("origin", "null")],
            &[signed, own[1], ("origin", &base.replace("https", "http"))],
        ];
        for headers in foreign {
            let (status, problem) = kind(&client, call, headers);
            assert_eq!(
                (status, problem.as_str()),
                (StatusCode::FORBIDDEN, "/problems/cross-site"),
                "{} {} {headers:?}",
                call.method,
                call.path
            );
            refusals += 1;
        }
        if call.confirmed {
            let (status, problem) = kind(&client, call, &[signed, own[0], own[1]]);
            assert_eq!((status, problem.as_str()), (StatusCode::FORBIDDEN, "/problems/confirm-password"));
            refusals += 1;
        }
    }
    assert!(refusals > 150, "{refusals}");
    assert_eq!(client.slots()["active"]["pem"], before["active"]["pem"]);
    assert!(client.actions().contains(&"cross-site-refused".to_owned()));
}

#[test]
fn a_call_that_anyone_may_make_is_refused_from_another_site() {
    let node = Node::start();
    let client = node.client();
    for call in calls(&client).iter().filter(|call| call.open && call.method != Method::GET) {
        let (_, problem) = kind(&client, call, &[("origin", "https://evil.example")]);
        assert_eq!(problem, "/problems/cross-site");
    }
}

#[test]
fn methods_that_are_not_declared_are_refused() {
    let node = Node::start();
    let client = node.administrator();
    let calls = calls(&client);
    for call in &calls {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let declared = calls.iter().any(|other| other.path == call.path && other.method == method);
            // The fingerprint stands for a name, and `reset` is one too.
            let covered = call.path.ends_with("/reset") && method == "GET";
            if !declared && !covered {
                let answer = client.call(method.parse().unwrap(), &call.path).send().unwrap();
                assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {}", call.path);
            }
        }
    }
}
