//! What may be said of a node's configuration on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, Environment, Overrides, Reading};

/// The configuration of a node, as `serve` takes it.
#[derive(Args)]
pub(super) struct Options {
    /// The node's configuration (TOML); `CERTWAY_CONFIG` names one too.
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
    /// Where to answer the other nodes of a cluster [default: 0.0.0.0:8445].
    #[arg(long, value_name = "ADDR:PORT")]
    peers: Option<SocketAddr>,
    /// Where a cluster keeps what its nodes share; without it the node is alone. The configuration file can name certificates for it.
    #[arg(long, value_name = "etcd=URL,...", value_parser = etcd)]
    cluster: Option<Endpoints>,
}

/// The addresses of etcd.
#[derive(Clone)]
struct Endpoints(Vec<String>);

fn etcd(text: &str) -> Result<Endpoints, String> {
    let urls = text.strip_prefix("etcd=").ok_or("it must begin with etcd=")?;
    Ok(Endpoints(urls.split(',').map(|url| url.trim().to_owned()).collect()))
}

impl Options {
    /// The configuration, if nothing stands against it.
    pub(super) fn config(self) -> Result<Config, config::Error> {
        let reading = self.look()?;
        reading.config.ok_or(config::Error::Refused(reading.faults))
    }

    /// The configuration with all that stands against it.
    pub(super) fn look(self) -> Result<Reading, config::Error> {
        let (file, overrides) = self.take_apart();
        config::look_to_start(file.as_deref(), overrides, &Environment::of_the_process())
    }

    fn take_apart(self) -> (Option<PathBuf>, Overrides) {
        let overrides = Overrides {
            data_dir: self.data_dir,
            https: self.https,
            http: self.http,
            client_certificate: self.client_certificate,
            peers: self.peers,
            etcd: self.cluster.map(|endpoints| endpoints.0),
        };
        (self.config, overrides)
    }
}
