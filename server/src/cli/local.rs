//! The node that a command works on: the one whose data directory is on this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Config, Overrides};
use crate::control::Control;

/// Which node.
#[derive(Args)]
pub(super) struct Local {
    /// The node's configuration (TOML); `CERTWAY_CONFIG` names one too.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Where the node keeps its store and its key [default: certway-data].
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

impl Local {
    /// How that node runs.
    pub(super) fn config(&self) -> Result<Config, config::Error> {
        let overrides = Overrides { data_dir: self.data_dir.clone(), ..Overrides::default() };
        Config::read(self.config.as_deref(), overrides)
    }

    /// Asks that node, and says what went wrong if something did.
    pub(super) fn ask(&self, act: impl FnOnce(&Control) -> Result<ExitCode, Box<dyn std::error::Error>>) -> ExitCode {
        let done = self.control().and_then(|node| act(&node));
        done.unwrap_or_else(|error| super::fail(&*error))
    }

    /// That node, to ask.
    pub(super) fn control(&self) -> Result<Control, Box<dyn std::error::Error>> {
        Ok(Control::reach(&self.config()?)?)
    }
}
