//! The commands of the handbook, run as they stand there.
//!
//! Blocks of `sh` are run in their order, all of a chapter in one shell, beside a node and with the files that the
//! handbook speaks of. A block of `text` that follows one is what it prints; `...` stands for anything. What cannot be
//! run here, since it asks somebody or needs others, stands in blocks of `console`.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::support::{Authority, Node, PASSWORD, Pair};

const NAME: &str = "expe1.example.com";
/// Chapters with commands, so that none is passed over because its blocks are written in another way.
const CHAPTERS: [&str; 8] = [
    "first-hour",
    "loading-a-certificate",
    "trusted-cas",
    "requests",
    "client-certificates",
    "recovery",
    "hardening",
    "api",
];

/// What is run, and what it is to print.
struct Block<'a> {
    commands: &'a str,
    output: Option<&'a str>,
}

#[test]
fn every_command_does_what_the_handbook_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/handbook");
    let mut with_commands = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let blocks = blocks(&text);
        if !blocks.is_empty() {
            run(&path, &blocks);
            with_commands.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    with_commands.sort();
    let mut chapters = CHAPTERS;
    chapters.sort_unstable();
    assert_eq!(with_commands, chapters);
}

fn run(chapter: &Path, blocks: &[Block<'_>]) {
    let node = node_with_files();
    let folder = node.folder.path();
    let mut script = String::new();
    for (number, block) in blocks.iter().enumerate() {
        // Variables and functions of a block hold for those after it.
        writeln!(script, "echo 'block {number}' >&2\n{{\n{}\n}} > output-{number}", block.commands).unwrap();
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder)
        .env("HOME", folder)
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", chapter.display());
    for (number, block) in blocks.iter().enumerate() {
        let Some(wanted) = block.output else { continue };
        let printed = fs::read_to_string(folder.join(format!("output-{number}"))).unwrap();
        assert!(fits(&printed, wanted), "{}: {}\nprinted\n{printed}", chapter.display(), block.commands);
    }
}

/// The blocks of a chapter that are run.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::<Block<'_>>::new();
    for fenced in text.split("\n```").skip(1).step_by(2) {
        let (kind, content) = fenced.split_once('\n').unwrap();
        match kind {
            "sh" => blocks.push(Block { commands: content, output: None }),
            "text" => blocks.last_mut().expect("an output has commands before it").output = Some(content),
            _ => {}
        }
    }
    blocks
}

/// Whether lines are those that are wanted, in which `...` stands for anything.
fn fits(printed: &str, wanted: &str) -> bool {
    let line_fits = |(printed, wanted): (&str, &str)| match wanted.split_once("...") {
        Some((before, after)) => printed.starts_with(before) && printed.ends_with(after),
        None => printed == wanted,
    };
    printed.lines().count() == wanted.lines().count() && printed.lines().zip(wanted.lines()).all(line_fits)
}

/// A node, and beside it the files that the handbook speaks of.
fn node_with_files() -> Node {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("certway.toml");
    fs::write(&configuration, format!("name = \"{NAME}\"\n")).unwrap();
    let node = Node::start_in(folder, &["--config", configuration.to_str().unwrap()]);
    let folder = node.folder.path();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let write_pair = |name: &str, pair: &Pair| {
        write(&format!("{name}.pem"), &pair.certificate);
        write(&format!("{name}.key"), &pair.key);
    };
    let root = Authority::new("Example Root CA");
    write("root.pem", &root.pem);
    write("root.key", &root.key_pem());
    write("old-root.pem", &Authority::new("Old Root CA").pem);
    write("list.crl", &root.revocation_list(1, &[], 1, 30));
    write_pair("server", &root.issue(NAME));
    write_pair("admin", &root.issue("admin.example.com"));
    write_pair("host-name", &host_name(&root));
    write("password", &format!("{PASSWORD}\n"));
    write("backup.passphrase", "four journeys before lunch\n");
    write("bundle.passphrase", "secret\n");
    write("node-ca.pem", node.client().get("/api/v1/node")["temporary_ca_pem"].as_str().unwrap());
    // Where the handbook's node is, for curl; and the folder in which it says that the data is.
    write(".curlrc", &format!("connect-to = \"{NAME}:8443:127.0.0.1:{}\"\n", node.https_port));
    symlink(node.data_dir(), folder.join("certway-data")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(PathBuf::from(env!("CARGO_BIN_EXE_certway")), folder.join("bin/certway")).unwrap();
    bundle(folder);
    node
}

/// A certificate whose common name is no fully qualified one.
fn host_name(authority: &Authority) -> Pair {
    let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "expe1");
    authority.sign(params, &KeyPair::generate().unwrap())
}

fn bundle(folder: &Path) {
    let words = ["pkcs12", "-export", "-in", "server.pem", "-inkey", "server.key", "-certfile", "root.pem"];
    let mut openssl = Command::new("openssl");
    openssl.args(words).args(["-passout", "file:bundle.passphrase", "-out", "bundle.p12"]).current_dir(folder);
    assert!(openssl.status().unwrap().success());
}
