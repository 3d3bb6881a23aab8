//! Hours of use: memory and descriptors stay as they are.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};

use crate::campaign::campaign;
use crate::support::{Authority, Node, served_at};

/// After so many loads the caches are full: the store's connections keep up to 2 MB of pages each.
const WARM_UP: usize = 5000;
/// By how much of itself memory may grow in an hour.
const GROWTH: f64 = 0.01;
/// What a measure of memory is uncertain by, as a part of it.
const NOISE: f64 = 0.01;
/// The same of minutes. Between two checkpoints of the store memory rises by 1.5 %, and falls again; a minute sees one or two
/// such teeth, and a line through them may rise by more.
const NOISE_OF_MINUTES: f64 = 0.04;
/// From so many hours on there are teeth enough.
const HOURS: f64 = 0.5;

/// Memory in use in KiB, and open descriptors.
fn measured(node: &Node) -> (u64, usize) {
    let pid = node.pid().as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib = line.trim().trim_end_matches(" kB").parse().unwrap();
    (kib, std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count())
}

/// The growth an hour of a straight line through the points, each hours and KiB, as a part of what it begins with.
fn growth(points: &[(f64, f64)]) -> f64 {
    let number = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / number, sum.1 + point.1 / number));
    let covered: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let spread: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    covered / spread / points[0].1
}

/// Whether memory that was measured for so many hours is flat.
fn is_flat(points: &[(f64, f64)]) -> bool {
    let hours = points[points.len() - 1].0 - points[0].0;
    let noise = if hours < HOURS { NOISE_OF_MINUTES } else { NOISE };
    growth(points) * hours <= GROWTH * hours + noise
}

#[test]
fn a_leak_is_found_and_none_is_not() {
    let points = |a_minute: f64| -> Vec<(f64, f64)> {
        (0..120_u8)
            .map(|minute| {
                (f64::from(minute) / 60.0, 40_000.0 + f64::from(minute) * a_minute + f64::from(minute % 7) * 40.0)
            })
            .collect()
    };
    assert!(is_flat(&points(0.0)));
    // 2 % an hour.
    assert!(!is_flat(&points(40_000.0 * 0.02 / 60.0)));
    // Within a minute: teeth of 1.5 %, half a minute long, and 5 KiB for each of 500 loads.
    let of_a_minute = |a_load: f64| -> Vec<(f64, f64)> {
        let memory = |load: u16| 48_000.0 + f64::from(load % 250) * 3.0 + f64::from(load) * a_load;
        (0..500_u16).map(|load| (f64::from(load) / 500.0 / 60.0, memory(load))).collect()
    };
    assert!(is_flat(&of_a_minute(0.0)));
    assert!(!is_flat(&of_a_minute(5.0)));
}

#[test]
fn hours_of_use_leave_memory_and_descriptors_as_they_are() {
    let minutes = campaign("CERTWAY_SOAK_MINUTES", 1);
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pairs: Vec<_> = (0..8).map(|number| authority.issue(&format!("n{number}.example.com"))).collect();
    client.upload(&pairs[0]);
    let (stop, requests, handshakes, mut loads) =
        (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0), 0_usize);
    let duration = Duration::from_secs(minutes * 60);
    let mut points = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let client = node.client();
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(client.bare(Method::GET, "/api/v1/node").send().unwrap().status(), StatusCode::OK);
                    requests.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let served = served_at(node.https_port).expect("a handshake failed");
                assert!(pairs.iter().any(|pair| served == [pair.der.clone()]), "a mixed generation");
                handshakes.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let (mut signed_in, mut client) = (Instant::now(), node.administrator());
        while loads < WARM_UP {
            assert_eq!(client.upload(&pairs[loads % pairs.len()]).0, StatusCode::OK);
            loads += 1;
        }
        let begun = Instant::now();
        while begun.elapsed() < duration {
            // A session ends after eight hours at the latest.
            if signed_in.elapsed() > Duration::from_secs(3600) {
                (signed_in, client) = (Instant::now(), node.administrator());
            }
            assert_eq!(client.upload(&pairs[loads % pairs.len()]).0, StatusCode::OK);
            loads += 1;
            let (kib, descriptors) = measured(&node);
            points.push((begun.elapsed().as_secs_f64() / 3600.0, kib as f64, descriptors));
            std::thread::sleep(duration.div_f64(600.0).min(Duration::from_secs(10)));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let memory: Vec<(f64, f64)> = points.iter().map(|(hours, kib, _)| (*hours, *kib)).collect();
    let descriptors: Vec<usize> = points.iter().map(|point| point.2).collect();
    let (least, most) = (descriptors.iter().min().unwrap(), descriptors.iter().max().unwrap());
    println!(
        "{minutes} minutes, {} requests, {} handshakes, {loads} loads: {:.1} % an hour, {} to {} KiB, {least} to {most} descriptors",
        requests.into_inner(),
        handshakes.into_inner(),
        growth(&memory) * 100.0,
        memory[0].1,
        memory[memory.len() - 1].1
    );
    assert!(is_flat(&memory), "{memory:?}");
    assert!(most - least <= 8, "{descriptors:?}");
}
