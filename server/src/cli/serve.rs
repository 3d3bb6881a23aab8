//! `certway serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::{Config, Overrides};
use crate::node;

/// Runs a node: its page, its HTTP interface, and TLS with the server certificate that it keeps.
#[derive(Args)]
pub(crate) struct Serve {
    /// The node's configuration (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the node keeps its store and its key [default: certway-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where to listen for HTTPS [default: 0.0.0.0:8443].
    #[arg(long, value_name = "ADDR:PORT")]
    https: Option<SocketAddr>,
    /// Where to listen for plain HTTP, which only redirects to HTTPS [default: 0.0.0.0:8080].
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<SocketAddr>,
    /// Where to ask any browser for its certificate and tell what stands against it [default: 0.0.0.0:8444].
    #[arg(long, value_name = "ADDR:PORT")]
    client_certificate: Option<SocketAddr>,
}

impl Serve {
    pub(crate) fn run(self) -> ExitCode {
        let overrides = Overrides {
            data_dir: self.data_dir,
            https: self.https,
            http: self.http,
            client_certificate: self.client_certificate,
        };
        let config = match Config::read(self.config.as_deref(), overrides) {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        match node::run(config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::fail(&error),
        }
    }
}
