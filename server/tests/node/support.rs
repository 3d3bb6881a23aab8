//! A node, a client, a certificate authority.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SanType, SerialNumber,
};
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client as HttpClient, RequestBuilder, Response};
use reqwest::{Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use crate::handshakes::served_at;
use crate::handshakes::served_by;

pub(crate) const PASSWORD: &str = "a long enough password";
/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_certway");

/// One node, ended with the test.
pub(crate) struct Node {
    process: Child,
    pub(crate) folder: TempDir,
    /// Where it is reached.
    pub(crate) address: IpAddr,
    pub(crate) https_port: u16,
    pub(crate) http_port: u16,
    pub(crate) own_certificate_port: u16,
}

impl Node {
    /// A node that boots for the first time.
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), &[])
    }

    /// A node in a folder that it may have been in before.
    pub(crate) fn start_in(folder: TempDir, arguments: &[&str]) -> Self {
        let command = command(folder.path(), arguments);
        Self::start_by(command, folder)
    }

    /// A node of another version.
    pub(crate) fn start_version(program: &Path, folder: TempDir) -> Self {
        Self::start_by(command_of(program, folder.path(), &[]), folder)
    }

    /// A node that answers where everybody looks for it, 443 and 80, in a network of its own: see [`crate::acme_servers::in_own_network`].
    pub(crate) fn start_at_well_known_ports() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = listening(folder.path(), ["127.0.0.1:443", "127.0.0.1:80"], &[]);
        Self::start_by(command, folder)
    }

    /// A node at ports that it has had before.
    pub(crate) fn start_at_ports(folder: TempDir, https: u16, http: u16) -> Self {
        let command = listening(folder.path(), [&local(https), &local(http)], &[]);
        Self::start_by(command, folder)
    }

    /// The same, as [`Node::start_shifted`].
    pub(crate) fn start_shifted_at_ports(folder: TempDir, shift: &str, https: u16, http: u16) -> Self {
        let mut command = listening(folder.path(), [&local(https), &local(http)], &[]);
        command.env("DONT_FAKE_MONOTONIC", "1");
        Self::start_shifted_by(command, folder, shift)
    }

    /// A node whose clock is ahead or behind by what `Node::shift_clock` writes, and has written.
    pub(crate) fn start_shifted(folder: TempDir, shift: &str) -> Self {
        let mut command = command(folder.path(), &[]);
        command.env("DONT_FAKE_MONOTONIC", "1");
        Self::start_shifted_by(command, folder, shift)
    }

    /// A node for which time passes, and not only its clock goes, when `Node::shift_clock` writes another shift.
    pub(crate) fn start_in_time_that_jumps(folder: TempDir, arguments: &[&str]) -> Self {
        let command = command(folder.path(), arguments);
        Self::start_shifted_by(command, folder, "+0d")
    }

    /// A node that the system allows so many descriptors.
    pub(crate) fn start_with_descriptors(most: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--nofile={most}")).arg(PROGRAM);
        Self::start_by(listening_by(limited, folder.path(), ["127.0.0.1:0"; 2], &[]), folder)
    }

    fn start_shifted_by(mut command: Command, folder: TempDir, shift: &str) -> Self {
        Self::shift_clock(folder.path(), shift);
        command
            .env("LD_PRELOAD", faketime())
            .env("FAKETIME_TIMESTAMP_FILE", folder.path().join("shift"))
            .env("FAKETIME_NO_CACHE", "1");
        Self::start_by(command, folder)
    }

    /// By how much the clock of a node is wrong from now on: `-800d`, `+0d`.
    pub(crate) fn shift_clock(folder: &Path, shift: &str) {
        std::fs::write(folder.join("shift.new"), shift).unwrap();
        std::fs::rename(folder.join("shift.new"), folder.join("shift")).unwrap();
    }

    /// A node in a network of its own, where `inside` starts a program, at its address there.
    pub(crate) fn start_inside(folder: TempDir, mut inside: Command, address: IpAddr, arguments: &[&str]) -> Self {
        let here = format!("{address}:0");
        inside.arg(PROGRAM);
        let mut node = Self::start_by(listening_by(inside, folder.path(), [&here, &here], arguments), folder);
        node.address = address;
        node
    }

    /// A node that is started by this command.
    pub(crate) fn start_by(mut command: Command, folder: TempDir) -> Self {
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let mut process = command.env("CERTWAY_ADMIN_PASSWORD_FILE", folder.path().join("password")).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut port = |what: &str| {
            let line = lines.next().unwrap_or_else(|| panic!("no line with {what}: {}", log(folder.path())));
            let place = line.split(what).nth(1).and_then(|rest| rest.split('/').next());
            place
                .and_then(|place| place.rsplit(':').next())
                .and_then(|port| port.parse().ok())
                .unwrap_or_else(|| panic!("no port in {line}"))
        };
        let (https_port, http_port) = (port("https://"), port("http://"));
        let own_certificate_port = port("https://");
        Self { process, folder, address: Ipv4Addr::LOCALHOST.into(), https_port, http_port, own_certificate_port }
    }

    /// Stops as a service manager would, and starts again with the same data.
    pub(crate) fn restart(self) -> Self {
        Self::start_in(self.stop(), &[])
    }

    /// Stops as a service manager would; gives what is left.
    pub(crate) fn stop(mut self) -> TempDir {
        rustix::process::kill_process(self.pid(), rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success(), "{}", self.log());
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Ends with no chance to tidy up; gives what is left.
    pub(crate) fn kill(mut self) -> TempDir {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.process)
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn log(&self) -> String {
        log(self.folder.path())
    }

    /// A client that is nobody yet.
    pub(crate) fn client(&self) -> Client {
        self.client_by(http_client())
    }

    /// A client that shows a certificate if it is asked for one, and is nobody yet.
    pub(crate) fn client_showing(&self, pair: &Pair) -> Client {
        self.client_by(showing(pair))
    }

    fn client_by(&self, http: reqwest::blocking::ClientBuilder) -> Client {
        let http = http.resolve("localhost", (self.address, 0).into());
        // A browser names no port where it is the usual one.
        let port = if self.https_port == 443 { String::new() } else { format!(":{}", self.https_port) };
        let base = format!("https://localhost{port}");
        Client { http: http.build().unwrap(), base, cookie: String::new() }
    }

    /// A client that is the administrator.
    pub(crate) fn administrator(&self) -> Client {
        let mut client = self.client();
        client.sign_in();
        client
    }

    /// A client that is a user, whose password is that of all users here.
    #[track_caller]
    pub(crate) fn signed_in(&self, username: &str) -> Client {
        let mut client = self.client();
        client.sign_in_as(username, PASSWORD);
        client
    }

    /// A full handshake: the chain that was served, with a signature by its key that verifies.
    pub(crate) fn served(&self) -> Vec<CertificateDer<'static>> {
        served_by((self.address, self.https_port)).unwrap()
    }
}

/// HTTP over TLS that trusts everybody.
pub(crate) fn http_client() -> reqwest::blocking::ClientBuilder {
    provider();
    HttpClient::builder()
        .danger_accept_invalid_certs(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
}

/// The same, with a certificate.
pub(crate) fn showing(pair: &Pair) -> reqwest::blocking::ClientBuilder {
    let pem = format!("{}{}", pair.certificate, pair.key);
    http_client().identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap())
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `certway serve` in a folder, on ports that are free.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    command_of(Path::new(PROGRAM), folder, arguments)
}

/// The same, of another version.
pub(crate) fn command_of(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    listening_by(Command::new(program), folder, ["127.0.0.1:0"; 2], arguments)
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn listening(folder: &Path, addresses: [&str; 2], arguments: &[&str]) -> Command {
    listening_by(Command::new(PROGRAM), folder, addresses, arguments)
}

fn listening_by(mut command: Command, folder: &Path, [https, http]: [&str; 2], arguments: &[&str]) -> Command {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    command
        .args(["serve", "--https", https, "--http", http])
        .args(["--client-certificate", "127.0.0.1:0", "--data-dir"])
        .arg(folder.join("data"))
        .args(arguments)
        .env_remove("CERTWAY_ADMIN_PASSWORD_FILE")
        .env("CERTWAY_LOG", "debug")
        .env("CERTWAY_NODE_PASSPHRASE_FILE", folder.join("passphrase"))
        .env("CREDENTIALS_DIRECTORY", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    command
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap()
}

/// The library that shifts a program's clock; it lies in a folder named after the machine.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    libraries.into_iter().find(|library| library.exists()).expect("the package faketime is installed")
}

/// A copy of a folder that a node has been in.
pub(crate) fn copy_folder(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(folder.path()).status().unwrap();
    assert!(copied.success());
    folder
}

/// What a command says on the node's own machine, as JSON, and its exit status.
pub(crate) fn on_the_command_line(node: &Node, arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(PROGRAM);
    let output = command.args(arguments).arg("--data-dir").arg(node.data_dir()).output().unwrap();
    let said = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

/// Speaks HTTP to a node, with the headers of its own page.
pub(crate) struct Client {
    pub(crate) http: HttpClient,
    pub(crate) base: String,
    pub(crate) cookie: String,
}

impl Client {
    pub(crate) fn sign_in(&mut self) {
        self.sign_in_as("admin", PASSWORD);
    }

    #[track_caller]
    pub(crate) fn sign_in_as(&mut self, username: &str, password: &str) {
        let answer = self.try_sign_in_as(username, password);
        assert_eq!(answer.status(), StatusCode::OK);
        let cookies = answer.headers().get_all("set-cookie").iter();
        let pairs: Vec<&str> = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect();
        self.cookie = pairs.join("; ");
    }

    pub(crate) fn try_sign_in(&self, password: &str) -> Response {
        self.try_sign_in_as("admin", password)
    }

    pub(crate) fn try_sign_in_as(&self, username: &str, password: &str) -> Response {
        let body = json!({ "username": username, "password": password });
        self.call(Method::POST, "/api/v1/session").json(&body).send().unwrap()
    }

    pub(crate) fn confirm(&self) {
        let answer = self.call(Method::POST, "/api/v1/session/confirm").json(&json!({ "password": PASSWORD }));
        assert_eq!(answer.send().unwrap().status(), StatusCode::NO_CONTENT);
    }

    /// A call as the page makes it.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare(method, path).header("origin", &self.base).header("x-certway-csrf", "1");
        if self.cookie.is_empty() { request } else { request.header("cookie", &self.cookie) }
    }

    /// A call with no header that the page would add.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// The JSON of a resource.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path).send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().unwrap()
    }

    /// The JSON of a resource, if it is answered: the node may be just ending its connections.
    pub(crate) fn try_get(&self, path: &str) -> Option<Value> {
        self.call(Method::GET, path).send().ok()?.error_for_status().ok()?.json().ok()
    }

    /// A call without a body.
    #[track_caller]
    pub(crate) fn make(&self, method: Method, path: &str) -> (StatusCode, Value) {
        read(self.call(method, path).send().unwrap())
    }

    /// A call with a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        read(self.call(Method::POST, path).json(body).send().unwrap())
    }

    /// As [`Client::post`], by another method.
    pub(crate) fn put(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        read(self.call(Method::PUT, path).json(body).send().unwrap())
    }

    /// An upload of parts.
    pub(crate) fn send(&self, method: Method, path: &str, parts: &[(&'static str, &str)]) -> (StatusCode, Value) {
        let mut form = Form::new();
        for (name, text) in parts {
            form = form.part(*name, Part::text((*text).to_owned()).file_name("ignored.pem"));
        }
        read(self.call(method, path).multipart(form).send().unwrap())
    }

    pub(crate) fn upload(&self, pair: &Pair) -> (StatusCode, Value) {
        let parts = [("certificate", pair.certificate.as_str()), ("private_key", pair.key.as_str())];
        self.send(Method::PUT, "/api/v1/server-certificate", &parts)
    }

    pub(crate) fn append(&self, pem: &str) -> (StatusCode, Value) {
        self.send(Method::POST, "/api/v1/trusted-cas", &[("file", pem)])
    }

    pub(crate) fn delete(&self, fingerprints: &[&str]) -> (StatusCode, Value) {
        let call = self.call(Method::DELETE, "/api/v1/trusted-cas");
        read(call.json(&json!({ "fingerprints": fingerprints })).send().unwrap())
    }

    pub(crate) fn slots(&self) -> Value {
        self.get("/api/v1/server-certificate")
    }

    pub(crate) fn alarms(&self) -> Vec<String> {
        let alarms = self.get("/api/v1/alarms");
        let mut ids: Vec<String> =
            alarms.as_array().unwrap().iter().map(|alarm| alarm["id"].as_str().unwrap().to_owned()).collect();
        // The node tells them in order of their times, which are seconds.
        ids.sort();
        ids
    }

    /// The actions of the event log, latest first.
    pub(crate) fn actions(&self) -> Vec<String> {
        let events = self.get("/api/v1/events?limit=1000");
        events.as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }
}

fn read(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    let text = answer.text().unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The rules of a report's findings.
pub(crate) fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

/// A certificate with its key, PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Pair {
    /// The first certificate of a PEM file.
    pub(crate) fn der_of(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }
}

/// A certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
    pub(crate) fingerprint: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca_params(name);
        let certificate = params.self_signed(&key).unwrap();
        Self { fingerprint: fingerprint(certificate.der()), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// An intermediate CA of this one.
    pub(crate) fn subordinate(&self, name: &str, key: KeyPair) -> Self {
        let params = ca_params(name);
        let pair = self.sign(params.clone(), &key);
        Self { fingerprint: fingerprint(&pair.der), pem: pair.certificate, issuer: Issuer::new(params, key) }
    }

    /// Its private key.
    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A server certificate that nothing stands against.
    pub(crate) fn issue(&self, name: &str) -> Pair {
        self.issue_for(name, &KeyPair::generate().unwrap())
    }

    pub(crate) fn issue_for(&self, name: &str, key: &KeyPair) -> Pair {
        self.sign(server_params(name), key)
    }

    /// One whose time was over yesterday.
    pub(crate) fn issue_expired(&self, name: &str) -> Pair {
        let mut params = server_params(name);
        params.not_after = time::OffsetDateTime::now_utc() - time::Duration::days(1);
        self.sign(params, &KeyPair::generate().unwrap())
    }

    /// A revocation list made `made` days ago and due in `due` days (both may be negative).
    pub(crate) fn revocation_list(&self, number: u64, revoked: &[&Pair], made: i64, due: i64) -> String {
        self.list(number, revoked, (made, due), None)
    }

    /// A list of the certificates alone that name this URL as their distribution point.
    pub(crate) fn partial_revocation_list(&self, url: &str) -> String {
        let point = CrlDistributionPoint { uris: vec![url.to_owned()] };
        self.list(1, &[], (1, 30), Some(CrlIssuingDistributionPoint { distribution_point: point, scope: None }))
    }

    fn list(
        &self,
        number: u64,
        revoked: &[&Pair],
        (made, due): (i64, i64),
        issuing_distribution_point: Option<CrlIssuingDistributionPoint>,
    ) -> String {
        let now = time::OffsetDateTime::now_utc();
        let entry = |pair: &&Pair| RevokedCertParams {
            serial_number: serial(&pair.der),
            revocation_time: now - time::Duration::days(made),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: now - time::Duration::days(made),
            next_update: now + time::Duration::days(due),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    pub(crate) fn sign(&self, params: CertificateParams, key: &KeyPair) -> Pair {
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone() }
    }
}

fn serial(der: &[u8]) -> SerialNumber {
    let decoded = certway_core::decode_certificates(der);
    let hex = decoded[0].1.serial.as_bytes();
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    SerialNumber::from(hex.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect::<Vec<u8>>())
}

/// The client certificate of a person.
pub(crate) fn person(authority: &Authority, name: &str) -> Pair {
    let mut params = server_params("person.example.com");
    params.subject_alt_names = vec![SanType::Rfc822Name(format!("{name}@example.com").try_into().unwrap())];
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    authority.sign(params, &KeyPair::generate().unwrap())
}

/// Many CAs with one key, as one file.
pub(crate) fn many_authorities(numbers: std::ops::Range<u32>) -> String {
    let key = KeyPair::generate().unwrap();
    numbers.map(|number| ca_params(&format!("Test CA {number}")).self_signed(&key).unwrap().pem()).collect()
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn server_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    params
}

pub(crate) fn fingerprint(der: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap());
}
