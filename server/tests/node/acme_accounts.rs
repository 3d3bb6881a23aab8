//! Accounts with an ACME provider: what is accepted, what stays when something fails, and the ways out of one that is of no use.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acme::{ACME, TERMS, ca_of, over, registration, set_up, settings, sign, whose, with_pebble};
use crate::acme_faults::{hold_up, until};
use crate::acme_proxy::{Answered, Asked, Between, Proxy, Verdict, problem};
use crate::acme_servers::{Like, Pebble};
use crate::process::free_port;
use crate::support::{Client, Node};

const ACCOUNTS: &str = "/api/v1/acme/accounts";

#[track_caller]
fn set(admin: &Client, settings: &Value) {
    admin.confirm();
    let (status, said) = admin.put("/api/v1/acme/settings", settings);
    assert_eq!(status, StatusCode::OK, "{said}");
}

#[test]
fn exactly_the_terms_that_the_provider_names_are_accepted() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let admin = node.administrator();
    let asked = settings(&pebble.directory, &ca_of(&pebble), &json!({}));
    set(&admin, &asked);
    // No link of the web, and to be accepted all the same.
    let whose = whose(&pebble.directory, &ca_of(&pebble));
    assert_eq!(admin.post("/api/v1/acme/directory", &whose).1["terms_of_service"], TERMS);
    for terms in [Value::Null, json!("https://ca.example.com/terms")] {
        let (status, refused) = admin.post(ACCOUNTS, &json!({ "terms_of_service": terms }));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains(TERMS), "{refused}");
    }
    let (status, service) = admin.post(ACCOUNTS, &registration());
    assert_eq!(status, StatusCode::OK, "{service}");
    assert_eq!(service["account"]["terms_of_service"], TERMS);
    let too_long = json!({ "key_id": "k".repeat(257), "hmac_key": "AAAAAAAAAAAAAAAAAAAAAAAA" });
    let (status, refused) = admin.post(ACCOUNTS, &json!({ "terms_of_service": TERMS, "external_account": too_long }));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused["detail"].as_str().unwrap().contains("longer than 256 characters"), "{refused}");
}

#[test]
fn a_registration_that_was_cut_short_is_finished_with_the_same_key() {
    for again in ["by signing", "by registering again"] {
        let node = Node::start();
        let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
        let (hold, held) = hold_up();
        let proxy = Proxy::start(&pebble, Arc::clone(&hold) as Arc<dyn Between>);
        let admin = node.administrator();
        set(&admin, &settings(&proxy.directory, &proxy.ca_pem, &json!({})));
        // After the provider has made the account, and before the node hears of it.
        hold.at("after", "/sign-me-up");
        std::thread::scope(|scope| {
            let registering = scope.spawn(|| admin.call(Method::POST, ACCOUNTS).json(&registration()).send());
            held.recv_timeout(Duration::from_secs(30)).unwrap();
            rustix::process::kill_process(node.pid(), rustix::process::Signal::KILL).unwrap();
            assert!(registering.join().unwrap().is_err());
        });
        let node = Node::start_at_ports(node.kill(), free_port(), free_port());
        let admin = node.administrator();
        assert!(admin.get(ACME)["account"]["url"].is_null());
        if again == "by signing" {
            sign(&admin);
        } else {
            admin.confirm();
            assert_eq!(admin.post(ACCOUNTS, &registration()).0, StatusCode::OK);
        }
        assert!(admin.get(ACME)["account"]["url"].is_string(), "{again}");
        let log = pebble.log();
        assert!(log.contains("There are now 1 accounts in memory"), "{again}: {log}");
        assert!(
            !log.contains("There are now 2 accounts"),
            "{again}: the key was kept before, so it is the same account"
        );
    }
}

/// Refuses every registration while it is told to.
#[derive(Default)]
struct NoMore(AtomicBool);

impl Between for NoMore {
    fn before(&self, asked: &Asked) -> Result<Option<Answered>, ()> {
        let refuses = self.0.load(Ordering::Relaxed) && asked.path.starts_with("/sign-me-up");
        Ok(refuses.then(|| problem(503, "serverInternal")))
    }
}

#[test]
fn an_account_that_works_stays_until_there_is_another() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let no_more = Arc::new(NoMore::default());
    let proxy = Proxy::start(&pebble, Arc::clone(&no_more) as Arc<dyn Between>);
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    let first = admin.get(ACME)["account"].clone();
    no_more.0.store(true, Ordering::Relaxed);
    let (status, refused) = admin.post(ACCOUNTS, &registration());
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{refused}");
    assert_eq!(admin.get(ACME)["account"], first);
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], true);
    no_more.0.store(false, Ordering::Relaxed);
    let (status, service) = admin.post(ACCOUNTS, &registration());
    assert_eq!(status, StatusCode::OK, "{service}");
    assert_ne!(service["account"]["url"], first["url"]);
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], true);
}

/// Says that a roll-over is done at the provider, and lets its answer through when it is told to.
struct Slow {
    done: Mutex<Sender<()>>,
    go: Mutex<Receiver<()>>,
}

impl Between for Slow {
    fn after(&self, asked: &Asked, _: &mut Answered) -> Verdict {
        if asked.path.starts_with("/rollover-account-key") {
            self.done.lock().unwrap().send(()).unwrap();
            self.go.lock().unwrap().recv().unwrap();
        }
        Ok(())
    }
}

#[test]
fn the_new_key_of_an_account_is_kept_though_nobody_waits_for_the_answer() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let ((done, is_done), (go, may_go)) = (channel(), channel());
    let proxy = Proxy::start(&pebble, Arc::new(Slow { done: Mutex::new(done), go: Mutex::new(may_go) }));
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    std::thread::scope(|scope| {
        let call = admin.call(Method::POST, "/api/v1/acme/accounts/roll-over").timeout(Duration::from_secs(3));
        let call = scope.spawn(|| call.send());
        is_done.recv_timeout(Duration::from_secs(30)).unwrap();
        // Whoever comes while it goes on is told so.
        assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::CONFLICT);
        assert!(call.join().unwrap().unwrap_err().is_timeout());
    });
    // The node has heard by now that nobody waits any more.
    std::thread::sleep(Duration::from_secs(1));
    go.send(()).unwrap();
    let changed = || admin.actions().contains(&"acme-account-key-changed".to_owned());
    for _ in 0..600 {
        if changed() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(changed(), "{:?}", admin.actions());
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], true);
}

/// The keys of all accounts, as if they had been sealed with another key of a node.
fn spoil_keys(node: &Node) {
    let store = rusqlite::Connection::open(node.data_dir().join("certway.db")).unwrap();
    assert_eq!(store.execute("UPDATE acme_accounts SET sealed_key = zeroblob(150)", []).unwrap(), 1);
}

#[test]
fn an_account_whose_key_cannot_be_unsealed_is_registered_over_or_given_up() {
    let (https, http) = (free_port(), free_port());
    let node = Node::start_at_ports(tempfile::tempdir().unwrap(), https, http);
    let pebble = Pebble::start(Like { http_port: http, ..Like::default() });
    let admin = node.administrator();
    set_up(&admin, &pebble.directory, &ca_of(&pebble), &json!({}));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    spoil_keys(&node);
    assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::ACCEPTED);
    let last = over(&admin)["status"]["last_sign"].clone();
    assert_eq!(last["message"], "The account's key cannot be unsealed.");
    assert!(last["remedy"].as_str().unwrap().starts_with("Register again"), "{last}");
    admin.confirm();
    let (status, refused) = admin.make(Method::POST, "/api/v1/acme/accounts/roll-over");
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{refused}");
    let (status, service) = admin.post(ACCOUNTS, &registration());
    assert_eq!(status, StatusCode::OK, "{service}");
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], true);

    // It does not keep the node's own key from being changed.
    spoil_keys(&node);
    let folder = node.stop();
    let changed = std::process::Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["change-node-key", "--to", "file", "--data-dir"])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    let node = Node::start_at_ports(folder, https, http);
    let admin = node.administrator();
    let event = |action: &str| {
        let events = admin.get("/api/v1/events?limit=1000");
        let found = events.as_array().unwrap().iter().find(|event| event["action"] == action);
        found.unwrap_or_else(|| panic!("{action}: {events}"))["details"].as_str().unwrap().to_owned()
    };
    assert!(event("node-key-changed").contains("but not the key of the ACME account with"));
    admin.confirm();
    let (status, service) = admin.make(Method::DELETE, ACCOUNTS);
    assert_eq!(status, StatusCode::OK, "{service}");
    assert!(service["account"].is_null());
    assert!(event("acme-account-deactivated").contains("the provider was not told"));
    assert_eq!(admin.post(ACCOUNTS, &registration()).0, StatusCode::OK);
    until(&admin, |service| service["account"]["url"].is_string());
}

#[test]
fn what_a_former_provider_said_is_no_alarm_any_more() {
    for next in ["", "lets-encrypt"] {
        let (_node, mut pebble, admin) = with_pebble(Like::default(), &json!({}));
        pebble.stop();
        sign(&admin);
        assert!(admin.alarms().contains(&"acme-sign-failed".to_owned()));
        set(&admin, &json!({ "provider": next }));
        assert!(!admin.alarms().contains(&"acme-sign-failed".to_owned()), "{next}");
        let service = admin.get(ACME);
        assert!(service["status"]["last_sign"].is_null(), "{service}");
        let events = admin.get("/api/v1/events?limit=10").to_string();
        assert!(events.contains("; the order in progress is given up"), "{events}");
    }
}
