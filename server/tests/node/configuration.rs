//! `certway config`, and what a node takes from its environment

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{Authority, Node, PASSWORD, command};
use crate::waiting::comes;

/// Status, standard output, standard error of `certway config check` in a folder.
fn check(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["config", "check"])
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_stands_against_a_configuration_is_told_and_what_is_in_force_from_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("certway.toml");
    std::fs::write(&file, "http = \"127.0.0.1:80\"\nwildcards = \"warn\"\n").unwrap();
    let config = ["--config", "certway.toml"];
    let variables = [("CERTWAY_HTTP", "127.0.0.1:81"), ("CERTWAY_HTPS", "0.0.0.0:1")];
    let (status, said, _) = check(folder.path(), &[&config[..], &["--peers", "127.0.0.1:82"]].concat(), &variables);
    assert_eq!(status, 0, "{said}");
    let has = |key: &str, value: &str, origin: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.lines().any(|line| words(line) == format!("{key} {value} {origin}")), "{key}: {said}");
    };
    has("https", "0.0.0.0:8443", "default");
    has("http", "127.0.0.1:81", "environment CERTWAY_HTTP");
    has("peers", "127.0.0.1:82", "option --peers");
    has("wildcards", "warn", "line 2");
    assert!(said.contains("CERTWAY_HTPS is set in the environment, and no key is called so"), "{said}");

    std::fs::write(&file, "htps = \"127.0.0.1:80\"\nadmin_password_file = \"gone\"\nlog = \"loud\"\n").unwrap();
    let (status, said, _) = check(folder.path(), &[&config[..], &["--format", "json"]].concat(), &[]);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, answer["valid"].as_bool()), (2, Some(false)), "{said}");
    let faults: Vec<_> =
        answer["faults"].as_array().unwrap().iter().map(|fault| (&fault["key"], &fault["origin"]["line"])).collect();
    assert_eq!(faults, [(&"htps".into(), &1.into()), (&"log".into(), &3.into())]);

    // What the file names is looked at once all else is well.
    std::fs::write(&file, "admin_password_file = \"gone\"\n[cluster]\netcd = [\"https://10.0.0.5:2379\"]\n").unwrap();
    let (status, said, _) = check(folder.path(), &config, &[]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("2 faults") && said.contains("gone") && said.contains("needs a file with its CA"), "{said}");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(check(folder.path(), &config, &[]).0, 66);
    assert_eq!(check(folder.path(), &["--https", "here"], &[]).0, 64);
}

#[test]
fn the_example_stands_against_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let example = Command::new(env!("CARGO_BIN_EXE_certway")).args(["config", "example"]).output().unwrap();
    std::fs::write(folder.path().join("certway.toml"), example.stdout).unwrap();
    let (status, said, _) = check(folder.path(), &["--config", "certway.toml"], &[]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn a_node_is_configured_by_its_environment_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("admin-password"), PASSWORD).unwrap();
    let mut node = Command::new(env!("CARGO_BIN_EXE_certway"));
    node.args(["serve", "--http", "127.0.0.1:0", "--client-certificate", "127.0.0.1:0"])
        .env_remove("CERTWAY_ADMIN_PASSWORD_FILE")
        .env("CERTWAY_HTTPS", "127.0.0.1:0")
        .env("CERTWAY_DATA_DIR", folder.path().join("data"))
        .env("CERTWAY_NAME", "named.example.com")
        .env("CREDENTIALS_DIRECTORY", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let node = Node::start_by(node, folder);
    let client = node.client();
    assert_eq!(client.get("/api/v1/node")["name"], "named.example.com");
    assert_eq!(client.try_sign_in(PASSWORD).status(), StatusCode::OK);
}

#[test]
fn a_node_does_not_start_with_a_secret_in_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "correct horse battery";
    let mut node = command(folder.path(), &[]);
    assert!(!node.env("CERTWAY_ADMIN_PASSWORD", secret).status().unwrap().success());
    let said = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(said.contains("systemd credential admin-password") && !said.contains(secret), "{said}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_file_that_was_changed_since_the_start_is_told_until_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("certway.toml");
    std::fs::write(&file, "wildcards = \"warn\"\n").unwrap();
    let node = Node::start_in(folder, &["--config", file.to_str().unwrap()]);
    let client = node.administrator();
    // The node looks each minute, and when something has changed.
    let told = |text: &str| {
        std::fs::write(&file, text).unwrap();
        assert_eq!(client.append(&Authority::new("Another").pem).0, StatusCode::OK);
        let alarms = client.get("/api/v1/alarms");
        let due = alarms.as_array().unwrap().iter().find(|alarm| alarm["id"] == "restart-due").cloned();
        due.map(|due| format!("{}: {}", due["severity"].as_str().unwrap(), due["message"].as_str().unwrap()))
    };
    assert_eq!(told("wildcards = \"warn\"\n"), None);
    assert_eq!(told("# the same\nwildcards = \"warn\"\n"), None);
    let due = told("name = \"other.example.com\"\nwildcards = \"refuse\"\n").unwrap();
    assert!(due.starts_with("notice: ") && due.contains(": name, wildcards."), "{due}");
    let faulty = told("wildcards = \"perhaps\"\n").unwrap();
    assert!(faulty.starts_with("warning: ") && faulty.contains("would not start"), "{faulty}");
    assert!(told("name = \"other.example.com\"\n").is_some());
    let node = Node::start_in(node.stop(), &["--config", file.to_str().unwrap()]);
    assert!(!node.administrator().alarms().contains(&"restart-due".to_owned()));
}

/// What `serve` says in the folder, if it does not start.
fn refused_to_start(folder: &Path) -> String {
    let mut node = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["serve", "--config", "certway.toml"])
        .env("RUST_BACKTRACE", "0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ended = comes(Duration::from_secs(20), || node.try_wait().unwrap().is_some());
    node.kill().unwrap();
    assert!(ended, "it started");
    let output = node.wait_with_output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_told_to_stand_against_a_configuration_keeps_a_node_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let ports = "https = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\nclient_certificate = \"127.0.0.1:0\"\n";
    let file = folder.path().join("certway.toml");
    let both = |text: &str, key: &str| {
        std::fs::write(&file, text).unwrap();
        let (status, said, _) = check(folder.path(), &["--config", "certway.toml"], &[]);
        assert!(status == 2 && said.contains(&format!("fault {key}")), "{text}: {said}");
        let said = refused_to_start(folder.path());
        assert!(said.contains(&format!("`{key}`")), "{text}: {said}");
    };
    both(&format!("{ports}acme_dns_hook = \"gone\"\n"), "acme_dns_hook");
    both(&format!("{ports}admin_password_file = \"gone\"\n"), "admin_password_file");
    both(&format!("{ports}default_trusted_cas = \"gone\"\n"), "default_trusted_cas");
    both(&format!("{ports}[cluster]\netcd = [\"ftp://127.0.0.1:1\"]\n"), "cluster.etcd");
    both(&format!("{ports}[cluster]\netcd = [\"https://127.0.0.1:1\"]\nca = \"gone\"\n"), "cluster.etcd");
    both("https = \"127.0.0.1:20999\"\nhttp = \"0.0.0.0:20999\"\n", "http");
    let data = folder.path().join("certway-data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    both(ports, "data_dir");
    std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();

    // A secret that others can read is an advice; a file that the first boot alone reads may be gone afterwards.
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    std::fs::set_permissions(&password, Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&file, format!("{ports}admin_password_file = \"password\"\n")).unwrap();
    let (status, said, _) = check(folder.path(), &["--config", "certway.toml"], &[]);
    assert!(status == 0 && said.contains("can be read by others (mode 0644)"), "{said}");
    std::fs::write(data.join("certway.db"), "").unwrap();
    std::fs::remove_file(&password).unwrap();
    let (status, said, _) = check(folder.path(), &["--config", "certway.toml"], &[]);
    assert_eq!(status, 0, "{said}");
}
