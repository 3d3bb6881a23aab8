//! `certway crls` and `certway security-level`: what they change is in force at once in the node that runs, and seen over HTTP

use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::crl_download::Web;
use crate::support::{Authority, Client, Node, Pair, on_the_command_line, rules};

const LISTS: &str = "/api/v1/crls";
const SETTINGS: &str = "/api/v1/crls/settings";

/// A node that serves a certificate of a CA it trusts.
fn serving() -> (Node, Client, Authority, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    (node, client, authority, pair)
}

fn write(node: &Node, name: &str, text: &str) -> String {
    let file = node.folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Text, as people see it: status, standard output, standard error.
fn text(data_dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certway"));
    command.args(arguments).arg("--data-dir").arg(data_dir).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn json_of(node: &Node, arguments: &[&str]) -> (i32, Value) {
    on_the_command_line(node, &[arguments, &["--format", "json"]].concat())
}

/// Who did what, latest first.
fn events(client: &Client) -> Vec<(String, String)> {
    let word = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    let events = client.get("/api/v1/events?limit=1000");
    events.as_array().unwrap().iter().map(|event| (word(event, "actor"), word(event, "action"))).collect()
}

#[test]
fn lists_are_added_listed_and_removed_and_bite_at_once() {
    let (node, client, authority, pair) = serving();
    let file = write(&node, "list.pem", &authority.revocation_list(1, &[&pair], 1, 30));
    let (status, answer) = json_of(&node, &["crls", "add", &file]);
    assert_eq!((status, answer["added"].as_u64(), answer["total"].as_u64()), (0, Some(1), Some(1)), "{answer}");
    assert_eq!(client.alarms(), ["revoked"]);
    assert!(events(&client).contains(&("terminal".to_owned(), "crls-uploaded".to_owned())));
    let kept = client.get(LISTS);
    assert_eq!(json_of(&node, &["crls", "list"]), (0, kept.clone()));
    let (issuer, fingerprint) = (&kept["crls"][0]["decoded"]["issuer"], &kept["crls"][0]["fingerprint"]);
    let (issuer, fingerprint) = (issuer.as_str().unwrap(), fingerprint.as_str().unwrap());
    let (status, said, _) = text(&node.data_dir(), &["crls", "list"]);
    assert!(
        status == 0 && said.contains(issuer) && said.contains(fingerprint) && said.contains("1 certificate\n"),
        "{said}"
    );

    let (status, _, told) = text(&node.data_dir(), &["crls", "remove", issuer]);
    assert!(status == 1 && told.contains("--yes") && told.contains("nothing was changed"), "{told}");
    let (status, answer) = json_of(&node, &["crls", "remove", "CN=Nobody", "--yes"]);
    assert!(status == 2 && answer["detail"].as_str().unwrap().contains("certway crls list"), "{answer}");
    let (status, answer) = json_of(&node, &["crls", "remove", issuer, &"0".repeat(64), "--yes"]);
    assert_eq!((status, answer["type"].as_str()), (2, Some("/problems/not-found")), "{answer}");
    assert_eq!(client.get(LISTS), kept);
    let (status, answer) = json_of(&node, &["crls", "remove", issuer, "--yes"]);
    assert_eq!((status, answer["removed"].as_u64()), (0, Some(1)), "{answer}");
    assert!(client.alarms().is_empty());

    json_of(&node, &["crls", "add", &file]);
    assert_eq!(client.alarms(), ["revoked"]);
    let (colons, _) = fingerprint.as_bytes().as_chunks::<2>();
    let colons: Vec<String> = colons.iter().map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    assert_eq!(json_of(&node, &["crls", "remove", &colons.join(":"), "--yes"]).0, 0);
    assert!(client.alarms().is_empty());
}

#[test]
fn a_file_that_is_no_list_changes_nothing_and_every_fault_is_told() {
    let (node, client, _authority, _pair) = serving();
    let broken = write(&node, "broken.pem", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
    let (status, problem) = json_of(&node, &["crls", "add", &broken]);
    assert_eq!((status, rules(&problem["report"])), (2, vec!["bad-der"]));
    let (status, said, told) = text(&node.data_dir(), &["crls", "add", &broken]);
    assert!(status == 2 && said.contains("bad-der") && said.contains("Remedy"), "{said}");
    assert!(told.contains("Nothing was changed"), "{told}");
    let (status, _, told) = text(&node.data_dir(), &["crls", "add", "/nowhere/list.pem"]);
    assert!(status == 66 && told.contains("/nowhere/list.pem cannot be read"), "{told}");
    assert!(client.get(LISTS)["crls"].as_array().unwrap().is_empty());
    assert!(client.actions().contains(&"crls-refused".to_owned()));
    let strange = write(&node, "strange.pem", &Authority::new("Stranger").revocation_list(1, &[], 1, 30));
    let (status, said, _) = text(&node.data_dir(), &["crls", "add", &strange]);
    assert!(status == 0 && said.contains("1 new.") && said.contains("crl-not-recognised"), "{said}");
}

#[test]
fn two_lists_of_one_issuer_are_told_apart_by_their_fingerprints() {
    let (node, client, authority, _pair) = serving();
    let whole = write(&node, "whole.pem", &authority.revocation_list(1, &[], 1, 30));
    let part = write(&node, "part.pem", &authority.partial_revocation_list("http://crl.example.com/part.crl"));
    assert_eq!([json_of(&node, &["crls", "add", &whole]).0, json_of(&node, &["crls", "add", &part]).0], [0, 0]);
    let kept = client.get(LISTS);
    let issuer = kept["crls"][0]["decoded"]["issuer"].as_str().unwrap();
    let (status, answer) = json_of(&node, &["crls", "remove", issuer, "--yes"]);
    let detail = answer["detail"].as_str().unwrap();
    assert!(
        status == 2 && detail.starts_with("There are 2 lists") && detail.ends_with("Nothing was changed."),
        "{answer}"
    );
    for list in kept["crls"].as_array().unwrap() {
        assert!(detail.contains(list["fingerprint"].as_str().unwrap()), "{answer}");
    }
    assert_eq!(client.get(LISTS), kept);
}

#[test]
fn settings_change_by_what_is_named_and_a_download_says_what_came_of_each_source() {
    let (node, client, authority, pair) = serving();
    let list = authority.revocation_list(1, &[&pair], 1, 30).into_bytes();
    let web = Web::serve(&[("/list", "200 OK", list)]);
    let url = format!("{}/list", web.base);
    let (status, answer) = json_of(&node, &["crls", "settings", "--url", &url, "--allow-host", "crl.example.com"]);
    assert_eq!((status, &answer), (0, &client.get(SETTINGS)));
    assert_eq!(answer["settings"]["urls"], json!([url]));
    let options = ["--time", "23:59", "--ocsp", "on", "--ocsp-fallback", "revoked", "--distribution-points", "on"];
    let responder = ["--ocsp-responder", "http://ocsp.example.com/"];
    assert_eq!(json_of(&node, &[&["crls", "settings"][..], &options, &responder].concat()).0, 0);
    let whole = json!({
        "urls": [url], "time": "23:59", "follow_distribution_points": true, "allowed_hosts": ["crl.example.com"],
        "ocsp": true, "ocsp_responder": "http://ocsp.example.com/", "ocsp_fallback": "revoked",
    });
    assert_eq!(client.get(SETTINGS)["settings"], whole);
    assert!(events(&client).contains(&("terminal".to_owned(), "revocation-sources-set".to_owned())));

    for (bad, word) in [
        (["--url", "ftp://crl.example.com/"], "only http"),
        (["--time", "25:00"], "HH:MM"),
        (["--allow-host", "*"], "neither a host name"),
        (["--ocsp-responder", "http://169.254.169.254/"], "never connected to"),
    ] {
        let (status, _, told) = text(&node.data_dir(), &["crls", "settings", bad[0], bad[1]]);
        assert!(status == 2 && told.contains(word) && told.contains("Nothing was changed"), "{told}");
    }
    assert_eq!(text(&node.data_dir(), &["crls", "settings", "--ocsp", "perhaps"]).0, 64);
    assert_eq!(client.get(SETTINGS)["settings"], whole);

    let off =
        ["crls", "settings", "--ocsp", "off", "--no-ocsp-responder", "--no-hosts", "--distribution-points", "off"];
    assert_eq!(json_of(&node, &off).0, 0);
    assert!(client.get(LISTS)["crls"].as_array().unwrap().is_empty(), "nothing was asked yet");
    let (status, answer) = json_of(&node, &["crls", "download"]);
    assert_eq!((status, &answer), (0, &client.get(SETTINGS)));
    assert_eq!(client.alarms(), ["revoked"]);
    assert!(events(&client).contains(&("terminal".to_owned(), "crls-downloaded".to_owned())));

    let missing = format!("{}/missing", web.base);
    assert_eq!(json_of(&node, &["crls", "settings", "--url", &url, "--url", &missing]).0, 0);
    let (status, said, _) = text(&node.data_dir(), &["crls", "download"]);
    assert!(status == 2 && said.contains("404 Not Found") && said.contains("1 known"), "{said}");
    assert_eq!(client.alarms(), ["crl-download-failed", "revoked"]);
    assert_eq!(json_of(&node, &["crls", "settings", "--no-urls"]).0, 0);
    assert_eq!(client.get(SETTINGS)["settings"]["urls"], json!([]));
    let (status, said, _) = text(&node.data_dir(), &["crls", "settings"]);
    assert!(status == 0 && said.contains("23:59 UTC") && said.contains("counts as revoked"), "{said}");
}

#[test]
fn the_security_level_is_shown_and_set() {
    let (node, client, _authority, _pair) = serving();
    let weak = || rules(&client.slots()["active"]["report"]).contains(&"weak-security");
    assert!(!weak());
    assert_eq!(json_of(&node, &["security-level"]), (0, client.get("/api/v1/security-level")));
    let (status, _, told) = text(&node.data_dir(), &["security-level", "perfect"]);
    assert!(status == 64 && told.contains("legacy, standard, public, high"), "{told}");
    assert_eq!(client.get("/api/v1/security-level")["level"], "standard");
    let (status, answer) = json_of(&node, &["security-level", "high"]);
    assert_eq!((status, answer["level"].as_str()), (0, Some("high")));
    assert!(weak(), "what is served is judged by it at once");
    assert_eq!(client.get("/api/v1/node")["security_level"], "high");
    assert_eq!(events(&client)[0], ("terminal".to_owned(), "security-level-set".to_owned()));
    let (_, said, _) = text(&node.data_dir(), &["security-level"]);
    assert!(said.contains("high (in force)") && said.contains("47 days from"), "{said}");
}

#[test]
fn a_node_that_is_stopped_is_told_too_and_one_that_was_killed() {
    let (node, _client, authority, pair) = serving();
    let list = write(&node, "list.pem", &authority.revocation_list(1, &[&pair], 1, 30));
    let folder = node.stop();
    let data = folder.path().join("data");
    assert_eq!(text(&data, &["crls", "add", &list]).0, 0);
    assert_eq!(text(&data, &["security-level", "public"]).0, 0);
    let node = Node::start_in(folder, &[]);
    let client = node.administrator();
    assert_eq!(client.alarms(), ["revoked"]);
    assert_eq!(client.get("/api/v1/security-level")["level"], "public");
    let folder = node.kill();
    assert_eq!(text(&folder.path().join("data"), &["security-level", "high"]).0, 0);
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.administrator().get("/api/v1/security-level")["level"], "high");
    let nowhere = tempfile::tempdir().unwrap();
    let (status, _, told) = text(&nowhere.path().join("data"), &["crls", "list"]);
    assert!(status == 1 && told.contains("--data-dir"), "{told}");
}

#[test]
fn only_the_owner_gets_to_the_socket_however_deep_it_lies() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("a-folder-with-a-long-name".repeat(5));
    std::fs::create_dir(&folder).unwrap();
    let node = Node::start_in(tempfile::tempdir_in(folder).unwrap(), &[]);
    let deep = node.data_dir();
    let socket = std::fs::metadata(deep.join("control")).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&deep).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(text(&deep, &["security-level", "high"]).0, 0);
    assert_eq!(node.administrator().get("/api/v1/security-level")["level"], "high");
}
