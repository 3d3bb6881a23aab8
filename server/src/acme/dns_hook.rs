//! The command that puts records into the DNS. It is named in the node's configuration and nowhere else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::words::Failure;
use crate::command;

/// How long it may take, until the record can be seen from outside.
const PATIENCE: Duration = Duration::from_secs(180);

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
        let arguments = [what, name, value].map(OsString::from);
        command::run(&self.0.clone().into_os_string(), &arguments, PATIENCE).await
    }
}
