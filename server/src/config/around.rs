//! What a node finds around it when it starts: files that the configuration names, its folder, its ports.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Config, Fault, InForce, Origin, Reading};
use crate::cluster::etcd;
use crate::data_dir::DataDir;
use crate::seal::KeySource;

/// Adds what a node would find in its way.
pub(super) fn look_around(reading: &mut Reading) {
    let Some(config) = &reading.config else { return };
    let around = Around { config, in_force: &reading.in_force };
    let mut faults = around.files();
    faults.extend(around.folder());
    faults.extend(around.ports());
    faults.extend(around.etcd());
    reading.advice = around.secrets();
    reading.faults.extend(faults);
    reading.config.take_if(|_| !reading.faults.is_empty());
}

struct Around<'a> {
    config: &'a Config,
    in_force: &'a [InForce],
}

impl Around<'_> {
    fn fault(&self, key: &str, found: String, wanted: &str, remedy: &str) -> Fault {
        let setting = self.in_force.iter().find(|setting| setting.key == key);
        Fault {
            origin: setting.map_or(Origin::Default, |setting| setting.origin.clone()),
            key: key.to_owned(),
            found,
            wanted: wanted.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    fn files(&self) -> Vec<Fault> {
        let Config { default_trusted_cas, node_passphrase_file, admin_password_file, acme_dns_hook, .. } = self.config;
        let mut named = vec![("acme_dns_hook", acme_dns_hook)];
        if self.config.node_key == KeySource::Passphrase {
            named.push(("node_passphrase_file", node_passphrase_file));
        }
        if DataDir::existing(&self.config.data_dir).is_err() {
            // The first boot alone reads them.
            named.extend([("default_trusted_cas", default_trusted_cas), ("admin_password_file", admin_password_file)]);
        }
        let unreadable = |(key, path): (&str, &Option<PathBuf>)| {
            let path: &Path = path.as_deref()?;
            let why = std::fs::File::open(path).err()?;
            let found = format!("{}, which cannot be read: {why}", path.display());
            let wanted = "a file that the node's user can read";
            Some(self.fault(key, found, wanted, "Put the file there, or name another one."))
        };
        named.into_iter().filter_map(unreadable).collect()
    }

    fn folder(&self) -> Option<Fault> {
        let error = DataDir::could_be(&self.config.data_dir).err()?;
        let wanted = "a folder that is the node's user's alone";
        Some(self.fault("data_dir", error.to_string(), wanted, "See what was found."))
    }

    fn ports(&self) -> Vec<Fault> {
        let Config { https, http, client_certificate, peers, etcd, .. } = self.config;
        let mut ports = vec![("https", https), ("http", http), ("client_certificate", client_certificate)];
        if etcd.is_some() {
            ports.push(("peers", peers));
        }
        let clash = |one: &SocketAddr, other: &SocketAddr| {
            let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
            one.port() != 0 && one.port() == other.port() && (everywhere || one.ip() == other.ip())
        };
        let mut faults = Vec::new();
        for (place, (key, port)) in ports.iter().enumerate() {
            if let Some((other, _)) = ports[..place].iter().find(|(_, other)| clash(port, other)) {
                let found = format!("{port}, where `{other}` listens too");
                faults.push(self.fault(key, found, "a port of its own", "Name another port for one of the two."));
            }
        }
        faults
    }

    fn etcd(&self) -> Option<Fault> {
        let error = self.config.etcd.as_ref().map(etcd::Etcd::new)?.err()?;
        let wanted = "addresses and files with which etcd can be reached";
        let remedy = "Correct [cluster], or the file that is named.";
        Some(self.fault("cluster.etcd", error.to_string(), wanted, remedy))
    }

    /// Secrets that others can read. They may be meant to, as in a container, so that the node starts with them.
    fn secrets(&self) -> Vec<String> {
        let Config { node_passphrase_file, admin_password_file, .. } = self.config;
        let named = [("node_passphrase_file", node_passphrase_file), ("admin_password_file", admin_password_file)];
        let open = |(key, path): (&str, &Option<PathBuf>)| {
            let path: &Path = path.as_deref()?;
            let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o7777;
            let is_open = mode & 0o077 != 0;
            is_open.then(|| {
                format!(
                    "{} ({key}) can be read by others (mode {mode:04o}): `chmod 600` it, unless that is meant.",
                    path.display()
                )
            })
        };
        named.into_iter().filter_map(open).collect()
    }
}
