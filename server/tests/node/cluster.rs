//! Clusters: real nodes and a real etcd. Joining, what is shared, who verifies whom, and what happens without etcd.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use rcgen::{DnType, KeyPair};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::etcd_servers::EtcdServers;
use crate::process::free_port;
use crate::support::{Authority, Client, Node, PASSWORD, Pair, on_the_command_line, server_params};
use crate::waiting::until;
use crate::{tokens, users};

pub(crate) const CLUSTER: &str = "/api/v1/cluster";
const MODE: &str = "/api/v1/cluster/verification-mode";

/// How long a change of what is shared may take until every node has it.
pub(crate) const EVERYWHERE: Duration = Duration::from_secs(5);
/// How long a node may take to notice that another has gone, or that etcd is back.
pub(crate) const NOTICED: Duration = Duration::from_secs(20);

/// Nodes with a certificate each, of one authority that all trust.
pub(crate) struct Nodes {
    pub(crate) nodes: Vec<Node>,
    pub(crate) clients: Vec<Client>,
    pub(crate) authority: Authority,
}

pub(crate) fn name(index: usize) -> String {
    format!("expe{}.example.com", index + 1)
}

/// A node that can be in a cluster.
pub(crate) fn node(index: usize, etcd: &EtcdServers) -> Node {
    start(configured(index, etcd, Ipv4Addr::LOCALHOST.into()))
}

/// The folder of one that is reached by its peers at `address`.
pub(crate) fn configured(index: usize, etcd: &EtcdServers, address: IpAddr) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let endpoints: Vec<String> = etcd.endpoints().iter().map(|url| format!("\"{url}\"")).collect();
    let config = format!(
        "name = \"{}\"\npeers = \"{address}:{}\"\n[cluster]\netcd = [{}]\n",
        name(index),
        free_port(),
        endpoints.join(", ")
    );
    std::fs::write(folder.path().join("certway.toml"), config).unwrap();
    folder
}

pub(crate) fn start(folder: TempDir) -> Node {
    let config = folder.path().join("certway.toml");
    Node::start_in(folder, &["--config", config.to_str().unwrap()])
}

pub(crate) fn confirmed(node: &Node) -> Client {
    let client = node.administrator();
    client.confirm();
    client
}

fn found(client: &Client) {
    let (status, cluster) = client.post(CLUSTER, &Value::Null);
    assert_eq!(status, StatusCode::CREATED, "{cluster}");
}

pub(crate) fn token(client: &Client) -> String {
    let (status, made) = client.post("/api/v1/cluster/tokens", &Value::Null);
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["token"].as_str().unwrap().to_owned()
}

pub(crate) fn join(client: &Client, token: &str) -> (StatusCode, Value) {
    client.post("/api/v1/cluster/join", &json!({ "token": token }))
}

pub(crate) fn fingerprints(client: &Client) -> Vec<String> {
    let list = client.get("/api/v1/trusted-cas");
    let list = list["certificates"].as_array().unwrap().iter();
    list.map(|ca| ca["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// The verdicts that are not `verified`.
pub(crate) fn red(client: &Client) -> Vec<Value> {
    let cluster = client.get(CLUSTER);
    let verdicts = cluster["verdicts"].as_array().unwrap().iter();
    verdicts.filter(|verdict| verdict["verdict"] != "verified").cloned().collect()
}

impl Nodes {
    /// A cluster of so many nodes.
    pub(crate) fn start(count: usize, etcd: &EtcdServers) -> Self {
        Self::of((0..count).map(|index| node(index, etcd)).collect())
    }

    /// A cluster of these.
    pub(crate) fn of(nodes: Vec<Node>) -> Self {
        let authority = Authority::new("Root");
        let clients: Vec<Client> = nodes.iter().map(confirmed).collect();
        found(&clients[0]);
        for client in &clients[1..] {
            let (status, joined) = join(client, &token(&clients[0]));
            assert_eq!(status, StatusCode::OK, "{joined}");
        }
        // Who had signed in to a node before it joined was a user of that node only; now the cluster's users count.
        let clients = nodes.iter().map(confirmed).collect();
        Self { nodes, clients, authority }
    }

    /// The same with certificates that all verify.
    pub(crate) fn verified(count: usize, etcd: &EtcdServers) -> Self {
        Self::start(count, etcd).with_certificates()
    }

    /// Gives every node certificates that all verify.
    pub(crate) fn with_certificates(self) -> Self {
        assert_eq!(self.clients[0].append(&self.authority.pem).0, StatusCode::OK);
        for index in 0..self.nodes.len() {
            self.give(index, &self.authority.issue(&name(index)));
        }
        self.until_verified();
        self
    }

    /// A certificate for server and client.
    pub(crate) fn give(&self, index: usize, pair: &Pair) {
        let client = &self.clients[index];
        until(EVERYWHERE, "the CA is there", || fingerprints(client).contains(&self.authority.fingerprint));
        let (status, answer) = client.upload(pair);
        assert_eq!(status, StatusCode::OK, "{answer}");
        let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
        let (status, answer) = client.send(Method::PUT, "/api/v1/client-certificate", &parts);
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    pub(crate) fn until_verified(&self) {
        for client in &self.clients {
            until(NOTICED, "every node verifies every other", || red(client).is_empty());
        }
    }

    pub(crate) fn set_mode(&self, index: usize, mode: &str) {
        let (status, answer) = self.clients[index].put(MODE, &json!({ "mode": mode }));
        assert_eq!(status, StatusCode::OK, "{answer}");
        for client in &self.clients {
            until(EVERYWHERE, "the mode is everywhere", || client.get(CLUSTER)["mode"] == mode);
        }
    }
}

#[test]
fn a_node_joins_with_a_token_that_is_good_once_and_what_is_shared_is_everywhere_within_five_seconds() {
    let etcd = EtcdServers::start(3, None);
    let alone = node(0, &etcd);
    assert_eq!(confirmed(&alone).get(CLUSTER)["membership"], "alone");
    drop(alone);

    let cluster = Nodes::start(3, &etcd);
    for client in &cluster.clients {
        let shown = client.get(CLUSTER);
        assert_eq!(shown["membership"], "member");
        assert_eq!(shown["plane"]["reachable"], true, "{shown}");
        until(EVERYWHERE, "all nodes are alive", || {
            let shown = client.get(CLUSTER);
            let nodes = shown["nodes"].as_array().unwrap();
            nodes.len() == 3 && nodes.iter().all(|node| node["alive"] == true)
        });
    }
    // A second cluster in the same etcd, a token that was used, one that is none: refused with the remedy, and nothing changed.
    let stranger = node(3, &etcd);
    let client = confirmed(&stranger);
    let (status, problem) = client.post(CLUSTER, &Value::Null);
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("join it, with a token"), "{problem}");
    let used = token(&cluster.clients[1]);
    assert_eq!(join(&client, &used).0, StatusCode::OK);
    let client = confirmed(&stranger);
    assert_eq!(client.make(Method::DELETE, "/api/v1/cluster/nodes/expe4.example.com").0, StatusCode::OK);
    assert_eq!(client.get(CLUSTER)["membership"], "alone");
    for token in [used.as_str(), "certway-join-AAAA", ""] {
        let (status, problem) = join(&client, token);
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("Make a new one"), "{problem}");
    }

    // Trusted CAs, revocation lists, settings: from any node to all, with a record of it on each.
    let ca = Authority::new("Another root");
    assert_eq!(cluster.clients[1].append(&ca.pem).0, StatusCode::OK);
    for client in &cluster.clients {
        until(EVERYWHERE, "the CA is everywhere", || fingerprints(client).contains(&ca.fingerprint));
    }
    assert!(cluster.clients[2].actions().contains(&"shared-state-taken".to_owned()));
    let same: Vec<Vec<String>> = cluster.clients.iter().map(fingerprints).collect();
    assert!(same.iter().all(|list| *list == same[0]), "{same:?}");
    assert_eq!(cluster.clients[2].delete(&[&ca.fingerprint]).0, StatusCode::OK);
    for client in &cluster.clients {
        until(EVERYWHERE, "the CA is gone everywhere", || !fingerprints(client).contains(&ca.fingerprint));
    }
    let list = ca.revocation_list(1, &[], 1, 30);
    assert_eq!(cluster.clients[0].append(&ca.pem).0, StatusCode::OK);
    let (status, answer) = cluster.clients[0].send(Method::POST, "/api/v1/crls", &[("file", &list)]);
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = cluster.clients[0].put("/api/v1/security-level", &json!({ "level": "high" }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    for client in &cluster.clients {
        until(EVERYWHERE, "the list is everywhere", || {
            client.get("/api/v1/crls")["crls"].as_array().unwrap().len() == 1
        });
        until(EVERYWHERE, "the level is everywhere", || client.get("/api/v1/security-level")["level"] == "high");
    }
}

#[test]
fn a_node_that_does_not_verify_as_a_client_does_not_verify() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(2, &etcd);
    let first = &cluster.clients[0];
    assert_eq!(first.append(&cluster.authority.pem).0, StatusCode::OK);
    until(EVERYWHERE, "the CA is everywhere", || {
        fingerprints(&cluster.clients[1]).contains(&cluster.authority.fingerprint)
    });
    // As a client each goes on to show its temporary certificate; that of the first one is trusted, since it founded the cluster.
    for (index, client) in cluster.clients.iter().enumerate() {
        assert_eq!(client.upload(&cluster.authority.issue(&name(index))).0, StatusCode::OK);
    }
    until(NOTICED, "the second one alone fails, as a client alone", || {
        let red = red(first);
        let is_client = |reason: &Value| reason.as_str().unwrap().starts_with("as a client: ");
        red.len() == 1
            && (&red[0]["presented"], &red[0]["verdict"]) == (&json!(name(1)), &json!("fails"))
            && red[0]["reasons"].as_array().unwrap().iter().all(is_client)
    });
    let (status, problem) = first.put(MODE, &json!({ "mode": "enforce" }));
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/would-be-refused")), "{problem}");
    // Another node's certificate is no better.
    let show = |pair: &Pair| {
        let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
        assert_eq!(cluster.clients[1].send(Method::PUT, "/api/v1/client-certificate", &parts).0, StatusCode::OK);
    };
    show(&cluster.authority.issue(&name(0)));
    until(NOTICED, "it is told", || {
        red(first).iter().any(|red| red["reasons"].to_string().contains("its certificate is not for expe2.example.com"))
    });
    // Its name as the CN alone is enough.
    let mut params = server_params("other.example.com");
    params.distinguished_name.push(DnType::CommonName, name(1));
    let by_cn = cluster.authority.sign(params, &KeyPair::generate().unwrap());
    assert_eq!(cluster.clients[1].upload(&by_cn).0, StatusCode::OK);
    show(&by_cn);
    cluster.until_verified();
    cluster.set_mode(0, "enforce");
}

#[test]
fn users_are_those_of_the_cluster_and_a_new_password_ends_sessions_everywhere() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(2, &etcd);
    let first = &cluster.clients[0];
    users::add(first, "olga", "operator");
    until(EVERYWHERE, "the user is known at the other node", || {
        cluster.nodes[1].client().try_sign_in_as("olga", PASSWORD).status() == StatusCode::OK
    });
    let olga = cluster.nodes[1].signed_in("olga");
    olga.confirm();
    let made = tokens::make(&olga, "deploy", "operator", 1);
    let by_token = |index: usize| {
        let secret = made["secret"].as_str().unwrap();
        tokens::call(&cluster.nodes[index], secret, Method::GET, "/api/v1/alarms", &Value::Null).0
    };
    until(EVERYWHERE, "the token is known at the other node", || by_token(0) == StatusCode::OK);
    let ended = |client: &Client| client.make(Method::GET, "/api/v1/session").0 == StatusCode::UNAUTHORIZED;
    assert_eq!(first.put("/api/v1/users/olga", &json!({ "disabled": true })).0, StatusCode::OK);
    until(EVERYWHERE, "the session has ended on the other node", || ended(&olga));
    assert_eq!([by_token(0), by_token(1)], [StatusCode::UNAUTHORIZED; 2]);

    let folder = cluster.nodes[0].folder.path();
    std::fs::write(folder.join("new-password"), "another long enough password\n").unwrap();
    let reset = std::process::Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["reset-password", "--config", folder.join("certway.toml").to_str().unwrap()])
        .arg("--data-dir")
        .arg(cluster.nodes[0].data_dir())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", folder.join("new-password"))
        .output()
        .unwrap();
    assert!(reset.status.success(), "{}", String::from_utf8_lossy(&reset.stderr));
    until(EVERYWHERE, "the session has ended on the other node", || ended(&cluster.clients[1]));
    let anew = cluster.nodes[1].client();
    assert_eq!(anew.try_sign_in(PASSWORD).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(anew.try_sign_in("another long enough password").status(), StatusCode::OK);
}

#[test]
fn nodes_verify_each_other_and_under_enforce_one_that_does_not_verify_is_refused() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(3, &etcd);
    // With temporary certificates nobody verifies anybody, which is told with every reason, and let through.
    let first = &cluster.clients[0];
    until(NOTICED, "every node has looked", || {
        let cluster = first.get(CLUSTER);
        cluster["verdicts"].as_array().unwrap().iter().all(|verdict| verdict["verdict"] != "not-yet")
    });
    // The first one's temporary CA is in the list with which the cluster was founded.
    until(NOTICED, "only that verifies", || {
        let red = red(first);
        red.len() == 4 && red.iter().all(|verdict| verdict["verdict"] == "fails" && verdict["presented"] != name(0))
    });
    assert!(red(first).iter().all(|verdict| !verdict["reasons"].as_array().unwrap().is_empty()));
    assert!(first.get(CLUSTER)["let_through"].as_u64().unwrap() > 0);
    assert!(first.alarms().contains(&"cluster-permissive".to_owned()));
    let (status, problem) = first.put(MODE, &json!({ "mode": "enforce" }));
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/would-be-refused")));
    // A line for each: people read them.
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(detail.lines().count(), 1 + red(first).len(), "{detail}");
    assert!(detail.contains("\nexpe2.example.com would refuse expe3.example.com ("), "{detail}");

    assert_eq!(first.append(&cluster.authority.pem).0, StatusCode::OK);
    (0..3).for_each(|index| cluster.give(index, &cluster.authority.issue(&name(index))));
    cluster.until_verified();
    cluster.set_mode(1, "enforce");
    assert!(!first.alarms().contains(&"cluster-permissive".to_owned()));
    let before = first.get(CLUSTER)["let_through"].clone();

    // On one node a certificate with another's name: refused by both, and it learns why.
    cluster.give(2, &cluster.authority.issue("elsewhere.example.com"));
    until(NOTICED, "the others refuse it", || {
        let red = red(first);
        let of = |verifier: &str| {
            red.iter().any(|verdict| {
                verdict["verifier"] == verifier && verdict["presented"] == name(2) && verdict["verdict"] == "fails"
            })
        };
        of(&name(0)) && of(&name(1))
    });
    assert_eq!(first.get(CLUSTER)["let_through"], before, "nobody is let through under Enforce");
    cluster.set_mode(0, "permissive");
    cluster.give(2, &cluster.authority.issue(&name(2)));
    cluster.until_verified();
}

#[test]
fn without_etcd_nodes_serve_on_and_refuse_to_change_what_is_shared_and_catch_up_afterwards() {
    let mut etcd = EtcdServers::start(3, None);
    let mut cluster = Nodes::verified(2, &etcd);
    let served = cluster.nodes[1].served();

    // One member of three that hangs, or is gone, is nothing; all of them are.
    etcd.pause(0);
    let ca = Authority::new("While one is away");
    until(NOTICED, "it is kept", || cluster.clients[0].append(&ca.pem).0 != StatusCode::SERVICE_UNAVAILABLE);
    until(NOTICED, "it is everywhere", || {
        cluster.clients.iter().all(|client| fingerprints(client).contains(&ca.fingerprint))
    });
    etcd.resume(0);
    etcd.kill_all();
    let client = &cluster.clients[0];
    until(NOTICED, "it is noticed", || client.get(CLUSTER)["plane"]["reachable"] == false);
    until(NOTICED, "it is told", || client.alarms().contains(&"cluster-away".to_owned()));
    let nodes = client.get(CLUSTER)["nodes"].clone();
    assert_eq!(
        [&nodes[0]["alive"], &nodes[1]["alive"]],
        [&json!(true), &json!(false)],
        "nobody hears of others: {nodes}"
    );
    let list = fingerprints(client);
    let begun = Instant::now();
    let (status, problem) = client.append(&Authority::new("Refused").pem);
    assert_eq!((status, &problem["type"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("/problems/cluster-away")));
    assert!(problem["detail"].as_str().unwrap().ends_with("Nothing was changed."), "{problem}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(fingerprints(client), list);
    // What is the node's own can be changed.
    let own = cluster.authority.issue(&name(0));
    assert_eq!(client.upload(&own).0, StatusCode::OK);
    assert_eq!(cluster.nodes[1].served(), served);

    // A node that starts without etcd has its copy, and one that was away catches up.
    let away = cluster.nodes.pop().unwrap().stop();
    let back = start(away);
    assert_eq!(back.served(), served);
    let client = confirmed(&back);
    assert_eq!(fingerprints(&client), list);
    let away = back.stop();
    etcd.start_all();
    let first = &cluster.clients[0];
    until(NOTICED, "etcd is back", || first.get(CLUSTER)["plane"]["reachable"] == true);
    let meanwhile = Authority::new("Meanwhile");
    assert_eq!(first.append(&meanwhile.pem).0, StatusCode::OK);
    let back = start(away);
    let client = confirmed(&back);
    until(EVERYWHERE, "it has caught up", || fingerprints(&client).contains(&meanwhile.fingerprint));
}

#[test]
fn who_can_only_write_to_etcd_adds_no_ca() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::start(2, &etcd);
    let client = &cluster.clients[1];
    let before = fingerprints(client);
    let gateway = reqwest::blocking::Client::new();
    let call = |path: &str, body: Value| -> Value {
        let url = format!("{}/v3/kv/{path}", etcd.endpoints()[0]);
        gateway.post(url).json(&body).send().unwrap().json().unwrap()
    };
    let encode = |text: &[u8]| base64_of(text);
    let all = call("range", json!({ "key": encode(b"certway/"), "range_end": encode(b"certway0") }));
    let kvs = all["kvs"].as_array().unwrap();
    let decoded = |text: &Value| String::from_utf8_lossy(&decode(text.as_str().unwrap())).into_owned();
    let trusted = kvs.iter().find(|kv| decoded(&kv["key"]).ends_with("/doc/trusted-cas")).unwrap();
    let mode = kvs.iter().find(|kv| decoded(&kv["key"]).ends_with("/doc/setting/tls-verification-mode")).unwrap();
    // Nothing that is kept there says what it holds, and no key is in it.
    assert!(kvs.iter().all(|kv| !decoded(&kv["value"]).contains("PRIVATE KEY")));

    // Another record in its place, garbage, and later an old one.
    let ca = Authority::new("Slipped in");
    for value in [mode["value"].clone(), json!(encode(b"[]")), json!(encode(ca.pem.as_bytes()))] {
        call("put", json!({ "key": trusted["key"], "value": value }));
        until(NOTICED, "it is told", || client.alarms().iter().any(|alarm| alarm.starts_with("cluster-record-")));
        assert_eq!(fingerprints(client), before);
    }
    call("put", json!({ "key": trusted["key"], "value": trusted["value"] }));
    until(NOTICED, "a whole one can be changed again", || {
        cluster.clients[0].append(&cluster.authority.pem).0 == StatusCode::OK
    });
    until(EVERYWHERE, "it is there", || fingerprints(client).contains(&cluster.authority.fingerprint));
    call("put", json!({ "key": trusted["key"], "value": trusted["value"] }));
    until(NOTICED, "it is told", || client.alarms().contains(&"cluster-record-trusted-cas".to_owned()));
    assert!(fingerprints(client).contains(&cluster.authority.fingerprint), "an old list took a CA away");
}

#[test]
fn nodes_join_and_leave_on_the_command_line() {
    let etcd = EtcdServers::start(1, None);
    let (one, two) = (node(0, &etcd), node(1, &etcd));
    let (status, shown) = on_the_command_line(&one, &["cluster", "found", "--format", "json"]);
    assert_eq!((status, &shown["membership"]), (0, &json!("member")));
    let (status, made) = on_the_command_line(&one, &["cluster", "token", "--format", "json"]);
    assert_eq!(status, 0);
    let file = two.folder.path().join("token");
    std::fs::write(&file, made["token"].as_str().unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let (status, shown) = on_the_command_line(&two, &["cluster", "join", "--token-file", file, "--format", "json"]);
    assert_eq!((status, shown["nodes"].as_array().unwrap().len()), (0, 2), "{shown}");
    let first = confirmed(&one);
    until(EVERYWHERE, "the other hears of it", || first.get(CLUSTER)["nodes"].as_array().unwrap().len() == 2);
    let address = ["cluster", "address", "expe2.example.com", "10.0.0.2:8445", "--format", "json"];
    let (status, shown) = on_the_command_line(&one, &address);
    assert_eq!((status, &shown["nodes"][1]["address"]), (0, &json!("10.0.0.2:8445")), "{shown}");
    let (status, _) = on_the_command_line(&two, &["cluster", "mode", "enforce", "--format", "json"]);
    assert_eq!(status, 2, "nodes would refuse each other");
    let anyway = ["cluster", "mode", "enforce", "--anyway", "--format", "json"];
    let (status, shown) = on_the_command_line(&two, &anyway);
    assert_eq!((status, &shown["mode"]), (0, &json!("enforce")));
    let remove = ["cluster", "remove", "expe2.example.com", "--format", "json"];
    let (status, shown) = on_the_command_line(&one, &remove);
    assert_eq!((status, shown["nodes"].as_array().unwrap().len()), (0, 1), "{shown}");
    let client = confirmed(&two);
    until(EVERYWHERE, "it knows that it was removed", || client.get(CLUSTER)["membership"] == "alone");
}

pub(crate) fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// A private key, sealed as a page or a program seals it (HPKE, RFC 9180).
pub(crate) fn sealed_with(sealing_key: &Value, private_key: &str) -> String {
    use rustls::crypto::aws_lc_rs::hpke::DH_KEM_P256_HKDF_SHA256_AES_128 as SUITE;
    use rustls::crypto::hpke::{Hpke as _, HpkePublicKey};
    let public = HpkePublicKey(decode(sealing_key["public_key"].as_str().unwrap()));
    let info = format!("Certway private key for {}", sealing_key["node"].as_str().unwrap());
    let (secret, sealed) = SUITE.seal(info.as_bytes(), &[], private_key.as_bytes(), &public).unwrap();
    base64_of(&[secret.0, sealed].concat())
}

#[test]
fn every_resource_of_a_node_is_reached_through_another_and_a_private_key_passes_sealed_only() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    cluster.set_mode(0, "enforce");
    let (first, second) = (&cluster.clients[0], &cluster.clients[1]);
    let through = |path: &str| format!("/api/v1/nodes/{}/{path}", name(1));
    assert_eq!(first.get(&through("node"))["name"], name(1));
    let active = |slots: Value| slots["active"]["decoded"]["fingerprint_sha256"].clone();
    assert_eq!(active(first.get(&through("server-certificate"))), active(second.slots()));
    let events = first.get(&through("events?limit=1"));
    assert_eq!(events.as_array().unwrap().len(), 1);

    // A change there, by whoever is signed in here, and recorded there.
    let (status, _) = first.put(&through("security-level"), &json!({ "level": "public" }));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(second.get("/api/v1/security-level")["level"], "public");
    let event = &second.get("/api/v1/events?limit=10").as_array().unwrap().clone();
    assert!(
        event.iter().any(|event| event["action"] == "security-level-set" && event["actor"] == "admin"),
        "{event:?}"
    );
    // Without the password given again it is refused there as it would be here.
    let mut unconfirmed = cluster.nodes[0].client();
    unconfirmed.sign_in();
    let (status, problem) = unconfirmed.put(&through("security-level"), &json!({ "level": "high" }));
    assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("/problems/confirm-password")));
    // The role goes along.
    users::add(first, "olga", "operator");
    let there = || cluster.nodes[1].client().try_sign_in_as("olga", PASSWORD).status() == StatusCode::OK;
    until(EVERYWHERE, "the user is everywhere", there);
    let olga = cluster.nodes[0].signed_in("olga");
    let (status, problem) = olga.put(&through("security-level"), &json!({ "level": "high" }));
    assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("/problems/role")));
    assert_eq!(olga.send(Method::POST, &through("trusted-cas"), &[("file", &cluster.authority.pem)]).0, StatusCode::OK);
    let nobody = cluster.nodes[0].client();
    assert_eq!(nobody.call(Method::GET, &through("node")).send().unwrap().status(), StatusCode::UNAUTHORIZED);

    let pair = cluster.authority.issue(&name(1));
    let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
    let (status, problem) = first.send(Method::PUT, &through("server-certificate"), &parts);
    assert_eq!((status, &problem["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/key-for-another")));
    // Sealed for that node it passes, and no other node opens it.
    let upload = |client: &Client, path: &str, sealed: &str| {
        let parts = [("certificate", pair.certificate.as_str()), ("sealed_private_key", sealed)];
        client.send(Method::PUT, path, &parts)
    };
    let sealed = sealed_with(&first.get(&through("sealing-key")), &pair.key);
    for (client, path) in [(first, "/api/v1/server-certificate".to_owned()), (first, through("client-certificate"))] {
        let sealed = if path.contains("nodes") { "bm90IHNlYWxlZA==" } else { &sealed };
        let (status, problem) = upload(client, &path, sealed);
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/problems/sealed-for-another"))
        );
        assert!(problem["detail"].as_str().unwrap().ends_with("Nothing was changed."), "{problem}");
    }
    let (status, answer) = upload(first, &through("server-certificate"), &sealed);
    assert_eq!((status, &answer["loaded"]), (StatusCode::OK, &json!(true)), "{answer}");
    assert_eq!(cluster.nodes[1].served()[0], pair.der);
    for (path, status) in [
        ("/api/v1/nodes/unknown.example.com/node".to_owned(), StatusCode::NOT_FOUND),
        (through("session"), StatusCode::NOT_FOUND),
        (through("backup"), StatusCode::NOT_FOUND),
        (through("backup%3Fa"), StatusCode::BAD_REQUEST),
        (through("backup%23a"), StatusCode::BAD_REQUEST),
        (through("no-such-thing"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(first.call(Method::GET, &path).send().unwrap().status(), status, "{path}");
    }
}

#[test]
fn under_enforce_a_node_with_an_expired_a_revoked_a_foreign_or_a_wrongly_named_certificate_is_refused_with_the_reason()
{
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(3, &etcd);
    cluster.set_mode(0, "enforce");
    let first = &cluster.clients[0];
    let foreign = Authority::new("Foreign root");
    let revoked = cluster.authority.issue(&name(2));
    let list = cluster.authority.revocation_list(1, &[&revoked], 1, 30);
    let (status, answer) = first.send(Method::POST, "/api/v1/crls", &[("file", &list)]);
    assert_eq!(status, StatusCode::OK, "{answer}");
    for (pair, reason) in [
        (cluster.authority.issue_expired(&name(2)), "expired"),
        (revoked, "revoked"),
        (foreign.issue(&name(2)), "at hand"),
        (cluster.authority.issue("elsewhere.example.com"), "elsewhere.example.com"),
    ] {
        let (status, answer) = cluster.clients[2].upload(&pair);
        assert_eq!(status, StatusCode::OK, "{answer}");
        if answer["loaded"] == false {
            let (status, answer) = cluster.clients[2].post("/api/v1/server-certificate/pending/load", &Value::Null);
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        until(NOTICED, reason, || {
            let red = red(first);
            let of = |verifier: &str| {
                red.iter().any(|verdict| {
                    verdict["verifier"] == verifier
                        && verdict["presented"] == name(2)
                        && verdict["reasons"].to_string().contains(reason)
                })
            };
            of(&name(0)) && of(&name(1))
        });
        // The one that is refused is asked for nothing, and the others go on.
        let through = format!("/api/v1/nodes/{}/node", name(2));
        assert_eq!(first.call(Method::GET, &through).send().unwrap().status(), StatusCode::BAD_GATEWAY);
        assert_eq!(first.get(&format!("/api/v1/nodes/{}/node", name(1)))["name"], name(1));
    }
    cluster.give(2, &cluster.authority.issue(&name(2)));
    cluster.until_verified();
}
