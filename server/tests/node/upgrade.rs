//! A newer version on an older one's data, and the way back, as `docs/upgrade.md` tells. What each former format had in it is tried in
//! `app/upgrade.rs`.

#![expect(clippy::print_stdout, reason = "says what was not run, and the totals")]

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::boot::refused_by;
use crate::support::{Authority, Client, Node, PASSWORD, PROGRAM, Pair};

/// What is said of a store of a later version.
const LATER: &str = "the store was written by a later version of Certway";

/// Names the binary of a former version.
const FORMER: &str = "CERTWAY_FORMER";

/// What an upgrade keeps. A former version may not have all of it yet.
const KEPT: [&str; 10] = [
    "/api/v1/server-certificate",
    "/api/v1/client-certificate",
    "/api/v1/trusted-cas",
    "/api/v1/crls",
    "/api/v1/csr",
    "/api/v1/security-level",
    "/api/v1/client-certificate-test/settings",
    "/api/v1/users",
    "/api/v1/tokens",
    "/api/v1/events?limit=1000",
];

fn store_in(folder: &Path) -> PathBuf {
    folder.join("data/certway.db")
}

fn format_of(store: &Path) -> i64 {
    let store = rusqlite::Connection::open(store).unwrap();
    store.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// All files of a data directory.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = std::fs::read_dir(folder.join("data")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

/// Has a program refuse a store that is newer than itself, and say so.
fn assert_refused(program: &Path, folder: &Path, wanted: &[&str]) {
    let before = files(folder);
    let said = refused_by(program, folder, &[]);
    for part in wanted {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(files(folder) == before, "the data directory was changed");
}

/// A node that is worth keeping, and the certificate that it serves.
fn set_up(node: &Node) -> Pair {
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    let ok = |(status, body): (StatusCode, Value)| assert!(status.is_success(), "{status}: {body}");
    ok(client.append(&authority.pem));
    ok(client.append(&Authority::new("Another root").pem));
    let pair = authority.issue("node.example.com");
    ok(client.upload(&pair));
    let list = authority.revocation_list(1, &[], 1, 30);
    ok(client.send(Method::POST, "/api/v1/crls", &[("file", &list)]));
    ok(client.post("/api/v1/csr", &json!({ "common_name": "next.example.com", "key": "ecdsa-p256" })));
    client.confirm();
    ok(client.put("/api/v1/security-level", &json!({ "level": "high" })));
    let later = [
        ("/api/v1/users", json!({ "username": "operator", "role": "operator", "password": PASSWORD })),
        ("/api/v1/tokens", json!({ "name": "reader", "scope": "auditor", "expires_in_days": 1 })),
    ];
    for (path, body) in later.iter().filter(|(path, _)| has(&client, path)) {
        ok(client.post(path, body));
    }
    pair
}

fn has(client: &Client, path: &str) -> bool {
    client.make(Method::GET, path).0 == StatusCode::OK
}

/// What a version tells of what is kept.
fn told(client: &Client) -> Vec<(&'static str, Value)> {
    KEPT.into_iter().filter(|path| has(client, path)).map(|path| (path, client.get(path))).collect()
}

/// What is not kept, but made anew by each start.
const MADE_ANEW: [&str; 2] = ["report", "own_certificate_port"];

/// Whether all that a version told is told by a later one too: the interface only grows.
fn grown(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().all(|(name, value)| {
            MADE_ANEW.contains(&name.as_str()) || after.get(name).is_some_and(|after| grown(value, after))
        }),
        (Value::Array(before), Value::Array(after)) => {
            before.iter().all(|value| after.iter().any(|after| grown(value, after)))
        }
        (before, after) => before == after,
    }
}

#[track_caller]
fn assert_told(before: &[(&'static str, Value)], client: &Client) {
    for (path, value) in before {
        let now = client.get(path);
        assert!(grown(value, &now), "{path}: {now:#}\ninstead of {value:#}");
    }
}

fn served(node: &Node) -> Vec<u8> {
    node.served()[0].to_vec()
}

#[track_caller]
fn assert_events_verify(node: &Node) {
    let mut verify = Command::new(PROGRAM);
    verify.args(["events", "verify", "--data-dir"]).arg(node.data_dir());
    let output = verify.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_store_of_a_later_version_is_refused_with_the_remedy_and_nothing_is_changed() {
    let node = Node::start();
    let pair = set_up(&node);
    let before = told(&node.administrator());
    let folder = node.stop();
    let store = store_in(folder.path());
    let format = format_of(&store);
    let set_format = |format: i64| {
        let store = rusqlite::Connection::open(&store).unwrap();
        store.pragma_update(None, "user_version", format).unwrap();
    };
    set_format(format + 1);
    let remedy = ["Nothing was changed.", "Start that version", "docs/upgrade.md"];
    assert_refused(Path::new(PROGRAM), folder.path(), &[&[LATER], &remedy[..]].concat());
    let before_commands = files(folder.path());
    std::fs::write(folder.path().join("passphrase"), "correct horse battery").unwrap();
    for command in
        [&["reset-password"][..], &["events", "verify"], &["backup", "--passphrase-file", "passphrase", "node.age"]]
    {
        let mut certway = Command::new(PROGRAM);
        certway.args(command).args(["--data-dir", "data"]).current_dir(folder.path());
        let output = certway.env_remove("CERTWAY_ADMIN_PASSWORD_FILE").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(LATER), "{command:?}: {said}");
    }
    assert!(files(folder.path()) == before_commands, "a command changed the data directory");
    set_format(format);
    let node = Node::start_in(folder, &[]);
    assert_eq!(served(&node), pair.der.to_vec());
    assert_told(&before, &node.administrator());
}

/// Two real binaries: `CERTWAY_FORMER=/path/to/the/former/certway`.
#[test]
fn a_former_versions_node_is_upgraded_with_all_it_has_and_goes_back() {
    let Some(former) = std::env::var_os(FORMER).map(PathBuf::from) else {
        println!("NOT RUN: {FORMER} does not name the binary of a former version.");
        return;
    };
    let node = Node::start_version(&former, tempfile::tempdir().unwrap());
    let pair = set_up(&node);
    let before = told(&node.administrator());
    let folder = node.stop();
    let (was, store) = (format_of(&store_in(folder.path())), store_in(folder.path()));
    let copy = store.with_extension(format!("format-{was}.db"));

    // There.
    let node = Node::start_in(folder, &[]);
    assert_eq!(served(&node), pair.der.to_vec());
    let client = node.administrator();
    assert_told(&before, &client);
    let alarms = client.alarms();
    assert!(!alarms.iter().any(|id| id.contains("changed") || id.contains("damaged")), "{alarms:?}");
    assert_events_verify(&node);
    // What is done since, which the way back undoes.
    client.confirm();
    assert_eq!(client.put("/api/v1/security-level", &json!({ "level": "standard" })).0, StatusCode::OK);
    // Or a key would be refused.
    assert_eq!(client.make(Method::DELETE, "/api/v1/csr").0, StatusCode::NO_CONTENT);
    let since = Authority::new("Since");
    assert_eq!(client.append(&since.pem).0, StatusCode::OK);
    let later = since.issue("node.example.com");
    assert_eq!(client.upload(&later).0, StatusCode::OK);
    let node = node.restart();
    assert_eq!(served(&node), later.der.to_vec());
    let folder = node.stop();
    let is = format_of(&store);
    println!(
        "{}: format {was}, then {is}; {} of {} resources are known to both",
        former.display(),
        before.len(),
        KEPT.len()
    );

    // And back.
    if is > was {
        // The remedy is told only since format 11.
        assert_refused(&former, folder.path(), &[LATER]);
        go_back(&store, &copy);
        let node = Node::start_version(&former, folder);
        assert_eq!(served(&node), pair.der.to_vec());
        assert_told(&before, &node.administrator());
        there_once_more(node, &pair, &before);
    } else {
        let node = Node::start_version(&former, folder);
        assert_eq!(served(&node), later.der.to_vec());
    }
}

/// As `docs/upgrade.md` says.
fn go_back(store: &Path, copy: &Path) {
    for beside in ["db-wal", "db-shm"] {
        let _none = std::fs::remove_file(store.with_extension(beside));
    }
    std::fs::rename(store, store.with_extension("later.db")).unwrap();
    std::fs::rename(copy, store).unwrap();
}

/// A second upgrade, by a node that is killed at once: what was done since the way back is kept.
fn there_once_more(former: Node, pair: &Pair, before: &[(&'static str, Value)]) {
    let authority = Authority::new("After going back");
    assert_eq!(former.administrator().append(&authority.pem).0, StatusCode::OK);
    let folder: TempDir = former.stop();
    let node = Node::start_in(Node::start_in(folder, &[]).kill(), &[]);
    assert_eq!(served(&node), pair.der.to_vec());
    let client = node.administrator();
    assert_told(before, &client);
    let cas = client.get("/api/v1/trusted-cas").to_string();
    assert!(cas.contains("After going back") && !cas.contains("Since"), "{cas}");
    assert_events_verify(&node);
}
