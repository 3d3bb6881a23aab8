//! The node's configuration: one TOML file; what the environment says instead of it, and what the command line says instead of both.
//!
//! `config/keys.rs` lists the keys, `config/reader.rs` finds their values and keeps every fault, `config/reference.rs` tells them to people.

mod around;
mod keys;
mod origin;
mod reader;
mod values;
mod services;
mod reference;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use certway_core::{Wildcards, is_fqdn};
use toml::de::DeTable;
use tracing_subscriber::filter::LevelFilter;

use crate::cluster::etcd;
use crate::publish::Service;
use crate::seal::KeySource;

use origin::CONFIG;
use reader::Reader;

pub(crate) use origin::{Environment, Fault, InForce, Origin};
pub(crate) use reference::example;

/// Where the store is if nobody says otherwise: beside the place where the command was given.
pub(crate) const DEFAULT_DATA_DIR: &str = "certway-data";

/// The file that was read.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// How this node runs.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where all this stands, if it stands in a file.
    pub(crate) file: Option<ConfigFile>,
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
    /// The file with the passphrase of that key, if it is made of one; it is asked for on the terminal otherwise.
    pub(crate) node_passphrase_file: Option<PathBuf>,
    /// The file with the first administrator's password; one is made otherwise.
    pub(crate) admin_password_file: Option<PathBuf>,
    /// The command that puts records into the DNS for the ACME challenge dns-01.
    pub(crate) acme_dns_hook: Option<PathBuf>,
    /// How much is logged.
    pub(crate) log: LevelFilter,
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

/// What the command line says; it goes before the environment and the file.
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
    #[error("the configuration file {} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// Something stands against it.
    #[error("the configuration is not understood; nothing was started\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<Fault>),
}

/// A configuration that was looked at.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The configuration, if nothing stands against it.
    pub(crate) config: Option<Config>,
    /// Everything that stands against it, in the order of the file.
    pub(crate) faults: Vec<Fault>,
    /// What is in force, where it can be read, and where that comes from.
    pub(crate) in_force: Vec<InForce>,
    /// Variables of the environment that are read by nobody, though they are called as if.
    pub(crate) unread: Vec<String>,
    /// What does not keep a node from starting and may not be meant, in sentences.
    pub(crate) advice: Vec<String>,
}

impl Config {
    /// The configuration of `file`, or of the one that the environment names, or the defaults, changed by the environment and by
    /// `overrides`.
    pub(crate) fn read(file: Option<&Path>, overrides: Overrides) -> Result<Self, Error> {
        let reading = look(file, overrides, &Environment::of_the_process())?;
        reading.config.ok_or(Error::Refused(reading.faults))
    }
}

/// Reads a configuration, with all that keeps a node from starting with it here.
pub(crate) fn look_to_start(
    file: Option<&Path>,
    overrides: Overrides,
    environment: &Environment,
) -> Result<Reading, Error> {
    let mut reading = look(file, overrides, environment)?;
    around::look_around(&mut reading);
    Ok(reading)
}

/// Reads a configuration, with all that stands against it.
pub(crate) fn look(file: Option<&Path>, overrides: Overrides, environment: &Environment) -> Result<Reading, Error> {
    let file = file.map(Path::to_path_buf).or_else(|| environment.get(CONFIG).map(PathBuf::from));
    let text = match &file {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| Error::Unreadable(path.clone(), error))?,
    };
    let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let (root, errors) = DeTable::parse_recoverable(&text);
    let mut reader = Reader::new(&text, root.get_ref(), folder, environment);
    let mut config = put_together(&mut reader, overrides);
    reader.not_toml(&errors);
    let unread = reader.unread();
    let (mut faults, in_force) = (reader.faults, reader.in_force);
    if let (Some(config), Some(path)) = (&mut config, file) {
        config.file = Some(ConfigFile { path, text: text.clone() });
    }
    let place = |fault: &Fault| if let Origin::Line(line) = fault.origin { line } else { usize::MAX };
    faults.sort_by_key(place);
    Ok(Reading { config: config.filter(|_| faults.is_empty()), faults, in_force, unread, advice: Vec::new() })
}

/// `None` only if something stands against it.
fn put_together(reader: &mut Reader<'_>, overrides: Overrides) -> Option<Config> {
    let https = reader.read(keys::HTTPS, overrides.https, values::address);
    let http = reader.read(keys::HTTP, overrides.http, values::address);
    let client_certificate = reader.read(keys::CLIENT_CERTIFICATE, overrides.client_certificate, values::address);
    let peers = reader.read(keys::PEERS, overrides.peers, values::address);
    let peers_address = reader.read(keys::PEERS_ADDRESS, None, values::host_and_port);
    let data_dir = reader.path(keys::DATA_DIR, overrides.data_dir);
    let name = reader.read(keys::NAME, None, values::name);
    let default_trusted_cas = reader.path(keys::DEFAULT_TRUSTED_CAS, None);
    let wildcards = reader.read(keys::WILDCARDS, None, values::wildcards);
    let node_key = reader.read(keys::NODE_KEY, None, values::key_source);
    let node_passphrase_file = reader.path(keys::NODE_PASSPHRASE_FILE, None);
    let admin_password_file = reader.path(keys::ADMIN_PASSWORD_FILE, None);
    let acme_dns_hook = reader.path(keys::ACME_DNS_HOOK, None);
    let log = reader.read(keys::LOG, None, values::level);
    let etcd = etcd(reader, overrides.etcd);
    let restart = reader.read(keys::RESTART, None, values::texts);
    let services = services::services(reader);
    Some(Config {
        file: None,
        https: https?,
        http: http?,
        client_certificate: client_certificate?,
        peers: peers?,
        peers_address,
        data_dir: data_dir?,
        name,
        default_trusted_cas,
        wildcards: wildcards?,
        node_key: node_key?,
        node_passphrase_file,
        admin_password_file,
        acme_dns_hook,
        log: log?,
        etcd,
        restart: restart?,
        services,
    })
}

/// Where the cluster's etcd is; `None` if the node is alone.
fn etcd(reader: &mut Reader<'_>, given: Option<Vec<String>>) -> Option<etcd::Settings> {
    let endpoints = reader.read(keys::ETCD, given, values::some_texts);
    let (ca, certificate) = (reader.path(keys::ETCD_CA, None), reader.path(keys::ETCD_CERTIFICATE, None));
    let key = reader.path(keys::ETCD_KEY, None);
    let Some(endpoints) = endpoints else {
        reader.refuse_without(keys::ETCD, "cluster.");
        return None;
    };
    Some(etcd::Settings { endpoints, ca, certificate, key })
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
pub(crate) mod tests {
    use super::*;
    use keys::ALL;

    /// A file of this text, with these variables.
    pub(crate) fn read(text: &str, variables: &[(&str, &str)]) -> Reading {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certway.toml");
        std::fs::write(&path, text).unwrap();
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        look(Some(&path), Overrides::default(), &environment).unwrap()
    }

    fn faults(text: &str) -> Vec<String> {
        read(text, &[]).faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_is_told_with_line_key_found_wanted_and_remedy() {
        let said = faults(
            "name = \"a\"\nhtps = \"0.0.0.0:1\"\nhttp = 80\nwildcards = \"maybe\"\n[cluster]\netc = []\n\n[[service]]\nreload_seconds = 0\n",
        );
        for (line, parts) in [
            (1, ["`name`", "found a;", "fully qualified", "Write `name = "]),
            (2, ["`htps`", "a key that there is not", "one of https, http,", "Correct its name"]),
            (3, ["`http`", "found 80;", "an IP address and a port", "0.0.0.0:8080"]),
            (4, ["`wildcards`", "found maybe;", "\"refuse\" or \"warn\"", "Write"]),
            (6, ["`cluster.etc`", "a key that there is not", "one of etcd, ca,", "Correct its name"]),
            (8, ["`service[1].name`", "found nothing;", "letters, digits", "Write `name = "]),
            (8, ["`service[1].file`", "found none;", "[[service.file]]", "Add a table"]),
            (9, ["`service[1].reload_seconds`", "found 0;", "1 to 600", "Write"]),
        ] {
            let fits = |fault: &&String| {
                fault.starts_with(&format!("line {line},")) && parts.iter().all(|part| fault.contains(part))
            };
            assert!(said.iter().any(|fault| fits(&fault)), "line {line}, {parts:?}: {said:#?}");
        }
        assert_eq!(said.len(), 8, "{said:#?}");
    }

    #[test]
    fn what_is_no_toml_is_told_once_beside_the_rest() {
        let said = faults("https = 0.0.0.0:1\nhtps = \"0.0.0.0:1\"\n");
        assert!(said.iter().any(|fault| fault.starts_with("line 1: ")), "{said:#?}");
        assert!(said.iter().any(|fault| fault.starts_with("line 2, `htps`")), "{said:#?}");
    }

    #[test]
    fn paths_begin_at_the_file_and_what_is_nearer_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certway.toml");
        std::fs::write(
            &path,
            "data_dir = \"data\"\nhttps = \"0.0.0.0:1\"\nhttp = \"0.0.0.0:1\"\nwildcards = \"warn\"\n",
        )
        .unwrap();
        let overrides = Overrides { https: Some(([127, 0, 0, 1], 2).into()), ..Overrides::default() };
        let variables = [("CERTWAY_HTTPS", "0.0.0.0:3"), ("CERTWAY_HTTP", "0.0.0.0:3"), ("CERTWAY_LOG", "")];
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reading = look(Some(&path), overrides, &environment).unwrap();
        let config = reading.config.unwrap();
        assert_eq!(config.data_dir, folder.path().join("data"));
        assert_eq!((config.https.to_string().as_str(), config.http.port()), ("127.0.0.1:2", 3));
        assert_eq!(config.wildcards, Wildcards::Warn);
        let from = |key: &str| reading.in_force.iter().find(|setting| setting.key == key).unwrap().origin.to_string();
        assert_eq!(
            ["https", "http", "wildcards", "log"].map(from),
            ["option --https", "environment CERTWAY_HTTP", "line 4", "default"]
        );
    }

    #[test]
    fn every_key_can_stand_in_the_environment() {
        let service = "[{ name = \"a\", file = [{ path = \"/a\", content = \"key\" }] }]";
        let variables = [
            ("CERTWAY_CLUSTER_ETCD", "[\"http://10.0.0.5:2379\"]"),
            ("CERTWAY_SERVICE", service),
            ("CERTWAY_NODE_KEY", "credential"),
            ("CERTWAY_ADMIN_PASSWORD_FILE", "/run/secrets/p"),
            ("CERTWAY_HTPS", "0.0.0.0:1"),
        ];
        let reading = read("", &variables);
        assert_eq!((reading.faults.as_slice(), reading.unread.as_slice()), (&[][..], &["CERTWAY_HTPS".to_owned()][..]));
        let config = reading.config.unwrap();
        assert_eq!(config.etcd.unwrap().endpoints, ["http://10.0.0.5:2379"]);
        assert_eq!((config.services[0].name.as_str(), config.node_key), ("a", KeySource::Credential));
        let said = read("", &[("CERTWAY_CLUSTER_ETCD", "http://10.0.0.5:2379"), ("CERTWAY_LOG", "loud")]).faults;
        assert_eq!(said.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), ["log", "cluster.etcd"]);
    }

    #[test]
    fn a_secret_is_refused_wherever_it_stands_and_never_shown() {
        let node_key = "5a".repeat(32);
        let pem = "-----BEGIN PRIVATE KEY-----";
        for (text, variable) in [
            ("admin_password = \"hunter2hunter2\"".to_owned(), ("", "")),
            (format!("node_key = \"{node_key}\""), ("", "")),
            (format!("[cluster]\nkey = \"{pem}\""), ("", "")),
            ("[cluster]\netcd = [\"http://a:hunter2hunter2@b:1\"]".to_owned(), ("", "")),
            (String::new(), ("CERTWAY_ADMIN_PASSWORD", "hunter2hunter2")),
            (String::new(), ("CERTWAY_NODE_PASSPHRASE", "hunter2hunter2")),
            (String::new(), ("CERTWAY_NODE_KEY", node_key.as_str())),
        ] {
            let reading = read(&text, &[variable]);
            let said = format!("{reading:?}");
            assert!(reading.config.is_none() && said.contains("file that only the node's user can read"), "{said}");
            for secret in ["hunter2hunter2", node_key.as_str(), pem] {
                assert!(!said.contains(secret), "{text} {variable:?}: {said}");
            }
        }
    }

    #[test]
    fn a_credential_stands_in_for_a_file_that_is_not_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("admin-password"), "x").unwrap();
        let variables = [("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())];
        let config = read("", &variables).config.unwrap();
        assert_eq!(config.admin_password_file, Some(folder.path().join("admin-password")));
        assert_eq!(config.node_passphrase_file, None);
        let config = read("admin_password_file = \"/p\"", &variables).config.unwrap();
        assert_eq!(config.admin_password_file, Some(PathBuf::from("/p")));
    }

    #[test]
    fn the_table_has_exactly_the_keys_that_are_read() {
        let text = "[[service]]\nname = \"a\"\n[[service.file]]\npath = \"a\"\ncontent = \"key\"\n[service.probe]\naddress = \"a:1\"\nserver_name = \"a\"\n";
        let (root, _) = DeTable::parse_recoverable(text);
        let environment = Environment::default();
        let mut reader = Reader::new(text, root.get_ref(), Path::new(""), &environment);
        put_together(&mut reader, Overrides::default()).unwrap();
        let mut listed: Vec<&str> = ALL.iter().map(|key| key.name).collect();
        listed.sort_unstable();
        assert_eq!(reader.asked.into_iter().collect::<Vec<_>>(), listed);
    }

    #[test]
    fn what_is_left_out_of_a_service_is_the_safe_thing() {
        let text = "[[service]]\nname = \"nginx\"\n[[service.file]]\npath = \"/key.pem\"\ncontent = \"key\"\n[[service.file]]\npath = \"/chain.pem\"\ncontent = \"full-chain\"\n[service.probe]\naddress = \"[::1]:443\"\nserver_name = \"a.example.com\"\n";
        let service = read(text, &[]).config.unwrap().services.remove(0);
        assert_eq!((service.files[0].mode, service.files[1].mode), (0o600, 0o644));
        let probe = service.probe.unwrap();
        assert_eq!((probe.host.as_str(), probe.port, probe.limit.as_secs()), ("::1", 443, 10));
        assert!(service.reload.is_empty());
    }

    #[test]
    fn what_makes_no_sense_of_a_service_is_refused() {
        let file = "[[service.file]]\npath = \"a\"\ncontent = \"key\"\n";
        for (text, why) in [
            ("[[service]]\nname = \"a b\"\n".to_owned() + file, "letters, digits"),
            ("[[service]]\nname = \"a\"\n".to_owned(), "nothing to give it"),
            ("[[service]]\nname = \"a\"\nreload_seconds = 0\n".to_owned() + file, "1 to 600"),
            ("[[service]]\nname = \"a\"\nreload = [\"\"]\n".to_owned() + file, "names no program"),
            ("[[service]]\nname = \"a\"\n".to_owned() + file + file, "written twice"),
            (
                format!(
                    "[[service]]\nname = \"a\"\n{file}[[service]]\nname = \"a\"\n{}",
                    file.replace("\"a\"", "\"b\"")
                ),
                "a second service",
            ),
            (format!("[[service]]\nname = \"a\"\n{file}mode = \"0644\"\n"), "lets everybody at"),
            (format!("[[service]]\nname = \"a\"\n{file}mode = \"u=rw\"\n"), "octal"),
            (
                format!("[[service]]\nname = \"a\"\n{file}[service.probe]\naddress = \"443\"\nserver_name = \"a\"\n"),
                "HOST:PORT",
            ),
            (format!("[[service]]\nname = \"a\"\n{file}shell = true\n"), "a key that there is not"),
            ("[service]\nname = \"a\"\n".to_owned(), "with two brackets"),
        ] {
            let said = faults(&text);
            assert!(said.len() == 1 && said[0].contains(why), "{text}: {said:?}");
        }
    }

    #[test]
    fn settings_of_etcd_need_an_etcd() {
        let said = faults("[cluster]\nca = \"ca.pem\"\n");
        assert!(said.len() == 1 && said[0].contains("`cluster.etcd`: found nothing"), "{said:?}");
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
