//! Every call that changes something, in an order in which all of them can be made, and what the node is after each.

use reqwest::blocking::RequestBuilder;
use reqwest::blocking::multipart::Form;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::openssl_authority::OpensslAuthority;
use crate::support::{Authority, Client, Node, PASSWORD, Pair};

const SERVER: &str = "/api/v1/server-certificate";
const CLIENT: &str = "/api/v1/client-certificate";
const USERS: &str = "/api/v1/users";
const TOKENS: &str = "/api/v1/tokens";
const FEED: &str = "/api/v1/forecast/feed";
const SIGN_IN: &str = "/api/v1/client-certificate-test/settings";

/// A call that changes something.
pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    request: Box<dyn Fn(&Client) -> RequestBuilder>,
}

impl Mutation {
    fn new(name: &'static str, request: impl Fn(&Client) -> RequestBuilder + 'static) -> Self {
        Self { name, request: Box::new(request) }
    }

    /// The call, with all that it needs to know asked for already.
    pub(crate) fn request(&self, client: &Client) -> RequestBuilder {
        (self.request)(client)
    }
}

fn form(parts: &[(&'static str, &str)]) -> Form {
    parts.iter().fold(Form::new(), |form, (name, text)| form.text(*name, (*text).to_owned()))
}

fn upload(path: &'static str, pair: &Pair) -> impl Fn(&Client) -> RequestBuilder + use<> {
    let (certificate, key) = (pair.certificate.clone(), pair.key.clone());
    move |client| {
        client.call(Method::PUT, path).multipart(form(&[("certificate", &certificate), ("private_key", &key)]))
    }
}

fn send_file(path: &'static str, file: &str) -> impl Fn(&Client) -> RequestBuilder + use<> {
    let file = file.to_owned();
    move |client| client.call(Method::POST, path).multipart(form(&[("file", &file)]))
}

fn send(method: Method, path: &'static str, body: Value) -> impl Fn(&Client) -> RequestBuilder {
    move |client| client.call(method.clone(), path).json(&body)
}

fn bare(method: Method, path: &'static str) -> impl Fn(&Client) -> RequestBuilder {
    move |client| client.call(method.clone(), path)
}

/// All of them, with material of their own.
pub(crate) fn all() -> Vec<Mutation> {
    let (root, other, unknown) = (OpensslAuthority::new(), Authority::new("Other"), Authority::new("Unknown"));
    let first = root.issue("first.example.com");
    let list = other.revocation_list(1, &[], 1, 30);
    let waiting = unknown.issue("waiting.example.com");
    let csr = || send(Method::POST, "/api/v1/csr", json!({ "common_name": "asked.example.com", "key": "ecdsa-p256" }));
    let signing = json!({
        "mode": "not-required", "expression": "^SAN rfc822Name: (?<user>.*)$", "template": "#user#",
    });
    let fingerprint = other.fingerprint.clone();
    let acme = json!({ "provider": "lets-encrypt", "names": ["acme.example.com"] });
    let mut all = vec![
        Mutation::new("append", send_file("/api/v1/trusted-cas", &format!("{}{}", root.pem, other.pem))),
        Mutation::new("upload", upload(SERVER, &first)),
        Mutation::new("upload another", upload(SERVER, &root.issue("second.example.com"))),
        Mutation::new("bring the previous back", bare(Method::POST, "/api/v1/server-certificate/previous/load")),
        Mutation::new("upload what waits", upload(SERVER, &waiting)),
        Mutation::new("load anyway", bare(Method::POST, "/api/v1/server-certificate/pending/load")),
        Mutation::new("upload again", upload(SERVER, &first)),
        Mutation::new("upload what waits again", upload(SERVER, &waiting)),
        Mutation::new("discard what waits", bare(Method::DELETE, "/api/v1/server-certificate/pending")),
        Mutation::new("copy", bare(Method::POST, "/api/v1/client-certificate/copy")),
        Mutation::new("upload for the client", upload(CLIENT, &root.issue("client.example.com"))),
        Mutation::new("reset the client's", bare(Method::DELETE, CLIENT)),
        Mutation::new("upload a revocation list", send_file("/api/v1/crls", &list)),
        Mutation::new("request", csr()),
        Mutation::new("discard the request", bare(Method::DELETE, "/api/v1/csr")),
        Mutation::new("request again", csr()),
    ];
    all.push(Mutation::new("complete the request", move |client| {
        let csr = client.get("/api/v1/csr");
        let signed = csr["csr"]["pem"].as_str().map(|request| root.sign(request)).unwrap_or_default();
        client.call(Method::PUT, SERVER).multipart(form(&[("certificate", &signed)]))
    }));
    all.extend([
        Mutation::new("set the level", send(Method::PUT, "/api/v1/security-level", json!({ "level": "legacy" }))),
        Mutation::new("set how to sign in", send(Method::PUT, SIGN_IN, signing)),
        Mutation::new("set sources", send(Method::PUT, "/api/v1/crls/settings", json!({ "time": "04:00" }))),
        Mutation::new("set ACME", send(Method::PUT, "/api/v1/acme/settings", acme)),
        Mutation::new("remove lists", move |client| {
            let lists = client.get("/api/v1/crls");
            let all = lists["crls"].as_array().unwrap().iter().map(|list| list["fingerprint"].clone());
            client.call(Method::DELETE, "/api/v1/crls").json(&json!({ "fingerprints": all.collect::<Vec<_>>() }))
        }),
        Mutation::new(
            "delete a CA",
            send(Method::DELETE, "/api/v1/trusted-cas", json!({ "fingerprints": [fingerprint] })),
        ),
        Mutation::new("undo", bare(Method::POST, "/api/v1/trusted-cas/undo")),
        Mutation::new("reset the list", bare(Method::POST, "/api/v1/trusted-cas/reset")),
        Mutation::new("reset the server's", bare(Method::DELETE, SERVER)),
    ]);
    all.extend(around_the_certificates());
    all
}

/// Users, tokens, alarms, the calendar. Left out are calls that change a session alone, and those after which the node does something by itself
/// that would meet the faults in their place: the delivery of alarms, the TLS profile, what needs a provider or a cluster.
fn around_the_certificates() -> Vec<Mutation> {
    let olga = json!({ "username": "olga", "password": PASSWORD, "role": "operator" });
    let token = json!({ "name": "deploy", "scope": "auditor", "expires_in_days": 1 });
    let days = json!({ "server_certificate": [9], "client_certificate": [], "ca_certificates": [], "crls": [] });
    vec![
        Mutation::new("add a user", send(Method::POST, USERS, olga)),
        Mutation::new("set a role", send(Method::PUT, "/api/v1/users/olga", json!({ "role": "auditor" }))),
        Mutation::new("disable a user", send(Method::PUT, "/api/v1/users/olga", json!({ "disabled": true }))),
        Mutation::new("remove a user", bare(Method::DELETE, "/api/v1/users/olga")),
        Mutation::new("make a token", send(Method::POST, TOKENS, token)),
        Mutation::new("revoke a token", |client| {
            let tokens = client.get(TOKENS);
            let id = tokens["tokens"][0]["id"].as_str().unwrap_or_default();
            client.call(Method::DELETE, &format!("{TOKENS}/{id}"))
        }),
        Mutation::new("set the days of warning", send(Method::PUT, "/api/v1/alarms/expiry-warnings", days)),
        Mutation::new("make the calendar's password", bare(Method::POST, FEED)),
        Mutation::new("withdraw it", bare(Method::DELETE, FEED)),
        Mutation::new(
            "acknowledge an alarm",
            send(Method::POST, "/api/v1/alarms/temporary-certificate/acknowledge", json!({ "note": "ordered" })),
        ),
    ]
}

/// What the node is, as far as calls change it and as far as it is the same whenever the same calls are made.
pub(crate) fn state(client: &Client) -> Value {
    let slots = |path: &str| {
        let slots = client.get(path);
        let leaf = |slot: &str| {
            let stored = &slots[slot];
            // That of a request has another key each time.
            let own = stored["decoded"]["common_name"] == "asked.example.com" || stored["origin"] == "temporary";
            let what = if own { &stored["decoded"]["common_name"] } else { &stored["decoded"]["fingerprint_sha256"] };
            json!([what, stored["loaded_anyway"]])
        };
        ["active", "pending", "previous"].map(leaf)
    };
    let each = |list: &Value, what: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().filter(|one| one["origin"] != "default").map(|one| one[what].clone()).collect()
    };
    let csr = client.get("/api/v1/csr");
    json!({
        "server": slots(SERVER),
        "client": slots(CLIENT),
        "trusted": each(&client.get("/api/v1/trusted-cas")["certificates"], "fingerprint"),
        "crls": each(&client.get("/api/v1/crls")["crls"], "fingerprint"),
        "csr": csr["csr"].is_object(),
        "level": client.get("/api/v1/security-level")["level"],
        "sign in": client.get(SIGN_IN)["settings"]["expression"],
        "sources": client.get("/api/v1/crls/settings")["settings"]["time"],
        "acme": client.get("/api/v1/acme")["settings"]["names"],
        "users": client.get(USERS)["users"].as_array().unwrap().iter()
            .map(|user| json!([user["username"], user["role"], user["disabled"]])).collect::<Vec<_>>(),
        "tokens": each(&client.get(TOKENS)["tokens"], "name"),
        "days": client.get("/api/v1/alarms/expiry-warnings")["server_certificate"],
        "calendar": client.get(FEED)["made_by"],
        "acknowledged": client.get("/api/v1/alarms").as_array().unwrap().iter()
            .filter(|alarm| alarm["acknowledged"].is_object()).map(|alarm| alarm["id"].clone()).collect::<Vec<_>>(),
    })
}

/// What a node is before the first of these calls and after each.
pub(crate) fn states(mutations: &[Mutation]) -> Vec<Value> {
    let node = Node::start();
    let client = node.administrator();
    // It counts for five minutes.
    client.confirm();
    let mut states = vec![state(&client)];
    let recorded = || client.get("/api/v1/events?actor=admin&limit=1")[0]["number"].as_i64().unwrap();
    for mutation in mutations {
        let before = recorded();
        let answer = mutation.request(&client).send().unwrap();
        let status = answer.status();
        assert!(
            status.is_success() || status == StatusCode::ACCEPTED,
            "{}: {status} {}",
            mutation.name,
            answer.text().unwrap()
        );
        assert!(recorded() > before, "{} is in no record", mutation.name);
        states.push(state(&client));
        let [.., before, after] = states.as_slice() else { unreachable!("there are two at least") };
        assert_ne!(before, after, "{} changes nothing that is looked at", mutation.name);
    }
    states
}
