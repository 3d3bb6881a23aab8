//! `certway repair`, on files that real programs wrote (`corpus/repair`).

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PASSPHRASE: &str = "correct horse";
const AT: &str = "2026-12-01T00:00:00Z";

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/repair").join(name)
}

fn content(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One run: a folder to write into, with the passphrase of the corpus in a file beside.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        Self { folder }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn passphrase_file(&self) -> String {
        self.folder.path().join("passphrase").display().to_string()
    }

    fn repair(&self, words: &[&str], files: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certway"));
        command.args(["repair", "--at", AT]).args(words).args(files.iter().map(|name| corpus(name)));
        command.stdin(Stdio::null()).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn one_file_with_everything_becomes_the_files_of_the_boxes() {
    let run = Run::new();
    let out = run.out().display().to_string();
    let output = run.repair(&["--out", &out], &["everything.pem"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = |name: &str| content(&run.out().join(name));
    let wanted = |names: &[&str]| names.iter().map(|name| content(&corpus(name))).collect::<String>();
    assert_eq!(written("certificate.pem"), wanted(&["rsa.crt", "intermediate.crt"]));
    assert_eq!(written("private-key.pem"), wanted(&["rsa.key"]));
    assert_eq!(written("trusted-cas.pem"), wanted(&["root.crt", "intermediate.crt"]));
    assert!(!run.out().join("crl.pem").exists() && !run.out().join("request.pem").exists());
    let mode = |name: &str| std::fs::metadata(run.out().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("private-key.pem"), 0o600);
    let said = text(&output.stdout);
    let (cas, certificate) = (said.find("1. Append"), said.find("2. Upload"));
    assert!(cas.is_some() && cas < certificate, "CA certificates come first: {said}");
    assert!(!said.contains("PRIVATE KEY"), "{said}");
}

#[test]
fn files_that_are_there_are_written_over_only_when_asked() {
    let run = Run::new();
    let out = run.out().display().to_string();
    std::fs::create_dir(run.out()).unwrap();
    let key = run.out().join("private-key.pem");
    std::fs::write(&key, "mine").unwrap();
    let output = run.repair(&["--out", &out], &["everything.pem"]);
    assert_eq!(output.status.code(), Some(73));
    assert_eq!((content(&key).as_str(), run.out().join("certificate.pem").exists()), ("mine", false));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("--force"), "{}", text(&output.stderr));

    let output = run.repair(&["--out", &out, "--force"], &["everything.pem"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(content(&key), content(&corpus("rsa.key")));
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(run.out()).unwrap().count(), 3, "nothing else was left");
}

#[test]
fn without_out_the_plan_is_printed_and_nothing_written() {
    let run = Run::new();
    let other = corpus("intermediate.crt");
    let words = ["--passphrase-file", &run.passphrase_file(), "--trusted", other.to_str().unwrap()];
    let output = run.repair(&words, &["legacy-rc2-40.p12"]);
    // The root of the chain is neither in the file nor in the list.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(
        said.contains("pkcs12-opened") && said.contains("RC2 with 40 bits") && said.contains("--out DIR"),
        "{said}"
    );
    assert!(said.contains("issuer-missing") && said.contains("CN=Repair Root,O=Repair"), "{said}");
    assert!(!run.out().exists());
    let output = run.repair(&words[..2], &["legacy-rc2-40.p12"]);
    assert_eq!(output.status.code(), Some(0), "without a list nobody knows: {}", text(&output.stdout));
}

#[test]
fn what_needs_nothing_says_so() {
    let run = Run::new();
    let (root, intermediate) = (corpus("root.crt"), corpus("intermediate.crt"));
    let trusted = ["--trusted", root.to_str().unwrap(), "--trusted", intermediate.to_str().unwrap()];
    let output = run.repair(&trusted, &["chain.pem", "rsa.key"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("Nothing to do"), "{}", text(&output.stdout));
}

#[test]
fn a_wrong_passphrase_and_none_are_told_apart() {
    let run = Run::new();
    let none = run.repair(&[], &["modern.p12"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stdout).contains("passphrase-needed"), "{}", text(&none.stdout));
    std::fs::write(run.folder.path().join("passphrase"), "wrong").unwrap();
    let wrong = run.repair(&["--passphrase-file", &run.passphrase_file()], &["modern.p12"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stdout).contains("The passphrase is wrong"), "{}", text(&wrong.stdout));
}

#[test]
fn json_has_everything_but_the_key() {
    let run = Run::new();
    let out = run.out().display().to_string();
    let words = ["--format", "json", "--passphrase-file", &run.passphrase_file(), "--out", &out];
    let output = run.repair(&words, &["modern.p12", "root.crt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["version"], &answer["outcome"]), (&Value::from(1), &Value::from("repaired")));
    assert_eq!(answer["steps"][0]["id"], "pkcs12-opened");
    assert_eq!(answer["private_key"]["pem"], "");
    assert_eq!(answer["certificate"]["contents"][0], "CN=expe1.example.com,O=Repair");
    assert_eq!(answer["written"].as_array().map(Vec::len), Some(3));
    let key = content(&corpus("rsa.key"));
    let said = text(&output.stdout);
    assert!(key.lines().filter(|line| !line.starts_with('-')).all(|line| !said.contains(line)));
    assert_eq!(content(&run.out().join("private-key.pem")), key);
}

#[test]
fn what_cannot_be_repaired_names_the_command_that_can() {
    let run = Run::new();
    for (file, command) in [("key.ppk", "puttygen"), ("openssh", "ssh-keygen -p -m PKCS8"), ("java.jks", "keytool")] {
        let output = run.repair(&[], &[file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(text(&output.stdout).contains(command), "{}", text(&output.stdout));
    }
}

#[test]
fn usage_and_unreadable_files_have_a_status_of_their_own() {
    let run = Run::new();
    assert_eq!(run.repair(&[], &[]).status.code(), Some(64));
    assert_eq!(run.repair(&["--force"], &["rsa.crt"]).status.code(), Some(64));
    assert_eq!(run.repair(&[], &["there-is-no-such-file"]).status.code(), Some(66));
    assert_eq!(run.repair(&["--passphrase-file", "/there/is/none"], &["modern.p12"]).status.code(), Some(66));
}

#[test]
fn a_passphrase_is_asked_on_the_terminal_and_not_shown() {
    // `script` (Debian: bsdutils, always there) gives the command a terminal of its own.
    let (certway, file) = (env!("CARGO_BIN_EXE_certway"), corpus("headers-ec.key"));
    let words = format!("{certway} repair --at {AT} {}", file.display());
    let mut child = Command::new("script")
        .args(["-qec", &words, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    for typed in ["wrong\n", "correct horse\n"] {
        // Typed when asked: what is typed before would still be echoed.
        assert!(read_until(&mut stdout, "Passphrase: ").contains("is protected") || typed != "wrong\n");
        stdin.write_all(typed.as_bytes()).unwrap();
    }
    let said = read_until(&mut stdout, "Upload");
    assert!(said.contains("key-decrypted") && !said.contains("correct horse"), "{said}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// What a program says up to a word, or to its end.
fn read_until(stdout: &mut impl std::io::Read, word: &str) -> String {
    let mut said = String::new();
    let mut byte = [0];
    while !said.ends_with(word) && stdout.read(&mut byte).unwrap() == 1 {
        said.push(char::from(byte[0]));
    }
    assert!(said.ends_with(word), "'{word}' was not said: {said}");
    said
}
