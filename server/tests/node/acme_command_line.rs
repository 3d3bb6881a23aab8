//! `certway acme` against Debian's pebble: the whole way on the command line, and what is refused there.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::acme::{ACME, NAME, TERMS, with_pebble};
use crate::acme_servers::{Like, Pebble};
use crate::support::{Node, Pair, on_the_command_line};

/// Text, as people see it: status, standard output, standard error.
fn text(data_dir: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certway"));
    command.arg("acme").args(arguments).arg("--data-dir").arg(data_dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // A command that reads nothing may be over before.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = process.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// What is said on standard output; it must have worked.
#[track_caller]
fn said(node: &Node, arguments: &[&str]) -> String {
    let (status, said, told) = text(&node.data_dir(), arguments, "");
    assert_eq!(status, 0, "{arguments:?}: {said}{told}");
    said
}

/// Who is refused is told why on standard error, and in JSON on standard output.
#[track_caller]
fn refused(node: &Node, arguments: &[&str], words: &[&str]) {
    let (status, said, told) = text(&node.data_dir(), arguments, "");
    assert_eq!((status, said.as_str()), (2, ""), "{arguments:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{arguments:?}: {told}");
    }
    let (status, answer) = json_of(node, arguments);
    assert!(status == 2 && answer["detail"].as_str().unwrap().contains(words[0]), "{answer}");
}

fn json_of(node: &Node, arguments: &[&str]) -> (i32, Value) {
    on_the_command_line(node, &[&["acme"], arguments, &["--format", "json"]].concat())
}

#[test]
fn the_whole_way_from_the_provider_to_what_is_served() {
    let node = Node::start();
    let pebble = Pebble::start(Like { http_port: node.http_port, tls_port: node.https_port, ..Like::default() });
    let admin = node.administrator();
    let shown = said(&node, &["status"]);
    assert!(shown.contains("none; `certway acme settings --provider`"), "{shown}");
    assert!(shown.contains("Nothing is signed: no provider is chosen."), "{shown}");

    let ca_file = pebble.ca_file.to_str().unwrap();
    let set =
        ["settings", "--directory", &pebble.directory, "--ca-file", ca_file, "--name", NAME, "--key", "ecdsa-p384"];
    let (status, answer) = json_of(&node, &set);
    assert_eq!((status, &answer["settings"]), (0, &admin.get(ACME)["settings"]));
    assert_eq!(answer["settings"]["provider"], "other");
    let shown = said(&node, &["status"]);
    assert!(shown.contains("`certway acme accounts register`"), "{shown}");
    // The terms are shown, and accepted by naming them.
    let (status, _, told) = text(&node.data_dir(), &["accounts", "register"], "y\n");
    assert!(status == 1 && told.contains(&format!("The provider's terms of service: {TERMS}")), "{told}");
    assert!(told.contains(&format!("--accept-terms '{TERMS}'")), "{told}");
    let shown = said(&node, &["accounts", "register", "--email", "admin@example.com", "--accept-terms", TERMS]);
    assert!(shown.contains(TERMS), "{shown}");
    assert!(shown.contains(&pebble.directory) && shown.contains("admin@example.com"), "{shown}");
    let (status, answer) = json_of(&node, &["accounts"]);
    assert_eq!((status, &answer), (0, &admin.get("/api/v1/acme/accounts")));
    let account = answer[0]["url"].as_str().unwrap();
    assert!(said(&node, &["accounts"]).contains(account));

    // Signed; its CA is not trusted yet.
    let before = node.served();
    let (status, shown, told) = text(&node.data_dir(), &["sign"], "");
    assert!(status == 0 && shown.contains("done at") && shown.contains("signed"), "{shown}{told}");
    assert!(shown.contains("against it: Its chain does not end in the trusted CA list."), "{shown}");
    assert!(told.contains("Asking the provider ...\n"), "{told}");
    assert_eq!(node.served(), before);
    refused(&node, &["deploy", "--anyway", "--yes"], &["does not end in the trusted CA list", "Nothing was changed"]);
    let shown = said(&node, &["status"]);
    assert!(shown.contains("`certway acme trust`") && shown.contains("Names: now"), "{shown}");
    let shown = said(&node, &["trust"]);
    assert!(shown.starts_with("1 new, 0 there already"), "its intermediate comes with it: {shown}");
    admin.append(&pebble.root());

    let (status, shown, told) = text(&node.data_dir(), &["deploy"], "y\n");
    assert_eq!((status, shown.as_str()), (1, ""), "{told}");
    assert!(told.contains("Issuer: now") && told.contains("say --yes to deploy it; nothing was changed"), "{told}");
    assert_eq!(node.served(), before);
    let pem = admin.get(ACME)["pending"]["certificate"]["pem"].as_str().unwrap().to_owned();
    let shown = said(&node, &["deploy", "--yes"]);
    assert!(shown.contains("is served since"), "{shown}");
    assert_eq!(node.served()[0], Pair::der_of(&pem));
    let events = admin.get("/api/v1/events?limit=1000");
    let by_terminal = |action: &str| {
        events.as_array().unwrap().iter().any(|event| event["action"] == action && event["actor"] == "terminal")
    };
    for action in
        ["acme-settings-set", "acme-account-registered", "acme-certificate-signed", "acme-certificate-deployed"]
    {
        assert!(by_terminal(action), "{action}: {events}");
    }
    refused(&node, &["deploy", "--yes"], &["No signed certificate waits"]);
    refused(&node, &["trust"], &["No signed certificate waits"]);
    refused(&node, &["discard", "--yes"], &["No signed certificate waits"]);

    // Another one: JSON is what HTTP answers.
    let (status, answer) = json_of(&node, &["sign"]);
    assert_eq!((status, &answer["status"]["last_sign"]), (0, &admin.get(ACME)["status"]["last_sign"]));
    assert!(answer["pending"].is_object() && answer["status"]["running"].is_null(), "{answer}");
    let (status, _, told) = text(&node.data_dir(), &["discard"], "");
    assert!(status == 1 && told.contains("--yes"), "{told}");
    assert_eq!(said(&node, &["discard", "--yes"]), "It is discarded.\n");
    assert!(admin.get(ACME)["pending"].is_null());
}

#[test]
fn settings_change_by_what_is_named_and_nothing_else() {
    let node = Node::start();
    let admin = node.administrator();
    let kept = || admin.get(ACME)["settings"].clone();
    let all = [
        "settings",
        "--provider",
        "lets-encrypt-staging",
        "--name",
        NAME,
        "--name",
        "other.example.com",
        "--key",
        "rsa-3072",
        "--rotate-key",
        "off",
        "--challenge",
        "tls-alpn-01",
        "--profile",
        "shortlived",
        "--automatic",
        "on",
        "--deploy-day",
        "sunday",
        "--deploy-day",
        "tuesday",
        "--deploy-time",
        "04:30",
        "--copy-to-client",
        "off",
    ];
    assert_eq!(json_of(&node, &all).0, 0);
    let mut whole = json!({
        "provider": "lets-encrypt-staging", "directory": null, "ca_pem": null, "names": [NAME, "other.example.com"], "key": "rsa-3072",
        "rotate_key": false, "challenge": "tls-alpn-01", "profile": "shortlived", "automatic": true,
        "deploy_days": ["tuesday", "sunday"], "deploy_time": "04:30", "copy_to_client": false,
    });
    assert_eq!(kept(), whole);
    let shown = said(&node, &["settings"]);
    for word in [
        "(https://acme-staging",
        "rsa-3072, the current one again",
        "tuesday, sunday, 04:30 UTC",
        "zerossl: ZeroSSL, wants",
    ] {
        assert!(shown.contains(word), "{shown}");
    }
    said(&node, &["settings", "--automatic", "off"]);
    whole["automatic"] = json!(false);
    assert_eq!(kept(), whole);
    said(&node, &["settings", "--no-names", "--no-profile", "--every-day"]);
    (whole["names"], whole["profile"], whole["deploy_days"]) = (json!([]), Value::Null, json!([]));
    assert_eq!(kept(), whole);

    refused(&node, &["settings", "--provider", "nobody"], &["no provider of this name", "Nothing was changed"]);
    refused(&node, &["settings", "--deploy-time", "25:00"], &["HH:MM"]);
    refused(&node, &["settings", "--challenge", "dns-01"], &["acme_dns_hook"]);
    refused(&node, &["settings", "--directory", "http://ca.example.com/dir"], &["https://"]);
    refused(
        &node,
        &["settings", "--provider", "google", "--directory", "https://ca.example.com/dir"],
        &["--provider other"],
    );
    let (status, _, told) = text(&node.data_dir(), &["settings", "--ca-file", "/nowhere/ca.pem"], "");
    assert!(status == 66 && told.contains("/nowhere/ca.pem cannot be read"), "{told}");
    let (status, _, told) = text(&node.data_dir(), &["settings", "--deploy-day", "someday"], "");
    assert!(status == 64 && told.contains("monday, tuesday"), "{told}");
    assert_eq!(kept(), whole);
    said(&node, &["settings", "--provider", "none"]);
    assert_eq!(kept()["provider"], "");
    refused(&node, &["accounts", "register"], &["No ACME provider is chosen"]);
    refused(&node, &["sign"], &["No ACME provider is chosen"]);
}

#[test]
fn what_fails_is_told_with_its_remedy() {
    let (node, mut pebble, admin) = with_pebble(Like::default(), &json!({}));
    said(&node, &["settings", "--name", "blocked-domain.example"]);
    let (status, shown, _) = text(&node.data_dir(), &["sign"], "");
    assert!(
        status == 2 && shown.contains("failed at") && shown.contains("does not issue for one of the names"),
        "{shown}"
    );
    assert!(shown.contains("Remedy       Take the name out"), "{shown}");
    let (status, answer) = json_of(&node, &["sign"]);
    assert_eq!((status, answer["status"]["last_sign"]["ok"].as_bool()), (2, Some(false)));
    let shown = said(&node, &["status"]);
    assert!(shown.contains("Last sign    failed at"), "{shown}");

    said(&node, &["settings", "--name", NAME]);
    for (certificate, reason) in [("pending", "superseded"), ("active", "key-compromise")] {
        said(&node, &["sign"]);
        let service = admin.get(ACME);
        let serial = service["pending"]["certificate"]["decoded"]["serial"].as_str().unwrap();
        if certificate == "active" {
            said(&node, &["deploy", "--yes"]);
        }
        let revoke = ["revoke", "--certificate", certificate, "--reason", reason];
        let (status, _, told) = text(&node.data_dir(), &revoke, "");
        assert!(status == 1 && told.contains("--yes"), "{told}");
        assert_eq!(pebble.status(serial), Some(("Valid".to_owned(), None)));
        assert_eq!(said(&node, &[&revoke[..], &["--yes"]].concat()), "The provider has revoked it.\n");
        let number = if reason == "superseded" { 4 } else { 1 };
        assert_eq!(pebble.status(serial), Some(("Revoked".to_owned(), Some(number))));
    }
    refused(&node, &["revoke", "--certificate", "previous", "--yes"], &["no such certificate"]);

    said(&node, &["accounts", "roll-over"]);
    let (status, _, told) = text(&node.data_dir(), &["accounts", "deactivate"], "");
    assert!(status == 1 && told.contains("--yes"), "{told}");
    assert!(said(&node, &["accounts", "deactivate", "--yes"]).contains("no account"));
    assert!(said(&node, &["accounts"]).contains("no account with an ACME provider"));
    refused(&node, &["sign"], &["register first"]);
    pebble.stop();
    refused(&node, &["accounts", "register"], &["could not be reached"]);
}

#[test]
fn the_key_of_an_external_account_comes_from_a_file() {
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let node = Node::start();
    let pebble = Pebble::start(Like { external_accounts: vec![("kid-1", key), ("kid-2", key)], ..Like::default() });
    said(&node, &["settings", "--directory", &pebble.directory, "--ca-file", pebble.ca_file.to_str().unwrap()]);
    refused(&node, &["accounts", "register", "--accept-terms", TERMS], &["give the key identifier and the HMAC key"]);
    refused(&node, &["accounts", "register", "--accept-terms", "https://ca.example.com/terms"], &[TERMS]);
    let (status, _, told) = text(&node.data_dir(), &["accounts", "register", "--external-key-id", "kid-1"], "");
    assert!(status == 64 && told.contains("--external-key-file"), "{told}");
    let accepted = ["accounts", "register", "--accept-terms", TERMS];
    let register = [&accepted[..], &["--external-key-id", "kid-1", "--external-key-file"]].concat();
    let (status, _, told) = text(&node.data_dir(), &[&register[..], &["/nowhere/key"]].concat(), "");
    assert!(status == 66 && told.contains("/nowhere/key cannot be read"), "{told}");
    let (status, shown, told) = text(&node.data_dir(), &[&register[..], &["-"]].concat(), &format!("{key}\n"));
    assert!(status == 0 && shown.contains("Key id       kid-1") && !shown.contains(key), "{shown}{told}");
    let file = node.folder.path().join("key");
    std::fs::write(&file, key).unwrap();
    let second = ["--external-key-id", "kid-2", "--external-key-file", file.to_str().unwrap()];
    assert!(said(&node, &[&accepted[..], &second].concat()).contains("Key id       kid-2"));
}

#[test]
fn a_node_that_is_stopped_signs_nothing_and_says_so() {
    let (node, pebble, _) = with_pebble(Like::default(), &json!({}));
    let folder = node.stop();
    let data = folder.path().join("data");
    let (status, shown, told) = text(&data, &["sign"], "");
    assert_eq!((status, shown.as_str()), (1, ""));
    assert!(told.contains("the node is stopped") && told.contains("`certway serve`"), "{told}");
    // What needs none of its ports is done.
    assert!(text(&data, &["status"], "").1.contains(&pebble.directory));
    assert_eq!(text(&data, &["settings", "--deploy-time", "05:00"], "").0, 0);
    assert_eq!(text(&data, &["accounts", "roll-over"], "").0, 0);
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.administrator().get(ACME)["settings"]["deploy_time"], "05:00");
}
