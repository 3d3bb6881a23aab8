//! Clients that connect and then say nothing: others are served all the same, and what they hold comes back.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::campaign::{Draw, campaign};
use crate::support::{Node, http_client, served_at};
use crate::waiting::comes;

/// Within which a node has given up all that say nothing.
const GIVEN_UP: Duration = Duration::from_secs(15);
/// What an honest request may take; a build without optimisation, with all other tests beside it, is given more.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });
/// Descriptors that come and go: those of the honest requests and the store's.
const OTHERS: usize = 24;

/// How many connections there are with all tests; six of the ten seconds that a handshake is given are skipped then.
const SHORT: u64 = 500;

fn descriptors(node: &Node) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", node.pid().as_raw_nonzero())).unwrap().count()
}

/// Connections of which some say nothing, and the others a part of what a handshake begins with.
fn half_open(port: u16, number: u64) -> Vec<TcpStream> {
    const HELLO: [u8; 11] = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
    let mut draw = Draw::new();
    let open = |_| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let said = draw.index(HELLO.len() + 1);
        // One that was given up already is as good.
        let _ = stream.write_all(&HELLO[..said]);
        stream
    };
    (0..number).map(open).collect()
}

/// How many honest requests were answered, and how many were not, until `stop`.
fn honest(node: &Node, stop: &AtomicBool) -> (usize, usize) {
    let (mut answered, mut failed) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        // A new connection each time.
        let client = http_client().timeout(PATIENCE).build().unwrap();
        let answer = client.request(Method::GET, format!("https://localhost:{}/readyz", node.https_port)).send();
        let is_answered = answer.is_ok_and(|answer| answer.status().is_success());
        *(if is_answered { &mut answered } else { &mut failed }) += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    (answered, failed)
}

/// Whether all descriptors but `OTHERS` come back in time.
fn come_back(node: &Node, before: usize, within: Duration) -> bool {
    comes(within, || descriptors(node) <= before + OTHERS)
}

/// A descriptor for each connection of a campaign.
fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn thousands_that_never_finish_a_handshake_keep_nobody_out() {
    raise_limit();
    let number = campaign("CERTWAY_SLOW_CLIENTS", SHORT);
    let is_short = number == SHORT;
    let folder = tempfile::tempdir().unwrap();
    let node = if is_short { Node::start_in_time_that_jumps(folder, &[]) } else { Node::start_in(folder, &[]) };
    let before = descriptors(&node);
    let stop = AtomicBool::new(false);
    let (answered, failed) = std::thread::scope(|scope| {
        let honest = scope.spawn(|| honest(&node, &stop));
        let held = half_open(node.https_port, number);
        std::thread::sleep(Duration::from_millis(300));
        let holds = descriptors(&node) - before;
        if is_short {
            Node::shift_clock(node.folder.path(), "+6s");
        }
        let back = come_back(&node, before, GIVEN_UP);
        stop.store(true, Ordering::Relaxed);
        // The trial sees what is held: it could not find that it comes back otherwise.
        assert!(holds >= 450, "{holds}");
        assert!(back, "{} descriptors are still held", descriptors(&node) - before);
        drop(held);
        honest.join().unwrap()
    });
    assert!(failed == 0 && answered > 20, "{answered} answered, {failed} not");
}

/// Where few descriptors are allowed, those that say nothing have a part of them only.
#[test]
fn few_descriptors_are_not_all_given_to_those_that_say_nothing() {
    let node = Node::start_with_descriptors(192);
    let held = half_open(node.https_port, 400);
    for _ in 0..10 {
        assert!(served_at(node.https_port).is_ok());
    }
    drop(held);
}

/// The trial finds a node that answers nobody, and connections that it keeps.
#[test]
fn a_node_that_is_blocked_would_be_found() {
    let node = Node::start();
    let before = descriptors(&node);
    // Connections that are open and idle are given half a minute.
    let idle: Vec<_> = (0..OTHERS + 8)
        .map(|_| {
            let client = node.client();
            assert!(client.bare(Method::GET, "/healthz").send().unwrap().status().is_success());
            client
        })
        .collect();
    assert!(!come_back(&node, before, Duration::from_secs(1)));
    drop(idle);
    rustix::process::kill_process(node.pid(), rustix::process::Signal::STOP).unwrap();
    let client = http_client().timeout(Duration::from_secs(1)).build().unwrap();
    assert!(client.get(format!("https://localhost:{}/readyz", node.https_port)).send().is_err());
}
