//! A private key leaves no trace outside its sealed row.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use crate::support::{Authority, Node, Pair};

/// The key as it might leak: bytes, hexadecimal, base64 wherever it begins, the lines of its PEM.
pub(crate) fn traces(pair: &Pair) -> Vec<Vec<u8>> {
    let der = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    // The scalar of a P-256 key in PKCS#8.
    let secret = &der.secret_der()[36..68];
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    // In PEM a line is 48 bytes; the end of the first and the begin of the second are of the scalar alone.
    let lines: Vec<&str> = pair.key.lines().collect();
    let pem = [&lines[1][48..], &lines[2][..24]].map(|part| part.as_bytes().to_vec());
    let mut traces = vec![secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    traces.extend(pem);
    // Whatever stands before it: of three bytes that are four letters, one, two or none are another's.
    traces.extend((0..3).map(|begin| BASE64.encode(&secret[begin..begin + 27]).into_bytes()));
    traces
}

pub(crate) fn contains(text: &[u8], trace: &[u8]) -> bool {
    memchr::memmem::find(text, trace).is_some()
}

/// The contents of all files in a folder and those below it.
pub(crate) fn files_below(folder: &Path) -> Vec<Vec<u8>> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // Besides folders and files there is the socket of the terminal.
    let paths = paths.filter(|path| path.is_dir() || path.is_file());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}

#[test]
fn no_answer_log_or_file_has_the_key() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let kept = authority.issue("kept.example.com");
    let forgotten = Authority::new("Unknown").issue("forgotten.example.com");
    let refused = authority.issue("refused");
    let mut answers = Vec::new();
    for pair in [&kept, &forgotten, &refused] {
        answers.push(client.upload(pair).1.to_string());
        let parts = [("certificate", pair.certificate.as_str()), ("private_key", &pair.key)];
        answers.push(client.send(Method::POST, "/api/v1/server-certificate/check", &parts).1.to_string());
        // A key in the wrong box is quoted nowhere.
        answers.push(client.append(&pair.key).1.to_string());
        answers.push(client.send(Method::POST, "/api/v1/check", &[("file", &pair.key)]).1.to_string());
        let both = format!("{}{}", pair.key, pair.certificate);
        answers.push(client.send(Method::POST, "/api/v1/client-certificate-test", &[("file", &both)]).1.to_string());
    }
    client.make(Method::DELETE, "/api/v1/server-certificate/pending");
    // The kept key goes everywhere a key goes: into a request and its copy on disk, the client's slot, a backup.
    let again = json!({ "common_name": "kept.example.com", "reuse_current_key": true });
    answers.push(client.post("/api/v1/csr", &again).1.to_string());
    answers.push(client.make(Method::POST, "/api/v1/client-certificate/copy").1.to_string());
    client.confirm();
    let passphrase = json!({ "passphrase": "correct horse battery" });
    let backup =
        client.call(Method::POST, "/api/v1/backup").json(&passphrase).send().unwrap().bytes().unwrap().to_vec();
    for path in [
        "/server-certificate",
        "/server-certificate.pem",
        "/client-certificate",
        "/csr",
        "/csr.pem",
        "/trusted-cas",
        "/trusted-cas.pem",
        "/alarms",
        "/events",
        "/node",
        "/openapi.json",
    ] {
        answers.push(client.call(Method::GET, &format!("/api/v1{path}")).send().unwrap().text().unwrap());
    }
    answers.push(client.bare(Method::GET, "/metrics").send().unwrap().text().unwrap());
    let mut places: Vec<Vec<u8>> = answers.into_iter().map(String::into_bytes).collect();
    let folder = node.stop();
    places.push(std::fs::read(folder.path().join("log")).unwrap());
    places.push(backup);
    places.extend(files_below(&folder.path().join("data")));
    assert!(places.iter().any(|place| place.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY")));
    for pair in [&kept, &forgotten, &refused] {
        for trace in traces(pair) {
            assert!(places.iter().all(|place| !contains(place, &trace)), "{trace:?}");
        }
    }
}

/// The search finds a key in whatever form it leaks.
#[test]
fn a_key_that_leaks_is_found() {
    let pair = Authority::new("Root").issue("leaks.example.com");
    let der = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let (der, hex) =
        (der.secret_der(), |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    let leaks = [
        pair.key.clone().into_bytes(),
        der.to_vec(),
        hex(der).into_bytes(),
        hex(der).to_uppercase().into_bytes(),
        BASE64.encode(der).into_bytes(),
        BASE64.encode([b"a".as_slice(), der].concat()).into_bytes(),
        BASE64.encode([b"ab".as_slice(), der].concat()).into_bytes(),
        format!("{{\"log\":\"{}\"}}", pair.key.escape_default()).into_bytes(),
    ];
    for leak in leaks {
        std::fs::write(folder.path().join("below/file"), [b"before".as_slice(), &leak, b"after"].concat()).unwrap();
        let places = files_below(folder.path());
        let found = traces(&pair).iter().any(|trace| places.iter().any(|place| contains(place, trace)));
        assert!(found, "{}", String::from_utf8_lossy(&leak));
    }
}
