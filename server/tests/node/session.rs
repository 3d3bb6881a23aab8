//! `/api/v1/session`

use std::net::IpAddr;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Node, PASSWORD};

#[test]
fn signing_in_gives_a_cookie_that_works_until_signing_out() {
    let node = Node::start();
    let mut client = node.client();
    assert_eq!(client.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
    let answer = client.try_sign_in(PASSWORD);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["__Host-certway=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    client.sign_in();
    assert_eq!(client.get("/api/v1/session")["username"], "admin");
    assert_eq!(client.make(Method::DELETE, "/api/v1/session").0, StatusCode::NO_CONTENT);
    assert_eq!(client.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
}

#[test]
fn signing_in_again_ends_the_session_before() {
    let node = Node::start();
    let mut client = node.administrator();
    let before = client.cookie.clone();
    client.sign_in();
    assert_ne!(client.cookie, before);
    client.cookie = before;
    assert_eq!(client.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_answer_in_the_same_time() {
    let node = Node::start();
    let client = node.client();
    let ask = |username: &str| {
        let body = json!({ "username": username, "password": "not the password" });
        let begun = Instant::now();
        let answer = client.call(Method::POST, "/api/v1/session").json(&body).send().unwrap();
        let time = begun.elapsed();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        (answer.text().unwrap(), time)
    };
    ask("admin");
    let asked = [(); 4].map(|()| [ask("admin"), ask("nobody")]);
    assert!(asked.iter().all(|[(known, _), (unknown, _)]| known == unknown));
    // What else the machine does can only make an answer later.
    let quickest = |of: usize| asked.iter().map(|answers| answers[of].1).min().unwrap();
    let (known, unknown) = (quickest(0), quickest(1));
    assert!(known.max(unknown) < known.min(unknown) * 4, "{known:?} {unknown:?}");
    let log = node.administrator().get("/api/v1/events").to_string();
    assert!(log.contains("sign-in-refused") && !log.contains("nobody"), "{log}");
}

/// Two seconds for the product; a build without optimisation, with all other tests beside it, is given more.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 2 });

#[test]
fn guessing_is_limited_and_does_not_keep_the_user_out() {
    let node = Node::start();
    let guesser = node.client();
    let mut familiar = node.administrator();
    let begun = Instant::now();
    let statuses: Vec<StatusCode> = std::thread::scope(|scope| {
        let guessers: Vec<_> = (0..24)
            .map(|_| scope.spawn(|| (0..3).map(|_| guesser.try_sign_in("wrong").status()).collect::<Vec<_>>()))
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        // The same network, but a browser that has been here before; then another network.
        let asked = Instant::now();
        familiar.sign_in();
        assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
        let elsewhere: IpAddr = [127, 0, 0, 9].into();
        let http = reqwest::blocking::Client::builder().danger_accept_invalid_certs(true).local_address(elsewhere);
        let asked = Instant::now();
        let body = json!({ "username": "admin", "password": PASSWORD });
        let url = format!("https://127.0.0.1:{}/api/v1/session", node.https_port);
        let answer = http.build().unwrap().post(url).json(&body).send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
        guessers.into_iter().flat_map(|guesser| guesser.join().unwrap()).collect()
    });
    let tried = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    let limited = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!(tried + limited, statuses.len());
    let allowed = 10.0 + 8.0 + 5.0 * begun.elapsed().as_secs_f64();
    assert!(tried as f64 <= allowed, "{tried} of {allowed}");
    assert!(limited > 0);
    // One that has not been here before, from the very same address, once the guessing is over.
    let asked = Instant::now();
    node.administrator();
    assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
}

#[test]
fn a_wrong_confirmation_is_refused() {
    let node = Node::start();
    let client = node.administrator();
    let answer = client.call(Method::POST, "/api/v1/session/confirm").json(&json!({ "password": "wrong" }));
    let answer = answer.send().unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().unwrap().contains("/problems/wrong-password"));
}

#[test]
fn a_body_that_is_no_json_is_not_repeated() {
    let node = Node::start();
    let client = node.client();
    let call = client.call(Method::POST, "/api/v1/session").header("content-type", "application/json");
    let answer = call.body("{\"username\":\"admin\",\"password\":secret-words}").send().unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(!answer.text().unwrap().contains("secret-words"));
    let answer = client.call(Method::POST, "/api/v1/session").body("username=admin").send().unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
