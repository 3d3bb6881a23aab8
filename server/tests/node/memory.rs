//! The largest and dearest uploads, many at once: the node stays within its memory, and others are answered.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::multipart::Form;
use reqwest::{Method, StatusCode};

use crate::campaign::campaign;
use crate::support::{Authority, Client, Node, many_authorities};

/// What a node may take.
const MOST_KIB: u64 = 256 * 1024;
/// What 99 of 100 honest requests may take; a build without optimisation, with all other tests beside it, is given more.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 500 });

/// The most memory that a process ever had in use, in KiB.
pub(crate) fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn is_within(pid: u32) -> bool {
    peak_kib(pid) <= MOST_KIB
}

/// A chain in which every certificate may be the issuer of every other, and none is.
fn maze() -> String {
    let authority = Authority::new("Maze");
    let others: String = (0..120).map(|_| Authority::new("Maze").pem).collect();
    format!("{}{others}", authority.issue("maze.example.com").certificate)
}

/// The uploads that cost most, each with its path.
fn worst() -> Vec<(&'static str, String)> {
    let block = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let largest = block.repeat(8 * 1024 * 1024 / block.len());
    vec![
        ("/api/v1/trusted-cas", largest.clone()),
        ("/api/v1/trusted-cas", many_authorities(0..1000)),
        ("/api/v1/crls", largest),
        ("/api/v1/check", maze()),
        ("/api/v1/verify", maze()),
        ("/api/v1/server-certificate/check", maze()),
        ("/api/v1/check", "A".repeat(200 * 1024)),
    ]
}

/// How long honest requests take until `stop`.
fn honest(client: &Client, stop: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = client.call(Method::GET, "/api/v1/session").send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        took.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(10));
    }
    took
}

#[test]
fn the_worst_uploads_at_once_stay_within_memory_and_keep_nobody_waiting() {
    let node = Node::start();
    let client = node.administrator();
    assert_eq!(client.append(&many_authorities(1..1000)).0, StatusCode::OK);
    let pid = u32::try_from(node.pid().as_raw_nonzero().get()).unwrap();
    let (before, worst, stop) = (peak_kib(pid), worst(), AtomicBool::new(false));
    let rounds = campaign("CERTWAY_UPLOAD_ROUNDS", 1);
    let (mut took, answers) = std::thread::scope(|scope| {
        let honest = scope.spawn(|| honest(&node.administrator(), &stop));
        let uploading: Vec<_> = (0..64)
            .map(|number| {
                let (path, part) = &worst[number % worst.len()];
                let client = &client;
                scope.spawn(move || {
                    let send = |_| {
                        let name = if path.ends_with("server-certificate/check") { "certificate" } else { "file" };
                        let form = Form::new().text(name, part.clone());
                        // One that is turned away may find its connection cut while it still sends.
                        client.call(Method::POST, path).multipart(form).send().ok().map(|answer| answer.status())
                    };
                    (0..rounds).map(send).collect::<Vec<_>>()
                })
            })
            .collect();
        let answers: Vec<Option<StatusCode>> = uploading.into_iter().flat_map(|one| one.join().unwrap()).collect();
        stop.store(true, Ordering::Relaxed);
        (honest.join().unwrap(), answers)
    });
    // Judged, refused, or told to come again: never a failure of the node.
    assert!(!answers.contains(&Some(StatusCode::INTERNAL_SERVER_ERROR)), "{answers:?}");
    took.sort();
    let p99 = took[took.len() * 99 / 100];
    let away = [None, Some(StatusCode::SERVICE_UNAVAILABLE)];
    let busy = answers.iter().filter(|status| away.contains(status)).count();
    assert!(busy < answers.len(), "{answers:?}");
    println!(
        "{} uploads, {busy} told to come again; {} KiB before, {} KiB at most; {} honest requests, p99 {p99:?}",
        answers.len(),
        before,
        peak_kib(pid),
        took.len()
    );
    assert!(is_within(pid), "{} KiB", peak_kib(pid));
    assert!(p99 <= PATIENCE, "{p99:?}");
    assert_eq!(client.get("/api/v1/trusted-cas")["certificates"].as_array().unwrap().len(), 1000);
}

/// The measure finds a process that takes more, and one whose memory has gone back already.
#[test]
fn a_process_that_takes_more_is_found() {
    let mut greedy = Command::new("dd");
    greedy.args(["if=/dev/zero", "of=/dev/null", "bs=300M"]).stderr(Stdio::null());
    let mut greedy = greedy.spawn().unwrap();
    let begun = Instant::now();
    while is_within(greedy.id()) && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let found = !is_within(greedy.id());
    greedy.kill().unwrap();
    greedy.wait().unwrap();
    assert!(found);
}
