//! Against Debian's etcd, in processes that end with the test.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

#[path = "../../../tests/node/process.rs"]
mod process;
#[path = "../../../tests/node/etcd_servers.rs"]
mod etcd_servers;

pub(in crate::cluster) use etcd_servers::EtcdServers;
use etcd_servers::EtcdTls;

/// What a call may take over its limit on a machine that is busy.
const GRACE: Duration = Duration::from_secs(1);

pub(in crate::cluster) fn plain(endpoints: Vec<String>) -> Settings {
    Settings { endpoints, ca: None, certificate: None, key: None }
}

fn client_of(servers: &EtcdServers) -> Etcd {
    Etcd::new(&plain(servers.endpoints())).unwrap()
}

fn put(key: &str, value: impl Into<Vec<u8>>) -> Write {
    Write::Put { key: key.to_owned(), value: value.into(), lease: None }
}

fn delete(key: &str) -> Write {
    Write::Delete { key: key.to_owned() }
}

/// Writes, whatever is there.
async fn done(etcd: &Etcd, writes: &[Write]) -> i64 {
    match etcd.transact(&[], writes).await.unwrap() {
        Transacted::Done(revision) => revision,
        Transacted::Conflict => panic!("a conflict without a condition"),
    }
}

fn pair(key: &str, value: impl Into<Vec<u8>>, revision: i64) -> Pair {
    Pair { key: key.to_owned(), value: value.into(), revision }
}

fn keys(pairs: &[Pair]) -> Vec<&str> {
    pairs.iter().map(|pair| pair.key.as_str()).collect()
}

/// Bytes that do not repeat soon.
fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

async fn compact(etcd: &Etcd, revision: i64) {
    let request = json!({ "revision": revision.to_string(), "physical": true });
    etcd.0.ask::<Value>("v3/kv/compaction", &request, Repeat::Harmless).await.map_err(Error::from).unwrap();
}

/// What the watch says next; it has five seconds.
async fn seen(watch: &mut Watch) -> Vec<Changed> {
    timeout(Duration::from_secs(10), watch.next()).await.expect("nothing was seen").unwrap()
}

/// The one key whose removal the watch sees next, and when.
async fn deleted(watch: &mut Watch) -> (String, i64) {
    match &seen(watch).await[..] {
        [Changed::Deleted { key, revision }] => (key.clone(), *revision),
        other => panic!("{other:?}"),
    }
}

fn away<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Away(words)) => words,
        other => panic!("{other:?}"),
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_written_is_read_whatever_its_bytes() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    assert_eq!(etcd.get("a/1").await.unwrap(), None);
    let every: Vec<u8> = (0..=255).collect();
    let first =
        done(&etcd, &[put("a/1", every.clone()), put("a/2", []), put("a0", "beside"), put("ä/ß", "text")]).await;
    assert_eq!(etcd.get("a/1").await.unwrap(), Some(pair("a/1", every.clone(), first)));
    assert_eq!(
        etcd.range("a/").await.unwrap(),
        Seen { pairs: vec![pair("a/1", every.clone(), first), pair("a/2", [], first)], revision: first }
    );
    assert_eq!(keys(&etcd.range("").await.unwrap().pairs), ["a/1", "a/2", "a0", "ä/ß"]);
    assert_eq!(keys(&etcd.range("ä/").await.unwrap().pairs), ["ä/ß"]);
    assert_eq!(etcd.range("b").await.unwrap(), Seen { pairs: Vec::new(), revision: first });
    let wanted = ["ä/ß", "none", "a/1"].map(str::to_owned);
    assert_eq!(etcd.get_all(&wanted).await.unwrap(), [pair("ä/ß", "text", first), pair("a/1", every, first)]);
    assert_eq!(etcd.get_all(&[]).await.unwrap(), []);
    let second = done(&etcd, &[delete("a/1"), delete("none")]).await;
    assert!(second > first);
    assert_eq!(etcd.get("a/1").await.unwrap(), None);
}

#[tokio::test]
async fn all_is_written_if_every_condition_holds_and_nothing_if_one_does_not() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let at = |key: &str, revision| (key.to_owned(), revision);
    let Transacted::Done(first) = etcd.transact(&[at("a", 0)], &[put("a", "1"), put("b", "1")]).await.unwrap() else {
        panic!("it is absent");
    };
    assert_eq!(etcd.transact(&[at("a", 0)], &[put("a", "2")]).await.unwrap(), Transacted::Conflict);
    let other = done(&etcd, &[put("b", "other")]).await;
    let both = [put("a", "2"), delete("b")];
    assert_eq!(etcd.transact(&[at("a", first), at("b", first)], &both).await.unwrap(), Transacted::Conflict);
    assert_eq!(etcd.range("").await.unwrap().pairs, [pair("a", "1", first), pair("b", "other", other)]);
    let Transacted::Done(last) = etcd.transact(&[at("a", first), at("b", other)], &both).await.unwrap() else {
        panic!("both are as they were");
    };
    assert_eq!(etcd.range("").await.unwrap(), Seen { pairs: vec![pair("a", "2", last)], revision: last });
    let words = refused(etcd.transact(&[], &[put("a", "1"), put("a", "2")]).await);
    assert_eq!(words, format!("{}: etcdserver: duplicate key given in txn request", servers.endpoints()[0]));
}

#[tokio::test]
async fn a_lease_that_is_not_kept_alive_ends_and_takes_its_keys() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let leased = |key: &str, lease| Write::Put { key: key.to_owned(), value: b"here".to_vec(), lease: Some(lease) };
    let (short, kept, revoked) =
        (etcd.grant(3).await.unwrap(), etcd.grant(3).await.unwrap(), etcd.grant(60).await.unwrap());
    let put = done(&etcd, &[leased("kept", kept), leased("revoked", revoked), leased("short", short)]).await;
    let mut watch = etcd.watch("", put + 1).await.unwrap();
    etcd.revoke(revoked).await.unwrap();
    assert_eq!(deleted(&mut watch).await, ("revoked".to_owned(), put + 1));
    etcd.revoke(revoked).await.unwrap();
    let beats = async {
        let mut beat = tokio::time::interval(Duration::from_millis(300));
        loop {
            beat.tick().await;
            assert!(etcd.keep_alive(kept).await.unwrap());
        }
    };
    let watched = async {
        assert_eq!(deleted(&mut watch).await, ("short".to_owned(), put + 2));
        timeout(Duration::from_secs(2), watch.next()).await.expect_err("one that is kept alive ended");
    };
    tokio::select! {
        () = watched => {}
        () = beats => {}
    }
    assert!(!etcd.keep_alive(short).await.unwrap());
    assert_eq!(keys(&etcd.range("").await.unwrap().pairs), ["kept"]);
    assert_eq!(deleted(&mut watch).await.0, "kept");
    assert!(!etcd.keep_alive(kept).await.unwrap());
    let words = refused(etcd.transact(&[], &[leased("late", kept)]).await);
    assert!(words.contains("lease not found"), "{words}");
}

#[tokio::test]
async fn a_watch_sees_what_was_missed_and_what_comes() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let first = done(&etcd, &[put("a/1", "1"), put("b", "not watched")]).await;
    let second = done(&etcd, &[put("a/1", "2"), put("a/2", [0, 255])]).await;
    let third = done(&etcd, &[delete("a/1"), put("b", "again")]).await;
    let deleted = |key: &str, revision| Changed::Deleted { key: key.to_owned(), revision };
    let all = [
        Changed::Put(pair("a/1", "1", first)),
        Changed::Put(pair("a/1", "2", second)),
        Changed::Put(pair("a/2", [0, 255], second)),
        deleted("a/1", third),
    ];
    let mut watch = etcd.watch("a/", 1).await.unwrap();
    assert_eq!(seen(&mut watch).await, all);
    assert_eq!(seen(&mut etcd.watch("a/", third).await.unwrap()).await, all[3..]);
    let mut from_now = etcd.watch("a/", 0).await.unwrap();
    // Silent for longer than it is believed without a question.
    timeout(Duration::from_millis(2500), watch.next()).await.unwrap_err();
    done(&etcd, &[put("b", "not watched")]).await;
    let last = done(&etcd, &[put("a/3", "3")]).await;
    let news = [Changed::Put(pair("a/3", "3", last))];
    assert_eq!(seen(&mut watch).await, news);
    assert_eq!(seen(&mut from_now).await, news);
}

#[tokio::test]
async fn a_watch_of_what_is_compacted_says_so() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let first = done(&etcd, &[put("a", "1")]).await;
    done(&etcd, &[put("a", "2")]).await;
    let third = done(&etcd, &[put("a", "3")]).await;
    compact(&etcd, third).await;
    let outcome = timeout(Duration::from_secs(5), async { etcd.watch("a", first).await?.next().await });
    assert_eq!(outcome.await.unwrap(), Err(Error::Compacted(third)));
    let now = etcd.range("a").await.unwrap();
    assert_eq!(now, Seen { pairs: vec![pair("a", "3", third)], revision: third });
    let mut watch = etcd.watch("a", now.revision + 1).await.unwrap();
    let last = done(&etcd, &[put("a", "4")]).await;
    assert_eq!(seen(&mut watch).await, [Changed::Put(pair("a", "4", last))]);
}

#[tokio::test]
async fn a_thousand_keys_and_large_values_come_whole() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let small: Vec<String> = (0..1000).map(|number| format!("small/{number:04}")).collect();
    for keys in small.chunks(100) {
        done(&etcd, &keys.iter().map(|key| put(key, key.as_bytes())).collect::<Vec<_>>()).await;
    }
    let megabyte = noise(1_000_000);
    let large: Vec<String> = (0..7).map(|number| format!("large/{number:02}")).collect();
    for key in &large {
        done(&etcd, &[put(key, megabyte.clone())]).await;
    }
    let pairs = etcd.range("small/").await.unwrap().pairs;
    assert_eq!(keys(&pairs), small);
    assert!(pairs.iter().all(|pair| pair.value == pair.key.as_bytes()));
    assert_eq!(keys(&etcd.get_all(&small).await.unwrap()), small);
    // All of them in one would be more than an answer may have.
    let pairs = etcd.range("large/").await.unwrap().pairs;
    assert_eq!(keys(&pairs), large);
    assert!(pairs.iter().all(|pair| pair.value == megabyte));
    assert_eq!(keys(&etcd.get_all(&large).await.unwrap()), large);
    let both = [&large[..], &small[..]].concat();
    assert_eq!(keys(&etcd.range("").await.unwrap().pairs), both);
    let words = refused(etcd.transact(&[], &[put("larger", noise(1_600_000))]).await);
    assert!(words.ends_with("etcdserver: request is too large"), "{words}");
}

#[tokio::test]
async fn a_watch_gives_the_changes_of_a_transaction_together() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    // Of three halves of two of them etcd makes a fragment, and of the rest another.
    let half = noise(650_000);
    let first = done(&etcd, &[put("a", half.clone()), put("b", half.clone())]).await;
    let second = done(&etcd, &[put("a", half.clone()), put("b", half.clone())]).await;
    let mut watch = etcd.watch("", 1).await.unwrap();
    for revision in [first, second] {
        let whole = ["a", "b"].map(|key| Changed::Put(pair(key, half.clone(), revision)));
        assert!(seen(&mut watch).await == whole, "revision {revision} came in parts");
    }
}

#[tokio::test]
async fn with_one_member_of_three_gone_it_goes_on_and_with_all_gone_it_is_away_until_they_are_back() {
    let mut servers = EtcdServers::start(3, None);
    let etcd = client_of(&servers);
    let first = done(&etcd, &[put("a", "1")]).await;
    // Its quorum goes on without the one that was asked until now, which takes its connections with it or leaves them open.
    servers.pause(0);
    let second = written_in_the_end(&etcd, "a", first, "2").await;
    servers.kill(0);
    let third = written_in_the_end(&etcd, "a", second, "3").await;
    let mut watch = etcd.watch("a", third + 1).await.unwrap();
    servers.kill_all();
    let words = away(timeout(Duration::from_secs(5), watch.next()).await.unwrap());
    assert!(servers.endpoints()[1..].iter().any(|url| words.starts_with(url)), "{words}");
    let begun = Instant::now();
    let words = away(etcd.get("a").await);
    assert!(begun.elapsed() < endpoints::WHOLE + GRACE, "{:?}", begun.elapsed());
    for url in servers.endpoints() {
        assert!(words.contains(&url), "{words}");
    }
    away(etcd.watch("a", 1).await.map(drop));
    servers.start_all();
    assert_eq!(etcd.get("a").await.unwrap(), Some(pair("a", "3", third)));
    // The other two elect a leader in place of theirs.
    servers.kill(servers.leader());
    written_in_the_end(&etcd, "a", third, "4").await;
    servers.start_all();
    // One alone has no quorum.
    servers.kill(0);
    servers.kill(2);
    let begun = Instant::now();
    let (got, watched) = tokio::join!(etcd.get("a"), etcd.watch("a", 1));
    away(got);
    away(watched.map(drop));
    assert!(begun.elapsed() < endpoints::WHOLE + GRACE, "{:?}", begun.elapsed());
}

/// Writes as whoever uses this must: again while etcd is away, and after a conflict not before looking.
async fn written_in_the_end(etcd: &Etcd, key: &str, mut revision: i64, value: &str) -> i64 {
    let begun = Instant::now();
    loop {
        match etcd.transact(&[(key.to_owned(), revision)], &[put(key, value)]).await {
            Ok(Transacted::Done(revision)) => return revision,
            Ok(Transacted::Conflict) => {
                let now = etcd.get(key).await.unwrap().unwrap();
                if now.value == value.as_bytes() {
                    return now.revision;
                }
                revision = now.revision;
            }
            // While a new leader is elected.
            Err(Error::Away(_)) if begun.elapsed() < Duration::from_secs(10) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_watch_of_a_server_that_hangs_ends() {
    let servers = EtcdServers::start(1, None);
    let etcd = client_of(&servers);
    let mut watch = etcd.watch("a", 0).await.unwrap();
    servers.pause(0);
    let begun = Instant::now();
    let asked = async {
        away(etcd.get("a").await);
        assert!(begun.elapsed() < endpoints::WHOLE + GRACE, "{:?}", begun.elapsed());
    };
    let (watched, ()) = tokio::join!(timeout(Duration::from_secs(15), watch.next()), asked);
    assert_eq!(away(watched.unwrap()), format!("{}: it did not answer in time", servers.endpoints()[0]));
    assert!(begun.elapsed() < Duration::from_secs(4) + GRACE, "{:?}", begun.elapsed());
    servers.resume(0);
    assert_eq!(etcd.get("a").await.unwrap(), None);
}

/// Takes one request after the other and hangs up: the URL.
fn one_that_hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let _ = connection.unwrap().read(&mut [0; 4096]);
        }
    });
    format!("http://127.0.0.1:{port}")
}

/// Answers every request as no etcd does: the URL.
fn one_that_is_no_etcd() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4096]);
            let _ =
                connection.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone");
        }
    });
    format!("http://127.0.0.1:{port}")
}

#[tokio::test]
async fn what_may_have_been_done_is_sent_to_another_only_if_twice_is_harmless() {
    let servers = EtcdServers::start(1, None);
    let [real] = &servers.endpoints()[..] else { panic!("one") };
    let broken = one_that_hangs_up();
    let both = || Etcd::new(&plain(vec![broken.clone(), real.clone()])).unwrap();
    let words = away(both().transact(&[], &[put("a", "1")]).await);
    assert!(words.starts_with(&broken) && words.ends_with("whether it was done is not known"), "{words}");
    let not_the_written_one = [("other".to_owned(), 0)];
    away(both().transact(&not_the_written_one, &[put("a", "1")]).await);
    away(both().transact(&[("a".to_owned(), 0)], &[delete("a")]).await);
    assert_eq!(both().get("a").await.unwrap(), None);
    let guarded = both().transact(&[("a".to_owned(), 0)], &[put("a", "1")]).await.unwrap();
    assert!(matches!(guarded, Transacted::Done(_)));
    // Nobody listens there: it was surely not done.
    let unsent = Etcd::new(&plain(vec![format!("http://127.0.0.1:{}", process::free_port()), real.clone()])).unwrap();
    done(&unsent, &[put("a", "2")]).await;
    let other = one_that_is_no_etcd();
    let words = away(Etcd::new(&plain(vec![other.clone()])).unwrap().get("a").await);
    assert_eq!(
        words,
        format!("{other}: it answered 404 Not Found; is this an etcd from 3.4 on, with its gRPC gateway?")
    );
}

/// A CA and what it issues, in files.
struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `<name>.pem` and `<name>.key`, for 127.0.0.1, as a server and a client.
    fn issue(&self, name: &str) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

fn over_tls(endpoints: &[String], ca: &Path, certificate: Option<(&Authority, &str)>) -> Settings {
    let file = |ending: &str| certificate.map(|(authority, name)| authority.file(&format!("{name}.{ending}")));
    Settings { endpoints: endpoints.to_vec(), ca: Some(ca.to_owned()), certificate: file("pem"), key: file("key") }
}

#[tokio::test]
async fn tls_is_verified_by_both() {
    let (authority, foreign) = (Authority::new("etcd's CA"), Authority::new("another CA"));
    authority.issue("server");
    authority.issue("node");
    foreign.issue("node");
    let ca = authority.file("ca.pem");
    let tls =
        EtcdTls { certificate: authority.file("server.pem"), key: authority.file("server.key"), client_ca: ca.clone() };
    let servers = EtcdServers::start(1, Some(tls));
    let urls = servers.endpoints();
    let by = |ca: &Path, certificate| Etcd::new(&over_tls(&urls, ca, certificate)).unwrap();
    let etcd = by(&ca, Some((&authority, "node")));
    let mut watch = etcd.watch("a", 0).await.unwrap();
    let revision = done(&etcd, &[put("a", "over TLS")]).await;
    assert_eq!(seen(&mut watch).await, [Changed::Put(pair("a", "over TLS", revision))]);
    let words = away(by(&foreign.file("ca.pem"), Some((&authority, "node"))).get("a").await);
    assert_eq!(words, format!("{}: invalid peer certificate: UnknownIssuer", urls[0]));
    for certificate in [None, Some((&foreign, "node"))] {
        let words = away(by(&ca, certificate).get("a").await);
        assert_eq!(words, format!("{}: received fatal alert: BadCertificate", urls[0]));
    }
    let by_name = urls[0].replace("127.0.0.1", "localhost");
    let words = away(Etcd::new(&over_tls(&[by_name], &ca, Some((&authority, "node")))).unwrap().get("a").await);
    assert!(words.contains("invalid peer certificate: certificate not valid for name \"localhost\""), "{words}");
}

#[test]
fn settings_that_cannot_be_used_are_refused_in_words() {
    let authority = Authority::new("a CA");
    authority.issue("node");
    authority.issue("other");
    let (ca, none) = (authority.file("ca.pem"), authority.file("none.pem"));
    let https = || vec!["https://127.0.0.1:2379".to_owned()];
    let with_node = over_tls(&https(), &ca, Some((&authority, "node")));
    let check = |settings: &Settings, wanted: &str| match Etcd::new(settings).err() {
        Some(Error::Settings(words)) => assert!(words.contains(wanted), "{words}: {wanted}"),
        other => panic!("{other:?}: {wanted}"),
    };
    Etcd::new(&with_node).map_err(|error| panic!("{error}")).ok();
    check(&plain(Vec::new()), "etcd has no endpoint");
    check(&plain(vec!["127.0.0.1:2379".to_owned()]), "is no URL");
    check(&plain(vec!["ftp://127.0.0.1".to_owned()]), "ftp://127.0.0.1 is not http://HOST:PORT");
    check(&plain(vec!["http://127.0.0.1/v3".to_owned()]), "must end after its port");
    check(&plain(vec!["http://root:secret@127.0.0.1".to_owned()]), "has a user name or a password in it");
    check(&plain(https()), "needs a file with its CA");
    check(&Settings { endpoints: vec!["http://127.0.0.1".to_owned()], ..with_node.clone() }, "of no use at http://");
    check(&Settings { key: None, ..with_node.clone() }, "has no key");
    check(&Settings { certificate: None, ..with_node.clone() }, "has no certificate");
    check(&Settings { key: Some(authority.file("other.key")), ..with_node.clone() }, "node.pem cannot be used");
    check(&Settings { ca: Some(authority.file("node.key")), ..with_node.clone() }, "there is no certificate in it");
    check(&Settings { ca: Some(none), ..with_node }, "none.pem cannot be used for etcd: No such file");
}
