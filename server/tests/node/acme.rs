//! `/api/v1/acme` against Debian's pebble and Debian's caddy.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acme_servers::{Caddy, Like, Pebble, in_own_network};
use crate::support::{Authority, Client, Node, Pair, copy_folder, fingerprint};
use crate::waiting::comes;

pub(crate) const ACME: &str = "/api/v1/acme";
pub(crate) const NAME: &str = "node.example.com";
/// A pebble's terms of service, which are no link of the web.
pub(crate) const TERMS: &str = "data:text/plain,Do%20what%20thou%20wilt";
/// How long an order may take.
const ORDER: Duration = Duration::from_secs(60);

/// A registration with a pebble.
pub(crate) fn registration() -> Value {
    json!({ "terms_of_service": TERMS })
}

/// Settings for a private provider.
pub(crate) fn settings(directory: &str, ca_pem: &str, more: &Value) -> Value {
    let mut settings = json!({ "provider": "other", "directory": directory, "ca_pem": ca_pem, "names": [NAME] });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// Whose directory is to be looked at.
pub(crate) fn whose(directory: &str, ca_pem: &str) -> Value {
    json!({ "provider": "other", "directory": directory, "ca_pem": ca_pem })
}

/// Chooses a provider and registers with it.
pub(crate) fn set_up(admin: &Client, directory: &str, ca_pem: &str, more: &Value) {
    admin.confirm();
    let set = settings(directory, ca_pem, more);
    let (status, said) = admin.put("/api/v1/acme/settings", &set);
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, found) = admin.post("/api/v1/acme/directory", &whose(directory, ca_pem));
    assert_eq!(status, StatusCode::OK, "{found}");
    let terms = &found["terms_of_service"];
    let (status, said) =
        admin.post("/api/v1/acme/accounts", &json!({ "email": "admin@example.com", "terms_of_service": terms }));
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(said["account"]["url"].is_string(), "{said}");
}

/// A node that is registered with a pebble which looks for it, and trusts what it issues.
pub(crate) fn with_pebble(like: Like, more: &Value) -> (Node, Pebble, Client) {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, tls_port: node.https_port, ..like });
    let admin = node.administrator();
    set_up(&admin, &pebble.directory, &ca_of(&pebble), more);
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    (node, pebble, admin)
}

pub(crate) fn ca_of(pebble: &Pebble) -> String {
    std::fs::read_to_string(&pebble.ca_file).unwrap()
}

/// Presses Sign, and gives the service when it is over.
#[track_caller]
pub(crate) fn sign(admin: &Client) -> Value {
    let (mut status, mut begun) = (StatusCode::CONFLICT, Value::Null);
    // What was asked for before may be over, and not yet have let go.
    comes(Duration::from_secs(5), || {
        (status, begun) = admin.make(Method::POST, "/api/v1/acme/sign");
        status != StatusCode::CONFLICT
    });
    assert_eq!(status, StatusCode::ACCEPTED, "{begun}");
    // A provider that refuses at once may have been as fast as this answer.
    let status = &begun["status"];
    assert!(status["has_order"] == true || !status["last_sign"].is_null(), "{begun}");
    over(admin)
}

/// Waits until nothing is asked for any more.
#[track_caller]
pub(crate) fn over(admin: &Client) -> Value {
    let begun = Instant::now();
    loop {
        let service = admin.get(ACME);
        if service["status"]["running"].is_null() {
            return service;
        }
        assert!(begun.elapsed() < ORDER, "{service}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn signed(admin: &Client) -> Value {
    let service = sign(admin);
    assert_eq!(service["status"]["last_sign"]["ok"], true, "{service}");
    assert!(service["pending"].is_object(), "{service}");
    service
}

#[track_caller]
fn deploy(admin: &Client) -> Value {
    let (status, service) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
    assert_eq!(status, StatusCode::OK, "{service}");
    service
}

fn pem_of(service: &Value) -> String {
    service["pending"]["certificate"]["pem"].as_str().unwrap().to_owned()
}

fn serial_of(service: &Value) -> String {
    service["pending"]["certificate"]["decoded"]["serial"].as_str().unwrap().to_owned()
}

/// What a certificate that waits says of its public key.
fn key_of(service: &Value) -> &Value {
    &service["pending"]["certificate"]["decoded"]["subject_key_id"]
}

#[test]
fn a_certificate_is_signed_looked_at_and_served() {
    let (node, pebble, admin) = with_pebble(Like::default(), &json!({}));
    assert_eq!(admin.get(ACME)["status"]["next_sign"]["message"], "The node signs nothing by itself: press Sign.");
    let before = node.served();
    let service = signed(&admin);
    assert_eq!(node.served(), before, "it is looked at first");
    let pem = pem_of(&service);
    let names = &service["pending"]["certificate"]["decoded"]["alternative_names"];
    assert_eq!(names[0]["value"], NAME);
    assert_eq!(service["pending"]["objections"], json!([]), "{service}");
    assert_eq!(service["status"]["has_order"], false, "{service}");
    let becomes_client = service["pending"]["becomes_client"].clone();
    let differences = service["pending"]["differences"].as_array().unwrap();
    assert!(differences.iter().any(|difference| difference["what"] == "Issuer"), "{service}");
    assert_eq!(pebble.status(&serial_of(&service)), Some(("Valid".to_owned(), None)));

    let service = deploy(&admin);
    assert_eq!(node.served()[0], Pair::der_of(&pem));
    assert!(node.served().len() > 1, "the intermediate is served too");
    assert_eq!(service["active_is_acme"], true);
    assert!(service["pending"].is_null(), "{service}");
    assert_eq!(service["status"]["last_deploy"]["ok"], true);
    let slots = admin.slots();
    assert_eq!(slots["active"]["origin"], "acme");
    // Copied, as it can be a client's too.
    let client = admin.get("/api/v1/client-certificate");
    let can = slots["active"]["decoded"]["extended_key_usage"].to_string().contains("clientAuth");
    assert_eq!(client["active"]["pem"] == slots["active"]["pem"], can, "{client}");
    assert_eq!(becomes_client, can, "it was said before");
    let (status, _) = admin.post("/api/v1/acme/pending/deploy", &json!({}));
    assert_eq!(status, StatusCode::NOT_FOUND);
    let node = node.restart();
    assert_eq!(node.served()[0], Pair::der_of(&pem), "it is served after a restart too");
}

#[test]
fn the_http_port_answers_only_while_a_challenge_is_open() {
    let (node, _pebble, admin) = with_pebble(Like::default(), &json!({}));
    let look = || {
        let url = format!("http://127.0.0.1:{}/.well-known/acme-challenge/anything", node.http_port);
        admin.http.get(url).send().unwrap()
    };
    assert_eq!(look().status(), StatusCode::PERMANENT_REDIRECT);
    signed(&admin);
    assert_eq!(look().status(), StatusCode::PERMANENT_REDIRECT);
    let log = node.log();
    assert!(!log.contains("acme-challenge"), "nothing of a challenge is logged");
}

#[test]
fn keys_are_rotated_or_retained_and_the_request_in_progress_is_used() {
    let (_node, _pebble, admin) = with_pebble(Like::default(), &json!({ "key": "rsa-2048" }));
    let first = signed(&admin);
    assert_eq!(first["pending"]["certificate"]["decoded"]["public_key"]["algorithm"], "RSA", "{first}");
    deploy(&admin);
    let rotated = signed(&admin);
    assert_ne!(key_of(&rotated), key_of(&first));
    deploy(&admin);
    admin.confirm();
    let set = settings(
        admin.get(ACME)["settings"]["directory"].as_str().unwrap(),
        admin.get(ACME)["settings"]["ca_pem"].as_str().unwrap(),
        &json!({ "rotate_key": false, "key": "ecdsa-p256" }),
    );
    assert_eq!(admin.put("/api/v1/acme/settings", &set).0, StatusCode::OK);
    let retained = signed(&admin);
    assert_eq!(key_of(&retained), key_of(&rotated), "the current key is used again, whatever kind is set");
    deploy(&admin);

    let asked = json!({ "common_name": NAME, "alternative_names": ["other.example.com"], "key": "ecdsa-p384" });
    assert_eq!(admin.post("/api/v1/csr", &asked).0, StatusCode::OK);
    let by_request = signed(&admin);
    let names = by_request["pending"]["certificate"]["decoded"]["alternative_names"].to_string();
    assert!(names.contains("other.example.com"), "{by_request}");
    assert_ne!(key_of(&by_request), key_of(&retained));
    assert!(admin.get("/api/v1/csr")["csr"].is_null(), "the certificate has ended the request");
    deploy(&admin);
}

#[test]
fn the_other_ways_to_show_that_a_name_is_the_nodes() {
    let (node, _pebble, admin) = with_pebble(Like::default(), &json!({ "challenge": "tls-alpn-01" }));
    signed(&admin);
    // Nothing is open any more, so who asks by that protocol gets nothing.
    node.served();

    let (status, refused) = {
        admin.confirm();
        let now = admin.get(ACME)["settings"].clone();
        let mut now = now.as_object().unwrap().clone();
        now.insert("challenge".to_owned(), json!("dns-01"));
        admin.put("/api/v1/acme/settings", &Value::Object(now))
    };
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused["detail"].as_str().unwrap().contains("acme_dns_hook"), "{refused}");
}

#[test]
fn a_command_of_the_configuration_puts_records_into_the_dns() {
    let folder = tempfile::tempdir().unwrap();
    // The names server is told by HTTP, as a real command tells a provider's DNS.
    let hook = folder.path().join("hook.sh");
    let told = folder.path().join("told");
    std::fs::write(
        &hook,
        format!(
            "#!/bin/sh\necho \"$@\" >> {told}\nread management < {told}.at\ncase $1 in\nadd) path=set-txt ;;\nremove) path=clear-txt ;;\nesac\n\
             exec curl -sf -o /dev/null -d \"{{\\\"host\\\": \\\"$2.\\\", \\\"value\\\": \\\"$3\\\"}}\" \"$management/$path\"\n",
            told = told.display()
        ),
    )
    .unwrap();
    let mut rights = std::fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(&hook, rights).unwrap();
    let config = folder.path().join("certway.toml");
    std::fs::write(&config, "acme_dns_hook = \"hook.sh\"\n").unwrap();
    let node = Node::start_in(tempfile::tempdir().unwrap(), &["--config", config.to_str().unwrap()]);
    // Nobody listens where it would look over HTTP or TLS.
    let pebble = Pebble::start(Like::default());
    std::fs::write(format!("{}.at", told.display()), format!("{}\n", pebble.names.management)).unwrap();
    let admin = node.administrator();
    set_up(&admin, &pebble.directory, &ca_of(&pebble), &json!({ "challenge": "dns-01" }));
    signed(&admin);
    let told = std::fs::read_to_string(told).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("add _acme-challenge.node.example.com "), "{told}");
    assert_eq!(lines[1], lines[0].replace("add", "remove"), "{told}");

    std::fs::write(&hook, "#!/bin/sh\necho 'the zone is locked' >&2\nexit 3\n").unwrap();
    let service = sign(&admin);
    let message = service["status"]["last_sign"]["message"].as_str().unwrap();
    assert!(message.contains("the zone is locked") && message.contains("exit status: 3"), "{message}");
}

#[test]
fn what_the_provider_saw_is_told_in_words() {
    // Nobody listens where it looks.
    let node = Node::start();
    let pebble = Pebble::start(Like::default());
    let admin = node.administrator();
    set_up(&admin, &pebble.directory, &ca_of(&pebble), &json!({}));
    let service = sign(&admin);
    let last = &service["status"]["last_sign"];
    assert_eq!(last["ok"], false);
    let message = last["message"].as_str().unwrap();
    assert!(message.starts_with("node.example.com: The provider could not connect"), "{message}");
    assert!(last["remedy"].as_str().unwrap().contains("port 80"), "{last}");
    assert!(admin.alarms().contains(&"acme-sign-failed".to_owned()));
    let temporary = node.served();

    // Names that it does not issue for.
    admin.confirm();
    let refused = settings(&pebble.directory, &ca_of(&pebble), &json!({ "names": ["blocked-domain.example"] }));
    assert_eq!(admin.put("/api/v1/acme/settings", &refused).0, StatusCode::OK);
    let last = sign(&admin)["status"]["last_sign"].clone();
    assert!(last["message"].as_str().unwrap().contains("does not issue for one of the names"), "{last}");
    assert_eq!(node.served(), temporary);
}

#[test]
fn revoked_rolled_over_and_given_up() {
    let (node, pebble, admin) = with_pebble(Like::default(), &json!({ "rotate_key": false }));
    admin.confirm();
    let (status, before) = admin.make(Method::POST, "/api/v1/acme/accounts/roll-over");
    assert_eq!(status, StatusCode::OK, "{before}");
    let waiting = signed(&admin);
    let (status, service) =
        admin.post("/api/v1/acme/revoke", &json!({ "certificate": "pending", "reason": "superseded" }));
    assert_eq!(status, StatusCode::OK, "{service}");
    assert!(service["pending"].is_null());
    assert_eq!(pebble.status(&serial_of(&waiting)), Some(("Revoked".to_owned(), Some(4))));

    let served = signed(&admin);
    deploy(&admin);
    let (status, _) =
        admin.post("/api/v1/acme/revoke", &json!({ "certificate": "active", "reason": "key_compromise" }));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(pebble.status(&serial_of(&served)), Some(("Revoked".to_owned(), Some(1))));
    assert!(admin.alarms().contains(&"acme-revoked".to_owned()));
    let after = signed(&admin);
    assert_ne!(key_of(&after), key_of(&served), "a key that others know is not used again");
    let (status, _) = admin.post("/api/v1/acme/revoke", &json!({ "certificate": "previous" }));
    assert_eq!(status, StatusCode::NOT_FOUND, "the temporary certificate is nobody's to revoke");

    let (status, service) = admin.make(Method::DELETE, "/api/v1/acme/accounts");
    assert_eq!(status, StatusCode::OK, "{service}");
    assert!(service["account"].is_null());
    let (status, refused) = admin.make(Method::POST, "/api/v1/acme/sign");
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(refused["detail"].as_str().unwrap().contains("register first"), "{refused}");
    drop(node);
}

#[test]
fn an_account_is_bound_to_the_providers_own() {
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let node = Node::start();
    let like = Like { http_port: node.http_port, external_accounts: vec![("kid-1", key)], ..Like::default() };
    let pebble = Pebble::start(like);
    let admin = node.administrator();
    admin.confirm();
    let set = settings(&pebble.directory, &ca_of(&pebble), &json!({}));
    assert_eq!(admin.put("/api/v1/acme/settings", &set).0, StatusCode::OK);
    let found = admin.post("/api/v1/acme/directory", &whose(&pebble.directory, &ca_of(&pebble))).1;
    assert_eq!(found["external_account_required"], true);
    let register = |bound: Value| {
        let terms = &found["terms_of_service"];
        admin.post("/api/v1/acme/accounts", &json!({ "terms_of_service": terms, "external_account": bound }))
    };
    let (status, refused) = register(Value::Null);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused["detail"].as_str().unwrap().contains("HMAC key"), "{refused}");
    let (status, refused) =
        register(json!({ "key_id": "kid-1", "hmac_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }));
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{refused}");
    let (status, service) = register(json!({ "key_id": "kid-1", "hmac_key": key }));
    assert_eq!(status, StatusCode::OK, "{service}");
    assert_eq!(service["account"]["external_key_id"], "kid-1");
    signed(&admin);
    let everything = std::fs::read(node.data_dir().join("certway.db")).unwrap();
    assert!(!everything.windows(key.len()).any(|part| part == key.as_bytes()), "the key is used once and not kept");
}

#[test]
fn a_provider_that_has_forgotten_the_account_gets_another() {
    let (_node, mut pebble, admin) = with_pebble(Like::default(), &json!({}));
    pebble.start_again();
    assert_eq!(admin.append(&pebble.root()).0, StatusCode::OK);
    let before = admin.get(ACME)["account"]["url"].clone();
    signed(&admin);
    assert_ne!(admin.get(ACME)["account"]["url"], before);
}

#[test]
fn an_account_that_was_given_up_elsewhere_is_named_as_the_reason() {
    let (node, _pebble, admin) = with_pebble(Like::default(), &json!({}));
    // The same account, given up by another node that has a copy of it.
    let other = Node::start_in(copy_folder(node.folder.path()), &[]);
    let there = other.administrator();
    there.confirm();
    assert_eq!(there.make(Method::DELETE, "/api/v1/acme/accounts").0, StatusCode::OK);
    let last = sign(&admin)["status"]["last_sign"].clone();
    assert!(last["message"].as_str().unwrap().starts_with("The provider refuses the account"), "{last}");
    assert_eq!(last["remedy"], "Register anew.");
    let next = admin.get(ACME)["status"]["next_sign"].clone();
    assert!(next["at"].is_null(), "it is not tried for ever: {next}");
}

#[test]
fn a_provider_that_is_no_longer_chosen_is_not_asked_any_more() {
    let (_node, mut pebble, admin) = with_pebble(Like::default(), &json!({}));
    pebble.stop();
    sign(&admin);
    assert!(admin.get(ACME)["status"]["next_sign"]["at"].is_string(), "it goes on with the order");
    admin.confirm();
    assert_eq!(admin.put("/api/v1/acme/settings", &json!({ "provider": "lets-encrypt" })).0, StatusCode::OK);
    let next = admin.get(ACME)["status"]["next_sign"].clone();
    assert!(next["at"].is_null() && next["message"].as_str().unwrap().contains("register"), "{next}");
}

#[test]
fn what_breaks_and_the_forecast_know_the_certificate_that_waits() {
    let (_node, pebble, admin) = with_pebble(Like::default(), &json!({}));
    signed(&admin);
    let root = Pair::der_of(&pebble.root());
    let listed = admin.get("/api/v1/trusted-cas");
    let fingerprint = fingerprint(&root);
    assert!(listed.to_string().contains(&fingerprint));
    let (_, breaks) = admin.post("/api/v1/trusted-cas/what-breaks", &json!({ "fingerprints": [fingerprint] }));
    assert_eq!(breaks["affected"][0]["what"], "server_signed", "{breaks}");
    let forecast = admin.get("/api/v1/forecast").to_string();
    assert!(forecast.contains("The signed server certificate expires"), "{forecast}");
}

#[test]
fn a_directory_is_reached_over_tls_and_never_elsewhere() {
    let node = Node::start();
    let admin = node.administrator();
    admin.confirm();
    for (directory, why) in [
        ("http://ca.example.com/dir", "https://"),
        ("https://169.254.169.254/dir", "never connected to"),
        ("https://user:secret@ca.example.com/dir", "password"),
        ("ftp://ca.example.com/", "https://"),
        ("", "give the URL"),
        ("nonsense", "no URL"),
    ] {
        let (status, refused) = admin.put("/api/v1/acme/settings", &settings(directory, "", &json!({})));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{directory}");
        assert!(refused["detail"].as_str().unwrap().contains(why), "{directory}: {refused}");
    }
    let long = json!({ "provider": "lets-encrypt", "profile": "p".repeat(65) });
    let (status, refused) = admin.put("/api/v1/acme/settings", &long);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused["detail"].as_str().unwrap().contains("longer than 64 characters"), "{refused}");
    let (status, refused) = admin.put("/api/v1/acme/settings", &json!({ "provider": "nobody" }));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert_eq!(admin.get(ACME)["settings"]["provider"], "");
    // Not trusted: a CA that is another one's.
    let pebble = Pebble::start(Like::default());
    let (status, refused) =
        admin.post("/api/v1/acme/directory", &json!({ "provider": "other", "directory": pebble.directory }));
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(refused["detail"].as_str().unwrap().contains("give the CA of its server"), "{refused}");
}

#[test]
fn a_private_key_beside_the_cas_is_neither_kept_nor_shown() {
    let node = Node::start();
    let admin = node.administrator();
    admin.confirm();
    let pair = Authority::new("Private root").issue(NAME);
    let key: String = pair.key.lines().filter(|line| !line.starts_with('-')).collect();
    let ca_pem = format!("Bag Attributes\n{}{}", pair.key, pair.certificate.replace('\n', "\r\n"));
    let (status, service) =
        admin.put("/api/v1/acme/settings", &settings("https://ca.example.com/dir", &ca_pem, &json!({})));
    assert_eq!(status, StatusCode::OK, "{service}");
    let kept = service["settings"]["ca_pem"].as_str().unwrap();
    assert_eq!((Pair::der_of(kept), kept.matches("-----BEGIN").count()), (pair.der.clone(), 1), "{kept}");
    assert!(kept.starts_with("-----BEGIN CERTIFICATE-----\n") && !kept.contains('\r'), "{kept}");
    for file in std::fs::read_dir(node.data_dir()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(40).any(|part| part == &key.as_bytes()[..40]));
    }
}

#[test]
fn a_caddy_signs_too_at_the_ports_that_everybody_knows() {
    if !in_own_network("acme::a_caddy_signs_too_at_the_ports_that_everybody_knows") {
        return;
    }
    let caddy = Caddy::start();
    let node = Node::start_at_well_known_ports();
    let admin = node.administrator();
    let ca = std::fs::read_to_string(&caddy.ca_file).unwrap();
    for challenge in ["http-01", "tls-alpn-01"] {
        set_up(&admin, &caddy.directory, &ca, &json!({ "challenge": challenge }));
        let service = signed(&admin);
        let objections = service["pending"]["objections"].as_array().unwrap();
        if challenge == "http-01" {
            assert_eq!(objections[0]["message"], "Its chain does not end in the trusted CA list.", "{service}");
            assert_eq!(objections[0]["may_be_overruled"], false);
            let (status, refused) = admin.post("/api/v1/acme/pending/deploy", &json!({ "anyway": true }));
            assert_eq!(status, StatusCode::CONFLICT, "{refused}");
            // Its root is at hand, since its server's certificate ends in it too.
            let cas = service["pending"]["cas_at_hand"].as_array().unwrap();
            assert!(cas.iter().any(|ca| ca["is_root"] == true), "{service}");
            let (status, appended) = admin.make(Method::POST, "/api/v1/acme/pending/trusted-cas");
            assert_eq!(status, StatusCode::OK, "{appended}");
        }
        let pem = pem_of(&service);
        deploy(&admin);
        assert_eq!(node.served()[0], Pair::der_of(&pem));
    }
}
