//! Thousands of guesses: the limit holds, who knows the password gets in, and no time tells who is a user.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::Client as HttpClient;
use serde_json::json;

use crate::campaign::campaign;
use crate::support::{Node, PASSWORD, http_client};

/// Two seconds for the product; a build without optimisation, with all other tests beside it, is given more.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 2 });

/// Somebody at another address of this machine.
fn from(address: [u8; 4]) -> HttpClient {
    http_client().local_address(IpAddr::from(address)).build().unwrap()
}

/// Tries to sign in; gives the answer and how long it took.
fn guess(node: &Node, http: &HttpClient, username: &str, password: &str) -> (StatusCode, Duration) {
    let url = format!("https://127.0.0.1:{}/api/v1/session", node.https_port);
    let begun = Instant::now();
    let answer = http.post(url).json(&json!({ "username": username, "password": password })).send().unwrap();
    (answer.status(), begun.elapsed())
}

/// Whether so many tries were let through in that time as the limit lets one source have.
fn is_held(tried: usize, took: Duration) -> bool {
    tried as f64 <= 10.0 + 8.0 + 5.0 * took.as_secs_f64()
}

#[test]
fn thousands_of_guesses_are_held_to_the_limit_and_whoever_knows_the_password_gets_in() {
    let node = Node::start();
    let left = AtomicU64::new(campaign("CERTWAY_GUESSES", 400));
    let mut familiar = node.administrator();
    let (begun, stop) = (Instant::now(), AtomicBool::new(false));
    let (tried, limited) = std::thread::scope(|scope| {
        let guessing: Vec<_> = (0..20)
            .map(|_| {
                let (node, http, left) = (&node, from([127, 0, 0, 1]), &left);
                scope.spawn(move || {
                    let mut answers = Vec::new();
                    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                        answers.push(guess(node, &http, "admin", "a wrong password").0);
                    }
                    let (tried, limited): (Vec<_>, Vec<_>) =
                        answers.into_iter().partition(|status| *status == StatusCode::UNAUTHORIZED);
                    assert!(limited.iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS));
                    (tried.len(), limited.len())
                })
            })
            .collect();
        let honest = scope.spawn(|| {
            let elsewhere = from([127, 0, 0, 9]);
            while !stop.load(Ordering::Relaxed) {
                // A browser that has been here before, from the guesser's own address; then anyone from another one.
                let asked = Instant::now();
                familiar.sign_in();
                assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
                let (status, took) = guess(&node, &elsewhere, "admin", PASSWORD);
                assert!(status == StatusCode::OK && took < PATIENCE, "{status} {took:?}");
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let counts =
            guessing.into_iter().map(|one| one.join().unwrap()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        stop.store(true, Ordering::Relaxed);
        honest.join().unwrap();
        counts
    });
    println!("{tried} of {} guesses were tried in {:?}", tried + limited, begun.elapsed());
    assert!(is_held(tried, begun.elapsed()) && limited > 0, "{tried} tried, {limited} not");
}

/// Guesses of many sources are what a limit that does not hold looks like: the trial above would find it.
#[test]
fn a_limit_that_does_not_hold_is_found() {
    let node = Node::start();
    let begun = Instant::now();
    let tried: usize = std::thread::scope(|scope| {
        let guessing = (0..8_u8).map(|guesser| {
            let (node, http) = (&node, from([127, 0, 2, guesser + 1]));
            scope.spawn(move || {
                (0..10).filter(|_| guess(node, &http, "admin", "wrong").0 == StatusCode::UNAUTHORIZED).count()
            })
        });
        guessing.collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).sum()
    });
    let took = begun.elapsed();
    assert_eq!(tried, 80);
    // As if the machine were as fast as it is meant to be.
    assert!(!is_held(tried, took.min(Duration::from_secs(10))), "{took:?}");
}

/// What else the machine does can only make an answer later.
fn quickest(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap()
}

/// Whether times tell two kinds of answers apart.
fn differ(one: &[Duration], other: &[Duration]) -> bool {
    let (one, other) = (quickest(one), quickest(other));
    one.abs_diff(other) > one.max(other) / 4
}

#[test]
fn no_time_tells_a_user_from_nobody() {
    let node = Node::start();
    let samples = campaign("CERTWAY_TIMINGS", 20);
    let (mut known, mut unknown, mut unhashed) = (Vec::new(), Vec::new(), Vec::new());
    // Longer than any password can be, so nothing is computed: what a node looks like that hashes only for users.
    let too_long = "x".repeat(2000);
    for number in 0..samples {
        // Each address is a source of its own with ten tries, so nobody waits.
        let http = from([127, 0, 3, u8::try_from(number / 2 % 250).unwrap() + 1]);
        guess(&node, &http, "nobody", &too_long);
        known.push(guess(&node, &http, "admin", "a wrong password").1);
        unknown.push(guess(&node, &http, "nobody", "a wrong password").1);
        unhashed.push(guess(&node, &http, "nobody", &too_long).1);
        std::thread::sleep(Duration::from_millis(10));
    }
    println!(
        "{:?} for a user, {:?} for nobody, {:?} unhashed",
        quickest(&known),
        quickest(&unknown),
        quickest(&unhashed)
    );
    assert!(!differ(&known, &unknown));
    assert!(differ(&unknown, &unhashed), "the trial would not find it");
}
