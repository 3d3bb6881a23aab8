//! `kill -9` while uploads are made: what was acknowledged is kept, and a certificate is never without its own key.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;

use crate::campaign::{Draw, campaign};
use crate::injection::{BOUNDARIES, Fault};
use crate::mutations::{all, state, states};
use crate::openssl_authority::OpensslAuthority;
use crate::support::{Authority, Node, PASSWORD, Pair, command, copy_folder};

/// Within which a node is ready again; a build without optimisation, with all other tests beside it, is given more.
const READY: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

/// About at which of its writes a call is done.
const LATEST: u64 = 20;

#[test]
fn a_kill_between_writes_loses_nothing_and_mixes_nothing() {
    let authority = Authority::new("Root");
    let pairs: Vec<_> = (0..40).map(|number| authority.issue(&format!("n{number}.example.com"))).collect();
    let mut node = Node::start();
    node.administrator().append(&authority.pem);
    let mut draw = Draw::new();
    for round in 0..campaign("CERTWAY_CRASH_ROUNDS", 6) {
        let client = node.administrator();
        let (begun, acknowledged) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let folder = std::thread::scope(|scope| {
            scope.spawn(|| {
                for (number, pair) in pairs.iter().enumerate() {
                    begun.store(number + 1, Ordering::SeqCst);
                    let parts = [("certificate", pair.certificate.as_str()), ("private_key", &pair.key)];
                    let form = parts.iter().fold(reqwest::blocking::multipart::Form::new(), |form, (name, text)| {
                        form.text(*name, (*text).to_owned())
                    });
                    let call = client.call(reqwest::Method::PUT, "/api/v1/server-certificate").multipart(form);
                    match call.send() {
                        Ok(answer) if answer.status().is_success() => acknowledged.store(number + 1, Ordering::SeqCst),
                        _ => return,
                    }
                }
            });
            while acknowledged.load(Ordering::SeqCst) < 2 {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(draw.below(100)));
            node.kill()
        });
        let starting = Instant::now();
        node = Node::start_in(folder, &[]);
        assert!(starting.elapsed() < READY, "{:?}", starting.elapsed());
        let (begun, acknowledged) = (begun.load(Ordering::SeqCst), acknowledged.load(Ordering::SeqCst));
        let served = node.served();
        let allowed = &pairs[acknowledged - 1..begun];
        assert!(allowed.iter().any(|pair| served == [pair.der.clone()]), "round {round}: {acknowledged}..{begun}");
        let store = rusqlite::Connection::open(node.data_dir().join("certway.db")).unwrap();
        let health: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(health, "ok");
        assert!(!node.administrator().alarms().iter().any(|alarm| alarm.starts_with("events")));
    }
}

#[test]
fn a_kill_at_any_write_of_a_completed_request_leaves_the_old_pair_and_the_request_or_the_new_pair() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), OpensslAuthority::new());
    client.append(&authority.pem);
    let old = authority.issue("old.example.com");
    client.upload(&old);
    let (_, csr) = client.post("/api/v1/csr", &json!({ "common_name": "new.example.com", "key": "ecdsa-p256" }));
    let signed = authority.sign(csr["pem"].as_str().unwrap());
    let before = node.stop();
    let (mut kept_old, mut took_new) = (0, 0);
    for nth in 1.. {
        let folder: TempDir = copy_folder(before.path());
        let node = Node::start_in(folder, &[]);
        let client = node.administrator();
        let fault = Fault::inject(&node, BOUNDARIES, "signal=SIGKILL", &nth.to_string());
        let form = reqwest::blocking::multipart::Form::new().text("certificate", signed.clone());
        let answer = client.call(Method::PUT, "/api/v1/server-certificate").multipart(form).send();
        let acknowledged = answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::OK);
        let folder = node.kill();
        fault.lift();
        let node = Node::start_in(folder, &[]);
        let client = node.administrator();
        let in_progress = client.get("/api/v1/csr")["csr"].is_object();
        if node.served()[0] == old.der {
            assert!(!acknowledged, "write {nth}: an acknowledged certificate is gone");
            assert!(in_progress, "write {nth}: the request's key is lost");
            kept_old += 1;
            let (status, stored) = client.send(Method::PUT, "/api/v1/server-certificate", &[("certificate", &signed)]);
            assert_eq!(status, StatusCode::OK, "{stored}");
        } else {
            assert!(!in_progress, "write {nth}: the request goes on although it is completed");
            took_new += 1;
        }
        assert_eq!(node.served()[0], Pair::der_of(&signed), "write {nth}");
        if acknowledged {
            break;
        }
        assert!(nth < 60, "the node is never done writing");
    }
    assert!(kept_old > 2 && took_new > 0, "{kept_old} and {took_new}");
}

/// Calls that change something, one in three killed at a boundary that is drawn; in a campaign each at every one, until it is made.
#[test]
fn a_kill_at_any_write_of_any_change_leaves_what_was_or_what_was_asked_for() {
    let mutations = all();
    let states = states(&mutations);
    let (tried, mut draw) = (campaign("CERTWAY_CRASH_BOUNDARIES", 0), Draw::new());
    let mut node = Node::start();
    let (mut before, mut after, mut acknowledged) = (0, 0, 0);
    for (number, mutation) in mutations.iter().enumerate() {
        let (old, new) = (&states[number], &states[number + 1]);
        let mut made = false;
        let kills = if tried > 0 { tried } else { u64::from(draw.below(3) == 0) };
        for nth in 1..=kills {
            let nth = if tried > 0 { nth } else { 1 + draw.below(LATEST) };
            let what = format!("{}, killed at write {nth}", mutation.name);
            let client = node.administrator();
            client.confirm();
            let request = mutation.request(&client);
            let fault = Fault::inject(&node, BOUNDARIES, "signal=SIGKILL", &nth.to_string());
            let answered = request.send().is_ok_and(|answer| answer.status().is_success());
            let folder = node.kill();
            fault.lift();
            let starting = Instant::now();
            node = Node::start_in(folder, &[]);
            assert!(starting.elapsed() < READY, "{what}: {:?}", starting.elapsed());
            let client = node.administrator();
            let found = state(&client);
            assert!(found == *old || found == *new, "{what}: half of it is there: {found}\n{old}\n{new}");
            assert!(!answered || found == *new, "{what}: what was acknowledged is gone");
            let alarms = client.alarms();
            assert!(!alarms.iter().any(|alarm| alarm.contains("changed") || alarm.contains("damaged")), "{alarms:?}");
            let store = rusqlite::Connection::open(node.data_dir().join("certway.db")).unwrap();
            let health: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(health, "ok", "{what}");
            before += usize::from(found == *old);
            after += usize::from(found == *new);
            acknowledged += usize::from(answered);
            made = found == *new;
            if made {
                break;
            }
        }
        if !made {
            let client = node.administrator();
            client.confirm();
            let answer = mutation.request(&client).send().unwrap();
            assert!(answer.status().is_success(), "{}: {}", mutation.name, answer.text().unwrap());
        }
    }
    println!("killed: {before} left what was, {after} what was asked for, {acknowledged} of them acknowledged");
    assert!(before > 0 && after > 0, "{before} and {after}");
}

/// Begins a first boot that ends at its `nth` write; gives whether there was none so late.
fn first_boot_killed_at(folder: &Path, nth: u64) -> bool {
    std::fs::write(folder.join("password"), format!("{PASSWORD}\n")).unwrap();
    let serve = command(folder, &[]);
    let mut strace = Command::new("strace")
        .args(["--quiet=all", "-f", "-o", "/dev/null", "-e", &format!("trace={BOUNDARIES}")])
        .args(["-e", &format!("inject={BOUNDARIES}:signal=SIGKILL:when={nth}")])
        .arg(serve.get_program())
        .args(serve.get_args())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", folder.join("password"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_up = BufReader::new(strace.stdout.take().unwrap()).lines().any(|line| line.unwrap().contains("redirects"));
    if is_up {
        let id = strace.id();
        let child = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let node = rustix::process::Pid::from_raw(child.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(node, rustix::process::Signal::KILL).unwrap();
    }
    strace.wait().unwrap();
    is_up
}

#[test]
fn a_kill_at_any_write_of_the_first_boot_leaves_a_folder_that_boots() {
    let (tried, mut draw) = (campaign("CERTWAY_CRASH_BOUNDARIES", 0), Draw::new());
    let mut killed = 0;
    for nth in 1..=tried.max(4) {
        let nth = if tried > 0 { nth } else { 1 + draw.below(24) };
        let folder = tempfile::tempdir().unwrap();
        let is_up = first_boot_killed_at(folder.path(), nth);
        killed += u64::from(!is_up);
        let node = Node::start_in(folder, &[]);
        assert_eq!(node.administrator().alarms(), ["temporary-certificate"], "killed at write {nth}");
        if is_up && tried > 0 {
            break;
        }
    }
    println!("{killed} first boots were killed");
    assert!(killed > 0);
}
