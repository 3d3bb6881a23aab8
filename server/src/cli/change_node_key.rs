//! `certway change-node-key`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::local::Local;
use crate::seal::{KeySource, NodeKey};
use crate::{node, passphrase};

/// Seal the store with another key, from the same source or another one. The node must be stopped.
///
/// Afterwards `node_key` in the configuration must name the source given here.
/// Exit status: 0 changed, 1 not changed, 64 usage.
#[derive(Args)]
pub(super) struct ChangeNodeKey {
    #[command(flatten)]
    node: Local,
    /// Where the new key comes from: a file made in the data directory, a systemd credential, or a passphrase.
    #[arg(long, value_enum)]
    to: KeySource,
    /// For a credential, the file with its 64 hexadecimal digits; for a passphrase, the file with the passphrase, which is
    /// asked for otherwise.
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
}

impl ChangeNodeKey {
    pub(super) fn run(self) -> ExitCode {
        match self.change() {
            Ok(()) => {
                let name = format!("{:?}", self.to).to_lowercase();
                let _ = writeln!(
                    std::io::stderr(),
                    "Everything is sealed anew. The configuration must say `node_key = \"{name}\"` when the node starts."
                );
                ExitCode::SUCCESS
            }
            Err(error) => super::fail(&*error),
        }
    }

    fn change(&self) -> Result<(), Box<dyn std::error::Error>> {
        let config = self.node.config()?;
        let given = match (self.to, &self.from_file) {
            (KeySource::File, _) => None,
            (KeySource::Credential, Some(file)) => Some(NodeKey::read(file)?),
            (KeySource::Credential, None) => {
                return Err("name the file with the credential's 64 hexadecimal digits with --from-file".into());
            }
            (KeySource::Passphrase, file) => {
                let passphrase = passphrase::read_new(file.as_deref(), "New passphrase of the node's key: ")?;
                let passphrase = crate::app::NewPassword::chosen(&passphrase)?;
                Some(NodeKey::from_passphrase(passphrase.reveal(), None)?)
            }
        };
        Ok(node::change_node_key(&config, self.to, given)?)
    }
}
