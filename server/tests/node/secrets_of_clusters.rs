//! A private key leaves no trace in etcd, on the way there, on the way between nodes, or in a node that only passes it on.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{CLUSTER, Nodes, base64_of, decode, name, sealed_with, start};
use crate::cluster_change::{begin, settings, until_ended};
use crate::etcd_servers::EtcdServers;
use crate::process::free_port;
use crate::secrets::{contains, files_below, traces};
use crate::support::{Authority, Client, Node, Pair, http_client};

/// Stands before a server and keeps what goes through, each direction of each connection by itself.
struct Recorder {
    port: u16,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    /// One before a port of loopback, on which nobody need listen yet.
    fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let recorder = Self { port: listener.local_addr().unwrap().port(), kept: Arc::default() };
        let kept = Arc::clone(&recorder.kept);
        // It ends with the tests.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect((Ipv4Addr::LOCALHOST, port))) else {
                    continue;
                };
                let (to, back) = ((&client, &server), (&server, &client));
                for (from, into) in [to, back] {
                    relay(from.try_clone().unwrap(), into.try_clone().unwrap(), &kept);
                }
            }
        });
        recorder
    }

    fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }
}

fn relay(mut from: TcpStream, mut into: TcpStream, kept: &Arc<Mutex<Vec<Vec<u8>>>>) {
    let place = {
        let mut kept = kept.lock().unwrap();
        kept.push(Vec::new());
        kept.len() - 1
    };
    let kept = Arc::clone(kept);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            kept.lock().unwrap()[place].extend_from_slice(&buffer[..read]);
            if into.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = into.shutdown(Shutdown::Write);
    });
}

fn port_of(etcd: &EtcdServers) -> u16 {
    etcd.endpoints()[0].rsplit(':').next().unwrap().parse().unwrap()
}

/// A call to etcd's JSON gateway.
fn ask(port: u16, path: &str, question: &Value) -> Vec<u8> {
    let client = http_client().build().unwrap();
    let answer = client.post(format!("http://127.0.0.1:{port}/v3/{path}")).json(question).send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.bytes().unwrap().to_vec()
}

/// All that etcd has: each key and value, a snapshot, and the files of its members. The rest of a file that has its room already is zeros.
fn places_of(etcd: &EtcdServers) -> (Vec<Vec<u8>>, usize) {
    let port = port_of(etcd);
    let every = base64_of(&[0]);
    let all: Value =
        serde_json::from_slice(&ask(port, "kv/range", &json!({ "key": every, "range_end": every }))).unwrap();
    let pairs: Vec<&Value> = all["kvs"].as_array().into_iter().flatten().collect();
    let mut places: Vec<Vec<u8>> =
        pairs.iter().flat_map(|pair| [&pair["key"], &pair["value"]]).filter_map(Value::as_str).map(decode).collect();
    let keys = pairs.len();
    let snapshot = ask(port, "maintenance/snapshot", &json!({}));
    let pieces = serde_json::Deserializer::from_slice(&snapshot).into_iter::<Value>();
    let pieces = pieces.filter_map(|piece| piece.unwrap()["result"]["blob"].as_str().map(decode));
    let snapshot = pieces.collect::<Vec<_>>().concat();
    assert!(snapshot.len() > 10_000, "a snapshot of {} bytes", snapshot.len());
    places.push(snapshot);
    places.extend(files_below(etcd.folder.path()).into_iter().map(|mut file| {
        file.truncate(file.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        file
    }));
    (places, keys)
}

/// What a process has in the memory that it writes to.
fn memory_of(node: &Node) -> Vec<Vec<u8>> {
    let id = node.pid().as_raw_nonzero();
    let maps = std::fs::read_to_string(format!("/proc/{id}/maps")).unwrap();
    let memory = File::open(format!("/proc/{id}/mem")).unwrap();
    let address = |text: &str| u64::from_str_radix(text, 16).unwrap();
    let written = maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")));
    let ranges = written.map(|line| line.split(' ').next().unwrap().split_once('-').unwrap());
    ranges
        .filter_map(|(begin, end)| {
            let mut range = vec![0; usize::try_from(address(end) - address(begin)).unwrap()];
            // What the process has given back meanwhile is not there.
            let read = memory.read_at(&mut range, address(begin)).ok()?;
            range.truncate(read);
            Some(range)
        })
        .collect()
}

#[track_caller]
fn none_has(places: &[Vec<u8>], what: &str, pairs: &[&Pair]) {
    for (number, pair) in pairs.iter().enumerate() {
        for trace in traces(pair) {
            assert!(!places.iter().any(|place| contains(place, &trace)), "{what}, key {number}: {trace:?}");
        }
    }
}

fn some_has(places: &[Vec<u8>], bytes: &[u8]) -> bool {
    places.iter().any(|place| contains(place, bytes))
}

/// What was said on the way to etcd, and what its base64 stands for: in JSON every value is written so.
fn said_to_etcd(recorder: &Recorder) -> Vec<Vec<u8>> {
    let mut said = recorder.kept();
    let words = said.iter().flat_map(|said| said.split(|byte| *byte == b'"'));
    let meant: Vec<Vec<u8>> = words.filter_map(|word| BASE64.decode(word).ok()).collect();
    said.extend(meant);
    said
}

/// A node whose etcd and whose peers come to it through recorders.
fn node(index: usize, etcd: &Recorder) -> (Node, Recorder) {
    let folder = tempfile::tempdir().unwrap();
    let peers = free_port();
    let before = Recorder::before(peers);
    let config = format!(
        "name = \"{}\"\npeers = \"127.0.0.1:{peers}\"\npeers_address = \"127.0.0.1:{}\"\n[cluster]\netcd = [\"http://127.0.0.1:{}\"]\n",
        name(index),
        before.port,
        etcd.port,
    );
    std::fs::write(folder.path().join("certway.toml"), config).unwrap();
    (start(folder), before)
}

/// A new certificate that waits for the change, and its key.
fn waiting(client: &Client, authority: &Authority, index: usize) -> Pair {
    let pair = authority.issue(&name(index));
    let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
    let (status, answer) = client.send(Method::PUT, "/api/v1/server-certificate?wait=true", &parts);
    assert_eq!(status, StatusCode::OK, "{answer}");
    pair
}

#[test]
fn neither_etcd_nor_the_way_between_nodes_has_a_key() {
    let etcd = EtcdServers::start(1, None);
    let to_etcd = Recorder::before(port_of(&etcd));
    let (nodes, before): (Vec<Node>, Vec<Recorder>) = (0..2).map(|index| node(index, &to_etcd)).unzip();
    let cluster = Nodes::of(nodes);
    let (first, second) = (&cluster.clients[0], &cluster.clients[1]);
    assert_eq!(first.append(&cluster.authority.pem).0, StatusCode::OK);
    // For server and client, at both nodes.
    let [one, two] = [0, 1].map(|index| {
        let pair = cluster.authority.issue(&name(index));
        cluster.give(index, &pair);
        pair
    });
    cluster.until_verified();
    cluster.set_mode(0, "enforce");

    // A key for the second node through the first: sealed it passes, in the clear it is refused.
    let through = |path: &str| format!("/api/v1/nodes/{}/{path}", name(1));
    let sent = cluster.authority.issue(&name(1));
    let sealed = sealed_with(&first.get(&through("sealing-key")), &sent.key);
    let parts = [("certificate", sent.certificate.as_str()), ("sealed_private_key", &sealed)];
    let (status, answer) = first.send(Method::PUT, &through("server-certificate"), &parts);
    assert_eq!((status, &answer["loaded"]), (StatusCode::OK, &json!(true)), "{answer}");
    assert_eq!(cluster.nodes[1].served()[0], sent.der);
    let in_between = memory_of(&cluster.nodes[0]);
    let refused = cluster.authority.issue(&name(1));
    let parts = [("certificate", refused.certificate.as_str()), ("private_key", refused.key.as_str())];
    let (status, _) = first.send(Method::PUT, &through("server-certificate"), &parts);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = json!({ "common_name": name(1), "reuse_current_key": true });
    assert_eq!(first.post(&through("csr"), &again).0, StatusCode::OK);
    assert_eq!(first.make(Method::DELETE, &through("csr")).0, StatusCode::NO_CONTENT);

    // Their certificates are changed, from one node by both.
    let new = Authority::new("New root");
    let [third, fourth] = [(first, 0), (second, 1)].map(|(client, index)| waiting(client, &new, index));
    begin(first, &json!({ "append": new.pem, "settings": settings() }));
    until_ended(first, "complete");
    assert_eq!(first.get(CLUSTER)["mode"], "enforce");

    let (kept, keys) = places_of(&etcd);
    assert!(keys > 10, "{keys} keys");
    let all = [&one, &two, &sent, &refused, &third, &fourth];
    none_has(&kept, "etcd", &all);
    let said = said_to_etcd(&to_etcd);
    assert!(some_has(&said, b"/v3/kv/txn"), "nothing was written to etcd");
    none_has(&said, "the way to etcd", &all);
    for recorder in &before {
        let said = recorder.kept();
        // TLS, and no small talk.
        assert!(said.iter().filter(|said| said.starts_with(&[0x16, 3])).count() >= 2, "{} directions", said.len());
        assert!(said.iter().map(Vec::len).sum::<usize>() > 20_000);
        none_has(&said, "the way between nodes", &all);
    }
    assert!(some_has(&in_between, &one.der), "the memory was not read");
    none_has(&in_between, "the memory of the node in between", &[&sent]);
    for node in cluster.nodes {
        let folder = node.stop();
        none_has(&files_below(folder.path()), "files of a node", &all);
    }
}

/// The search finds a key that is written to etcd, or said on the way there, in whatever form.
#[test]
fn a_key_that_gets_to_etcd_is_found() {
    let etcd = EtcdServers::start(1, None);
    let authority = Authority::new("Root");
    let pairs = [(); 3].map(|()| authority.issue("leaks.example.com"));
    // Raw, in hexadecimal, and as PEM.
    let leaks = [traces(&pairs[0]).remove(0), traces(&pairs[1]).remove(2), pairs[2].key.clone().into_bytes()];
    for (pair, leak) in pairs.iter().zip(leaks) {
        let found = |places: &[Vec<u8>]| traces(pair).iter().any(|trace| some_has(places, trace));
        let recorder = Recorder::before(port_of(&etcd));
        assert!(!found(&places_of(&etcd).0) && !found(&said_to_etcd(&recorder)));
        let value = [b"before", leak.as_slice(), b"after"].concat();
        ask(recorder.port, "kv/put", &json!({ "key": base64_of(b"/somewhere"), "value": base64_of(&value) }));
        assert!(found(&places_of(&etcd).0) && found(&said_to_etcd(&recorder)));
        // What etcd has forgotten is in its files for a while.
        ask(port_of(&etcd), "kv/deleterange", &json!({ "key": base64_of(b"/somewhere") }));
        assert!(found(&places_of(&etcd).0));
    }
}
