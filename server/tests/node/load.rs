//! A new certificate under traffic: no handshake fails, no connection drops, and who comes after the answer sees it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::{Authority, Node, served_at};

const LOADS: usize = 12;

#[test]
fn a_load_drops_nothing_and_is_seen_by_every_handshake_after_the_answer() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pairs: Vec<_> = (0..=LOADS).map(|number| authority.issue(&format!("n{number}.example.com"))).collect();
    client.upload(&pairs[0]);

    let stop = AtomicBool::new(false);
    let handshakes = Mutex::new(Vec::new());
    // When each load was asked for and answered.
    let mut loads = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    let served = served_at(node.https_port).expect("a handshake failed");
                    handshakes.lock().unwrap().push((begun, Instant::now(), served));
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(|| {
                // One connection, kept: reqwest would open another without a word, so the node's count tells.
                let streaming = node.client();
                while !stop.load(Ordering::Relaxed) {
                    assert!(
                        streaming
                            .bare(Method::GET, "/healthz")
                            .send()
                            .expect("a connection dropped")
                            .status()
                            .is_success()
                    );
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
        for pair in &pairs[1..] {
            std::thread::sleep(Duration::from_millis(80));
            let asked = Instant::now();
            assert_eq!(client.upload(pair).1["loaded"], true);
            loads.push((asked, Instant::now()));
        }
        std::thread::sleep(Duration::from_millis(80));
        stop.store(true, Ordering::Relaxed);
    });

    let handshakes = handshakes.into_inner().unwrap();
    assert!(handshakes.len() > 50, "{}", handshakes.len());
    for (begun, ended, served) in &handshakes {
        let oldest = loads.iter().filter(|(_, answered)| answered < begun).count();
        let newest = loads.iter().filter(|(asked, _)| asked < ended).count();
        let number = pairs.iter().position(|pair| *served == [pair.der.clone()]).expect("a mixed generation");
        assert!((oldest..=newest).contains(&number), "{number} served, {oldest} to {newest} allowed");
    }
    // Each handshake above, one a kept connection and one for the administrator: none was opened twice.
    let metrics = node.client().bare(Method::GET, "/metrics").send().unwrap().text().unwrap();
    let count = metrics.lines().find_map(|line| line.strip_prefix("certway_tls_handshakes_total ")).unwrap();
    assert_eq!(count.parse::<usize>().unwrap(), handshakes.len() + 4 + 1 + 1);
}
