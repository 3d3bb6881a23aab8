//! What `openssl verify` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::chain::{Chain, Files, NOW_SECONDS};
use super::policies::ONE;

/// Its version, if it is there.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("openssl").arg("version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A folder of a worker's own.
pub(crate) fn folder(worker: usize) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("certway-differential-{}-{worker}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

/// Its errors, each by its number; none if the chain is good.
pub(crate) fn verify(chain: &Chain, files: &Files, folder: &Path) -> Vec<String> {
    let write = |name: &str, text: &[u8]| {
        std::fs::write(folder.join(name), text).expect("a temporary file can be written");
    };
    write("leaf.pem", &files.leaf);
    write("trusted.pem", &files.trusted.concat());
    write("untrusted.pem", &files.untrusted.concat());
    let mut command = Command::new("openssl");
    // Without its level of security, which would refuse SHA-1, and with anchors that need not be roots.
    command.args(["verify", "-partial_chain", "-auth_level", "0", "-policy_check", "-no-CApath", "-no-CAfile"]);
    command.args(["-attime", &NOW_SECONDS.to_string()]).current_dir(folder);
    if chain.for_servers {
        command.args(["-purpose", "sslserver"]);
    }
    if chain.requires_policy {
        command.arg("-explicit_policy");
    }
    if chain.accepts_one_policy {
        command.args(["-policy", ONE]);
    }
    if !files.trusted.is_empty() {
        command.args(["-trusted", "trusted.pem"]);
    }
    if !files.untrusted.is_empty() {
        command.args(["-untrusted", "untrusted.pem"]);
    }
    let output = command.arg("leaf.pem").output().expect("openssl can be started");
    if output.status.success() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let number = |line: &str| line.strip_prefix("error ")?.split_whitespace().next()?.parse::<u32>().ok();
    let mut errors: Vec<u32> = text.lines().filter_map(number).collect();
    errors.sort_unstable();
    errors.dedup();
    if errors.is_empty() { vec!["unreadable".into()] } else { errors.iter().map(u32::to_string).collect() }
}
