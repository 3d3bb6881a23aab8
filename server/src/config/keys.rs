//! Every key of the configuration: what it takes, what stands when it is left out, and where else it can be said. What the node reads, what
//! `docs/handbook/configuration.md` lists and the example file have this one source.

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// As a path through the file's tables: `service.file.path`.
    pub(crate) name: &'static str,
    /// What it takes, in words.
    pub(crate) takes: &'static str,
    /// What stands when it is left out.
    pub(crate) unset: Unset,
    /// What it is for.
    pub(crate) about: &'static str,
    /// The option of `certway serve` that goes before it.
    pub(crate) option: Option<&'static str>,
    /// The systemd credential that stands in when it is left out; the key then names a file with a secret.
    pub(crate) credential: Option<&'static str>,
}

/// What stands when a key is left out. Values and examples are written as in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unset {
    /// This value.
    Is(&'static str),
    /// What the first sentence says; the second is an example of a value.
    Means(&'static str, &'static str),
    /// Nothing can: its table must have it. An example of a value.
    Refused(&'static str),
}

use Unset::{Is, Means, Refused};

impl Key {
    const fn new(name: &'static str, takes: &'static str, unset: Unset, about: &'static str) -> Self {
        Self { name, takes, unset, about, option: None, credential: None }
    }

    const fn option(self, option: &'static str) -> Self {
        Self { option: Some(option), ..self }
    }

    const fn credential(self, credential: &'static str) -> Self {
        Self { credential: Some(credential), ..self }
    }

    /// The environment variable that goes before the file: the key in capitals. What is inside a `[[service]]` has none of its own.
    pub(crate) fn variable(&self) -> Option<String> {
        let inside = self.name.starts_with("service.");
        (!inside).then(|| format!("CERTWAY_{}", self.name.to_ascii_uppercase().replace('.', "_")))
    }

    /// The last part of its name: what is written before the `=`.
    pub(crate) fn word(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// A value as it may stand in the file.
    pub(crate) fn example(&self) -> &'static str {
        match self.unset {
            Is(value) | Means(_, value) | Refused(value) => value,
        }
    }
}

macro_rules! keys {
    ($($name:ident = $key:expr;)+) => {
        $(pub(crate) const $name: &Key = &$key;)+
        /// All of them, in the order in which they are told.
        pub(crate) const ALL: &[&Key] = &[$($name),+];
    };
}

const ADDRESS: &str = "an IP address and a port, such as \"0.0.0.0:8443\" or \"[::]:8443\"";
const FILE: &str = "the path of a file; a relative one begins at the folder of the configuration file";
const COMMAND: &str = "a list of texts: a program and its arguments, run without a shell";
const SECONDS: &str = "whole seconds, 1 to 600";

keys! {
    HTTPS = Key::new(
        "https",
        ADDRESS,
        Is("\"0.0.0.0:8443\""),
        "where HTTPS is answered: the page and the interface",
    )
    .option("--https");
    HTTP = Key::new(
        "http",
        ADDRESS,
        Is("\"0.0.0.0:8080\""),
        "where plain HTTP is answered: it redirects to HTTPS, and answers an ACME provider's open challenge",
    )
    .option("--http");
    CLIENT_CERTIFICATE = Key::new(
        "client_certificate",
        ADDRESS,
        Is("\"0.0.0.0:8444\""),
        "where any browser is asked for its own certificate and told what stands against it",
    )
    .option("--client-certificate");
    PEERS = Key::new(
        "peers",
        ADDRESS,
        Is("\"0.0.0.0:8445\""),
        "where the other nodes of a cluster are answered",
    )
    .option("--peers");
    PEERS_ADDRESS = Key::new(
        "peers_address",
        "HOST:PORT, such as \"10.0.0.1:8445\"",
        Means("the node's name and the port of `peers`", "\"10.0.0.1:8445\""),
        "where the other nodes reach this one",
    );
    DATA_DIR = Key::new(
        "data_dir",
        "the path of a folder; a relative one begins at the folder of the configuration file",
        Is("\"certway-data\""),
        "where the store and the node's own key are: mode 0700, one node a folder",
    )
    .option("--data-dir");
    NAME = Key::new(
        "name",
        "a fully qualified domain name, such as \"expe1.example.com\"",
        Means("the machine's name", "\"expe1.example.com\""),
        "the node's own name, for its temporary certificate and its peers",
    );
    DEFAULT_TRUSTED_CAS = Key::new(
        "default_trusted_cas",
        FILE,
        Means("the temporary CA alone", "\"trusted-cas.pem\""),
        "CA certificates, PEM, that are trusted from the first boot on and after 'Reset to default CA certificate'",
    );
    WILDCARDS = Key::new(
        "wildcards",
        "\"refuse\" or \"warn\"",
        Is("\"refuse\""),
        "what becomes of names such as *.example.com",
    );
    NODE_KEY = Key::new(
        "node_key",
        "\"file\", \"credential\" or \"passphrase\"",
        Is("\"file\""),
        "where the key that seals the store comes from: `node.key` in the data directory, the systemd credential `node-key`, or a passphrase",
    );
    NODE_PASSPHRASE_FILE = Key::new(
        "node_passphrase_file",
        FILE,
        Means("it is asked for on the terminal", "\"/run/secrets/node-passphrase\""),
        "the passphrase of the node's key, if `node_key` is \"passphrase\"",
    )
    .credential("node-passphrase");
    ADMIN_PASSWORD_FILE = Key::new(
        "admin_password_file",
        FILE,
        Means("one is made, and shown once", "\"/run/secrets/admin-password\""),
        "the first administrator's password, read at first boot and by `certway reset-password`",
    )
    .credential("admin-password");
    ACME_DNS_HOOK = Key::new(
        "acme_dns_hook",
        FILE,
        Means("the challenge dns-01 cannot be used", "\"dns-hook.sh\""),
        "the command that puts records into the DNS, run without a shell as `COMMAND add NAME VALUE` and `COMMAND remove NAME VALUE`",
    );
    LOG = Key::new(
        "log",
        "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        Is("\"info\""),
        "how much goes to standard error",
    );
    ETCD = Key::new(
        "cluster.etcd",
        "a list of URLs, such as [\"https://10.0.0.5:2379\"]",
        Means("the node is alone", "[\"https://10.0.0.5:2379\"]"),
        "where a cluster keeps what its nodes share",
    )
    .option("--cluster");
    ETCD_CA = Key::new(
        "cluster.ca",
        FILE,
        Means("etcd is reached over http", "\"etcd-ca.pem\""),
        "the CAs, PEM, that etcd's https addresses are held to",
    );
    ETCD_CERTIFICATE = Key::new(
        "cluster.certificate",
        FILE,
        Means("the node shows etcd none", "\"etcd-client.pem\""),
        "the certificate, PEM, that the node shows etcd",
    );
    ETCD_KEY = Key::new(
        "cluster.key",
        FILE,
        Means("the node shows etcd no certificate", "\"etcd-client-key.pem\""),
        "the private key of that certificate, PEM",
    )
    .credential("cluster-key");
    RESTART = Key::new(
        "cluster.restart",
        COMMAND,
        Is("[]"),
        "what is run when a change of the cluster's certificates restarts this node; nothing: the certificate is loaded, and that is all",
    );
    SERVICE = Key::new(
        "service",
        "[[service]] tables",
        Is("[]"),
        "the servers beside the node that are given its certificate",
    );
    SERVICE_NAME = Key::new(
        "service.name",
        "up to 64 letters, digits, `-`, `_` and `.`",
        Refused("\"nginx\""),
        "how the server is called here",
    );
    SERVICE_RELOAD = Key::new(
        "service.reload",
        COMMAND,
        Means("it reads its files by itself", "[\"systemctl\", \"reload\", \"nginx\"]"),
        "what makes the server read its files again",
    );
    SERVICE_RELOAD_SECONDS = Key::new(
        "service.reload_seconds",
        SECONDS,
        Is("30"),
        "how long that may take",
    );
    SERVICE_FILE = Key::new(
        "service.file",
        "[[service.file]] tables, at least one",
        Refused("[]"),
        "what the server is given",
    );
    FILE_PATH = Key::new(
        "service.file.path",
        FILE,
        Refused("\"/etc/nginx/tls/fullchain.pem\""),
        "where it is written",
    );
    FILE_CONTENT = Key::new(
        "service.file.content",
        "\"certificate\", \"chain\", \"full-chain\", \"key\", \"full-chain-and-key\" or \"ca-bundle\"",
        Refused("\"full-chain\""),
        "what is written",
    );
    FILE_OWNER = Key::new(
        "service.file.owner",
        "\"USER\", \"USER:GROUP\" or \":GROUP\", names or numbers",
        Means("the node's own user", "\"root:www-data\""),
        "whose the file is",
    );
    FILE_MODE = Key::new(
        "service.file.mode",
        "three octal digits as a text, such as \"0640\"",
        Means("0600 for what holds a key, 0644 for the rest", "\"0640\""),
        "who may read it; what holds a key is not for everybody",
    );
    PROBE_ADDRESS = Key::new(
        "service.probe.address",
        "HOST:PORT, such as \"127.0.0.1:443\"",
        Refused("\"127.0.0.1:443\""),
        "where it is seen that the server serves the certificate; without the table `probe` nobody looks",
    );
    PROBE_SERVER_NAME = Key::new(
        "service.probe.server_name",
        "a host name",
        Refused("\"expe1.example.com\""),
        "the name that is asked for (SNI)",
    );
    PROBE_SECONDS = Key::new(
        "service.probe.seconds",
        SECONDS,
        Is("10"),
        "how long until the certificate must be served",
    );
}

/// Tables that may be there more than once.
pub(crate) const LISTS: &[&str] = &[SERVICE.name, SERVICE_FILE.name];

/// The key of a name.
pub(crate) fn named(name: &str) -> Option<&'static Key> {
    ALL.iter().find(|key| key.name == name).copied()
}

/// Whether there are keys in a table of this name.
pub(crate) fn is_table(name: &str) -> bool {
    ALL.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The words that may stand before the `=` in a table; in the file itself, if `table` is empty.
pub(crate) fn words_in(table: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for key in ALL {
        let rest = if table.is_empty() {
            Some(key.name)
        } else {
            key.name.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'))
        };
        let Some(word) = rest.and_then(|rest| rest.split('.').next()) else { continue };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}
