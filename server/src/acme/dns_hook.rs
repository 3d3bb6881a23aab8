//! The command that puts records into the DNS. It is named in the node's configuration and nowhere else.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::words::Failure;

/// How long it may take, until the record can be seen from outside.
const PATIENCE: Duration = Duration::from_secs(180);
/// As much of what it says is shown.
const SHOWN: usize = 300;

/// `COMMAND add|remove NAME VALUE`: NAME is the record's, with `_acme-challenge.`; VALUE is that of its TXT record. It is
/// to end with status 0, and only when the record can be seen from outside.
#[derive(Clone, Debug)]
pub(crate) struct DnsHook(PathBuf);

impl DnsHook {
    pub(crate) fn new(command: &Path) -> Self {
        Self(command.to_path_buf())
    }

    /// Adds a record.
    pub(super) async fn add(&self, name: &str, value: &str) -> Result<(), Failure> {
        self.run("add", name, value).await.map_err(|why| Failure::of_hook(&why))
    }

    /// Removes it. What goes wrong is in the log: the order does not depend on it.
    pub(super) async fn remove(&self, name: &str, value: &str) {
        if let Err(why) = self.run("remove", name, value).await {
            tracing::warn!(why, name, "the record of a challenge could not be removed");
        }
    }

    async fn run(&self, what: &str, name: &str, value: &str) -> Result<(), String> {
        let shown = self.0.display();
        let child = Command::new(&self.0)
            .args([what, name, value])
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{shown} cannot be started: {error}"))?;
        let ended = timeout(PATIENCE, child.wait_with_output()).await;
        let output = ended
            .map_err(|_| format!("{shown} {what} took longer than three minutes and was ended"))?
            .map_err(|error| format!("{shown} {what} failed: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said: String = said.trim().chars().take(SHOWN).collect();
        let said = if said.is_empty() { "it said nothing".to_owned() } else { format!("it said: {said}") };
        Err(format!("{shown} {what} failed ({}); {said}", output.status))
    }
}
