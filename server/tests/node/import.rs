//! `certway import`: the layouts of X8 and X7

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::openssl_authority::OpensslAuthority;
use crate::support::{Node, Pair};

fn import(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["import", "--data-dir", "data"])
        .args(arguments)
        .arg("appliance")
        .current_dir(folder)
        .env("CERTWAY_ADMIN_PASSWORD_FILE", folder.join("password"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An appliance with a certificate, its CA, and a request whose key is PKCS#1.
fn appliance() -> (TempDir, OpensslAuthority, Pair) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), crate::support::PASSWORD).unwrap();
    let certs = folder.path().join("appliance/persistent/certs");
    std::fs::create_dir_all(certs.join("generated_csr")).unwrap();
    let authority = OpensslAuthority::new();
    let pair = authority.issue("expe1.example.com");
    std::fs::write(certs.join("server.pem"), &pair.certificate).unwrap();
    std::fs::write(certs.join("privkey.pem"), &pair.key).unwrap();
    std::fs::write(certs.join("ca.pem"), &authority.pem).unwrap();
    openssl(&certs.join("generated_csr"), &["genrsa", "-traditional", "-out", "privkey.pem", "2048"]);
    let subject = ["req", "-new", "-key", "privkey.pem", "-subj", "/CN=next.example.com", "-out", "csr.pem"];
    openssl(
        &certs.join("generated_csr"),
        &[&subject[..], &["-addext", "subjectAltName=DNS:next.example.com"]].concat(),
    );
    (folder, authority, pair)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn an_appliance_of_x8_is_taken_over_and_its_request_can_be_completed() {
    let (folder, authority, pair) = appliance();
    let dry = import(folder.path(), &["--dry-run"]);
    assert!(dry.status.success() && text(&dry).contains("1 CA certificates are appended"), "{}", text(&dry));
    assert!(!folder.path().join("data").exists());
    let done = import(folder.path(), &[]);
    assert!(done.status.success(), "{}", text(&done));
    let request =
        std::fs::read_to_string(folder.path().join("appliance/persistent/certs/generated_csr/csr.pem")).unwrap();
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.served()[0], pair.der);
    let client = node.administrator();
    let signed = authority.sign(&request);
    let put = client.send(reqwest::Method::PUT, "/api/v1/server-certificate", &[("certificate", &signed)]);
    assert_eq!(put.0, reqwest::StatusCode::OK, "{}", put.1);
    assert_eq!(node.served()[0], Pair::der_of(&signed));
}

#[test]
fn an_unsubmitted_request_of_x7_is_reported_and_left() {
    let (folder, _, pair) = appliance();
    let certs = folder.path().join("appliance/persistent/certs");
    std::fs::rename(certs.join("generated_csr/csr.pem"), certs.join("csr.pem")).unwrap();
    std::fs::rename(certs.join("generated_csr/privkey.pem"), certs.join("privkey_csr.pem")).unwrap();
    let done = import(folder.path(), &[]);
    assert!(done.status.success() && text(&done).contains("discard it, and generate it anew"), "{}", text(&done));
    let node = Node::start_in(folder, &[]);
    assert_eq!(node.served()[0], pair.der);
    assert!(node.administrator().get("/api/v1/csr")["csr"].is_null());
}

#[test]
fn what_breaks_a_rule_is_refused_whole_and_nothing_is_made() {
    let (folder, authority, _) = appliance();
    let certs = folder.path().join("appliance/persistent/certs");
    std::fs::write(certs.join("privkey.pem"), authority.issue("other.example.com").key).unwrap();
    let refused = import(folder.path(), &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused).contains("does not belong to the certificate"), "{}", text(&refused));
    assert!(!folder.path().join("data").exists());
    std::fs::remove_dir_all(folder.path().join("appliance/persistent")).unwrap();
    let nothing = import(folder.path(), &[]);
    assert!(!nothing.status.success() && text(&nothing).contains("has none of persistent/certs/server.pem"));
}
