//! Where the node's own key comes from, and `certway change-node-key`

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{Authority, Node, command};

const PASSPHRASE: &str = "the node's own passphrase";

fn change(folder: &Path, config: &str, arguments: &[&str]) -> Output {
    std::fs::write(folder.join("certway.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["change-node-key", "--config", "certway.toml", "--data-dir", "data"])
        .args(arguments)
        .env("CERTWAY_NODE_PASSPHRASE_FILE", folder.join("passphrase"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Starts a node with a configuration, sees that it serves `served` with a whole log, and stops it.
fn serves(folder: TempDir, config: &str, served: &rustls::pki_types::CertificateDer<'_>) -> TempDir {
    std::fs::write(folder.path().join("certway.toml"), config).unwrap();
    let config = folder.path().join("certway.toml");
    let node = Node::start_in(folder, &["--config", config.to_str().unwrap()]);
    assert_eq!(node.served()[0], *served);
    let client = node.administrator();
    assert!(!client.alarms().iter().any(|alarm| alarm.starts_with("events")), "{:?}", client.alarms());
    assert!(client.get("/api/v1/csr")["csr"].is_object());
    node.stop()
}

#[test]
fn the_key_can_change_its_source_and_everything_is_sealed_anew() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("kept.example.com");
    client.upload(&pair);
    client.post("/api/v1/csr", &serde_json::json!({ "common_name": "next.example.com", "key": "ecdsa-p256" }));
    let folder = node.stop();
    let path = folder.path().to_owned();
    let data = path.join("data");
    let first = std::fs::read_to_string(data.join("node.key")).unwrap();
    std::fs::write(path.join("passphrase"), PASSPHRASE).unwrap();
    std::fs::write(path.join("node-key"), format!("{}\n", "5a".repeat(32))).unwrap();
    std::fs::set_permissions(path.join("node-key"), std::fs::Permissions::from_mode(0o600)).unwrap();

    change(&path, "", &["--to", "file"]);
    let second = std::fs::read_to_string(data.join("node.key")).unwrap();
    assert_ne!(first, second);
    let folder = serves(folder, "", &pair.der);

    change(&path, "", &["--to", "passphrase", "--from-file", "passphrase"]);
    assert!(!data.join("node.key").exists());
    let store = std::fs::read(data.join("certway.db")).unwrap();
    assert!(!store.windows(PASSPHRASE.len()).any(|window| window == PASSPHRASE.as_bytes()));
    let folder = serves(folder, "node_key = \"passphrase\"", &pair.der);

    change(&path, "node_key = \"passphrase\"", &["--to", "credential", "--from-file", "node-key"]);
    let folder = serves(folder, "node_key = \"credential\"", &pair.der);

    // Without its credential it does not start, and says what to do.
    std::fs::write(path.join("certway.toml"), "node_key = \"credential\"").unwrap();
    let log = path.join("log");
    std::fs::write(&log, "").unwrap();
    let mut bare = command(&path, &["--config", path.join("certway.toml").to_str().unwrap()]);
    assert!(!bare.env_remove("CREDENTIALS_DIRECTORY").status().unwrap().success());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("LoadCredential=node-key"), "{said}");
    drop(folder);
}

#[test]
fn a_change_of_the_key_file_that_was_cut_short_is_brought_to_its_end() {
    let folder = Node::start().stop();
    let data = folder.path().join("data");
    let old = std::fs::read_to_string(data.join("node.key")).unwrap();
    change(folder.path(), "", &["--to", "file"]);
    // As if the node had been killed between the transaction and the new file's taking its place.
    std::fs::rename(data.join("node.key"), data.join("node.key.next")).unwrap();
    std::fs::write(data.join("node.key"), &old).unwrap();
    std::fs::set_permissions(data.join("node.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let folder = Node::start_in(folder, &[]).stop();
    assert!(!data.join("node.key.next").exists());
    assert_ne!(std::fs::read_to_string(data.join("node.key")).unwrap(), old);
    // As if it had been killed before the transaction.
    std::fs::write(data.join("node.key.next"), &old).unwrap();
    std::fs::set_permissions(data.join("node.key.next"), std::fs::Permissions::from_mode(0o600)).unwrap();
    drop(Node::start_in(folder, &[]));
    assert!(!data.join("node.key.next").exists());
}
