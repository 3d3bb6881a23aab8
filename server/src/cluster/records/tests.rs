//! What a node says of a change when etcd does what it is asked and the answer is lost, or when it has lost what it kept.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::etcd::tests::{EtcdServers, plain};
use super::*;

/// In front of etcd: passes everything on, and once it is told to, loses the answer to the next write of documents.
struct Relay {
    url: String,
    lose: Arc<AtomicBool>,
    /// Whether nobody is answered any more after that.
    then_away: bool,
}

impl Relay {
    fn start(servers: &EtcdServers, then_away: bool) -> Arc<Self> {
        let target = servers.endpoints()[0].trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let relay = Arc::new(Self { url, lose: Arc::default(), then_away });
        let (passing, gone) = (Arc::clone(&relay), Arc::new(AtomicBool::new(false)));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if gone.load(Ordering::SeqCst) {
                    continue;
                }
                let (relay, gone) = (Arc::clone(&passing), Arc::clone(&gone));
                let server = TcpStream::connect(&target).unwrap();
                std::thread::spawn(move || relay.pass(client, server, &gone));
            }
        });
        relay
    }

    fn pass(&self, mut client: TcpStream, mut server: TcpStream, gone: &AtomicBool) {
        let (lost, mut back) =
            (Arc::new(AtomicBool::new(false)), (server.try_clone().unwrap(), client.try_clone().unwrap()));
        let answers_lost = Arc::clone(&lost);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(length @ 1..) = back.0.read(&mut bytes) {
                if answers_lost.load(Ordering::SeqCst) {
                    break;
                }
                let _ = back.1.write_all(&bytes[..length]);
            }
            let _ = back.1.shutdown(Shutdown::Both);
        });
        let mut bytes = vec![0; 65536];
        while let Ok(length @ 1..) = client.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..length]);
            if text.contains("request_put") && self.lose.swap(false, Ordering::SeqCst) {
                lost.store(true, Ordering::SeqCst);
                gone.store(self.then_away, Ordering::SeqCst);
            }
            let _ = server.write_all(&bytes[..length]);
        }
        let _ = server.shutdown(Shutdown::Both);
    }
}

fn membership(key: &NodeKey) -> Membership {
    Membership { id: "c0ffee".to_owned(), key: NodeKey::from_secret(key.secret()).unwrap() }
}

fn users(revision: i64, number: i64) -> Outgoing {
    let body = format!("[{number}]").into_bytes();
    let (actor, at) = ("admin".to_owned(), clock::now());
    Outgoing { name: "users".to_owned(), revision, number, actor, at, body, blobs: Vec::new() }
}

/// What lies there, seen without the relay.
fn there(servers: &EtcdServers, key: &NodeKey) -> Option<Incoming> {
    let records = Records::new(&plain(servers.endpoints()), membership(key)).unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pairs = runtime.block_on(records.etcd.range(&records.documents())).unwrap().pairs;
    pairs.first().and_then(|pair| records.document(pair))
}

#[test]
fn a_change_whose_answer_was_lost_is_looked_up_and_counts_as_done() {
    let (servers, key) = (EtcdServers::start(1, None), NodeKey::random().unwrap());
    let relay = Relay::start(&servers, false);
    let settings = plain(vec![relay.url.clone()]);
    relay.lose.store(true, Ordering::SeqCst);
    let founding = Keeper::founding(settings.clone(), membership(&key), "expe1.example.com".to_owned());
    let revision = founding.publish(&[users(0, 1)]).unwrap();
    assert_eq!(there(&servers, &key).unwrap().revision, revision);
    relay.lose.store(true, Ordering::SeqCst);
    let keeper = Keeper::new(settings, membership(&key), "expe1.example.com".to_owned());
    let next = keeper.publish(&[users(revision, 2)]).unwrap();
    let kept = there(&servers, &key).unwrap();
    assert_eq!((kept.revision, kept.number), (next, 2));
    // Another node was faster: that is known.
    assert!(matches!(keeper.publish(&[users(revision, 2)]), Err(NotPublished::Overtaken)));
}

#[test]
fn a_change_whose_answer_was_lost_with_etcd_is_not_said_to_have_changed_nothing() {
    let (servers, key) = (EtcdServers::start(1, None), NodeKey::random().unwrap());
    let relay = Relay::start(&servers, true);
    let keeper = Keeper::new(plain(vec![relay.url.clone()]), membership(&key), "expe1.example.com".to_owned());
    relay.lose.store(true, Ordering::SeqCst);
    assert!(matches!(keeper.publish(&[users(0, 1)]), Err(NotPublished::Unsure(_))));
    assert_eq!(there(&servers, &key).unwrap().number, 1, "it was done");
    // Who is not reached at all has done nothing.
    assert!(matches!(keeper.publish(&[users(0, 1)]), Err(NotPublished::Away(_))));
}

#[test]
fn a_document_that_etcd_has_lost_is_told_from_one_that_another_node_has_changed() {
    let (mut servers, key) = (EtcdServers::start(1, None), NodeKey::random().unwrap());
    let keeper = Keeper::new(plain(servers.endpoints()), membership(&key), "expe1.example.com".to_owned());
    let revision = keeper.publish(&[users(0, 1)]).unwrap();
    servers.lose_all();
    let Err(NotPublished::Away(why)) = keeper.publish(&[users(revision, 2)]) else { panic!("it is not there") };
    assert!(why.contains("`certway cluster restore-shared`"), "{why}");
}
