//! Every route, by every method, with every kind of credential (G15). The routes and what each needs come from the node's own
//! description, which has it from the policy that each handler declares.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Client, Node};
use crate::{tokens, users};

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

/// The roles, from the one that may do least.
const ROLES: [&str; 3] = ["auditor", "operator", "administrator"];

/// The problems by which somebody is not let in.
const GATE: [&str; 8] =
    ["sign-in", "token", "token-expired", "cross-site", "no-session", "role", "confirm-password", "token-scope"];

#[derive(Clone, Debug)]
struct Call {
    method: Method,
    path: String,
    /// The least role that will do, as its place in `ROLES`; none: anyone may call.
    role: Option<usize>,
    session: bool,
    password_again: bool,
    /// Whether the password of the calendar feed opens it, and nothing else does.
    calendar: bool,
}

fn calls(client: &Client) -> Vec<Call> {
    let document = client.get("/api/v1/openapi.json");
    let mut calls = Vec::new();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs = &operation["x-certway-needs"];
            let calendar = needs["calendar"].as_bool().unwrap();
            let open = needs["role"].is_null() && !calendar;
            assert_eq!(open, OPEN.contains(&(method.as_str(), path.as_str())), "{method} {path}");
            assert_eq!(open, operation["security"].is_null(), "{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            let path = path.replace("{fingerprint}", &"0".repeat(64)).replace("{resource}", "alarms");
            calls.push(Call {
                method: method.to_uppercase().parse().unwrap(),
                path: path.replace("{name}", "nobody").replace("{id}", "0"),
                role: needs["role"].as_str().map(place),
                session: needs["session"].as_bool().unwrap(),
                password_again: needs["password_again"].as_bool().unwrap(),
                calendar,
            });
        }
    }
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number, "operation ids are not unique");
    assert!(number >= 90, "{number}");
    // What ends a session comes last.
    calls.sort_by_key(|call| call.method == Method::DELETE && call.path == "/api/v1/session");
    calls
}

fn place(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap()
}

/// Who calls.
struct Caller {
    what: String,
    headers: Vec<(&'static str, String)>,
    by: By,
}

#[derive(Clone, Copy)]
enum By {
    Nothing,
    ExpiredToken,
    Token { role: usize },
    Session { role: usize, confirmed: bool, own_page: bool },
}

/// What a caller is told who is not let in.
fn expected(call: &Call, caller: &Caller, base: &str) -> Option<(StatusCode, &'static str)> {
    if call.calendar {
        return Some((StatusCode::UNAUTHORIZED, "calendar-password"));
    }
    let cross_site = Some((StatusCode::FORBIDDEN, "cross-site"));
    let foreign = caller.headers.iter().any(|(name, value)| *name == "origin" && value != base);
    let Some(needed) = call.role else {
        return if foreign && call.method != Method::GET { cross_site } else { None };
    };
    let role = match caller.by {
        By::Nothing => return Some((StatusCode::UNAUTHORIZED, "sign-in")),
        By::ExpiredToken => return Some((StatusCode::UNAUTHORIZED, "token-expired")),
        By::Session { own_page: false, .. } if call.method != Method::GET => return cross_site,
        By::Token { .. } if call.session => return Some((StatusCode::FORBIDDEN, "no-session")),
        By::Token { role } | By::Session { role, .. } => role,
    };
    match caller.by {
        _ if role < needed => Some((StatusCode::FORBIDDEN, "role")),
        By::Session { confirmed: false, .. } if call.password_again => {
            Some((StatusCode::FORBIDDEN, "confirm-password"))
        }
        By::Token { role } if call.password_again && role < place("administrator") => {
            Some((StatusCode::FORBIDDEN, "token-scope"))
        }
        _ => None,
    }
}

/// Every call by every caller: what came out otherwise than `calls` say, and how many were let in and kept out.
fn unexpected(client: &Client, calls: &[Call], callers: &[Caller]) -> (Vec<String>, usize, usize) {
    let (mut wrong, mut let_in, mut kept_out) = (Vec::new(), 0, 0);
    for call in calls {
        for caller in callers {
            let mut request = client.bare(call.method.clone(), &call.path);
            for (name, value) in &caller.headers {
                request = request.header(*name, value);
            }
            let answer = request.send().unwrap();
            let status = answer.status();
            let problem: Value = answer.json().unwrap_or_default();
            let kind = problem["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/")).unwrap_or_default();
            let right = match expected(call, caller, &client.base) {
                Some(expected) => {
                    kept_out += 1;
                    expected == (status, kind)
                }
                None => {
                    let_in += 1;
                    !GATE.contains(&kind)
                }
            };
            if !right {
                wrong.push(format!("{} {} by {}: {status} {kind}", call.method, call.path, caller.what));
            }
        }
    }
    (wrong, let_in, kept_out)
}

/// A node, and everybody who may or may not call it.
fn everybody() -> (Node, Client, Vec<Caller>) {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0d");
    let administrator = node.administrator();
    administrator.confirm();
    let own = |client: &Client| vec![("origin", client.base.clone()), ("x-certway-csrf", "1".to_owned())];
    let expired = tokens::make(&administrator, "short", "administrator", 1);
    let mut callers = Vec::new();
    let mut add = |what: String, headers: Vec<(&'static str, String)>, by: By| {
        callers.push(Caller { what, headers, by });
    };
    let guessed = format!("__Host-certway={}", "0".repeat(64));
    add("nobody".to_owned(), Vec::new(), By::Nothing);
    add("nobody from the own page".to_owned(), own(&administrator), By::Nothing);
    add("a guessed cookie".to_owned(), [own(&administrator), vec![("cookie", guessed)]].concat(), By::Nothing);
    for (role, name) in ROLES.iter().enumerate() {
        users::add(&administrator, name, name);
        let client = node.signed_in(name);
        let cookie = ("cookie", client.cookie.clone());
        let csrf = ("x-certway-csrf", "1".to_owned());
        let origin = ("origin", client.base.clone());
        let foreign = ("origin", "https://evil.example".to_owned());
        let by = By::Session { role, confirmed: false, own_page: false };
        for (what, headers) in [
            ("without headers", vec![cookie.clone()]),
            ("without CSRF header", vec![cookie.clone(), origin.clone()]),
            ("with an empty CSRF header", vec![cookie.clone(), origin, ("x-certway-csrf", String::new())]),
            ("without origin", vec![cookie.clone(), csrf.clone()]),
            ("with no origin", vec![cookie.clone(), csrf.clone(), ("origin", "null".to_owned())]),
            ("over plain HTTP", vec![cookie.clone(), csrf.clone(), ("origin", client.base.replace("https", "http"))]),
            ("from another site", vec![cookie.clone(), csrf, foreign]),
        ] {
            add(format!("{name} {what}"), headers, by);
        }
        add(
            format!("{name} signed in"),
            [own(&client), vec![cookie]].concat(),
            By::Session { role, confirmed: false, own_page: true },
        );
        let client = node.signed_in(name);
        client.confirm();
        let token = tokens::make(&client, "long", name, 100);
        let bearer = |made: &Value| vec![("authorization", format!("Bearer {}", made["secret"].as_str().unwrap()))];
        add(format!("a token of {name}"), bearer(&token), By::Token { role });
        if role == 0 {
            add("an expired token".to_owned(), bearer(&expired), By::ExpiredToken);
        }
        add(
            format!("{name} confirmed"),
            [own(&client), vec![("cookie", client.cookie.clone())]].concat(),
            By::Session { role, confirmed: true, own_page: true },
        );
    }
    Node::shift_clock(node.folder.path(), "+2d");
    (node, administrator, callers)
}

#[test]
fn every_call_lets_in_whom_it_declares_and_nobody_else() {
    let (_node, administrator, callers) = everybody();
    let before = administrator.slots();
    let calls = calls(&administrator);

    // What is declared otherwise than it is shows: the trial finds doors that stand open and doors that are shut.
    let planted = |path: &str, role: &str| {
        let call = calls.iter().find(|call| call.method == Method::GET && call.path == path).unwrap();
        unexpected(&administrator, &[Call { role: Some(place(role)), ..call.clone() }], &callers).0
    };
    let open = planted("/api/v1/events", "operator");
    assert!(open.iter().any(|wrong| wrong == "GET /api/v1/events by auditor signed in: 200 OK "), "{open:?}");
    assert!(!planted("/api/v1/node", "auditor").is_empty());
    assert!(planted("/api/v1/alarms", "auditor").is_empty());

    let (wrong, let_in, kept_out) = unexpected(&administrator, &calls, &callers);
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), let_in + kept_out);
    assert!(let_in > 500 && kept_out > 1500, "{let_in} {kept_out}");
    assert_eq!(administrator.slots()["active"]["pem"], before["active"]["pem"]);
    let actions = administrator.actions();
    for action in ["cross-site-refused", "role-refused"] {
        assert!(actions.contains(&action.to_owned()));
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
