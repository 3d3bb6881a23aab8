//! What a cluster is put through: etcd without its leader, hanging, without a quorum (G12); a node in a network of its own that is cut
//! off in the middle of a change (G13).

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::acme_servers::in_own_network;
use crate::cluster::{CLUSTER, NOTICED, Nodes, configured, fingerprints, name, red};
use crate::cluster_change::{CHANGES, Load, begin, latest, let_wait, until_ended};
use crate::etcd_servers::EtcdServers;
use crate::support::{Authority, Node, PROGRAM};
use crate::waiting::until;

/// How long a write of what is shared may take to be made or refused.
const ANSWERED: Duration = Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 5 });
/// How long a cluster may take to catch up once etcd is back.
const CAUGHT_UP: Duration = Duration::from_secs(10);

/// What was tried while etcd was in trouble.
#[derive(Default)]
struct Writes {
    acknowledged: Vec<String>,
    refused: Vec<String>,
    tried: usize,
}

impl Writes {
    /// Appends a CA at each node in turn for so long.
    fn go_on(&mut self, cluster: &Nodes, lasts: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < lasts {
            for client in &cluster.clients {
                self.tried += 1;
                let ca = Authority::new(&format!("CA {}", self.tried));
                let asked = Instant::now();
                let (status, answer) = client.append(&ca.pem);
                assert!(asked.elapsed() < ANSWERED, "{:?}: {answer}", asked.elapsed());
                match status {
                    StatusCode::OK => self.acknowledged.push(ca.fingerprint),
                    // It says itself that it may be done.
                    StatusCode::SERVICE_UNAVAILABLE if answer["type"] == "/problems/cluster-unsure" => {
                        assert!(!answer["detail"].as_str().unwrap().contains("Nothing was changed"), "{answer}");
                    }
                    StatusCode::SERVICE_UNAVAILABLE => {
                        assert_eq!(answer["type"], "/problems/cluster-away", "{answer}");
                        self.refused.push(ca.fingerprint);
                    }
                    // Another node was first: told so, and nothing was changed.
                    StatusCode::CONFLICT => self.refused.push(ca.fingerprint),
                    _ => panic!("{status}: {answer}"),
                }
            }
        }
    }
}

/// `CERTWAY_CAMPAIGN_SECONDS` says how long each trouble lasts (`docs/campaigns.md`).
#[test]
fn whatever_befalls_etcd_tls_is_served_and_no_acknowledged_write_is_lost() {
    let lasts = std::env::var("CERTWAY_CAMPAIGN_SECONDS").map_or(3, |text| text.parse().unwrap());
    let lasts = Duration::from_secs(lasts);
    let mut etcd = EtcdServers::start(3, None);
    let cluster = Nodes::verified(2, &etcd);
    let load = Load::on(&cluster.nodes);
    let mut writes = Writes::default();

    let leader = etcd.leader();
    etcd.kill(leader);
    writes.go_on(&cluster, lasts);
    assert!(!writes.acknowledged.is_empty(), "two of three members are enough");
    etcd.start_all();

    let leader = etcd.leader();
    etcd.pause(leader);
    writes.go_on(&cluster, lasts);
    etcd.resume(leader);

    let before = writes.acknowledged.len();
    etcd.kill(0);
    etcd.kill(1);
    writes.go_on(&cluster, lasts);
    assert_eq!(writes.acknowledged.len(), before, "without a quorum nothing is acknowledged");
    assert!(!writes.refused.is_empty());
    etcd.start_all();

    let begun = Instant::now();
    for client in &cluster.clients {
        until(CAUGHT_UP, "it has caught up", || {
            let list = fingerprints(client);
            writes.acknowledged.iter().all(|fingerprint| list.contains(fingerprint))
        });
        until(CAUGHT_UP.saturating_sub(begun.elapsed()), "it takes writes again", || {
            client.append(&Authority::new("Afterwards").pem).0 == StatusCode::OK
        });
        let list = fingerprints(client);
        let changed = writes.refused.iter().filter(|fingerprint| list.contains(fingerprint)).count();
        assert_eq!(changed, 0, "of {} that said that nothing was changed", writes.refused.len());
    }
    let (failed, made) = load.end();
    assert!(made > 100, "{made} connections are no load");
    assert_eq!(failed, 0, "of {made} handshakes");
}

/// Networks of their own for nodes. A bridge joins them with this one; each is cut off at its link.
struct Networks;

/// This network's address on the bridge.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 213, 0, 1));

impl Networks {
    fn of(nodes: u8) -> Self {
        // Where `ip` keeps their names; it is this process's own, and nothing is left behind.
        let mounted = Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/run"]).status().unwrap();
        assert!(mounted.success(), "{mounted}");
        ip("link add hub type bridge");
        ip(&format!("address add {HERE}/24 dev hub"));
        ip("link set hub up");
        for node in 0..nodes {
            ip(&format!("netns add node{node}"));
            ip(&format!("link add link{node} type veth peer name eth0 netns node{node}"));
            ip(&format!("link set link{node} master hub up"));
            ip(&format!("-n node{node} address add {}/24 dev eth0", Self::address(node)));
            ip(&format!("-n node{node} link set eth0 up"));
            ip(&format!("-n node{node} link set lo up"));
        }
        Self
    }

    fn address(node: u8) -> IpAddr {
        Ipv4Addr::new(10, 213, 0, 10 + node).into()
    }

    /// Starts a program in a node's network; the program is yet to be named.
    fn inside(node: u8) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("node{node}")]);
        command
    }

    fn cut(&self, node: u8) {
        ip(&format!("link set link{node} down"));
    }

    fn mend(&self, node: u8) {
        ip(&format!("link set link{node} up"));
    }
}

fn ip(words: &str) {
    let output = Command::new("ip").args(words.split(' ')).output().expect("ip, of the package iproute2");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What a node that is cut off says of itself, on its own machine.
fn said_inside(node: u8, of: &Node, arguments: &[&str]) -> Value {
    let mut command = Networks::inside(node);
    command.arg(PROGRAM).args(arguments).args(["--format", "json", "--data-dir"]).arg(of.data_dir());
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_node_that_is_cut_off_in_a_change_serves_on_closes_permissive_by_itself_and_is_taken_along_later() {
    if !in_own_network(
        "cluster_faults::a_node_that_is_cut_off_in_a_change_serves_on_closes_permissive_by_itself_and_is_taken_along_later",
    ) {
        return;
    }
    let networks = Networks::of(3);
    let etcd = EtcdServers::start_at(HERE, 1, None);
    let node = |number: u8| {
        let address = Networks::address(number);
        let folder = configured(number.into(), &etcd, address);
        let config = folder.path().join("certway.toml");
        Node::start_inside(folder, Networks::inside(number), address, &["--config", config.to_str().unwrap()])
    };
    let cluster = Nodes::of((0..3).map(node).collect()).with_certificates();
    cluster.set_mode(0, "enforce");
    let new = Authority::new("New root");
    let names: Vec<String> = (0..3).map(name).collect();
    let_wait(&cluster, &new, &names);
    let settings = json!({
        "observe_s": 2, "settle_s": 1, "recover_s": 30, "answer_s": 30, "confirm_within_s": null, "permissive_s": 20,
    });
    begin(&cluster.clients[0], &json!({ "append": new.pem, "primary": name(0), "settings": settings }));
    until(NOTICED, "it is Permissive", || cluster.clients[2].get(CLUSTER)["mode"] == "permissive");
    networks.cut(2);

    // Nobody reaches it, and it serves: whoever is in its network sees a whole handshake.
    let (away, at) = (&cluster.nodes[2], format!("{}:{}", Networks::address(2), cluster.nodes[2].https_port));
    let seen = said_inside(2, away, &["connect", &at]);
    assert_eq!(seen["connected"], true, "{seen}");
    until(Duration::from_secs(40), "its own timer closes Permissive", || {
        said_inside(2, away, &["cluster"])["mode"] == "enforce"
    });
    let status = said_inside(2, away, &["cluster"]);
    assert_eq!(status["plane"]["reachable"], false, "{status}");

    networks.mend(2);
    let client = &cluster.clients[0];
    until(Duration::from_secs(60), "the change ends, or asks", || {
        let change = latest(client);
        change["end"].is_string() || change["stopped"].is_string()
    });
    if latest(client)["stopped"].is_string() {
        let (status, changes) = client.post(&format!("{CHANGES}/decision"), &json!({ "choice": "retry" }));
        assert_eq!(status, StatusCode::OK, "{changes}");
    }
    until_ended(client, "complete");
    for (client, node) in cluster.clients.iter().zip(&cluster.nodes) {
        assert_eq!(client.slots()["active"]["decoded"]["issuer"], "CN=New root", "{}", node.log());
        until(NOTICED, "all verify, in Enforce", || client.get(CLUSTER)["mode"] == "enforce" && red(client).is_empty());
    }
}
