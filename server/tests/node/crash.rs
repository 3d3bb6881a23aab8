//! `kill -9` while uploads are made: what was acknowledged is kept, and a certificate is never without its own key.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Authority, Node};

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
