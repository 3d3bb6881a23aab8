//! `certway serve`

use std::process::ExitCode;

use clap::Args;

use super::options::Options;
use crate::node;

/// Runs a node: its page, its HTTP interface, and TLS with the server certificate that it keeps.
///
/// Settings come from options, then the environment (`CERTWAY_HTTPS` for the key `https`, and so for all), then the configuration file.
/// `certway config check` says which is in force.
#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    options: Options,
}

impl Serve {
    pub(crate) fn run(self) -> ExitCode {
        match self.options.config() {
            Ok(config) => match node::run(config) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => super::fail(&error),
            },
            Err(error) => super::fail(&error),
        }
    }
}
