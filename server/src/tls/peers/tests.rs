//! Two real ends over loopback.

mod ends;

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;

use super::last_word::LastWord;
use super::*;
use ends::{A, Authority, B, Node, Pair, Raw, Way};

fn request(method: Method, path: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(path).body(Bytes::new()).unwrap()
}

async fn who(from: &Node, to: &Node) -> Result<String, CallError> {
    let answer = from.channel.call(B, &to.address, request(Method::GET, "/peer/who")).await?;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key(PROOF));
    Ok(String::from_utf8(answer.body().to_vec()).unwrap())
}

#[track_caller]
fn contains(reasons: &[String], words: &[&str]) {
    for word in words {
        assert!(reasons.iter().any(|reason| reason.contains(word)), "{word}: {reasons:?}");
    }
    assert_eq!(reasons.len(), words.len(), "{reasons:?}");
}

/// What the two show, and what is wrong with each.
struct Case {
    caller: Option<Pair>,
    called: Pair,
    against_caller: &'static [&'static str],
    against_called: &'static [&'static str],
}

async fn check(authority: &Authority, case: &Case) {
    let a = Node::start(A, authority, case.caller.as_ref(), b"key").await;
    let b = Node::start(B, authority, Some(&case.called), b"key").await;
    let verifies = (case.against_caller.is_empty(), case.against_called.is_empty());

    who(&a, &b).await.unwrap();
    who(&a, &b).await.unwrap();
    // Once for the connection, not for each call.
    assert_eq!(a.gate.let_through.lock().unwrap().len(), usize::from(!verifies.1));
    assert_eq!(b.gate.let_through.lock().unwrap().len(), usize::from(!verifies.0));
    for (gate, whom, words) in [(&a.gate, B, case.against_called), (&b.gate, A, case.against_caller)] {
        for (name, reasons) in gate.let_through.lock().unwrap().iter() {
            assert_eq!(name, whom);
            contains(reasons, words);
        }
        assert!(gate.refused.lock().unwrap().is_empty());
    }

    a.gate.enforces.store(true, Ordering::Relaxed);
    a.channel.forget();
    if verifies.1 {
        who(&a, &b).await.unwrap();
    } else {
        let proofs = || [&a, &b].map(|node| node.gate.proofs.load(Ordering::Relaxed));
        let before = proofs();
        let Err(CallError::Refused(reasons)) = who(&a, &b).await else { panic!() };
        contains(&reasons, case.against_called);
        assert_eq!(proofs(), before, "it was refused in the handshake");
        assert_eq!(*a.gate.refused.lock().unwrap(), [(B.to_owned(), reasons)]);
    }

    a.gate.enforces.store(false, Ordering::Relaxed);
    b.gate.enforces.store(true, Ordering::Relaxed);
    a.channel.forget();
    if verifies.0 {
        who(&a, &b).await.unwrap();
        assert!(b.gate.refused.lock().unwrap().is_empty());
    } else {
        let served = b.served.load(Ordering::Relaxed);
        let Err(CallError::RefusedUs(why)) = who(&a, &b).await else { panic!() };
        assert!(why.contains(&b.address), "{why}");
        assert_eq!(b.served.load(Ordering::Relaxed), served);
        let refused = b.gate.refused.lock().unwrap();
        assert_eq!(refused.len(), 1);
        assert!(refused[0].0.ends_with("127.0.0.1"), "{refused:?}");
        contains(&refused[0].1, case.against_caller);
    }

    // Who looks learns both, whatever its own mode.
    for enforces in [false, true] {
        a.gate.enforces.store(enforces, Ordering::Relaxed);
        let looked = a.channel.look(B, &b.address).await;
        assert_eq!(looked.chain, case.called.chain);
        contains(&looked.reasons, case.against_called);
        assert_eq!(looked.refused_us.is_none(), verifies.0, "{looked:?}");
        assert_eq!(looked.silent, None);
    }
}

#[tokio::test]
async fn nodes_that_verify_call_each_other() {
    let authority = Authority::new("Cluster CA");
    let case = Case {
        caller: Some(authority.pair(A, 2040)),
        called: authority.pair(B, 2040),
        against_caller: &[],
        against_called: &[],
    };
    check(&authority, &case).await;
}

#[tokio::test]
async fn a_called_node_that_does_not_verify_is_told_of_or_refused_for_every_reason() {
    let authority = Authority::new("Cluster CA");
    let other = Authority::new("Other CA");
    for (called, against_called) in [
        (authority.pair(A, 2040), &["it is not for b.example.com"][..]),
        (other.pair(B, 2040), &["Other CA"]),
        (authority.pair(B, 2021), &["expired"]),
        (authority.pair(A, 2021), &["expired", "it is not for b.example.com"]),
    ] {
        let case = Case { caller: Some(authority.pair(A, 2040)), called, against_caller: &[], against_called };
        check(&authority, &case).await;
    }
}

#[tokio::test]
async fn a_calling_node_that_does_not_verify_is_told_of_or_refused_for_every_reason() {
    let authority = Authority::new("Cluster CA");
    let other = Authority::new("Other CA");
    for (caller, against_caller) in [
        (Some(other.pair(A, 2040)), &["Other CA"][..]),
        (Some(authority.pair(A, 2021)), &["expired"]),
        (None, &["no certificate"]),
    ] {
        let case = Case { caller, called: authority.pair(B, 2040), against_caller, against_called: &[] };
        check(&authority, &case).await;
    }
}

#[tokio::test]
async fn two_that_do_not_verify_each_other_learn_both() {
    let authority = Authority::new("Cluster CA");
    let case = Case {
        caller: Some(authority.pair(A, 2021)),
        called: authority.pair(A, 2021),
        against_caller: &["expired"],
        against_called: &["expired", "it is not for b.example.com"],
    };
    check(&authority, &case).await;
}

#[tokio::test]
async fn a_refusal_is_always_heard() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2021)), b"key").await;
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    b.gate.enforces.store(true, Ordering::Relaxed);
    for _ in 0..50 {
        assert!(matches!(who(&a, &b).await, Err(CallError::RefusedUs(_))));
    }
}

#[tokio::test]
async fn an_alert_is_heard_by_one_who_only_writes() {
    let authority = Authority::new("Cluster CA");
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    b.gate.enforces.store(true, Ordering::Relaxed);
    let config = Raw::config(&b, &[&rustls::version::TLS13], &[PROTOCOL]);
    let mut stream = LastWord(Raw::stream(&b, config).await.unwrap());
    let written = async {
        loop {
            if let Err(error) = stream.write_all(b"GET").await.and(stream.flush().await) {
                break error;
            }
            tokio::task::yield_now().await;
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(10), written).await.unwrap();
    let said = tls_error(&error).unwrap_or_else(|| panic!("{error}"));
    assert_eq!(*said, rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired));
}

#[tokio::test]
async fn a_certificate_opens_nothing_without_the_key_of_the_cluster() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2040)), b"key").await;
    let stranger = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"other key").await;
    let Err(CallError::Refused(reasons)) = who(&a, &stranger).await else { panic!() };
    contains(&reasons, &["does not prove"]);
    assert_eq!(*a.gate.refused.lock().unwrap(), [(B.to_owned(), reasons)]);
    assert_eq!(stranger.gate.refused.lock().unwrap().len(), 1);
    assert_eq!(stranger.served.load(Ordering::Relaxed), 0);
    let looked = a.channel.look(B, &stranger.address).await;
    contains(&looked.reasons, &["does not prove"]);

    // A node that has the name of nobody whom the other knows.
    let c = Node::start("c.example.com", &authority, Some(&authority.pair("c.example.com", 2040)), b"key").await;
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    let Err(CallError::RefusedUs(why)) = who(&c, &b).await else { panic!() };
    assert!(why.contains("knows no node 'c.example.com'"), "{why}");
    assert_eq!(c.channel.look(B, &b.address).await.refused_us, Some(why));

    // One without a key proves nothing, and to it nothing is proven.
    let keyless = Node::start(A, &authority, Some(&authority.pair(A, 2040)), b"").await;
    assert!(matches!(who(&keyless, &b).await, Err(CallError::Broken(_))));
    let keyless = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"").await;
    assert!(matches!(who(&a, &keyless).await, Err(CallError::Refused(_))));

    // Another node of the cluster is not the one that was called.
    let misled = a.channel.call(B, &c.address, request(Method::GET, "/peer/who")).await;
    assert!(matches!(misled, Err(CallError::Refused(_))), "{misled:?}");
    assert_eq!([b.served.load(Ordering::Relaxed), c.served.load(Ordering::Relaxed)], [0, 0]);
}

#[tokio::test]
async fn a_proof_holds_for_its_connection_its_name_and_its_end() {
    let authority = Authority::new("Cluster CA");
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    let proof = |raw: &Raw, end, name| raw.binding.proof(&*b.gate, end, name).unwrap().to_string();

    let mut first = Raw::connect(&b).await;
    let own = proof(&first, End::Calling, A);
    let answer = first.get("/peer/who", A, &own).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.proof, Some(proof(&first, End::Answering, B)));
    assert_ne!(answer.proof.as_deref(), Some(&*own));

    let mut second = Raw::connect(&b).await;
    let reflected = proof(&second, End::Answering, B);
    let right = proof(&second, End::Calling, A);
    let upper = right.to_uppercase();
    for (name, proof) in [
        (A, &*own),
        (B, &*reflected),
        (A, &*reflected),
        (B, &*right),
        (A, &*upper),
        (A, &right[..32]),
        (A, ""),
        ("", ""),
    ] {
        for path in ["/peer/who", HELLO, "/"] {
            let answer = second.get(path, name, proof).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} {proof}");
            assert_eq!(answer.kind, "application/problem+json");
            assert!(answer.body.contains(NOT_TAKEN), "{}", answer.body);
        }
    }
    assert_eq!(second.get(HELLO, A, &right).await.status, StatusCode::NO_CONTENT);
    assert_eq!(second.get("/elsewhere", A, &right).await.status, StatusCode::NOT_FOUND);
    assert_eq!(b.served.load(Ordering::Relaxed), 1);
    assert!(b.gate.let_through.lock().unwrap().iter().all(|(name, _)| name == A));
}

#[tokio::test]
async fn another_mode_holds_from_the_next_handshake_and_older_connections_end() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2021)), b"key").await;
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    let first = who(&a, &b).await.unwrap();
    assert_eq!(who(&a, &b).await.unwrap(), first, "it is kept");
    a.channel.forget();
    let second = who(&a, &b).await.unwrap();
    assert_ne!(second, first, "it is not kept");
    // A call that can be repeated is, when the other end has closed what was kept.
    b.port.renew();
    until(async || who(&a, &b).await.unwrap() != second).await;

    let third = who(&a, &b).await.unwrap();
    b.gate.enforces.store(true, Ordering::Relaxed);
    assert_eq!(who(&a, &b).await.unwrap(), third, "a connection is judged when it begins");
    b.port.renew();
    until(async || match who(&a, &b).await {
        Ok(same) => {
            assert_eq!(same, third);
            false
        }
        Err(CallError::RefusedUs(_)) => true,
        Err(error) => panic!("{error}"),
    })
    .await;
}

/// Repeats what may be a moment away.
async fn until(done: impl AsyncFn() -> bool) {
    let repeated = async { while !done().await {} };
    tokio::time::timeout(Duration::from_secs(10), repeated).await.unwrap();
}

#[tokio::test]
async fn a_request_under_way_is_answered_and_its_connection_not_used_again() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2040)), b"key").await;
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    for meanwhile in [|a: &Node, _: &Node| a.channel.forget(), |_: &Node, b: &Node| b.port.renew()] {
        let call = a.channel.call(B, &b.address, request(Method::POST, "/peer/wait"));
        let meanwhile = async {
            b.waiting.notified().await;
            meanwhile(&a, &b);
            b.go_on.notify_one();
        };
        let (answer, ()) = tokio::join!(call, meanwhile);
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
        let waited = b.last_port.load(Ordering::Relaxed);
        assert!(!who(&a, &b).await.unwrap().ends_with(&format!(" {waited}")));
    }
}

#[tokio::test]
async fn nothing_is_resumed_and_nothing_older_is_spoken() {
    let authority = Authority::new("Cluster CA");
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    let config = Raw::config(&b, &[&rustls::version::TLS13], &[PROTOCOL]);
    for _ in 0..2 {
        let mut raw = Raw::connect_with(&b, Arc::clone(&config)).await.unwrap();
        assert_eq!(raw.kind, Some(rustls::HandshakeKind::Full));
        let proof = raw.binding.proof(&*b.gate, End::Calling, A).unwrap();
        assert_eq!(raw.get("/peer/who", A, &proof).await.status, StatusCode::OK);
    }
    let older = Raw::config(&b, &[&rustls::version::TLS12], &[PROTOCOL]);
    Raw::connect_with(&b, older).await.unwrap_err();
    let browser = Raw::config(&b, &[&rustls::version::TLS13], &[b"h2", b"http/1.1"]);
    Raw::connect_with(&b, browser).await.unwrap_err();
}

#[tokio::test]
async fn another_port_of_a_node_is_not_called() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2040)), b"key").await;
    let pair = authority.pair(B, 2040);
    let https = Node::start_as(Way::Https, B, &authority, Some(&pair), b"key").await;
    let Err(CallError::Broken(why)) = who(&a, &https).await else { panic!() };
    assert!(why.contains(&https.address), "{why}");
    let plain = Node::start_as(Way::Plain, B, &authority, Some(&pair), b"key").await;
    let Err(CallError::Broken(why)) = who(&a, &plain).await else { panic!() };
    assert!(why.contains(&plain.address), "{why}");
}

#[tokio::test]
async fn calls_have_limits() {
    let authority = Authority::new("Cluster CA");
    let a = Node::start(A, &authority, Some(&authority.pair(A, 2040)), b"key").await;
    let b = Node::start(B, &authority, Some(&authority.pair(B, 2040)), b"key").await;
    let whole = a.channel.call(B, &b.address, request(Method::GET, "/peer/much/16777216")).await.unwrap();
    assert_eq!(whole.body().len(), 16 * 1024 * 1024);
    let much = a.channel.call(B, &b.address, request(Method::GET, "/peer/much/16777217")).await;
    assert!(matches!(much, Err(CallError::Broken(ref why)) if why.contains("16777216")), "{much:?}");
    let limit = Duration::from_millis(500);
    let late = a.channel.call_within(limit, B, &b.address, request(Method::GET, "/peer/wait")).await;
    assert!(matches!(late, Err(CallError::Broken(ref why)) if why.contains("0.5 s")), "{late:?}");

    // Somebody who takes connections and says nothing; then nobody.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = deaf.local_addr().unwrap().to_string();
    let begun = std::time::Instant::now();
    let silent = a.channel.look(B, &address).await.silent.unwrap();
    assert!(silent.contains(&address), "{silent}");
    assert!(begun.elapsed() < Duration::from_secs(8));
    drop(deaf);
    let silent = a.channel.call(B, &address, request(Method::GET, "/peer/who")).await;
    assert!(matches!(silent, Err(CallError::Silent(ref why)) if why.contains(&address)), "{silent:?}");
}
