//! The node's configuration: a TOML file, and what the command line says instead.
//!
//! ```toml
//! https = "0.0.0.0:8443"
//! http = "0.0.0.0:8080"
//! client_certificate = "0.0.0.0:8444"      # asks any browser for its certificate and tells what stands against it
//! data_dir = "/var/lib/certway"
//! name = "expe1.example.com"               # the node's own name, for its temporary certificate
//! default_trusted_cas = "trusted-cas.pem"  # appended to the temporary CA at first boot, and by a reset of the list
//! wildcards = "refuse"                     # or "warn"
//! node_key = "file"                        # or "credential", "passphrase": where the key that seals the store comes from
//! peers = "0.0.0.0:8445"                  # where the other nodes of a cluster are answered
//! peers_address = "10.0.0.1:8445"         # where they reach this node, if not at its name and that port
//! acme_dns_hook = "dns-hook.sh"            # for the ACME challenge dns-01, run as `COMMAND add|remove NAME VALUE` without a shell
//! ```
//!
//! A node can be in a cluster if it knows where that keeps what it shares:
//!
//! ```toml
//! [cluster]
//! etcd = ["https://10.0.0.5:2379"]
//! ca = "etcd-ca.pem"                       # what https endpoints are held to
//! certificate = "etcd-client.pem"          # with which the node shows who it is
//! key = "etcd-client-key.pem"
//! restart = ["systemctl", "restart", "mail"]  # when a change restarts this node; loading the certificate is all otherwise
//! ```
//!
//! And the servers beside the node, as `publish/settings.rs` describes them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use certway_core::{Wildcards, is_fqdn};
use serde::Deserialize;

use crate::app::is_address;
use crate::cluster::etcd;
use crate::publish::{self, Service, ServiceTable};
use crate::seal::KeySource;

/// Where the store is if nobody says otherwise: beside the place where the command was given.
pub(crate) const DEFAULT_DATA_DIR: &str = "certway-data";

/// How this node runs.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where HTTPS listens.
    pub(crate) https: SocketAddr,
    /// Where plain HTTP listens.
    pub(crate) http: SocketAddr,
    /// Where any browser is asked for its certificate.
    pub(crate) client_certificate: SocketAddr,
    /// Where the store and the node's key are.
    pub(crate) data_dir: PathBuf,
    /// The node's own FQDN; the machine's if absent.
    pub(crate) name: Option<String>,
    /// More trusted CAs of the default list.
    pub(crate) default_trusted_cas: Option<PathBuf>,
    /// Whether wildcard names are refused.
    pub(crate) wildcards: Wildcards,
    /// Where the node's own key comes from.
    pub(crate) node_key: KeySource,
    /// The command that puts records into the DNS for the ACME challenge dns-01.
    pub(crate) acme_dns_hook: Option<PathBuf>,
    /// Where the other nodes of a cluster are answered.
    pub(crate) peers: SocketAddr,
    /// Where they reach this node, if it is not at its name and that port.
    pub(crate) peers_address: Option<String>,
    /// What is run when a change of the cluster's certificates restarts this node: program and arguments.
    pub(crate) restart: Vec<String>,
    /// Where a cluster keeps what it shares.
    pub(crate) etcd: Option<etcd::Settings>,
    /// The servers beside the node that get its certificate.
    pub(crate) services: Vec<Service>,
}

/// What the command line says; it goes before the file.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) https: Option<SocketAddr>,
    pub(crate) http: Option<SocketAddr>,
    pub(crate) client_certificate: Option<SocketAddr>,
    pub(crate) peers: Option<SocketAddr>,
    pub(crate) etcd: Option<Vec<String>>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("the configuration file {0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// The file is not TOML, or has a key or a value that there is not.
    #[error("the configuration file {0} is not understood; nothing was started\n{1}")]
    NotUnderstood(PathBuf, toml::de::Error),
    /// The node's name would be refused in a certificate.
    #[error(
        "`name` in the configuration is \"{0}\"; it must be a fully qualified domain name, such as expe1.example.com"
    )]
    NotAName(String),
    /// Where peers reach the node is no address.
    #[error("`peers_address` in the configuration is \"{0}\"; it must be HOST:PORT, such as 10.0.0.1:8445")]
    NotAnAddress(String),
    /// A service is not described as it must be.
    #[error("the configuration file {0} is not understood; nothing was started\n{1}")]
    Service(PathBuf, String),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    https: Option<SocketAddr>,
    http: Option<SocketAddr>,
    client_certificate: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    name: Option<String>,
    default_trusted_cas: Option<PathBuf>,
    #[serde(default)]
    wildcards: WildcardRule,
    #[serde(default)]
    node_key: KeySource,
    acme_dns_hook: Option<PathBuf>,
    peers: Option<SocketAddr>,
    peers_address: Option<String>,
    cluster: Option<ClusterTable>,
    #[serde(default)]
    service: Vec<ServiceTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterTable {
    etcd: Vec<String>,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default)]
    restart: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum WildcardRule {
    #[default]
    Refuse,
    Warn,
}

impl Config {
    /// The configuration of `file`, or the defaults, changed by `overrides`.
    pub(crate) fn read(file: Option<&Path>, overrides: Overrides) -> Result<Self, Error> {
        let written = match file {
            None => File::default(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| Error::Unreadable(path.to_path_buf(), error))?;
                toml::from_str(&text).map_err(|error| Error::NotUnderstood(path.to_path_buf(), error))?
            }
        };
        if let Some(name) = written.name.as_ref().filter(|name| !is_fqdn(name)) {
            return Err(Error::NotAName(name.clone()));
        }
        if let Some(address) = written.peers_address.as_ref().filter(|address| !is_address(address)) {
            return Err(Error::NotAnAddress(address.clone()));
        }
        // A path in the file means the same wherever the command is given.
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let services = publish::services(written.service, folder)
            .map_err(|why| Error::Service(file.map(Path::to_path_buf).unwrap_or_default(), why))?;
        let restart = written.cluster.as_ref().map(|table| table.restart.clone()).unwrap_or_default();
        let table = written.cluster.map(|table| etcd::Settings {
            endpoints: table.etcd,
            ca: table.ca.map(|path| folder.join(path)),
            certificate: table.certificate.map(|path| folder.join(path)),
            key: table.key.map(|path| folder.join(path)),
        });
        let etcd = match (overrides.etcd, table) {
            (Some(endpoints), Some(table)) => Some(etcd::Settings { endpoints, ..table }),
            (Some(endpoints), None) => Some(etcd::Settings { endpoints, ca: None, certificate: None, key: None }),
            (None, table) => table,
        };
        Ok(Self {
            services,
            restart,
            etcd,
            peers: overrides.peers.or(written.peers).unwrap_or((Ipv4Addr::UNSPECIFIED, 8445).into()),
            peers_address: written.peers_address,
            https: overrides.https.or(written.https).unwrap_or((Ipv4Addr::UNSPECIFIED, 8443).into()),
            http: overrides.http.or(written.http).unwrap_or((Ipv4Addr::UNSPECIFIED, 8080).into()),
            client_certificate: overrides
                .client_certificate
                .or(written.client_certificate)
                .unwrap_or((Ipv4Addr::UNSPECIFIED, 8444).into()),
            data_dir: overrides
                .data_dir
                .or(written.data_dir.map(|path| folder.join(path)))
                .unwrap_or_else(|| DEFAULT_DATA_DIR.into()),
            name: written.name,
            default_trusted_cas: written.default_trusted_cas.map(|path| folder.join(path)),
            node_key: written.node_key,
            acme_dns_hook: written.acme_dns_hook.map(|path| folder.join(path)),
            wildcards: match written.wildcards {
                WildcardRule::Refuse => Wildcards::Refuse,
                WildcardRule::Warn => Wildcards::Warn,
            },
        })
    }
}

/// The machine's own name, made an FQDN if it is none.
pub(crate) fn machine_name() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy().to_ascii_lowercase();
    if is_fqdn(&name) {
        return name;
    }
    let first: String = name
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .take(40)
        .collect();
    let label = first.trim_matches('-');
    format!("{}.certway.internal", if label.is_empty() { "node" } else { label })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certway.toml");
        std::fs::write(&path, "name = \"a.example.com\"\nhtps = \"0.0.0.0:1\"\n").unwrap();
        let error = Config::read(Some(&path), Overrides::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("htps"), "{error}");
    }

    #[test]
    fn paths_are_relative_to_the_file_and_flags_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certway.toml");
        std::fs::write(
            &path,
            "data_dir = \"data\"\nhttps = \"0.0.0.0:1\"\nclient_certificate = \"0.0.0.0:3\"\nwildcards = \"warn\"\n",
        )
        .unwrap();
        let overrides = Overrides { https: Some(([127, 0, 0, 1], 2).into()), ..Overrides::default() };
        let config = Config::read(Some(&path), overrides).unwrap();
        assert_eq!(config.data_dir, folder.path().join("data"));
        assert_eq!(config.https.to_string(), "127.0.0.1:2");
        assert_eq!(config.client_certificate.to_string(), "0.0.0.0:3");
        assert_eq!(config.wildcards, Wildcards::Warn);
    }

    #[test]
    fn the_name_must_be_an_fqdn() {
        for (name, fine) in
            [("a.example.com", true), ("a", false), ("a.1", false), ("-a.b", false), ("a..b", false), ("a.b.", false)]
        {
            assert_eq!(is_fqdn(name), fine, "{name}");
        }
        assert!(is_fqdn(&machine_name()));
    }
}
