//! What a file is shown to hold, and which of its certificates is taken for the node's.

use certway_core::show::{Object, show};
use certway_core::{Context, Kind, Upload, judge};

use crate::case::{Case, cases};
use crate::files::files;

fn named(name: &str) -> Case {
    cases(&files()).into_iter().find(|case| case.name == name).expect("the case is there")
}

/// What each thing in a file is, in a word, and whether its DER is told.
fn told(file: &[u8]) -> Vec<(String, bool)> {
    let items = show(file).expect("there is something in it");
    let word = |object: &Object| match object {
        Object::Certificate(certificate) => format!("certificate of {}", certificate.subject),
        Object::PrivateKey(key) => format!("private key, {}", key.format),
        Object::PublicKey(_) => "public key".to_owned(),
        Object::Request(_) => "request".to_owned(),
        Object::Crl(_) => "revocation list".to_owned(),
        Object::Unreadable(why) => why.clone(),
    };
    items.iter().map(|item| (word(&item.object), !item.der.is_empty())).collect()
}

#[test]
fn each_thing_in_a_file_is_shown_for_what_it_is_and_a_private_key_is_never_told() {
    let sound = named("accept-key-rsa2048-pkcs8.case");
    let key = sound.part("key").expect("it has a key");
    assert_eq!(told(key), [("private key, PKCS#8".to_owned(), false)]);
    let certificates = told(sound.part("file").expect("it has a file"));
    assert!(certificates.iter().all(|(word, der)| word.starts_with("certificate of CN=") && *der), "{certificates:?}");
    for name in ["key-password-protected-pkcs8.case", "key-password-protected-traditional-rsa.case"] {
        let case = named(name);
        let key = told(case.part("key").expect("it has a key"));
        assert_eq!(key, [("a password-protected private key".to_owned(), false)], "{name}");
    }
    assert!(show(b"nothing at all").is_err());
}

#[test]
fn without_a_key_the_first_certificate_that_is_no_ca_is_the_node_s() {
    let case = named("chain-order-root-before-intermediate.case");
    let file = case.part("file").expect("it has a file");
    let whole = std::str::from_utf8(file).expect("it is PEM");
    let begin = "-----BEGIN CERTIFICATE-----";
    let blocks: Vec<String> = whole.split(begin).skip(1).map(|block| format!("{begin}{block}")).collect();
    for turned in 0..blocks.len() {
        let mut blocks = blocks.clone();
        blocks.rotate_left(turned);
        let report = judge(&Upload::of(Kind::ServerCertificate, blocks.concat().as_bytes()), &Context::at(case.at));
        let leaf = &report.certificates[report.leaf.expect("there is one")];
        assert!(!leaf.is_ca, "turned by {turned}: {}", leaf.subject);
    }
}
