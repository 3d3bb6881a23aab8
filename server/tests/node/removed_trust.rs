//! Removed trust bites: new handshakes, resumed sessions and open connections are refused as soon as a CA is gone

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, StreamOwned, SupportedProtocolVersion};

use crate::any_chain::AnyChain;
use crate::cluster::{EVERYWHERE, Nodes};
use crate::etcd_servers::EtcdServers;
use crate::sign_in_settings::settings;
use crate::support::{Authority, Client, Node, Pair, on_the_command_line, person, provider};
use crate::waiting::until;

/// Within which it bites where it was removed; a build without optimisation, with all other tests beside it, is given more.
const AT_ONCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
const SETTINGS: &str = "/api/v1/client-certificate-test/settings";

/// How many sessions are tried; a campaign names more.
fn sessions() -> usize {
    std::env::var("CERTWAY_CAMPAIGN").ok().and_then(|number| number.parse().ok()).unwrap_or(200)
}

/// A TLS client with a certificate, and tickets of its own.
struct Visitor {
    config: Arc<ClientConfig>,
    port: u16,
    request: String,
}

impl Visitor {
    fn new(node: &Node, pair: &Pair, version: &'static SupportedProtocolVersion, cookie: &str) -> Self {
        provider();
        let provider = CryptoProvider::get_default().unwrap();
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
        let config = ClientConfig::builder_with_protocol_versions(&[version])
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyChain(provider.signature_verification_algorithms)))
            .with_client_auth_cert(vec![pair.der.clone()], key)
            .unwrap();
        let request =
            format!("GET /api/v1/session HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookie}\r\n\r\n", node.https_port);
        Self { config: Arc::new(config), port: node.https_port, request }
    }

    fn connect(&self) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        StreamOwned::new(connection, stream)
    }

    /// The status of a request on a connection of its own, and whether its session was resumed.
    fn visit(&self) -> (u16, bool) {
        let mut stream = self.connect();
        let status = ask(&mut stream, &self.request);
        (status, stream.conn.handshake_kind() == Some(HandshakeKind::Resumed))
    }
}

/// One request and the head and body of its answer; gives the status.
fn ask(stream: &mut StreamOwned<ClientConnection, TcpStream>, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the connection ended: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

/// A node under Validation, its administrator, and someone else with a certificate of another CA, both signed in.
fn validating() -> (Node, Client, Authority, Pair, Client) {
    let node = Node::start();
    let (first, own, others) = (node.administrator(), Authority::new("Own"), Authority::new("Others"));
    assert_eq!(first.append(&format!("{}{}", own.pem, others.pem)).0, StatusCode::OK);
    first.confirm();
    assert_eq!(first.put(SETTINGS, &settings("validation", Some(60))).0, StatusCode::OK);
    let signed_in = |pair: &Pair| {
        let mut client = node.client_showing(pair);
        client.sign_in();
        client
    };
    let administrator = signed_in(&person(&own, "admin"));
    assert_eq!(administrator.make(Method::POST, &format!("{SETTINGS}/keep")).0, StatusCode::OK);
    administrator.confirm();
    let pair = person(&others, "admin");
    let other = signed_in(&pair);
    (node, administrator, others, pair, other)
}

/// Every way in stands open, then none.
fn bites(node: &Node, pair: &Pair, cookie: &str, remove: impl FnOnce()) {
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    let visitors = versions.map(|version| Visitor::new(node, pair, version, cookie));
    for visitor in &visitors {
        assert_eq!(visitor.visit(), (200, false));
        assert_eq!(visitor.visit(), (200, true), "sessions resume while nothing changes");
    }
    let mut open: Vec<_> = (0..20).map(|number| visitors[number % 2].connect()).collect();
    for (number, stream) in open.iter_mut().enumerate() {
        assert_eq!(ask(stream, &visitors[number % 2].request), 200);
    }
    remove();
    let removed = Instant::now();
    for (number, stream) in open.iter_mut().enumerate() {
        assert_eq!(ask(stream, &visitors[number % 2].request), 401, "an open connection");
    }
    assert!(removed.elapsed() < AT_ONCE, "{:?}", removed.elapsed());
    let mut resumed = 0;
    for number in 0..sessions() {
        let fresh;
        let visitor = if number % 4 < 2 {
            &visitors[number % 2]
        } else {
            fresh = Visitor::new(node, pair, versions[number % 2], cookie);
            &fresh
        };
        let (status, was_resumed) = visitor.visit();
        assert_eq!(status, 401, "session {number}, resumed: {was_resumed}");
        resumed += usize::from(was_resumed);
    }
    // What was refused once may be resumed, and is refused again.
    assert!(resumed > sessions() / 8, "{resumed}");
}

#[test]
fn a_ca_that_is_removed_lets_nobody_in_any_more() {
    let (node, administrator, others, pair, other) = validating();
    bites(&node, &pair, &other.cookie, || {
        assert_eq!(administrator.delete(&[&others.fingerprint]).0, StatusCode::OK);
    });
    assert_eq!(administrator.get("/api/v1/session")["username"], "admin", "others go on");
    // And comes back with the CA.
    assert_eq!(administrator.append(&others.pem).0, StatusCode::OK);
    assert_eq!(Visitor::new(&node, &pair, &rustls::version::TLS13, &other.cookie).visit().0, 200);
}

#[test]
fn a_certificate_that_is_revoked_lets_nobody_in_any_more() {
    let (node, administrator, others, pair, other) = validating();
    bites(&node, &pair, &other.cookie, || {
        let list = others.revocation_list(1, &[&pair], 1, 30);
        assert_eq!(administrator.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    });
}

/// G14 across a cluster: within five seconds of the removal on one node, every way into another one is shut.
#[test]
fn a_ca_that_is_removed_on_one_node_lets_nobody_into_another_one() {
    let etcd = EtcdServers::start(1, None);
    let cluster = Nodes::verified(2, &etcd);
    let (first, own, others) = (&cluster.clients[0], Authority::new("Own"), Authority::new("Others"));
    assert_eq!(first.append(&format!("{}{}", own.pem, others.pem)).0, StatusCode::OK);
    assert_eq!(first.put(SETTINGS, &settings("validation", Some(60))).0, StatusCode::OK);
    let signed_in = |node: &Node, pair: &Pair| {
        let mut client = node.client_showing(pair);
        client.sign_in();
        client
    };
    let administrator = signed_in(&cluster.nodes[0], &person(&own, "admin"));
    assert_eq!(administrator.make(Method::POST, &format!("{SETTINGS}/keep")).0, StatusCode::OK);
    administrator.confirm();
    let node = &cluster.nodes[1];
    until(EVERYWHERE, "the settings are there", || {
        node.client().try_get("/api/v1/node").is_some_and(|shown| shown["client_certificates"] == "validation")
    });
    let pair = person(&others, "admin");
    let other = signed_in(node, &pair);
    until(EVERYWHERE, "they are kept there too", || other.get(SETTINGS)["trial"].is_null());
    bites(node, &pair, &other.cookie, || {
        assert_eq!(administrator.delete(&[&others.fingerprint]).0, StatusCode::OK);
        let visitor = Visitor::new(node, &pair, &rustls::version::TLS13, &other.cookie);
        until(EVERYWHERE, "it bites there too", || visitor.visit().0 == 401);
    });
}

#[test]
fn the_terminal_has_no_certificate_and_cannot_be_locked_out() {
    let (node, _administrator, others, pair, other) = validating();
    let list = node.folder.path().join("list.pem");
    std::fs::write(&list, others.revocation_list(1, &[&pair], 1, 30)).unwrap();
    let arguments = ["crls", "add", list.to_str().unwrap(), "--format", "json"];
    let (status, answer) = on_the_command_line(&node, &arguments);
    assert_eq!((status, answer["added"].as_u64()), (0, Some(1)), "{answer}");
    assert_eq!(Visitor::new(&node, &pair, &rustls::version::TLS13, &other.cookie).visit().0, 401);
}

#[test]
fn with_an_empty_list_nobody_passes() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let list = client.get("/api/v1/trusted-cas");
    let all: Vec<&str> =
        list["certificates"].as_array().unwrap().iter().map(|ca| ca["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(client.delete(&all).0, StatusCode::OK);
    assert_eq!(client.put(SETTINGS, &settings("validation", Some(5))).0, StatusCode::OK);
    for authority in [Authority::new("Anyone"), Authority::new("Someone")] {
        let visitor = node.client_showing(&person(&authority, "admin"));
        assert_eq!(visitor.try_sign_in(crate::support::PASSWORD).status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn a_list_that_cannot_be_read_any_more_trusts_nobody() {
    let (node, administrator, others, pair, other) = validating();
    bites(&node, &pair, &other.cookie, || {
        let store = rusqlite::Connection::open(node.data_dir().join("certway.db")).unwrap();
        let damage = "UPDATE trusted_cas SET fingerprint = CAST(x'ff' AS TEXT) WHERE fingerprint = ?1";
        // It is not among what anybody here chains to.
        let list = administrator.get("/api/v1/trusted-cas");
        let strange = list["certificates"].as_array().unwrap().iter().find(|ca| ca["origin"] == "default").unwrap();
        assert_eq!(store.execute(damage, [strange["fingerprint"].as_str().unwrap()]).unwrap(), 1);
        // The node looks at the list again before it changes it.
        let (status, _) = administrator.append(&Authority::new("New").pem);
        assert_eq!(status, StatusCode::CONFLICT);
    });
    assert_eq!(administrator.make(Method::GET, "/api/v1/session").0, StatusCode::UNAUTHORIZED);
    drop(others);
}

#[test]
fn a_change_of_the_mode_ends_the_connections_of_the_former_one() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Own"));
    client.append(&authority.pem);
    client.confirm();
    let pair = person(&authority, "admin");
    let visitor = Visitor::new(&node, &pair, &rustls::version::TLS13, &client.cookie);
    assert_eq!(visitor.visit(), (200, false));
    assert_eq!(visitor.visit(), (200, true));
    let mut open = visitor.connect();
    assert_eq!(ask(&mut open, &visitor.request), 200);
    assert_eq!(client.put(SETTINGS, &settings("validation", Some(5))).0, StatusCode::OK);
    // It was never asked for a certificate; it ends, and the next one is.
    let mut rest = Vec::new();
    open.sock.set_read_timeout(Some(AT_ONCE)).unwrap();
    assert!(open.read_to_end(&mut rest).is_ok() && rest.is_empty(), "{rest:?}");
    assert_eq!(visitor.visit(), (200, false));
}

#[test]
fn nobody_removes_the_ground_under_his_own_feet() {
    let (node, administrator, others, pair, other) = validating();
    other.confirm();
    let refused = |(status, answer): (StatusCode, serde_json::Value)| {
        assert_eq!(
            (status, answer["type"].as_str()),
            (StatusCode::CONFLICT, Some("/problems/would-lock-out")),
            "{answer}"
        );
        assert!(answer["detail"].as_str().unwrap().contains("Let another administrator do it"), "{answer}");
    };
    let before = other.get("/api/v1/trusted-cas");
    let body = serde_json::json!({ "fingerprints": [&others.fingerprint] });
    let (_, breaks) = other.post("/api/v1/trusted-cas/what-breaks", &body);
    assert!(breaks["notes"][0].as_str().unwrap().contains("can no longer sign in"), "{breaks}");
    refused(other.delete(&[&others.fingerprint]));
    refused(other.make(Method::POST, "/api/v1/trusted-cas/reset"));
    let list = others.revocation_list(1, &[&pair], 1, 30);
    refused(other.send(Method::POST, "/api/v1/crls", &[("file", &list)]));
    // The same list among CA certificates.
    let file = format!("{}{list}", Authority::new("New").pem);
    refused(other.send(Method::POST, "/api/v1/trusted-cas", &[("file", &file)]));
    assert_eq!(other.get("/api/v1/trusted-cas"), before);
    assert_eq!(other.get("/api/v1/crls")["crls"], serde_json::json!([]));
    assert_eq!(other.actions().iter().filter(|action| *action == "lock-out-refused").count(), 4);
    // What concerns others goes through, and so does the same from someone else.
    let list = others.revocation_list(1, &[&person(&others, "else")], 1, 30);
    assert_eq!(other.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    assert_eq!(administrator.delete(&[&others.fingerprint]).0, StatusCode::OK);

    // A trial of nothing does not help: what was in force before returns.
    let list = administrator.get("/api/v1/trusted-cas");
    let own = list["certificates"].as_array().unwrap().iter().find(|ca| ca["name"] == "Own").unwrap();
    administrator.confirm();
    assert_eq!(administrator.put(SETTINGS, &settings("not-required", Some(10))).0, StatusCode::OK);
    let mut administrator = node.administrator();
    administrator.sign_in();
    administrator.confirm();
    refused(administrator.delete(&[own["fingerprint"].as_str().unwrap()]));
}
