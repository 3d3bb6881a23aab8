//! `certway reset-password`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::{Config, Overrides};
use crate::node;

/// Sets a new administrator's password and ends every session. Works while the node runs, on the node itself only.
#[derive(Args)]
pub(crate) struct ResetPassword {
    /// The node's configuration (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the node keeps its store and its key [default: certway-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl ResetPassword {
    pub(crate) fn run(self) -> ExitCode {
        let overrides = Overrides { data_dir: self.data_dir, ..Overrides::default() };
        let config = match Config::read(self.config.as_deref(), overrides) {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        match node::reset_password(&config) {
            Ok(answer) => {
                // The password is set even if nobody reads this.
                let _ = writeln!(std::io::stdout(), "{answer}");
                ExitCode::SUCCESS
            }
            Err(error) => super::fail(&error),
        }
    }
}
