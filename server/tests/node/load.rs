//! A new certificate under traffic: no handshake fails, no connection drops, and who comes after the answer sees it.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection};

use crate::campaign::campaign;
use crate::support::{Authority, Node, Pair, provider, served_at};

/// A handshake: when it was begun, when it was done, and what was served.
type Handshake = (Instant, Instant, Vec<CertificateDer<'static>>);

/// What is wrong with a handshake, while `pairs` were loaded one after the other, each asked for and answered at these times.
fn fault_of((begun, ended, served): &Handshake, pairs: &[Pair], loads: &[(Instant, Instant)]) -> Option<String> {
    let oldest = loads.iter().filter(|(_, answered)| answered < begun).count();
    let newest = loads.iter().filter(|(asked, _)| asked < ended).count();
    let Some(number) = pairs.iter().position(|pair| *served == [pair.der.clone()]) else {
        return Some("a mixed generation".to_owned());
    };
    (!(oldest..=newest).contains(&number)).then(|| format!("{number} served, {oldest} to {newest} allowed"))
}

#[test]
fn a_load_drops_nothing_and_is_seen_by_every_handshake_after_the_answer() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let number = usize::try_from(campaign("CERTWAY_LOADS", 100)).unwrap();
    let streams = usize::try_from(campaign("CERTWAY_STREAMS", 200)).unwrap();
    let pairs: Vec<_> = (0..=number).map(|number| authority.issue(&format!("n{number}.example.com"))).collect();
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
        for _ in 0..streams {
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
                    std::thread::sleep(Duration::from_millis(streams as u64 * 5 / 4));
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
    println!("{number} loads, {streams} kept connections, {} handshakes", handshakes.len());
    assert!(handshakes.len() > 50, "{}", handshakes.len());
    for handshake in &handshakes {
        assert_eq!(fault_of(handshake, &pairs, &loads), None);
    }
    // The trial finds what came too late, too early, and from two generations.
    let (before, after) = (loads[0].0 - Duration::from_millis(1), Instant::now());
    let stale = (after, after, vec![pairs[0].der.clone()]);
    let early = (before, before, vec![pairs[number].der.clone()]);
    let mixed = (after, after, vec![pairs[number].der.clone(), pairs[0].der.clone()]);
    assert!([stale, early, mixed].iter().all(|planted| fault_of(planted, &pairs, &loads).is_some()));
    // Each handshake above, one a kept connection and one for the administrator: none was opened twice.
    let metrics = node.client().bare(Method::GET, "/metrics").send().unwrap().text().unwrap();
    let count = metrics.lines().find_map(|line| line.strip_prefix("certway_tls_handshakes_total ")).unwrap();
    assert_eq!(count.parse::<usize>().unwrap(), handshakes.len() + streams + 1 + 1);
}

/// Serves what it is given, whether it belongs together or not.
#[derive(Debug)]
struct Mixed(Arc<CertifiedKey>);

impl ResolvesServerCert for Mixed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// One handshake with a server that has this certificate and this key.
fn with_key(certificate: &Pair, key: &Pair) -> std::io::Result<Vec<CertificateDer<'static>>> {
    provider();
    let key = PrivateKeyDer::from_pem_slice(key.key.as_bytes()).unwrap();
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).unwrap();
    let mixed = Mixed(Arc::new(CertifiedKey::new(vec![certificate.der.clone()], key)));
    let config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::new(mixed));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
            let _ = connection.complete_io(&mut stream);
        });
        served_at(port)
    })
}

/// What looks at every handshake of these tests finds a certificate that is served with another's key.
#[test]
fn a_certificate_with_anothers_key_is_found() {
    let authority = Authority::new("Root");
    let (one, other) = (authority.issue("one.example.com"), authority.issue("other.example.com"));
    assert_eq!(with_key(&one, &one).unwrap(), std::slice::from_ref(&one.der));
    assert!(with_key(&one, &other).is_err());
}
