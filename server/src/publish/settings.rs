//! Services as the configuration file describes them.
//!
//! ```toml
//! [[service]]
//! name = "nginx"
//! reload = ["systemctl", "reload", "nginx"]   # an argument vector, no shell; left out: the server reads its files by itself
//! reload_seconds = 30
//!
//! [[service.file]]
//! path = "/etc/nginx/tls/fullchain.pem"
//! content = "full-chain"
//!
//! [[service.file]]
//! path = "/etc/nginx/tls/privkey.pem"
//! content = "key"
//! owner = "root:www-data"
//! mode = "0640"
//!
//! [service.probe]                             # left out: nobody looks whether it serves the certificate
//! address = "127.0.0.1:443"
//! server_name = "expe1.example.com"
//! seconds = 10
//! ```

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a reload may take if nothing is said.
const RELOAD_SECONDS: u64 = 30;
/// How long until a service is to serve the certificate if nothing is said.
const PROBE_SECONDS: u64 = 10;
/// The longest of both.
const MOST_SECONDS: u64 = 600;
/// Between two looks at a service.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// The longest name of a service.
const NAME_CHARACTERS: usize = 64;

/// What a file holds, PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    /// The server certificate alone.
    Certificate,
    /// The intermediate certificates.
    Chain,
    /// The server certificate and the intermediates.
    FullChain,
    /// The private key, PKCS#8.
    Key,
    /// The full chain and the private key, as HAProxy takes them.
    FullChainAndKey,
    /// The trusted CA list.
    CaBundle,
}

impl Content {
    /// As the configuration spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Chain => "chain",
            Self::FullChain => "full-chain",
            Self::Key => "key",
            Self::FullChainAndKey => "full-chain-and-key",
            Self::CaBundle => "ca-bundle",
        }
    }

    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Key | Self::FullChainAndKey)
    }
}

/// One file of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
    /// `USER`, `USER:GROUP` or `:GROUP`, names or numbers; the node's own if absent.
    pub(crate) owner: Option<String>,
    pub(crate) mode: u32,
}

/// Where it can be seen what a service serves.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name that is asked for (SNI).
    pub(crate) server_name: String,
    /// How long until the certificate must be served.
    pub(crate) limit: Duration,
}

/// A server beside the node.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) files: Vec<ServiceFile>,
    /// Program and arguments; empty if it reads its files by itself.
    pub(crate) reload: Vec<OsString>,
    pub(crate) reload_limit: Duration,
    pub(crate) probe: Option<Probe>,
}

/// `[[service]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceTable {
    name: String,
    #[serde(default)]
    file: Vec<FileTable>,
    #[serde(default)]
    reload: Vec<String>,
    #[serde(default = "reload_seconds")]
    reload_seconds: u64,
    probe: Option<ProbeTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    path: PathBuf,
    content: Content,
    owner: Option<String>,
    mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeTable {
    address: String,
    server_name: String,
    #[serde(default = "probe_seconds")]
    seconds: u64,
}

fn reload_seconds() -> u64 {
    RELOAD_SECONDS
}

fn probe_seconds() -> u64 {
    PROBE_SECONDS
}

/// The services of a configuration file in `folder`, or what is wrong with them, in words.
pub(crate) fn services(tables: Vec<ServiceTable>, folder: &Path) -> Result<Vec<Service>, String> {
    let (mut names, mut paths) = (HashSet::new(), HashSet::new());
    let mut services = Vec::new();
    for table in tables {
        let name = table.name.clone();
        let service = table.checked(folder).map_err(|why| format!("service \"{name}\": {why}"))?;
        if !names.insert(name.clone()) {
            return Err(format!("there are two services of the name \"{name}\""));
        }
        for file in &service.files {
            if !paths.insert(file.path.clone()) {
                return Err(format!("service \"{name}\": {} is written twice", file.path.display()));
            }
        }
        services.push(service);
    }
    Ok(services)
}

impl ServiceTable {
    fn checked(self, folder: &Path) -> Result<Service, String> {
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if self.name.is_empty() || self.name.len() > NAME_CHARACTERS || !self.name.chars().all(plain) {
            return Err("its name may have up to 64 letters, digits, and - _ .".to_owned());
        }
        if self.file.is_empty() {
            return Err("it has no [[service.file]], so that there is nothing to give it".to_owned());
        }
        let files = self.file.into_iter().map(|file| file.checked(folder)).collect::<Result<_, _>>()?;
        if self.reload.first().is_some_and(String::is_empty) {
            return Err("its reload command names no program".to_owned());
        }
        Ok(Service {
            name: self.name,
            files,
            reload: self.reload.into_iter().map(OsString::from).collect(),
            reload_limit: seconds("reload_seconds", self.reload_seconds)?,
            probe: self.probe.map(ProbeTable::checked).transpose()?,
        })
    }
}

impl FileTable {
    fn checked(self, folder: &Path) -> Result<ServiceFile, String> {
        let mode = match &self.mode {
            None if self.content.is_secret() => 0o600,
            None => 0o644,
            Some(text) => u32::from_str_radix(text, 8)
                .ok()
                .filter(|mode| *mode <= 0o777)
                .ok_or_else(|| format!("mode \"{text}\" is not an octal one such as \"0640\""))?,
        };
        if self.content.is_secret() && mode & 0o007 != 0 {
            return Err(format!(
                "{} holds a private key, and mode {mode:04o} lets everybody at it; give it a group by owner, and mode \"0640\"",
                self.path.display()
            ));
        }
        if self.path.file_name().is_none() {
            return Err(format!("{} is not the path of a file", self.path.display()));
        }
        Ok(ServiceFile { path: folder.join(self.path), content: self.content, owner: self.owner, mode })
    }
}

impl ProbeTable {
    fn checked(self) -> Result<Probe, String> {
        let (host, port) = self
            .address
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host.trim_matches(['[', ']']), port.parse().ok()?)))
            .filter(|(host, _)| !host.is_empty())
            .ok_or_else(|| format!("the probe's address \"{}\" is not HOST:PORT", self.address))?;
        Ok(Probe {
            host: host.to_owned(),
            port,
            limit: seconds("the probe's seconds", self.seconds)?,
            server_name: self.server_name,
        })
    }
}

fn seconds(what: &str, seconds: u64) -> Result<Duration, String> {
    if (1..=MOST_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(format!("{what} may be 1 to {MOST_SECONDS}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        service: Vec<ServiceTable>,
    }

    fn read(text: &str) -> Result<Vec<Service>, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        services(file.service, Path::new("/etc/certway"))
    }

    #[test]
    fn what_is_left_out_is_the_safe_thing() {
        let text = "[[service]]\nname = \"nginx\"\n[[service.file]]\npath = \"key.pem\"\ncontent = \"key\"\n[[service.file]]\npath = \"/chain.pem\"\ncontent = \"full-chain\"\n[service.probe]\naddress = \"[::1]:443\"\nserver_name = \"a.example.com\"\n";
        let service = read(text).unwrap().remove(0);
        assert_eq!(service.files[0].path, Path::new("/etc/certway/key.pem"));
        assert_eq!((service.files[0].mode, service.files[1].mode), (0o600, 0o644));
        let probe = service.probe.unwrap();
        assert_eq!((probe.host.as_str(), probe.port, probe.limit.as_secs()), ("::1", 443, 10));
        assert!(service.reload.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_service_named() {
        let file = "[[service.file]]\npath = \"a\"\ncontent = \"key\"\n";
        for (text, why) in [
            ("[[service]]\nname = \"a b\"\n".to_owned() + file, "letters, digits"),
            ("[[service]]\nname = \"a\"\n".to_owned(), "nothing to give it"),
            ("[[service]]\nname = \"a\"\nreload_seconds = 0\n".to_owned() + file, "1 to 600"),
            ("[[service]]\nname = \"a\"\n".to_owned() + file + file, "written twice"),
            (format!("[[service]]\nname = \"a\"\n{file}mode = \"0644\"\n"), "lets everybody at it"),
            (format!("[[service]]\nname = \"a\"\n{file}mode = \"u=rw\"\n"), "octal"),
            (
                format!("[[service]]\nname = \"a\"\n{file}[service.probe]\naddress = \"443\"\nserver_name = \"a\"\n"),
                "HOST:PORT",
            ),
            (format!("[[service]]\nname = \"a\"\n{file}shell = true\n"), "unknown field"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }
}
