//! The ACME certificate service when things go wrong: killed at each step, refused nonces, a provider that is down or signs
//! badly, a clock that is wrong.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acme::{ACME, NAME, ca_of, over, registration, set_up, settings, sign, whose, with_pebble};
use crate::acme_proxy::{Answered, Asked, Between, Proxy, Verdict, problem};
use crate::acme_servers::{Like, Pebble};
use crate::process::free_port;
use crate::support::{Authority, Client, Node};

/// How often a campaign asks for a certificate; 50 without one.
fn rounds() -> usize {
    std::env::var("CERTWAY_CAMPAIGN").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(50)
}

#[test]
fn half_of_all_nonces_may_be_refused() {
    let (_node, pebble, admin) =
        with_pebble(Like { rejected_nonces: 50, reused_authorisations: 100, ..Like::default() }, &json!({}));
    for round in 0..rounds() {
        let service = sign(&admin);
        assert_eq!(service["status"]["last_sign"]["ok"], true, "round {round}: {service}");
        let (status, service) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
        assert_eq!(status, StatusCode::OK, "round {round}: {service}");
    }
    assert_eq!(issued(&pebble), rounds(), "one certificate for each time that Sign was pressed");
}

/// How many certificates a pebble has issued.
fn issued(pebble: &Pebble) -> usize {
    pebble.log().matches("Issued certificate serial").count()
}

/// Holds up the first request for a place that it is told of, before the pebble gets it or after.
pub(crate) struct HoldUp {
    place: Mutex<Option<(&'static str, &'static str)>>,
    held: Mutex<Sender<()>>,
}

impl HoldUp {
    pub(crate) fn at(&self, when: &'static str, place: &'static str) {
        *self.place.lock().unwrap() = Some((when, place));
    }

    fn step(&self, asked: &Asked, now: &str) -> Verdict {
        let mut place = self.place.lock().unwrap();
        if asked.method == Method::POST && place.is_some_and(|(when, at)| when == now && asked.path.starts_with(at)) {
            *place = None;
            self.held.lock().unwrap().send(()).unwrap();
            return Err(());
        }
        Ok(())
    }
}

impl Between for HoldUp {
    fn before(&self, asked: &Asked) -> Result<Option<Answered>, ()> {
        self.step(asked, "before").map(|()| None)
    }

    fn after(&self, asked: &Asked, _: &mut Answered) -> Verdict {
        self.step(asked, "after")
    }
}

pub(crate) fn hold_up() -> (Arc<HoldUp>, Receiver<()>) {
    let (sender, receiver) = channel();
    (Arc::new(HoldUp { place: Mutex::default(), held: Mutex::new(sender) }), receiver)
}

#[test]
fn a_kill_at_any_step_loses_no_key_and_orders_nothing_twice() {
    let (https, http) = (free_port(), free_port());
    let mut node = Node::start_at_ports(tempfile::tempdir().unwrap(), https, http);
    let pebble = Pebble::start(Like { http_port: http, ..Like::default() });
    let (hold, held) = hold_up();
    let proxy = Proxy::start(&pebble, Arc::clone(&hold) as Arc<dyn Between>);
    let mut admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    let places = ["/order-plz", "/authZ/", "/chalZ/", "/my-order/", "/finalize-order/", "/certZ/"];
    for (place, when) in places.into_iter().flat_map(|place| [(place, "before"), (place, "after")]) {
        let at = format!("{when} {place}");
        // For an account of its own nothing is valid before: a pebble that is to use no authorisation again does so now and then.
        admin.confirm();
        assert_eq!(admin.post("/api/v1/acme/accounts", &registration()).0, StatusCode::OK);
        let (orders, certificates) = (proxy.orders().len(), issued(&pebble));
        hold.at(when, place);
        assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::ACCEPTED);
        let reached = held.recv_timeout(Duration::from_secs(30));
        assert!(reached.is_ok(), "{at} is never reached: {}", admin.get(ACME)["status"]);
        node = Node::start_at_ports(node.kill(), https, http);
        admin = node.administrator();
        // The node goes on by itself, unless it cannot know whether the provider has the order.
        let mut service;
        if place == "/order-plz" {
            service = until(&admin, |service| service["status"]["next_sign"]["at"].is_string());
            assert!(service["pending"].is_null(), "{at}: {service}");
            assert_eq!(proxy.orders().len(), orders + 1, "{at}: nothing is ordered again by itself");
            assert_eq!(service["status"]["next_sign"]["message"], "The node goes on with the order that was begun.");
            service = sign(&admin);
        } else {
            service = until(&admin, |service| {
                let failed = service["status"]["last_sign"]["ok"] == false;
                service["status"]["running"].is_null() && (failed || service["pending"].is_object())
            });
            assert_eq!(proxy.orders().len(), orders + 1, "{at}: the order went on");
        }
        if service["status"]["last_sign"]["ok"] == false && place != "/certZ/" {
            // The provider has looked while the node was dead or rising, and that was the end of the order.
            let message = service["status"]["last_sign"]["message"].as_str().unwrap();
            assert!(message.starts_with("node.example.com: The provider"), "{at}: {service}");
            service = sign(&admin);
        }
        assert_eq!(service["status"]["last_sign"]["ok"], true, "{at}: {service}");
        assert_eq!(issued(&pebble), certificates + 1, "{at}: one certificate");
        let serial = service["pending"]["certificate"]["decoded"]["serial"].as_str().unwrap();
        let known = pebble.log().lines().rfind(|line| line.contains("Issued certificate serial")).unwrap().to_owned();
        assert!(known.contains(serial.trim_start_matches('0')), "{at}: {known}: {serial}");
        // With its key: it can be served.
        let (status, service) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
        assert_eq!(status, StatusCode::OK, "{at}: {service}");
    }
}

/// Puts another chain in the place of the one that was signed.
struct Instead(Mutex<Option<String>>);

impl Between for Instead {
    fn after(&self, asked: &Asked, answered: &mut Answered) -> Verdict {
        if let Some(chain) = self.0.lock().unwrap().as_ref().filter(|_| asked.path.starts_with("/certZ/")) {
            answered.body = chain.clone().into_bytes();
        }
        Ok(())
    }
}

#[test]
fn a_certificate_that_is_not_as_it_must_be_is_kept_out() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let instead = Arc::new(Instead(Mutex::default()));
    let proxy = Proxy::start(&pebble, Arc::clone(&instead) as Arc<dyn Between>);
    let admin = node.administrator();
    let authority = Authority::new("Private root");
    assert_eq!(admin.append(&authority.pem).0, StatusCode::OK);
    let key = KeyPair::generate().unwrap();
    let own = authority.issue_for(NAME, &key);
    assert_eq!(admin.upload(&own).0, StatusCode::OK);
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({ "rotate_key": false, "automatic": true }));
    let serve = |chain: &str| *instead.0.lock().unwrap() = Some(chain.to_owned());

    // Another key: it never becomes a certificate that waits.
    serve(&authority.issue(NAME).certificate);
    let service = sign(&admin);
    assert_eq!(service["status"]["last_sign"]["ok"], false, "{service}");
    assert!(service["status"]["last_sign"]["message"].as_str().unwrap().contains("breaks the rules"), "{service}");
    assert!(service["pending"].is_null(), "{service}");
    serve("no certificate at all");
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], false);

    // A name that is lost, a usage that is lost: looked at, and not deployed by itself.
    let lost_usage = authority.sign(
        {
            let mut params = crate::support::server_params(NAME);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params
        },
        &key,
    );
    for (certificate, objection) in [
        (
            authority.issue_for("other.example.com", &key),
            "It is without names that the active certificate has: node.example.com.",
        ),
        (lost_usage, "It is not for clients (clientAuth)"),
    ] {
        serve(&certificate.certificate);
        let service = sign(&admin);
        let objections = &service["pending"]["objections"];
        assert!(objections[0]["message"].as_str().unwrap().starts_with(objection), "{service}");
        assert!(service["status"]["next_deploy"]["at"].is_null(), "{service}");
        let (status, refused) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
        assert_eq!(status, StatusCode::CONFLICT, "{refused}");
        assert_eq!(node.served()[0], own.der);
    }
    // A client certificate of its own is the way out.
    let client = authority.issue("client.example.com");
    let parts = [("certificate", client.certificate.as_str()), ("private_key", client.key.as_str())];
    assert_eq!(admin.send(Method::PUT, "/api/v1/client-certificate", &parts).0, StatusCode::OK);
    let service = admin.get(ACME);
    assert_eq!(service["pending"]["objections"], json!([]), "{service}");
    assert!(service["status"]["next_deploy"]["at"].is_string(), "{service}");
    let (status, _) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(admin.get("/api/v1/client-certificate")["active"]["pem"], json!(client.certificate), "it stays");
}

/// Renewal information (RFC 9773 section 4.2) and profiles, as Let's Encrypt's directory and answers have them; Debian's
/// pebble has neither.
#[derive(Default)]
pub(crate) struct Newer {
    /// What the directory's host is.
    base: Mutex<String>,
    /// How it refuses an order that says what it replaces; empty if it takes it.
    refusal: Mutex<&'static str>,
}

impl Newer {
    pub(crate) fn is_at(&self, proxy: &Proxy) {
        proxy.directory.trim_end_matches("/dir").clone_into(&mut self.base.lock().unwrap());
    }

    /// With a problem of that type; or it takes the order and `forgets` what it replaces; or its directory says that it is `unsupported`.
    pub(crate) fn refuse_replacing(&self, refusal: &'static str) {
        *self.refusal.lock().unwrap() = refusal;
    }
}

const RENEWAL: &str = r#"{"suggestedWindow":{"start":"2026-02-03T04:00:00Z","end":"2026-02-04T04:00:00Z"},"explanationURL":"https://example.com/incident"}"#;

impl Between for Newer {
    fn before(&self, asked: &Asked) -> Result<Option<Answered>, ()> {
        let headers = vec![
            ("retry-after".to_owned(), "21600".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let refusal = *self.refusal.lock().unwrap();
        if asked.path == "/order-plz"
            && asked.payload["replaces"].is_string()
            && !matches!(refusal, "" | "forgets" | "unsupported")
        {
            return Ok(Some(problem(if refusal == "rateLimited" { 429 } else { 409 }, refusal)));
        }
        let recorded = || Answered { status: 200, headers, body: RENEWAL.as_bytes().to_vec() };
        Ok(asked.path.starts_with("/renewal-info/").then(recorded))
    }

    fn after(&self, asked: &Asked, answered: &mut Answered) -> Verdict {
        let refusal = *self.refusal.lock().unwrap();
        if asked.path == "/dir" && refusal != "unsupported" {
            let mut directory = answered.json();
            directory["renewalInfo"] = json!(format!("{}/renewal-info", self.base.lock().unwrap()));
            directory["meta"]["profiles"] = json!({
                "classic": "The profile that everyone is used to",
                "shortlived": "A short-lived certificate",
            });
            answered.body = directory.to_string().into_bytes();
        }
        if asked.path == "/order-plz" && answered.status == 201 {
            let mut order = answered.json();
            for field in ["replaces", "profile"] {
                if asked.payload[field].is_string() && (field, refusal) != ("replaces", "forgets") {
                    order[field] = asked.payload[field].clone();
                }
            }
            answered.body = order.to_string().into_bytes();
        }
        Ok(())
    }
}

/// A node, and a pebble that is given renewal information and profiles.
pub(crate) fn with_newer() -> (Node, Pebble, Arc<Newer>, Proxy) {
    let node = Node::start_at_ports(tempfile::tempdir().unwrap(), free_port(), free_port());
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let newer = Arc::new(Newer::default());
    let proxy = Proxy::start(&pebble, Arc::clone(&newer) as Arc<dyn Between>);
    newer.is_at(&proxy);
    (node, pebble, newer, proxy)
}

#[test]
fn renewal_information_and_profiles_of_recorded_answers_are_followed() {
    let (node, pebble, _newer, proxy) = with_newer();
    let (https, http) = (node.https_port, node.http_port);
    let admin = node.administrator();
    let asked = whose(&proxy.directory, &proxy.ca_pem);
    admin.confirm();
    let found = admin.post("/api/v1/acme/directory", &asked).1;
    assert_eq!(found["renewal_information"], true);
    assert_eq!(found["profiles"][1]["name"], "shortlived");
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({ "profile": "shortlived" }));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    sign(&admin);
    assert_eq!(proxy.orders()[0]["profile"], "shortlived");
    assert_eq!(admin.post("/api/v1/acme/pending/deploy", &json!({})).0, StatusCode::OK);
    let set = settings(&proxy.directory, &proxy.ca_pem, &json!({ "automatic": true }));
    assert_eq!(admin.put("/api/v1/acme/settings", &set).0, StatusCode::OK);
    // Asked at the first look after the start. The window has passed, so it is signed anew as soon as an hour has.
    let node = Node::start_at_ports(node.stop(), https, http);
    let admin = node.administrator();
    let next =
        until(&admin, |service| service["status"]["next_sign"]["message"] == "The provider suggests to renew it then.");
    let at = |which: &str| {
        let at: certway_core::Time = next["status"][which]["at"].as_str().unwrap().parse().unwrap();
        at.unix()
    };
    assert!(at("next_sign") - at("last_sign") <= 3600, "{next}");
    let asked = proxy.seen().iter().filter(|asked| asked.path.starts_with("/renewal-info/")).count();
    assert_eq!(asked, 1, "and not again before the time that the provider names");
    sign(&admin);
    let replaced = proxy.orders()[1]["replaces"].as_str().unwrap().to_owned();
    assert!(proxy.seen().iter().any(|asked| asked.path == format!("/renewal-info/{replaced}")), "{replaced}");
}

/// Waits until the service is as it should be.
#[track_caller]
pub(crate) fn until(admin: &Client, right: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let service = admin.get(ACME);
        if right(&service) {
            return service;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{}", admin.get(ACME));
}

#[test]
fn it_renews_by_itself_over_days_without_its_provider() {
    let (https, http) = (free_port(), free_port());
    let start = |folder, shift: &str| Node::start_shifted_at_ports(folder, shift, https, http);
    let node = start(tempfile::tempdir().unwrap(), "+0d");
    let mut pebble = Pebble::start(Like { http_port: http, ..Like::default() });
    let admin = node.administrator();
    set_up(&admin, &pebble.directory, &ca_of(&pebble), &json!({ "automatic": true }));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);

    // In place of the temporary certificate at once: signed at the first look, deployed at the second.
    let node = start(node.stop(), "+0d");
    until(&node.administrator(), |service| service["pending"].is_object());
    let node = start(node.stop(), "+0d");
    let service = until(&node.administrator(), |service| service["active_is_acme"] == true);
    let next = service["status"]["next_sign"].clone();
    assert_eq!(next["message"], "Two thirds of its lifetime have passed then.");
    let first = node.served();

    // A day before, nothing happens. Then the provider is down for days.
    pebble.stop();
    let node = start(node.stop(), "+58d");
    assert_eq!(over(&node.administrator())["status"]["next_sign"], next);
    let mut node = node;
    for (shift, hours) in [("+64d", 1), ("+65d", 2), ("+66d", 4)] {
        node = start(node.stop(), shift);
        let admin = node.administrator();
        let service = until(&admin, |service| {
            service["status"]["last_sign"]["ok"] == false && service["status"]["running"].is_null()
        });
        let message = service["status"]["last_sign"]["message"].as_str().unwrap();
        assert!(message.starts_with("The provider could not be reached"), "{service}");
        assert!(admin.alarms().contains(&"acme-sign-failed".to_owned()));
        assert_eq!(node.served(), first, "it serves on after {hours} h of waiting");
    }
    pebble.start_again();
    let admin = node.administrator();
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    node = start(node.stop(), "+67d");
    let admin = node.administrator();
    let service = until(&admin, |service| service["pending"].is_object());
    assert!(!admin.alarms().contains(&"acme-sign-failed".to_owned()));
    assert_eq!(service["status"]["next_deploy"]["message"], "At the time that is set.", "{service}");
    assert_eq!(node.served(), first);
    node = start(node.stop(), "+68d");
    until(&node.administrator(), |_| node.served() != first);
    // By the pebble's clock it is 68 days old already, so another one is signed in the same minute.
    until(&node.administrator(), |service| service["pending"].is_object());

    // Years to and fro: no panic, and no order while less than an hour has passed.
    let orders = || pebble.log().matches("Added order").count();
    let before = orders();
    for (shift, more) in [("+3650d", 1), ("-3650d", 1), ("+68d", 2), ("+68d", 2)] {
        node = start(node.stop(), shift);
        over(&node.administrator());
        assert!(!node.log().contains("panicked"), "{shift}");
        assert!(orders() <= before + more, "{shift}: {} and then {}", before, orders());
    }
}

/// Leads elsewhere: by a redirect, or by what the directory names.
struct Elsewhere(Mutex<&'static str>);

impl Between for Elsewhere {
    fn before(&self, asked: &Asked) -> Result<Option<Answered>, ()> {
        let redirects = *self.0.lock().unwrap() == "redirects" && asked.path == "/dir";
        let headers = vec![("location".to_owned(), "https://169.254.169.254/latest".to_owned())];
        Ok(redirects.then_some(Answered { status: 302, headers, body: Vec::new() }))
    }

    fn after(&self, asked: &Asked, answered: &mut Answered) -> Verdict {
        if *self.0.lock().unwrap() == "names" && asked.path == "/dir" {
            let mut directory = answered.json();
            directory["newNonce"] = json!("https://internal.example.com/nonce");
            answered.body = directory.to_string().into_bytes();
        }
        Ok(())
    }
}

#[test]
fn no_other_server_is_asked_whatever_the_provider_says() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let elsewhere = Arc::new(Elsewhere(Mutex::new("")));
    let proxy = Proxy::start(&pebble, Arc::clone(&elsewhere) as Arc<dyn Between>);
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    *elsewhere.0.lock().unwrap() = "names";
    let last = sign(&admin)["status"]["last_sign"].clone();
    assert_eq!(last["ok"], false);
    let message = last["message"].as_str().unwrap();
    assert!(message.contains("internal.example.com, which is another server; only localhost is asked"), "{last}");
    *elsewhere.0.lock().unwrap() = "redirects";
    let last = sign(&admin)["status"]["last_sign"].clone();
    assert!(last["message"].as_str().unwrap().contains("never connected to"), "{last}");
    let asked = whose(&proxy.directory, &proxy.ca_pem);
    assert_eq!(admin.post("/api/v1/acme/directory", &asked).0, StatusCode::BAD_GATEWAY);
}
