//! `certway reset-password`

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::local::Local;
use crate::node;

/// Sets a new password of the user admin, who is an administrator then, ends every session of everybody, switches admin's second factor off, and
/// sets client certificates back to NotRequired.
///
/// The password is made and shown, unless the configuration has `admin_password_file`: then it is what that file has in it. API tokens stay good.
///
/// Works while the node runs, on the node itself only: it is the way in for who has no client certificate that is taken.
#[derive(Args)]
pub(crate) struct ResetPassword {
    #[command(flatten)]
    node: Local,
}

impl ResetPassword {
    pub(crate) fn run(self) -> ExitCode {
        let config = match self.node.config() {
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
