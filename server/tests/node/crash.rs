//! `kill -9` while uploads are made: what was acknowledged is kept, and a certificate is never without its own key.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use std::process::{Child, Command, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Authority, Node, OpensslAuthority, Pair, copy_folder};

#[test]
fn a_kill_between_writes_loses_nothing_and_mixes_nothing() {
    let authority = Authority::new("Root");
    let pairs: Vec<_> = (0..40).map(|number| authority.issue(&format!("n{number}.example.com"))).collect();
    let mut node = Node::start();
    node.administrator().append(&authority.pem);
    for round in 0..6_u64 {
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
            std::thread::sleep(Duration::from_millis(7 * round));
            node.kill()
        });
        let starting = Instant::now();
        node = Node::start_in(folder, &[]);
        assert!(starting.elapsed() < Duration::from_secs(3), "{:?}", starting.elapsed());
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

/// Ends the node before the `nth` of its next calls that write.
fn kill_at_write(node: &Node, nth: u32) -> Child {
    let mut strace = Command::new("strace")
        .args(["--quiet=all", "-f", "-e", "trace=fdatasync,fsync,pwrite64,write,rename,unlink,ftruncate"])
        .args(["-e", &format!("inject=fdatasync,fsync,pwrite64,rename,unlink,ftruncate:signal=SIGKILL:when={nth}")])
        .args(["-o", "/dev/null", "-p", &node.pid().as_raw_nonzero().to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let traced = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid().as_raw_nonzero())).unwrap();
        !status.contains("TracerPid:\t0")
    };
    let begin = Instant::now();
    while !traced() {
        assert!(
            begin.elapsed() < Duration::from_secs(5) && strace.try_wait().unwrap().is_none(),
            "strace does not trace"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    // Threads are attached one after the other.
    std::thread::sleep(Duration::from_millis(50));
    strace
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
        let mut strace = kill_at_write(&node, nth);
        let form = reqwest::blocking::multipart::Form::new().text("certificate", signed.clone());
        let answer = client.call(Method::PUT, "/api/v1/server-certificate").multipart(form).send();
        let acknowledged = answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::OK);
        let folder = node.kill();
        strace.wait().unwrap();
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
