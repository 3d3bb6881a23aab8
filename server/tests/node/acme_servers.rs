//! ACME servers to test against: Debian's pebble with its challenge test server for names, and Debian's caddy.

use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::blocking::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, free_port};
use crate::support::{Authority, Node, http_client, provider};

/// HTTPS that trusts the CAs of a file and nobody else.
pub(crate) fn trusting(ca_file: &Path) -> Client {
    provider();
    let roots = reqwest::Certificate::from_pem_bundle(&std::fs::read(ca_file).unwrap()).unwrap();
    Client::builder().tls_certs_only(roots).timeout(Duration::from_secs(10)).build().unwrap()
}

fn answers(client: &Client, url: &str) -> bool {
    client.get(url).send().is_ok_and(|answer| answer.status().is_success())
}

/// Resolves names for an ACME server: every name is 127.0.0.1 and nothing else, unless it is told otherwise.
pub(crate) struct Names {
    _server: Server,
    /// Where it takes questions, UDP and TCP.
    pub(crate) dns: String,
    /// Where it is told what to answer, HTTP.
    pub(crate) management: String,
    client: Client,
}

impl Names {
    /// On a free port, with its log in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_at(folder, free_port())
    }

    /// On a port that is asked by whoever looks for a server of names, 53, in a network of one's own.
    pub(crate) fn start_at(folder: &Path, port: u16) -> Self {
        let (dns, told) = (format!("127.0.0.1:{port}"), free_port());
        let mut command = Command::new("pebble-challtestsrv");
        command.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", "", "-dns01", &dns]);
        command.args(["-management", &format!("127.0.0.1:{told}")]);
        let mut server = Server::start(&mut command, &folder.join("names.log"));
        server.until(|| [port, told].iter().all(|&port| TcpStream::connect(("127.0.0.1", port)).is_ok()));
        Self {
            _server: server,
            dns,
            management: format!("http://127.0.0.1:{told}"),
            client: http_client().build().unwrap(),
        }
    }

    /// Gives a name other addresses. None at all: it is 127.0.0.1 again.
    pub(crate) fn set_addresses(&self, name: &str, addresses: &[Ipv4Addr]) {
        self.tell("/clear-a", &json!({ "host": rooted(name) }));
        if !addresses.is_empty() {
            self.tell("/add-a", &json!({ "host": rooted(name), "addresses": addresses }));
        }
    }

    /// Sets a TXT record: `_acme-challenge.node.example.com`.
    pub(crate) fn set_txt(&self, name: &str, value: &str) {
        self.tell("/set-txt", &json!({ "host": rooted(name), "value": value }));
    }

    /// Removes the TXT records of a name.
    pub(crate) fn clear_txt(&self, name: &str) {
        self.tell("/clear-txt", &json!({ "host": rooted(name) }));
    }

    fn tell(&self, path: &str, what: &Value) {
        let answer = self.client.post(format!("{}{path}", self.management)).body(what.to_string()).send().unwrap();
        assert!(answer.status().is_success(), "{path} {what}: {}", answer.status());
    }
}

fn rooted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// What a pebble is to be like.
pub(crate) struct Like {
    /// Where it looks for HTTP-01: the plain HTTP port of a node.
    pub(crate) http_port: u16,
    /// Where it looks for TLS-ALPN-01: the HTTPS port of a node.
    pub(crate) tls_port: u16,
    /// How many of a hundred good nonces it rejects.
    pub(crate) rejected_nonces: u8,
    /// How many of a hundred valid authorisations it uses again.
    pub(crate) reused_authorisations: u8,
    /// How long its certificates are valid, in seconds.
    pub(crate) validity_seconds: u32,
    /// Key identifiers and MAC keys (base64url) of external accounts. If there are any, an account needs one.
    pub(crate) external_accounts: Vec<(&'static str, &'static str)>,
}

impl Default for Like {
    /// Without faults, for 90 days, and with nobody at the ports where challenges are looked for.
    fn default() -> Self {
        Self {
            http_port: free_port(),
            tls_port: free_port(),
            rejected_nonces: 0,
            reused_authorisations: 0,
            validity_seconds: 90 * 24 * 60 * 60,
            external_accounts: Vec::new(),
        }
    }
}

/// A pebble. It forgets everything when it ends, and makes another root each time.
pub(crate) struct Pebble {
    server: Option<Server>,
    /// Whom it asks for names.
    pub(crate) names: Names,
    like: Like,
    management: String,
    client: Client,
    /// The URL of its directory.
    pub(crate) directory: String,
    /// The CA of its own TLS certificate, PEM. It has nothing to do with what it issues.
    pub(crate) ca_file: PathBuf,
    folder: TempDir,
}

impl Pebble {
    pub(crate) fn start(like: Like) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("Pebble's own TLS");
        let pair = authority.issue("localhost");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", &authority.pem);
        write("tls.pem", &pair.certificate);
        write("tls.key", &pair.key);
        let (port, told) = (free_port(), free_port());
        let in_folder = |name: &str| folder.path().join(name);
        let accounts: serde_json::Map<String, Value> =
            like.external_accounts.iter().map(|(id, key)| ((*id).to_owned(), json!(key))).collect();
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{told}"),
            "certificate": in_folder("tls.pem"),
            "privateKey": in_folder("tls.key"),
            "httpPort": like.http_port,
            "tlsPort": like.tls_port,
            "ocspResponderURL": "",
            "domainBlocklist": ["blocked-domain.example"],
            "externalAccountBindingRequired": !accounts.is_empty(),
            "externalAccountMACKeys": accounts,
            "certificateValidityPeriod": like.validity_seconds,
        } });
        write("pebble.json", &config.to_string());
        let ca_file = in_folder("ca.pem");
        let mut pebble = Self {
            server: None,
            names: Names::start(folder.path()),
            like,
            management: format!("https://localhost:{told}"),
            client: trusting(&ca_file),
            directory: format!("https://localhost:{port}/dir"),
            ca_file,
            folder,
        };
        pebble.start_again();
        pebble
    }

    /// Ends it, as a CA that is down.
    pub(crate) fn stop(&mut self) {
        self.server = None;
    }

    /// Starts it at the same place. Accounts, orders and the root that it had are gone.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        let mut command = Command::new("pebble");
        command
            .args(["-strict", "-dnsserver", &self.names.dns, "-config"])
            .arg(self.folder.path().join("pebble.json"))
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", self.like.rejected_nonces.to_string())
            .env("PEBBLE_AUTHZREUSE", self.like.reused_authorisations.to_string());
        let mut server = Server::start(&mut command, &self.folder.path().join("pebble.log"));
        server.until(|| {
            answers(&self.client, &self.directory) && answers(&self.client, &format!("{}/roots/0", self.management))
        });
        self.server = Some(server);
    }

    /// The root of what it issues, PEM.
    pub(crate) fn root(&self) -> String {
        self.told("/roots/0").unwrap()
    }

    /// The intermediate CA of what it issues, PEM.
    pub(crate) fn intermediate(&self) -> String {
        self.told("/intermediates/0").unwrap()
    }

    /// `Valid` or `Revoked` with the reason's number, of a certificate that it has issued; `serial` is hexadecimal.
    pub(crate) fn status(&self, serial: &str) -> Option<(String, Option<u64>)> {
        let serial = serial.trim_start_matches('0');
        let answer: Value = serde_json::from_str(&self.told(&format!("/cert-status-by-serial/{serial}"))?).unwrap();
        Some((answer["Status"].as_str().unwrap().to_owned(), answer["Reason"].as_u64()))
    }

    /// What it has said of its work.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("pebble.log")).unwrap()
    }

    fn told(&self, path: &str) -> Option<String> {
        let answer = self.client.get(format!("{}{path}", self.management)).send().unwrap();
        answer.status().is_success().then(|| answer.text().unwrap())
    }
}

/// A caddy that issues from a root of its own, in a network of one's own: it looks for challenges at ports 80 and 443 of whatever a name
/// resolves to, and no setting of it changes that. Its certificates are valid for 12 hours, unless an order says otherwise.
pub(crate) struct Caddy {
    server: Option<Server>,
    /// Whom it asks for names, as does everybody in this network.
    pub(crate) names: Names,
    client: Client,
    /// The URL of its directory.
    pub(crate) directory: String,
    /// The root of its own TLS certificate and of what it issues, PEM.
    pub(crate) ca_file: PathBuf,
    folder: TempDir,
}

impl Caddy {
    pub(crate) fn start() -> Self {
        assert!(is_in_own_network(), "a caddy is started in a network of its own");
        let folder = tempfile::tempdir().unwrap();
        let (port, unused) = (free_port(), free_port());
        let config = json!({
            "admin": { "disabled": true },
            "storage": { "module": "file_system", "root": folder.path().join("storage") },
            "apps": {
                "pki": { "certificate_authorities": { "local": { "name": "Caddy", "install_trust": false } } },
                "tls": { "automation": { "policies": [
                    { "subjects": ["localhost"], "issuers": [{ "module": "internal" }] },
                ] } },
                "http": { "http_port": unused, "https_port": port, "servers": { "acme": {
                    "listen": [format!("127.0.0.1:{port}")],
                    "automatic_https": { "disable_redirects": true },
                    "routes": [{
                        "match": [{ "host": ["localhost"] }],
                        "handle": [{ "handler": "acme_server", "ca": "local" }],
                    }],
                } } },
            },
        });
        std::fs::write(folder.path().join("caddy.json"), config.to_string()).unwrap();
        let ca_file = folder.path().join("storage/pki/authorities/local/root.crt");
        let (names, directory) =
            (Names::start_at(folder.path(), 53), format!("https://localhost:{port}/acme/local/directory"));
        let mut server = Self::serve(folder.path());
        server.until(|| ca_file.exists() && answers(&trusting(&ca_file), &directory));
        Self { server: Some(server), names, client: trusting(&ca_file), directory, ca_file, folder }
    }

    /// Ends it, as a CA that is down.
    pub(crate) fn stop(&mut self) {
        self.server = None;
    }

    /// Starts it at the same place, with the accounts and the root that it had.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        let mut server = Self::serve(self.folder.path());
        server.until(|| answers(&self.client, &self.directory));
        self.server = Some(server);
    }

    fn serve(folder: &Path) -> Server {
        let mut command = Command::new("caddy");
        command.args(["run", "--config"]).arg(folder.join("caddy.json")).env("HOME", folder);
        Server::start(&mut command, &folder.join("caddy.log"))
    }
}

/// Set in a process that is in a network of its own.
const OWN_NETWORK: &str = "CERTWAY_OWN_NETWORK";

/// What is done before the test is: the loopback goes up, and names are asked of 127.0.0.1.
const PREPARE: &str = r#"ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@""#;

fn is_in_own_network() -> bool {
    std::env::var_os(OWN_NETWORK).is_some()
}

/// Runs a test by itself, as another process with nothing but a loopback of its own, where ports 80, 443 and 53 are free: for root by a
/// network namespace, for others by a user namespace too. Gives whether this is that process; else the test is over. `test` is its name
/// as cargo prints it: `if !in_own_network("acme_servers::...") { return }`.
pub(crate) fn in_own_network(test: &str) -> bool {
    if is_in_own_network() {
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("resolv.conf");
    std::fs::write(&names, "nameserver 127.0.0.1\n").unwrap();
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--net", "--mount", "sh", "-c", PREPARE]).arg(&names).arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(OWN_NETWORK, "1");
    command.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
    let output = command.output().expect("unshare, of the package util-linux");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "apt-get install iproute2, if `ip` is missing. {said}{errors}");
    assert!(said.contains("1 passed"), "there is no test of the name {test}: {said}");
    false
}

/// Whether a question over UDP (RFC 1035) is answered by a record with these data.
fn resolves_to(names: &Names, name: &str, kind: u8, data: &[u8]) -> bool {
    let mut question = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.as_bytes());
    }
    question.extend([0, 0, kind, 0, 1]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.send_to(&question, &names.dns).unwrap();
    let mut answer = vec![0; 512];
    let length = socket.recv(&mut answer).unwrap();
    let record = [&[0, u8::try_from(data.len()).unwrap()], data].concat();
    answer[..length].windows(record.len()).any(|part| part == record)
}

fn directory(client: &Client, url: &str) -> Value {
    client.get(url).send().unwrap().json().unwrap()
}

#[test]
fn a_pebble_has_a_directory_and_tells_about_itself() {
    let mut pebble = Pebble::start(Like::default());
    let client = trusting(&pebble.ca_file);
    let offered = directory(&client, &pebble.directory);
    assert!(offered["newOrder"].as_str().unwrap().starts_with("https://localhost:"), "{offered}");
    assert_eq!(offered["meta"]["externalAccountRequired"], false);
    let other = pebble.folder.path().join("other.pem");
    std::fs::write(&other, Authority::new("Another").pem).unwrap();
    trusting(&other).get(&pebble.directory).send().unwrap_err();
    let (root, intermediate) = (pebble.root(), pebble.intermediate());
    assert!(root != intermediate && [&root, &intermediate].iter().all(|pem| pem.contains("BEGIN CERTIFICATE")));
    assert_eq!(pebble.status("0123456789abcdef"), None);
    assert!(pebble.log().contains("Listening on"), "{}", pebble.log());
    pebble.stop();
    client.get(&pebble.directory).send().unwrap_err();
    pebble.start_again();
    assert_eq!(directory(&client, &pebble.directory)["newOrder"], offered["newOrder"]);
    assert_ne!(pebble.root(), root);
}

#[test]
fn a_pebble_may_want_accounts_to_be_bound() {
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let pebble = Pebble::start(Like { external_accounts: vec![("kid-1", key)], ..Like::default() });
    let offered = directory(&trusting(&pebble.ca_file), &pebble.directory);
    assert_eq!(offered["meta"]["externalAccountRequired"], true);
}

#[test]
fn names_are_what_they_are_told_to_be() {
    const A: u8 = 1;
    const TXT: u8 = 16;
    let folder = tempfile::tempdir().unwrap();
    let names = Names::start(folder.path());
    let is_at = |name: &str, address: [u8; 4]| resolves_to(&names, name, A, &address);
    assert!(is_at("node.example.com", [127, 0, 0, 1]));
    names.set_addresses("node.example.com", &[Ipv4Addr::new(192, 0, 2, 7)]);
    assert!(is_at("node.example.com", [192, 0, 2, 7]) && !is_at("node.example.com", [127, 0, 0, 1]));
    assert!(is_at("other.example.com", [127, 0, 0, 1]));
    names.set_addresses("node.example.com", &[]);
    assert!(is_at("node.example.com", [127, 0, 0, 1]));
    let challenge = "_acme-challenge.node.example.com";
    let is_set = || resolves_to(&names, challenge, TXT, b"\x07a value");
    names.set_txt(challenge, "a value");
    assert!(is_set());
    names.clear_txt(challenge);
    assert!(!is_set());
}

#[test]
fn a_caddy_has_a_directory_and_names_lead_to_the_node() {
    if !in_own_network("acme_servers::a_caddy_has_a_directory_and_names_lead_to_the_node") {
        return;
    }
    let mut caddy = Caddy::start();
    let client = trusting(&caddy.ca_file);
    let offered = directory(&client, &caddy.directory);
    assert!(offered["newOrder"].as_str().unwrap().starts_with("https://localhost:"), "{offered}");
    caddy.stop();
    client.get(&caddy.directory).send().unwrap_err();
    caddy.start_again();
    assert_eq!(directory(&client, &caddy.directory), offered);
    let node = Node::start_at_well_known_ports();
    assert_eq!((node.http_port, node.https_port), (80, 443));
    let answer = http_client().build().unwrap().get("http://node.example.com/").send().unwrap();
    assert_eq!(answer.headers()["location"], "https://node.example.com/");
    caddy.names.set_addresses("node.example.com", &[Ipv4Addr::new(127, 0, 0, 2)]);
    http_client().build().unwrap().get("http://node.example.com/").send().unwrap_err();
}
