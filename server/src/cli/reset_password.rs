//! `certway reset-password`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::DEFAULT_DATA_DIR;
use crate::node;

/// Sets a new administrator's password and ends every session. Works while the node runs, on the node itself only.
#[derive(Args)]
pub(crate) struct ResetPassword {
    /// Where the node keeps its store and its key.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
}

impl ResetPassword {
    pub(crate) fn run(self) -> ExitCode {
        match node::reset_password(&self.data_dir) {
            Ok(answer) => {
                // The password is set even if nobody reads this.
                let _ = writeln!(std::io::stdout(), "{answer}");
                ExitCode::SUCCESS
            }
            Err(error) => super::fail(&error),
        }
    }
}
