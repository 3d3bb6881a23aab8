//! The change of a cluster's certificates on real nodes: all steps, and what happens when one does not recover, dies, or is cut off.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::campaign::Draw;
use crate::cluster::{
    CLUSTER, NOTICED, Nodes, configured, confirmed, fingerprints, join, name, node, red, start, token,
};
use crate::etcd_servers::EtcdServers;
use crate::services::{Beside, NGINX_FILES};
use crate::support::{Authority, Client, Node, Pair, served_at};
use crate::waiting::until;

pub(crate) const CHANGES: &str = "/api/v1/changes";
const DECISION: &str = "/api/v1/changes/decision";
/// How long a change of three nodes may take here, where nodes are observed for a second.
pub(crate) const CHANGED: Duration = Duration::from_secs(60);

pub(crate) fn latest(client: &Client) -> Value {
    client.get(CHANGES)["latest"].clone()
}

pub(crate) fn settings() -> Value {
    json!({ "observe_s": 1, "settle_s": 1, "recover_s": 20, "answer_s": 20, "confirm_within_s": null })
}

/// A new certificate from `authority` for every node, which waits for the change.
pub(crate) fn let_wait(cluster: &Nodes, authority: &Authority, names: &[String]) {
    for (client, name) in cluster.clients.iter().zip(names) {
        let pair = authority.issue(name);
        let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
        let (status, answer) = client.send(Method::PUT, "/api/v1/server-certificate?wait=true", &parts);
        assert_eq!((status, &answer["loaded"]), (StatusCode::OK, &json!(false)), "{answer}");
    }
}

pub(crate) fn begin(client: &Client, new: &Value) -> Value {
    let (status, changes) = client.post(CHANGES, new);
    assert_eq!(status, StatusCode::CREATED, "{changes}");
    changes["latest"].clone()
}

#[track_caller]
pub(crate) fn until_ended(client: &Client, how: &str) -> Value {
    until(CHANGED, how, || latest(client)["end"].is_string());
    let change = latest(client);
    assert_eq!(change["end"], how, "{change:#}");
    change
}

/// Twenty new connections a second to every node.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    failed: Arc<AtomicUsize>,
    made: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Load {
    pub(crate) fn on(nodes: &[Node]) -> Self {
        let (stop, failed, made) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let threads = nodes.iter().map(|node| {
            let (stop, failed, made, port) =
                (Arc::clone(&stop), Arc::clone(&failed), Arc::clone(&made), node.https_port);
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    if served_at(port).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    made.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(50).saturating_sub(begun.elapsed()));
                }
            })
        });
        let threads = threads.collect();
        Self { stop, failed, made, threads }
    }

    /// How many handshakes failed, and of how many.
    pub(crate) fn end(self) -> (usize, usize) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        (self.failed.load(Ordering::Relaxed), self.made.load(Ordering::Relaxed))
    }
}

#[test]
fn the_whole_change_in_the_specifications_order_under_load() {
    let etcd = EtcdServers::start(3, None);
    let cluster = Nodes::verified(3, &etcd);
    cluster.set_mode(0, "enforce");
    let new = Authority::new("New root");
    let names: Vec<String> = (0..3).map(name).collect();

    // What it lacks is told before it begins.
    let wanted = json!({
        "append": new.pem, "delete": [cluster.authority.fingerprint], "primary": name(1), "settings": settings(),
    });
    let (status, offer) = cluster.clients[0].post("/api/v1/changes/plan", &wanted);
    assert_eq!(status, StatusCode::OK, "{offer}");
    assert_eq!(offer["missing"].as_array().unwrap().len(), 3, "{offer}");
    let (status, problem) = cluster.clients[0].post(CHANGES, &wanted);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-not-begun")));

    let_wait(&cluster, &new, &names);
    // The clients' certificates go on to be from the old CA, so that this stays although it is ticked.
    let (_, offer) = cluster.clients[0].post("/api/v1/changes/plan", &wanted);
    assert_eq!(offer["missing"], json!([]), "{offer}");
    assert_eq!(offer["specification"]["steps"][1]["step"], "permissive");
    assert!(offer["without_permissive"].is_object(), "with the new CA everywhere nothing forces Permissive");

    let let_through =
        || -> Vec<Value> { cluster.clients.iter().map(|client| client.get(CLUSTER)["let_through"].clone()).collect() };
    let before = let_through();
    let load = Load::on(&cluster.nodes);
    let begun = Instant::now();
    begin(&cluster.clients[2], &wanted);
    let (status, problem) = cluster.clients[0].post(CHANGES, &wanted);
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-runs")));
    let change = until_ended(&cluster.clients[1], "complete");
    let took = begun.elapsed();
    let (failed, made) = load.end();
    assert!(made > 100, "{made} connections are no load");
    assert_eq!(failed, 0, "of {made} handshakes");
    assert_eq!(let_through(), before, "peers that did not verify each other while Permissive was open");
    assert!(took < CHANGED, "{took:?}");

    for (index, node) in cluster.nodes.iter().enumerate() {
        let chain = node.served();
        assert_eq!(cluster.clients[index].slots()["active"]["decoded"]["issuer"], "CN=New root", "{}", chain.len());
    }
    for client in &cluster.clients {
        assert_eq!(client.get("/api/v1/cluster")["mode"], "enforce");
        assert!(fingerprints(client).contains(&new.fingerprint));
        until(CHANGED, "all verify", || red(client).is_empty());
    }
    // The canary is the primary, and nodes are restarted one at a time.
    let log = change["log"].as_array().unwrap();
    let restarts: Vec<&str> = log
        .iter()
        .filter(|line| line["what"] == "told: restarts with its new certificate")
        .map(|line| line["node"].as_str().unwrap())
        .collect();
    assert_eq!(restarts[0], name(1), "{restarts:?}");
    assert_eq!(restarts.len(), 3);
    let steps: Vec<&str> = log.iter().map(|line| line["step"].as_str().unwrap()).collect();
    let mut order = steps.clone();
    order.dedup();
    assert_eq!(order, ["append-cas", "permissive", "new-certificates", "restart", "enforce", "delete-cas", "end"]);
}

#[test]
fn a_node_that_never_recovers_gets_its_former_certificate_back_and_the_change_waits_for_a_decision() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(3, &etcd);
    let new = Authority::new("New root");
    // The second node's new certificate has another name: no peer verifies it.
    let names = vec![name(0), "elsewhere.example.com".to_owned(), name(2)];
    let_wait(&cluster, &new, &names);
    let former = cluster.nodes[1].served();
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 10, "answer_s": 20, "confirm_within_s": null });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
    until(CHANGED, "it stops", || latest(&cluster.clients[0])["stopped"].is_string());
    let stopped = latest(&cluster.clients[0]);
    assert!(stopped["stopped"].as_str().unwrap().starts_with("expe2.example.com: it did not recover"), "{stopped:#}");
    until(CHANGED, "the former one is back", || cluster.nodes[1].served() == former);
    until(CHANGED, "it is told", || cluster.clients[2].alarms().contains(&"change-stopped".to_owned()));
    until(CHANGED, "it can be gone on without", || {
        latest(&cluster.clients[0])["choices"].as_array().unwrap().contains(&json!("continue"))
    });
    assert_eq!(cluster.clients[2].slots()["pending"]["decoded"]["issuer"], "CN=New root", "it waits");

    // Everything back, asked for at another node.
    let (status, changes) = cluster.clients[2].post(DECISION, &json!({ "choice": "roll-back-and-delete-appended" }));
    assert_eq!(status, StatusCode::OK, "{changes}");
    until_ended(&cluster.clients[1], "rolled-back");
    for (client, node) in cluster.clients.iter().zip(&cluster.nodes) {
        assert_eq!(client.slots()["active"]["decoded"]["issuer"], "CN=Root", "{}", node.log());
        until(CHANGED, "the new CA is gone", || !fingerprints(client).contains(&new.fingerprint));
        until(CHANGED, "all verify", || red(client).is_empty());
    }
    let deleted: Vec<Value> = cluster
        .clients
        .iter()
        .flat_map(|client| client.get("/api/v1/events?limit=1000").as_array().unwrap().clone())
        .filter(|event| event["action"] == "trusted-cas-deleted")
        .collect();
    assert!(!deleted.is_empty() && deleted.iter().all(|event| event["actor"] == "change"), "{deleted:?}");
    let (status, problem) = cluster.clients[0].post(DECISION, &json!({ "choice": "retry" }));
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/not-now")));
}

#[test]
fn a_restart_that_fails_is_no_recovery() {
    let etcd = EtcdServers::start(1, None);
    let nodes = (0..2).map(|index| {
        let folder = configured(index, &etcd, Ipv4Addr::LOCALHOST.into());
        if index == 1 {
            let file = folder.path().join("certway.toml");
            let config = std::fs::read_to_string(&file).unwrap() + "restart = [\"/bin/false\"]\n";
            std::fs::write(&file, config).unwrap();
        }
        start(folder)
    });
    let cluster = Nodes::of(nodes.collect()).with_certificates();
    let new = Authority::new("New root");
    let_wait(&cluster, &new, &[name(0), name(1)]);
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 10, "answer_s": 20, "confirm_within_s": null });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
    until(CHANGED, "it stops", || latest(&cluster.clients[0])["stopped"].is_string());
    let stopped = latest(&cluster.clients[0]);
    let why = stopped["stopped"].as_str().unwrap();
    assert!(why.starts_with("expe2.example.com: it did not recover"), "{why}");
    assert!(why.contains("the restart that its configuration names failed: /bin/false failed"), "{why}");
}

#[test]
fn an_aborted_change_closes_permissive_though_a_node_is_away_where_it_is_closed_at_a_word() {
    let etcd = EtcdServers::start(1, None);
    let mut cluster = Nodes::verified(2, &etcd);
    cluster.set_mode(0, "enforce");
    let new = Authority::new("New root");
    let_wait(&cluster, &new, &[name(0), name(1)]);
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 20, "answer_s": 20, "confirm_within_s": 120 });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
    until(CHANGED, "the canary waits to be confirmed", || latest(&cluster.clients[0])["confirm_by"].is_string());
    cluster.clients.pop();
    let folder = cluster.nodes.pop().unwrap().kill();
    let first = &cluster.clients[0];
    until(NOTICED, "it is away", || first.get(CLUSTER)["nodes"][1]["alive"] == false);
    assert_eq!(first.get(CLUSTER)["mode"], "permissive");
    assert_eq!(first.post(DECISION, &json!({ "choice": "abort" })).0, StatusCode::OK);
    until(CHANGED, "who is there is in Enforce", || first.get(CLUSTER)["mode"] == "enforce");
    until(CHANGED, "it can be left", || latest(first)["choices"].as_array().unwrap().contains(&json!("end-here")));
    assert_eq!(first.post(DECISION, &json!({ "choice": "end-here" })).0, StatusCode::OK);
    until(NOTICED, "it is over", || latest(first)["end"].is_string());

    let back = start(folder);
    let client = confirmed(&back);
    assert_eq!(client.get(CLUSTER)["mode"], "permissive");
    let mode = json!({ "mode": "enforce", "anyway": true });
    let (status, set) = client.put("/api/v1/cluster/verification-mode", &mode);
    assert_eq!((status, &set["mode"]), (StatusCode::OK, &json!("enforce")), "{set}");
}

/// A change of three nodes whose canary waits to be confirmed.
fn three_waiting(etcd: &EtcdServers) -> Nodes {
    let cluster = Nodes::verified(3, etcd);
    let new = Authority::new("New root");
    let_wait(&cluster, &new, &(0..3).map(name).collect::<Vec<_>>());
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 20, "answer_s": 20, "confirm_within_s": 120 });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
    until(CHANGED, "the canary waits to be confirmed", || latest(&cluster.clients[0])["confirm_by"].is_string());
    cluster
}

#[test]
fn a_node_that_is_removed_from_a_change_while_it_is_away_has_none_when_it_is_back() {
    let etcd = EtcdServers::start(1, None);
    let mut cluster = three_waiting(&etcd);
    cluster.clients.pop();
    let folder = cluster.nodes.pop().unwrap().kill();
    let removed = cluster.clients[0].make(Method::DELETE, &format!("{CLUSTER}/nodes/{}", name(2)));
    assert_eq!(removed.0, StatusCode::OK, "{}", removed.1);

    let back = start(folder);
    let client = confirmed(&back);
    until(NOTICED, "it is in no cluster", || client.get(CLUSTER)["membership"] == "alone");
    assert_eq!(latest(&client), Value::Null);
    assert!(!client.alarms().iter().any(|alarm| alarm.starts_with("change-")), "{:?}", client.alarms());
    // The others go on without it.
    assert_eq!(cluster.clients[0].post(DECISION, &json!({ "choice": "confirm" })).0, StatusCode::OK);
    until_ended(&cluster.clients[1], "complete");
    assert_eq!(latest(&client), Value::Null);
}

#[test]
fn the_canary_is_confirmed_and_the_change_survives_its_leader_and_etcds() {
    let mut etcd = EtcdServers::start(3, None);
    let mut cluster = Nodes::verified(3, &etcd);
    cluster.set_mode(0, "enforce");
    let new = Authority::new("New root");
    let names: Vec<String> = (0..3).map(name).collect();
    let_wait(&cluster, &new, &names);
    let settings = json!({ "observe_s": 0, "settle_s": 1, "recover_s": 60, "answer_s": 60, "confirm_within_s": 120 });
    let (before, late) = (token(&cluster.clients[0]), node(3, &etcd));
    begin(&cluster.clients[0], &json!({ "append": new.pem, "without_permissive": true, "settings": settings }));
    let (status, problem) = join(&confirmed(&late), &before);
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap().starts_with("A change of the cluster's certificates is under way"));
    until(CHANGED, "the canary waits to be confirmed", || latest(&cluster.clients[1])["confirm_by"].is_string());
    assert_eq!(latest(&cluster.clients[1])["permissive_until"], Value::Null);
    nothing_is_moved_by_hand(&cluster.clients[2], &cluster.authority.issue(&name(2)));

    // Whoever leads dies, and a member of etcd with it.
    let leader = latest(&cluster.clients[1])["leader"].as_str().unwrap().to_owned();
    let index = (0..3).find(|&index| name(index) == leader).unwrap();
    let folder = cluster.nodes.remove(index).kill();
    cluster.clients.remove(index);
    etcd.kill(0);
    let confirm = || cluster.clients[0].post(DECISION, &json!({ "choice": "confirm" })).0;
    until(NOTICED, "etcd has another leader", || confirm() != StatusCode::SERVICE_UNAVAILABLE);
    let back = start(folder);
    cluster.clients.push(confirmed(&back));
    cluster.nodes.push(back);
    let change = until_ended(&cluster.clients[0], "complete");
    let elected = change["log"].as_array().unwrap().iter().filter(|line| line["what"] == "leads the change").count();
    assert!(elected >= 2, "nobody took over: {change:#}");
    for client in &cluster.clients {
        assert_eq!(client.slots()["active"]["decoded"]["issuer"], "CN=New root");
        until(CHANGED, "all verify", || red(client).is_empty());
    }
}

/// What a node shows that takes part in a change is left to that.
#[track_caller]
fn nothing_is_moved_by_hand(client: &Client, pair: &Pair) {
    let before = client.slots();
    let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
    let own = ["server", "client"].map(|identity| format!("/api/v1/{identity}-certificate"));
    let uploads = own.iter().map(|path| client.send(Method::PUT, path, &parts));
    let others = own.iter().flat_map(|path| {
        [
            (Method::DELETE, path.clone()),
            (Method::DELETE, format!("{path}/pending")),
            (Method::POST, format!("{path}/pending/load")),
            (Method::POST, format!("{path}/previous/load")),
        ]
    });
    let copy = (Method::POST, "/api/v1/client-certificate/copy".to_owned());
    let others = others.chain([copy]).map(|(method, path)| client.make(method, &path));
    for (status, problem) in uploads.chain(others) {
        assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("/problems/change-runs")), "{problem}");
    }
    assert_eq!(client.slots(), before);
}

#[test]
fn who_is_removed_leads_no_longer() {
    let etcd = EtcdServers::start(1, None);
    let mut cluster = three_waiting(&etcd);
    let leader = latest(&cluster.clients[0])["leader"].as_str().unwrap().to_owned();
    let index = (0..3).find(|&index| name(index) == leader).unwrap();
    // It goes on as a node of its own.
    let removed = cluster.nodes.remove(index);
    cluster.clients.remove(index);
    let gone = cluster.clients[0].make(Method::DELETE, &format!("{CLUSTER}/nodes/{leader}"));
    assert_eq!(gone.0, StatusCode::OK, "{}", gone.1);
    until(NOTICED, "another leads", || {
        latest(&cluster.clients[1])["leader"].as_str().is_some_and(|other| other != leader)
    });
    assert_eq!(cluster.clients[1].post(DECISION, &json!({ "choice": "confirm" })).0, StatusCode::OK);
    until_ended(&cluster.clients[0], "complete");
    assert_eq!(latest(&confirmed(&removed)), Value::Null);
}

#[test]
fn a_service_that_goes_while_its_node_is_watched_is_no_recovery() {
    let etcd = EtcdServers::start(1, None);
    let beside = Beside::new();
    let nginx = beside.nginx();
    let folder = configured(0, &etcd, Ipv4Addr::LOCALHOST.into());
    let file = folder.path().join("certway.toml");
    let service = beside.service("nginx", NGINX_FILES, &beside.nginx_reload());
    let config = std::fs::read_to_string(&file).unwrap() + &service;
    std::fs::write(&file, config).unwrap();
    let cluster = Nodes::of(vec![start(folder), node(1, &etcd)]).with_certificates();
    let new = Authority::new("New root");
    let_wait(&cluster, &new, &[name(0), name(1)]);
    let settings = json!({ "observe_s": 0, "settle_s": 8, "recover_s": 8, "answer_s": 20, "confirm_within_s": null });
    begin(&cluster.clients[1], &json!({ "append": new.pem, "primary": name(0), "settings": settings }));
    let first = &cluster.clients[0];
    let is_new = || first.slots()["active"]["decoded"]["issuer"] == "CN=New root";
    let is_current = || first.get("/api/v1/services")["services"][0]["state"] == "current";
    until(CHANGED, "the service has it, and was seen to", || is_new() && is_current());
    drop(nginx);
    until(CHANGED, "it stops", || latest(&cluster.clients[1])["stopped"].is_string());
    let stopped = latest(&cluster.clients[1]);
    let why = stopped["stopped"].as_str().unwrap();
    assert!(why.starts_with("expe1.example.com: it did not recover") && why.contains("nginx"), "{why}");
}

/// One fault at a drawn moment; gives what it was.
fn strike(cluster: &mut Nodes, etcd: &mut EtcdServers, draw: &mut Draw) -> String {
    let after = Duration::from_millis(draw.below(8000));
    std::thread::sleep(after);
    let index = draw.index(3);
    let lasts = Duration::from_millis(500 + draw.below(4000));
    let what = match draw.below(3) {
        0 => {
            let folder = cluster.nodes.remove(index).kill();
            std::thread::sleep(lasts);
            let back = start(folder);
            cluster.clients[index] = confirmed(&back);
            cluster.nodes.insert(index, back);
            format!("{} was killed", name(index))
        }
        1 => {
            // Cut off: it keeps its connections, and neither hears nor says anything.
            let pid = cluster.nodes[index].pid();
            rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
            std::thread::sleep(lasts);
            rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
            format!("{} was cut off", name(index))
        }
        _ => {
            let leader = etcd.leader();
            etcd.kill(leader);
            std::thread::sleep(lasts);
            etcd.start_all();
            format!("the leader of etcd, member {leader}, was killed")
        }
    };
    format!("{what} {after:?} after the beginning, for {lasts:?}")
}

/// Twenty changes are struck, a quarter of them by each test, so that one waits while another works.
#[test]
fn a_change_that_is_struck_at_a_drawn_moment_ends_whole_and_in_enforce() {
    struck(0);
}

#[test]
fn a_change_that_is_struck_ends_whole_the_second_five() {
    struck(1);
}

#[test]
fn a_change_that_is_struck_ends_whole_the_third_five() {
    struck(2);
}

#[test]
fn a_change_that_is_struck_ends_whole_the_last_five() {
    struck(3);
}

/// `CERTWAY_CLUSTER_RUNS` asks for another number in all, `CERTWAY_CLUSTER_SEED` for others (`docs/campaigns.md`).
fn struck(quarter: u64) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (runs, seed) = (number("CERTWAY_CLUSTER_RUNS", 20).div_ceil(4), number("CERTWAY_CLUSTER_SEED", 20_261_127));
    let mut etcd = EtcdServers::start(3, None);
    let mut cluster = Nodes::verified(3, &etcd);
    cluster.set_mode(0, "enforce");
    let names: Vec<String> = (0..3).map(name).collect();
    for run in quarter * runs..(quarter + 1) * runs {
        let mut draw = Draw::from(seed + run);
        let root = format!("Root {run}");
        let new = Authority::new(&root);
        let former: Vec<Value> =
            cluster.clients.iter().map(|client| client.slots()["active"]["decoded"]["issuer"].clone()).collect();
        let_wait(&cluster, &new, &names);
        let settings =
            json!({ "observe_s": 1, "settle_s": 1, "recover_s": 30, "answer_s": 30, "confirm_within_s": null });
        begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
        let fault = strike(&mut cluster, &mut etcd, &mut draw);
        let begun = Instant::now();
        let end = loop {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "run {run}, {fault}: {:#}",
                latest(&cluster.clients[0])
            );
            let (_, changes) = cluster.clients[0].make(Method::GET, CHANGES);
            let change = &changes["latest"];
            if let Some(end) = change["end"].as_str() {
                break end.to_owned();
            }
            if change["stopped"].is_string() {
                let choice = if draw.below(2) == 0 { "retry" } else { "roll-back" };
                let _ = cluster.clients[0].post(DECISION, &json!({ "choice": choice }));
            }
            std::thread::sleep(Duration::from_millis(500));
        };
        for (client, former) in cluster.clients.iter().zip(&former) {
            let wanted = if end == "complete" { json!(format!("CN={root}")) } else { former.clone() };
            assert_eq!(client.slots()["active"]["decoded"]["issuer"], wanted, "run {run}, {fault}: {end}");
            until(CHANGED, "all verify, in Enforce", || {
                red(client).is_empty() && client.get("/api/v1/cluster")["mode"] == "enforce"
            });
        }
        println!("run {run}: {fault}; {end}");
    }
}

/// Figures of `docs/campaigns.md`, taken when `CERTWAY_CLUSTER_FIGURES` is set.
#[test]
fn six_nodes_have_a_ca_within_five_seconds_and_other_certificates_within_a_minute() {
    if std::env::var_os("CERTWAY_CLUSTER_FIGURES").is_none() {
        println!("Not run: set CERTWAY_CLUSTER_FIGURES.");
        return;
    }
    let etcd = EtcdServers::start(3, None);
    let cluster = Nodes::verified(6, &etcd);
    cluster.set_mode(0, "enforce");
    let new = Authority::new("New root");
    let names: Vec<String> = (0..6).map(name).collect();
    let_wait(&cluster, &new, &names);

    let ca = Authority::new("Everywhere");
    let begun = Instant::now();
    assert_eq!(cluster.clients[0].append(&ca.pem).0, StatusCode::OK);
    for client in &cluster.clients {
        until(Duration::from_secs(5), "the CA is there", || fingerprints(client).contains(&ca.fingerprint));
    }
    println!("a CA is on six nodes after {:?}", begun.elapsed());
    let begun = Instant::now();
    let shown = cluster.clients[0].get("/api/v1/cluster");
    assert_eq!(shown["verdicts"].as_array().unwrap().len(), 30);
    println!("the cluster of six nodes is answered after {:?}", begun.elapsed());

    let load = Load::on(&cluster.nodes);
    let settings = json!({ "observe_s": 2, "settle_s": 2, "recover_s": 60, "answer_s": 60, "confirm_within_s": null });
    let begun = Instant::now();
    begin(&cluster.clients[0], &json!({ "append": new.pem, "settings": settings }));
    until_ended(&cluster.clients[5], "complete");
    let took = begun.elapsed();
    let (failed, made) = load.end();
    println!("six nodes are changed after {took:?}; {failed} of {made} handshakes failed");
    assert!(took < CHANGED, "{took:?}");
    assert_eq!(failed, 0);
}
