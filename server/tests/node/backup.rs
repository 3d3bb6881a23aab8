//! `/api/v1/backup`, `certway backup` and `certway restore`

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Authority, Client, Node};

const PASSPHRASE: &str = "correct horse battery";

fn certway(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn backup(client: &Client) -> Vec<u8> {
    client.confirm();
    let call = client.call(Method::POST, "/api/v1/backup").json(&json!({ "passphrase": PASSPHRASE }));
    let answer = call.send().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.bytes().unwrap().to_vec()
}

/// A node with something to lose, and what it has.
fn worth_keeping() -> (Node, Client) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    client.upload(&authority.issue("kept.example.com"));
    client.post("/api/v1/csr", &json!({ "common_name": "next.example.com", "key": "ecdsa-p256" }));
    (node, client)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_backup_restored_on_a_bare_node_is_the_same_node() {
    let (node, client) = worth_keeping();
    let resources = ["/api/v1/server-certificate", "/api/v1/trusted-cas", "/api/v1/csr", "/api/v1/client-certificate"];
    let before = resources.map(|path| client.get(path));
    let served = node.served();
    assert_eq!(client.post("/api/v1/backup", &json!({ "passphrase": PASSPHRASE })).0, StatusCode::FORBIDDEN);
    let backup = backup(&client);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("node.age"), &backup).unwrap();
    std::fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
    let restore = ["restore", "--data-dir", "data", "--passphrase-file", "passphrase", "node.age"];
    let restored = certway(&restore, folder.path());
    assert!(restored.status.success(), "{}", said(&restored));
    let again = certway(&restore, folder.path());
    assert!(!again.status.success() && said(&again).contains("empty data directory"), "{}", said(&again));

    let other = Node::start_in(folder, &[]);
    assert_eq!(other.served(), served);
    let client = other.administrator();
    assert_eq!(resources.map(|path| client.get(path)), before);
    assert!(client.actions().contains(&"backup-made".to_owned()));
    assert!(!client.alarms().iter().any(|alarm| alarm.starts_with("events")));
    // The request in progress can still be completed.
    assert!(other.data_dir().join("persistent/certs/generated_csr/privkey.pem").exists());
}

#[test]
fn what_was_tampered_with_or_is_foreign_is_refused_and_nothing_is_written() {
    let (_node, client) = worth_keeping();
    let backup = backup(&client);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("right"), PASSPHRASE).unwrap();
    std::fs::write(folder.path().join("wrong"), "another passphrase").unwrap();
    let try_it = |bytes: &[u8], passphrase: &str| {
        std::fs::write(folder.path().join("node.age"), bytes).unwrap();
        let restore = ["restore", "--data-dir", "data", "--passphrase-file", passphrase, "node.age"];
        let output = certway(&restore, folder.path());
        assert!(!output.status.success());
        assert!(!folder.path().join("data").exists() && !folder.path().join(".data.restoring").exists());
        said(&output)
    };
    assert!(try_it(&backup, "wrong").contains("passphrase is wrong"));
    assert!(try_it(b"not a backup", "right").contains("not a backup of Certway"));
    for place in [150, 200, backup.len() / 2, backup.len() - 1] {
        let mut tampered = backup.clone();
        tampered[place] ^= 1;
        let said = try_it(&tampered, "right");
        assert!(said.contains("Nothing was changed"), "{place}: {said}");
    }
    assert!(try_it(&backup[..backup.len() - 17], "right").contains("damaged"));
}

#[test]
fn the_command_line_makes_one_beside_a_running_node_and_age_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("certway.toml");
    std::fs::write(&config, "name = \"expe1.example.com\"\n").unwrap();
    let node = Node::start_in(folder, &["--config", config.to_str().unwrap()]);
    let (client, folder) = (node.administrator(), node.folder.path());
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let make = ["backup", "--data-dir", "data", "--passphrase-file", "passphrase", "node.age"];
    let made = certway(&make, folder);
    assert!(made.status.success(), "{}", said(&made));
    assert!(!certway(&make, folder).status.success(), "a backup is never overwritten");
    let recorded = || client.get("/api/v1/events?action=backup-made");
    assert_eq!(recorded()[0]["details"], client.get("/api/v1/node")["name"]);
    // One that nobody could have kept is not made.
    let nowhere = certway(&["backup", "--data-dir", "data", "--passphrase-file", "passphrase", "no/node.age"], folder);
    assert!(
        !nowhere.status.success() && said(&nowhere).contains("no/node.age cannot be written"),
        "{}",
        said(&nowhere)
    );
    assert_eq!(recorded().as_array().unwrap().len(), 1);
    let poor = folder.join("poor");
    std::fs::write(&poor, "short").unwrap();
    let refused = certway(&["backup", "--data-dir", "data", "--passphrase-file", "poor", "poor.age"], folder);
    assert!(!refused.status.success() && said(&refused).contains("12 characters"), "{}", said(&refused));
    assert!(!folder.join("poor.age").exists());
    // age asks on a terminal, and `script` is one.
    let opened = Command::new("script")
        .args(["--quiet", "--return", "--command", "age --decrypt --output plain.tar node.age", "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .and_then(|mut script| {
            use std::io::Write as _;
            let mut input = script.stdin.take().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(300));
            input.write_all(format!("{PASSPHRASE}\n").as_bytes())?;
            let status = script.wait();
            drop(input);
            status
        })
        .unwrap();
    assert!(opened.success());
    let listed = Command::new("tar").args(["--list", "--file", "plain.tar"]).current_dir(folder).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().collect::<Vec<_>>(), ["certway-backup.json", "node.key", "certway.db"]);
}
