//! Orders that do not go as they should: a provider that refuses what the order replaces, or never gets to its end, settings that change
//! meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acme::{ACME, NAME, ca_of, over, set_up, settings, sign};
use crate::acme_faults::{hold_up, until, with_newer};
use crate::acme_proxy::{Answered, Asked, Between, Proxy, Verdict, problem};
use crate::acme_servers::{Like, Pebble};
use crate::process::free_port;
use crate::support::{Client, Node};

#[track_caller]
fn set(admin: &Client, proxy: &Proxy, more: &Value) {
    admin.confirm();
    let (status, said) = admin.put("/api/v1/acme/settings", &settings(&proxy.directory, &proxy.ca_pem, more));
    assert_eq!(status, StatusCode::OK, "{said}");
}

#[test]
fn an_order_that_may_not_say_what_it_replaces_is_asked_for_without() {
    let (node, pebble, newer, proxy) = with_newer();
    let (https, http) = (node.https_port, node.http_port);
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    sign(&admin);
    assert_eq!(admin.post("/api/v1/acme/pending/deploy", &json!({})).0, StatusCode::OK);
    set(&admin, &proxy, &json!({ "automatic": true }));
    let node = Node::start_at_ports(node.stop(), https, http);
    let admin = node.administrator();
    until(&admin, |service| service["status"]["next_sign"]["message"] == "The provider suggests to renew it then.");
    for (refusal, orders, works) in [
        ("", 1, true),
        ("alreadyReplaced", 2, true),
        ("malformed", 2, true),
        ("unauthorized", 2, true),
        ("forgets", 2, true),
        ("unsupported", 1, true),
        ("rateLimited", 1, false),
    ] {
        newer.refuse_replacing(refusal);
        let before = proxy.orders().len();
        let service = sign(&admin);
        assert_eq!(service["status"]["last_sign"]["ok"], works, "{refusal}: {service}");
        let asked: Vec<bool> = proxy.orders()[before..].iter().map(|order| order["replaces"].is_string()).collect();
        assert_eq!(asked.len(), orders, "{refusal}");
        let last = asked.last().copied();
        assert_eq!(last, Some(matches!(refusal, "" | "rateLimited")), "{refusal}");
    }
    // Another provider is not told what only this one knows, though it would answer.
    let other = Proxy::start(&pebble, Arc::clone(&newer) as Arc<dyn Between>);
    newer.refuse_replacing("");
    newer.is_at(&other);
    set_up(&admin, &other.directory, &other.ca_pem, &json!({}));
    assert_eq!(sign(&admin)["status"]["last_sign"]["ok"], true);
    assert!(other.orders()[0]["replaces"].is_null(), "{:?}", other.orders());
}

/// Does something of a test's own with each request.
struct With<F>(F);

impl<F: Fn(&Asked, Option<&mut Answered>) -> Option<Answered> + Send + Sync> Between for With<F> {
    fn before(&self, asked: &Asked) -> Result<Option<Answered>, ()> {
        Ok(self.0(asked, None))
    }

    fn after(&self, asked: &Asked, answered: &mut Answered) -> Verdict {
        self.0(asked, Some(answered));
        Ok(())
    }
}

#[test]
fn an_order_that_goes_on_being_ready_is_not_finalised_without_a_wait() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let ready = Mutex::new(Vec::new());
    let between = With(move |asked: &Asked, answered: Option<&mut Answered>| {
        match answered {
            Some(order) if asked.path.starts_with("/my-order/") => ready.lock().unwrap().clone_from(&order.body),
            None if asked.path.starts_with("/finalize-order/") => {
                return Some(Answered { status: 200, headers: Vec::new(), body: ready.lock().unwrap().clone() });
            }
            _ => {}
        }
        None
    });
    let proxy = Proxy::start(&pebble, Arc::new(between));
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::ACCEPTED);
    let finalised = || proxy.seen().iter().filter(|asked| asked.path.starts_with("/finalize-order/")).count();
    for _ in 0..600 {
        if finalised() > 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(3));
    assert!((2..8).contains(&finalised()), "{}", finalised());
    assert_eq!(admin.get(ACME)["status"]["running"], "Asking for the certificate");
}

#[test]
fn a_provider_is_not_changed_while_it_is_being_asked() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let (hold, held) = hold_up();
    let proxy = Proxy::start(&pebble, Arc::clone(&hold) as Arc<dyn Between>);
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    hold.at("before", "/authZ/");
    assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::ACCEPTED);
    held.recv_timeout(Duration::from_secs(30)).unwrap();
    let (status, refused) = admin.put("/api/v1/acme/settings", &json!({ "provider": "lets-encrypt" }));
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let service = admin.get(ACME);
    assert_eq!((&service["settings"]["provider"], &service["status"]["has_order"]), (&json!("other"), &json!(true)));
    // Everything else may be changed meanwhile.
    set(&admin, &proxy, &json!({ "deploy_time": "05:00" }));
}

#[test]
fn a_certificate_that_could_not_be_kept_shows_in_the_status() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, ..Like::default() });
    let file = node.data_dir().join("certway.db");
    let between = With(move |asked: &Asked, answered: Option<&mut Answered>| {
        if answered.is_some() && asked.path.starts_with("/certZ/") {
            let store = rusqlite::Connection::open(&file).unwrap();
            assert_eq!(store.execute("DELETE FROM acme_order", []).unwrap(), 1);
        }
        None
    });
    let proxy = Proxy::start(&pebble, Arc::new(between));
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({}));
    let last = sign(&admin)["status"]["last_sign"].clone();
    assert_eq!(last["ok"], false, "{last}");
    assert!(last["message"].as_str().unwrap().contains("no order in progress"), "{last}");
}

/// A node with an order in progress for other names than are set by now, which it goes on with after `shift`.
fn with_an_order_for_other_names(automatic: bool, shift: &str, judge: impl FnOnce(&Client, &Proxy)) {
    let (https, http) = (free_port(), free_port());
    let start = |folder, shift: &str| Node::start_shifted_at_ports(folder, shift, https, http);
    let node = start(tempfile::tempdir().unwrap(), "+0d");
    let pebble = Pebble::start(Like { http_port: http, ..Like::default() });
    let is_down = Arc::new(Mutex::new(true));
    let down = Arc::clone(&is_down);
    let between = With(move |asked: &Asked, answered: Option<&mut Answered>| {
        let refuses = answered.is_none() && *down.lock().unwrap() && asked.path.starts_with("/authZ/");
        refuses.then(|| problem(503, "serverInternal"))
    });
    let proxy = Proxy::start(&pebble, Arc::new(between));
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({ "automatic": automatic }));
    let service = sign(&admin);
    assert_eq!((&service["status"]["last_sign"]["ok"], &service["status"]["has_order"]), (&json!(false), &json!(true)));
    assert_eq!(proxy.orders().len(), 1);
    set(&admin, &proxy, &json!({ "automatic": automatic, "names": ["other.example.com"] }));
    *is_down.lock().unwrap() = false;
    let node = start(node.stop(), shift);
    judge(&node.administrator(), &proxy);
}

#[test]
fn an_order_for_other_names_is_given_up_where_the_node_may_not_begin_another() {
    with_an_order_for_other_names(false, "+2h", |admin, proxy| {
        let service = until(admin, |service| service["status"]["has_order"] == false);
        let last = &service["status"]["last_sign"];
        assert!(last["message"].as_str().unwrap().contains("was given up"), "{service}");
        assert!(admin.actions().contains(&"acme-order-given-up".to_owned()));
        assert_eq!(service["status"]["next_sign"]["message"], "The node signs nothing by itself: press Sign.");
        assert_eq!(proxy.orders().len(), 1, "nobody has asked for another one");
        let service = sign(admin);
        assert_eq!(service["pending"]["certificate"]["decoded"]["alternative_names"][0]["value"], "other.example.com");
    });
}

#[test]
fn another_order_takes_its_place_after_an_hour_and_no_earlier() {
    with_an_order_for_other_names(true, "+10m", |admin, proxy| {
        std::thread::sleep(Duration::from_secs(2));
        let service = admin.get(ACME);
        let next = &service["status"]["next_sign"];
        assert!(next["message"].as_str().unwrap().starts_with("Another order takes the place"), "{service}");
        assert!(service["status"]["running"].is_null() && service["status"]["has_order"] == true, "{service}");
        assert_eq!(proxy.orders().len(), 1);
    });
    with_an_order_for_other_names(true, "+3h", |admin, proxy| {
        let service = until(admin, |service| service["pending"].is_object());
        assert_eq!(service["pending"]["certificate"]["decoded"]["alternative_names"][0]["value"], "other.example.com");
        assert_eq!(proxy.orders().len(), 2);
    });
}

#[test]
fn an_alarm_of_what_stood_against_a_deployment_goes_with_it() {
    let (https, http) = (free_port(), free_port());
    let node = Node::start_at_ports(tempfile::tempdir().unwrap(), https, http);
    let pebble = Pebble::start(Like { http_port: http, ..Like::default() });
    let proxy = Proxy::start(&pebble, Arc::new(With(|_: &Asked, _: Option<&mut Answered>| None)));
    let admin = node.administrator();
    set_up(&admin, &proxy.directory, &proxy.ca_pem, &json!({ "automatic": true }));
    let service = sign(&admin);
    assert!(service["pending"].is_object(), "{service}");
    let is_alarmed = |admin: &Client| admin.alarms().contains(&"acme-deploy-failed".to_owned());
    // Said at the next look, of which one comes at once after the start.
    let node = Node::start_at_ports(node.stop(), https, http);
    let admin = node.administrator();
    until(&admin, |service| service["status"]["last_deploy"]["ok"] == false);
    assert!(is_alarmed(&admin));
    set(&admin, &proxy, &json!({ "automatic": false }));
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    let node = Node::start_at_ports(node.stop(), https, http);
    let admin = node.administrator();
    let service = until(&admin, |service| service["status"]["last_deploy"].is_null());
    assert!(!is_alarmed(&admin) && service["pending"].is_object(), "{service}");
    assert_eq!(service["settings"]["names"], json!([NAME]));
}

#[test]
fn the_time_of_the_command_for_the_dns_is_not_the_providers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let hook = path.join("hook.sh");
    // For each of the two names the time of the node goes on by a hundred seconds: together that is more than a provider has.
    let script = r#"#!/bin/sh
echo "$1" >> told
[ "$1" = add ] || exit 0
echo "+$(grep -c add told)00s" > shift.new && mv shift.new shift
exec curl -sf -o /dev/null -d "{\"host\": \"$2.\", \"value\": \"$3\"}" "$(cat management)/set-txt"
"#;
    std::fs::write(&hook, script.replacen('\n', &format!("\ncd {}\n", path.display()), 1)).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let config = path.join("certway.toml");
    std::fs::write(&config, "acme_dns_hook = \"hook.sh\"\n").unwrap();
    let node = Node::start_in_time_that_jumps(folder, &["--config", config.to_str().unwrap()]);
    let pebble = Pebble::start(Like::default());
    std::fs::write(path.join("management"), &pebble.names.management).unwrap();
    let admin = node.administrator();
    let two = json!({ "challenge": "dns-01", "names": [NAME, "other.example.com"] });
    set_up(&admin, &pebble.directory, &ca_of(&pebble), &two);
    assert_eq!(admin.make(Method::POST, "/api/v1/acme/sign").0, StatusCode::ACCEPTED);
    // A connection that is being made when the time jumps would be given up.
    let has_jumped = || std::fs::read_to_string(path.join("shift")).is_ok_and(|shift| shift == "+200s\n");
    for _ in 0..600 {
        if has_jumped() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(500));
    let service = over(&node.administrator());
    assert_eq!(service["status"]["last_sign"]["ok"], true, "{service}");
}
