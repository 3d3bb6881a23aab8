//! `/api/v1/crls/settings` and `/api/v1/crls/download`: lists fetched from a web server on loopback

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Authority, Client, Node, Pair};
use crate::waiting::comes;

const SETTINGS: &str = "/api/v1/crls/settings";

/// A web server: what is at each path, a status line with further header lines and a body.
pub(crate) struct Web {
    pub(crate) base: String,
}

impl Web {
    pub(crate) fn serve(pages: &[(&str, &str, Vec<u8>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let pages: HashMap<String, (String, Vec<u8>)> = pages
            .iter()
            .map(|(path, head, body)| ((*path).to_owned(), (head.replace("BASE", &base), body.clone())))
            .collect();
        let pages = Arc::new(pages);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let pages = Arc::clone(&pages);
                std::thread::spawn(move || answer(stream.unwrap(), &pages));
            }
        });
        Self { base }
    }
}

fn answer(stream: TcpStream, pages: &HashMap<String, (String, Vec<u8>)>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let _headers = lines.take_while(|line| !line.is_empty()).count();
    let path = request.split(' ').nth(1).unwrap();
    let missing = ("404 Not Found".to_owned(), Vec::new());
    let (head, body) = pages.get(path).unwrap_or(&missing);
    let mut stream = stream;
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    // A client that hangs up early is one that refuses to read on.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::CertificateRevocationListDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn set(client: &Client, settings: &Value) -> (StatusCode, Value) {
    let answer = client.call(Method::PUT, SETTINGS).json(settings).send().unwrap();
    (answer.status(), answer.json().unwrap())
}

/// A node that downloads from these URLs, none of which has been asked yet.
fn downloading(urls: &[String]) -> (Node, Client, Authority, Pair) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let pair = authority.issue("node.example.com");
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    client.confirm();
    let (status, answer) = set(&client, &json!({ "urls": urls, "time": "03:00" }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    (node, client, authority, pair)
}

fn download(client: &Client) -> Vec<(bool, String)> {
    let (status, answer) = client.make(Method::POST, "/api/v1/crls/download");
    assert_eq!(status, StatusCode::OK, "{answer}");
    results(&answer)
}

fn results(answer: &Value) -> Vec<(bool, String)> {
    let results = answer["results"].as_array().unwrap().iter();
    results.map(|result| (result["ok"].as_bool().unwrap(), result["message"].as_str().unwrap().to_owned())).collect()
}

fn set_urls(client: &Client, urls: &[String]) {
    client.confirm();
    assert_eq!(set(client, &json!({ "urls": urls, "time": "03:00" })).0, StatusCode::OK);
}

#[test]
fn lists_come_in_every_wrapping_and_only_a_change_is_an_event() {
    let (_node, client, authority, pair) = downloading(&[]);
    let (other, third) = (Authority::new("Other"), Authority::new("Third"));
    client.append(&other.pem);
    let revoking = authority.revocation_list(1, &[&pair], 1, 30);
    let both = [("a.txt", b"a note".as_slice()), ("a.crl", &der(&other.revocation_list(1, &[], 1, 30)))];
    let of_third = third.revocation_list(1, &[], 1, 30);
    let web = Web::serve(&[
        ("/plain.pem", "200 OK", revoking.clone().into_bytes()),
        ("/plain.crl", "200 OK", der(&revoking)),
        ("/gzip", "200 OK", gzip(&der(&revoking))),
        ("/zip", "200 OK", zip(&[both[0], both[1], ("b.pem", of_third.as_bytes())])),
    ]);
    set_urls(&client, &["/plain.pem", "/plain.crl", "/gzip", "/zip"].map(|path| format!("{}{path}", web.base)));
    let told = download(&client);
    assert!(told.iter().all(|(ok, _)| *ok), "{told:?}");
    assert!(told[0].1.starts_with("1 new"), "{told:?}");
    assert!(told[1].1.contains("1 known") && told[2].1.contains("1 known"), "{told:?}");
    assert!(told[3].1.starts_with("2 new") && told[3].1.contains("not recognised"), "{told:?}");
    assert_eq!(client.alarms(), ["revoked"]);
    let downloads = || client.actions().iter().filter(|action| *action == "crls-downloaded").count();
    let before = downloads();
    assert_eq!(before, 2);
    download(&client);
    assert_eq!(downloads(), before);
    assert!(client.get(SETTINGS)["updated_at"].is_string());
}

#[test]
fn what_cannot_be_downloaded_changes_nothing_and_raises_an_alarm_until_it_works() {
    let (_node, client, authority, _pair) = downloading(&[]);
    let list = authority.revocation_list(1, &[], 1, 30).into_bytes();
    let bomb = gzip(&vec![b'-'; 17 * 1024 * 1024]);
    let elsewhere = Web::serve(&[("/list", "200 OK", list.clone())]);
    let away = format!("302 Found\r\nLocation: {}/list", elsewhere.base);
    let web = Web::serve(&[
        ("/bomb", "200 OK", bomb),
        ("/large", "200 OK", vec![b'-'; 17 * 1024 * 1024]),
        ("/html", "200 OK", b"<html>Sign in first</html>".to_vec()),
        ("/broken", "200 OK", b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n".to_vec()),
        ("/away", &away, Vec::new()),
        ("/cloud", "302 Found\r\nLocation: http://169.254.169.254/latest", Vec::new()),
        ("/loop", "302 Found\r\nLocation: BASE/loop", Vec::new()),
        ("/near", "302 Found\r\nLocation: BASE/list", Vec::new()),
        ("/list", "200 OK", list),
    ]);
    let paths = ["/bomb", "/large", "/html", "/broken", "/away", "/cloud", "/loop", "/missing"];
    set_urls(&client, &paths.map(|path| format!("{}{path}", web.base)));
    let told = download(&client);
    let expected = [
        "becomes more than 16 MiB",
        "more than 16 MiB",
        "neither PEM nor DER",
        "the list is refused: bad-der",
        "to another place",
        "never connected to",
        "more than five times",
        "404 Not Found",
    ];
    for ((ok, message), expected) in told.iter().zip(expected) {
        assert!(!ok && message.contains(expected), "{message}: {expected}");
    }
    assert_eq!(told.len(), expected.len());
    assert!(client.get("/api/v1/crls")["crls"].as_array().unwrap().is_empty());
    // What did not come is one thing, what came and is no list another.
    let alarms = client.get("/api/v1/alarms");
    for (alarm, id, number, named) in [
        (&alarms[0], "crl-download-failed", 40006, ["/large", "/away", "/cloud", "/loop", "/missing"].as_slice()),
        (&alarms[1], "crl-update-failed", 40002, &["/bomb", "/html", "/broken"]),
    ] {
        assert_eq!((&alarm["id"], &alarm["number"]), (&id.into(), &number.into()), "{alarms}");
        let message = alarm["message"].as_str().unwrap();
        for path in paths {
            assert_eq!(message.contains(&format!("{}{path} (", web.base)), named.contains(&path), "{message}");
        }
    }
    let message = alarms[0]["message"].as_str().unwrap();
    assert!(message.contains(&format!("{}/missing (the server answered 404 Not Found)", web.base)), "{message}");

    set_urls(&client, &[format!("{}/near", web.base), format!("{}/missing", web.base)]);
    assert_eq!(client.alarms(), ["crl-download-failed"]);
    let told = download(&client);
    assert!(told[0].0 && !told[1].0, "{told:?}");
    set_urls(&client, &[format!("{}/near", web.base)]);
    assert!(client.alarms().is_empty(), "a source that is asked no more fails no more");
}

#[test]
fn tls_is_verified_against_the_trusted_ca_list_alone() {
    let (node, client, _authority, _pair) = downloading(&[]);
    let stranger = Node::start();
    set_urls(&client, &[format!("https://localhost:{}/api/v1/node", stranger.https_port)]);
    let told = download(&client);
    assert!(!told[0].0 && told[0].1.contains("certificate"), "{told:?}");
    // The other node's temporary CA is trusted now: what comes is no list, but it comes.
    let ca = stranger.client().get("/api/v1/node")["temporary_ca_pem"].as_str().unwrap().to_owned();
    client.append(&ca);
    let told = download(&client);
    assert_eq!(told[0].1, "the list is refused: not-pem");
    drop(node);
}

#[test]
fn distribution_points_are_followed_only_where_they_may_lead() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let key = rcgen::KeyPair::generate().unwrap();
    let list = authority.revocation_list(1, &[], 1, 30).into_bytes();
    let web = Web::serve(&[("/own.crl", "200 OK", list)]);
    let mut params = crate::support::server_params("node.example.com");
    params.crl_distribution_points =
        vec![rcgen::CrlDistributionPoint { uris: vec![format!("{}/own.crl", web.base), "ldap://x/y".to_owned()] }];
    assert_eq!(client.upload(&authority.sign(params, &key)).0, StatusCode::OK);
    client.confirm();
    let mut settings = json!({ "time": "03:00", "follow_distribution_points": false });
    assert_eq!(set(&client, &settings).0, StatusCode::OK);
    assert!(download(&client).is_empty());
    settings["follow_distribution_points"] = json!(true);
    set(&client, &settings);
    let told = download(&client);
    assert_eq!(told, [(true, "not asked: the host '127.0.0.1' is not among the allowed ones".to_owned())]);
    let alarms = client.get("/api/v1/alarms");
    assert_eq!((&alarms[0]["id"], &alarms[0]["number"]), (&"crl-no-sources".into(), &40001.into()), "{alarms}");
    assert!(alarms[0]["message"].as_str().unwrap().ends_with("none of their hosts is allowed: 127.0.0.1."), "{alarms}");
    settings["allowed_hosts"] = json!(["127.0.0.1"]);
    set(&client, &settings);
    assert!(client.alarms().is_empty());
    let told = download(&client);
    assert!(told[0].0 && told[0].1.starts_with("1 new"), "{told:?}");

    // Of a certificate that names no list none comes by itself, unless a URL is set.
    assert_eq!(client.upload(&authority.issue("node.example.com")).0, StatusCode::OK);
    let alarms = client.get("/api/v1/alarms");
    assert_eq!((client.alarms(), &alarms[0]["severity"]), (vec!["crl-no-sources".to_owned()], &"warning".into()));
    assert!(alarms[0]["message"].as_str().unwrap().ends_with("and these name none."), "{alarms}");
    settings["urls"] = json!([format!("{}/own.crl", web.base)]);
    set(&client, &settings);
    assert!(client.alarms().is_empty());
}

#[test]
fn settings_are_refused_as_a_whole_and_ask_for_the_password() {
    let node = Node::start();
    let client = node.administrator();
    let good = json!({ "urls": ["http://crl.example.com/a.crl"], "time": "23:59" });
    assert_eq!(set(&client, &good).0, StatusCode::FORBIDDEN);
    client.confirm();
    for (bad, word) in [
        (json!({ "urls": ["ftp://crl.example.com/"], "time": "03:00" }), "only http"),
        (json!({ "urls": ["http://a:b@crl.example.com/"], "time": "03:00" }), "password"),
        (json!({ "urls": ["http://169.254.169.254/"], "time": "03:00" }), "never connected to"),
        (json!({ "urls": [], "time": "25:00" }), "HH:MM"),
        (json!({ "time": "03:00", "allowed_hosts": ["*"] }), "neither a host name"),
    ] {
        let (status, problem) = set(&client, &bad);
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && detail.contains(word), "{bad}: {problem}");
    }
    assert_eq!(client.get(SETTINGS)["settings"]["time"], "03:00");
}

#[test]
fn a_missed_download_is_made_up_for_at_start() {
    let authority = Authority::new("Root");
    let web = Web::serve(&[("/list", "200 OK", authority.revocation_list(1, &[], 1, 30).into_bytes())]);
    let node = Node::start();
    let client = node.administrator();
    client.append(&authority.pem);
    set_urls(&client, &[format!("{}/list", web.base)]);
    let node = node.restart();
    let client = node.administrator();
    assert!(comes(Duration::from_secs(20), || !client.get(SETTINGS)["updated_at"].is_null()), "{}", node.log());
    assert_eq!(client.get("/api/v1/crls")["crls"].as_array().unwrap().len(), 1);
}
