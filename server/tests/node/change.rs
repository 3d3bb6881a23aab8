//! `certway change plan`: what each step of a change does, judged on real certificates.

use std::path::Path;
use std::process::Command;

use rcgen::{DnType, ExtendedKeyUsagePurpose, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Authority, server_params};

const NODES: [&str; 3] = ["expe1.example.com", "expe2.example.com", "expe3.example.com"];

/// A folder with an old CA and a new one, and for each node `old-N.pem` and `new-N.pem` from them.
struct Cluster {
    folder: TempDir,
    old: Authority,
    new: Authority,
}

impl Cluster {
    fn new() -> Self {
        let (old, new) = (Authority::new("Old root"), Authority::new("New root"));
        let cluster = Self { folder: tempfile::tempdir().unwrap(), old, new };
        cluster.write("old-ca.pem", &cluster.old.pem);
        cluster.write("new-ca.pem", &cluster.new.pem);
        for (number, name) in (1..).zip(NODES) {
            cluster.write(&format!("old-{number}.pem"), &cluster.old.issue(name).certificate);
            cluster.write(&format!("new-{number}.pem"), &cluster.new.issue(name).certificate);
        }
        cluster
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn plan(&self, arguments: &[&str]) -> (i32, Value) {
        let (status, said) = run(self.folder.path(), &[arguments, &["--format", "json"]].concat());
        (status, serde_json::from_str(&said).unwrap())
    }
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let nodes = (1..).zip(NODES).map(|(number, name)| format!("{name}=old-{number}.pem,new-{number}.pem"));
    let output = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["change", "plan", "--trusted", "old-ca.pem", "--at", "2030-01-01T00:00:00Z"])
        .args(arguments)
        .args(nodes)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn steps(plan: &Value) -> Vec<(&str, &str, usize)> {
    let steps = plan["steps"].as_array().unwrap().iter();
    let red = |step: &Value| step["refused"].as_array().unwrap().len();
    steps.map(|step| (step["step"].as_str().unwrap(), step["mode"].as_str().unwrap(), red(step))).collect()
}

#[test]
fn with_the_new_ca_everywhere_nothing_breaks_and_permissive_is_not_needed() {
    let cluster = Cluster::new();
    let (status, offer) = cluster.plan(&["--append", "new-ca.pem", "--delete", "old-ca.pem", "--primary", NODES[1]]);
    assert_eq!(status, 0, "{offer}");
    assert_eq!(
        steps(&offer["specification"]),
        [
            ("append-cas", "enforce", 0),
            ("permissive", "permissive", 0),
            ("new-certificates", "permissive", 0),
            ("restart", "permissive", 0),
            ("restart", "permissive", 0),
            ("restart", "permissive", 0),
            ("enforce", "enforce", 0),
            ("delete-cas", "enforce", 0),
        ]
    );
    let plan = &offer["without_permissive"];
    assert!(steps(plan).iter().all(|(_, mode, red)| *mode == "enforce" && *red == 0), "{plan}");
    let first = plan["steps"].as_array().unwrap().iter().find(|step| step["step"] == "restart").unwrap();
    assert_eq!(first["nodes"], json!([NODES[1]]), "the primary first");
    assert_eq!(offer["specification"]["steps"][7]["cas"], json!([cluster.old.fingerprint]));
    let (status, text) = run(cluster.folder.path(), &["--append", "new-ca.pem"]);
    assert_eq!(status, 0);
    for words in [
        "1. Append to the trusted CA list of all nodes: CN=New root",
        "Restart expe1.example.com, and wait",
        "Without Permissive",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_ca_that_was_forgotten_is_named_before_anything_is_done() {
    let cluster = Cluster::new();
    let (status, offer) = cluster.plan(&[]);
    assert_eq!(status, 2, "{offer}");
    let never = offer["never_enforced"].as_array().unwrap();
    let refused: Vec<&str> = never.iter().map(|one| one["refused"]["presented"].as_str().unwrap()).collect();
    assert_eq!(refused, NODES);
    assert!(never[0]["refused"]["reasons"].to_string().contains("New root"), "{}", never[0]);
    assert_eq!(offer["without_permissive"], Value::Null);
    // The first restart is where it begins.
    let specification = steps(&offer["specification"]);
    let red: Vec<usize> = specification.iter().filter(|step| step.0 == "restart").map(|step| step.2).collect();
    assert_eq!(red, [1, 2, 3]);
}

#[test]
fn a_certificate_that_peers_would_not_take_is_told_with_every_reason() {
    let cluster = Cluster::new();
    let mut params = server_params("other.example.com");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let wrong = cluster.new.sign(params, &KeyPair::generate().unwrap());
    cluster.write("new-2.pem", &wrong.certificate);
    let (status, offer) = cluster.plan(&["--append", "new-ca.pem"]);
    assert_eq!(status, 2, "{offer}");
    let never = &offer["never_enforced"][0]["refused"];
    assert_eq!((&never["presented"], &never["certificate"]), (&json!(NODES[1]), &json!("new")));
    let reasons = never["reasons"].to_string();
    assert!(reasons.contains("expe2.example.com") && reasons.contains("clientAuth"), "{reasons}");
}

#[test]
fn a_name_that_is_the_common_name_alone_counts() {
    let cluster = Cluster::new();
    let mut params = server_params("other.example.com");
    params.distinguished_name.push(DnType::CommonName, NODES[1]);
    cluster.write("new-2.pem", &cluster.new.sign(params, &KeyPair::generate().unwrap()).certificate);
    let (status, offer) = cluster.plan(&["--append", "new-ca.pem"]);
    assert_eq!((status, &offer["never_enforced"]), (0, &json!([])), "{offer}");
}

#[test]
fn what_is_wrong_today_forces_permissive_and_a_ca_that_is_needed_stays() {
    let cluster = Cluster::new();
    // The third node was renamed, and its old certificate was not: today it is refused, with the new one it is not.
    cluster.write("old-3.pem", &cluster.old.issue("renamed.example.com").certificate);
    let (status, offer) = cluster.plan(&["--append", "new-ca.pem", "--delete", "new-ca.pem", "--delete", "old-ca.pem"]);
    assert_eq!(status, 0, "{offer}");
    assert_eq!(offer["refused"][0]["verifiers"], json!([NODES[0], NODES[1]]));
    assert_eq!(offer["without_permissive"], Value::Null);
    assert_eq!(offer["forced"][0]["refused"]["presented"], NODES[2]);
    assert_eq!(offer["forced"][0]["step"], Value::Null, "{}", offer["forced"]);
    assert_eq!(offer["kept"][0]["ca"], cluster.new.fingerprint.as_str(), "{offer}");
    let last = offer["specification"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["step"], &last["cas"]), (&json!("delete-cas"), &json!([cluster.old.fingerprint])));
}

#[test]
fn what_cannot_be_understood_is_a_matter_of_usage() {
    let cluster = Cluster::new();
    let (status, said) = run(cluster.folder.path(), &["--primary", "stranger.example.com"]);
    assert!(status == 64 && said.contains("'stranger.example.com'"), "{said}");
    let (status, said) = run(cluster.folder.path(), &["expe4.example.com"]);
    assert!(status == 64 && said.contains("NAME=FILE"), "{said}");
    let (status, said) = run(cluster.folder.path(), &["expe4.example.com=nowhere.pem"]);
    assert!(status == 66 && said.contains("nowhere.pem"), "{said}");
}
