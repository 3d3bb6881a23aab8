//! Certificates are decoded as OpenSSL decodes them.

use std::collections::BTreeMap;

use certway_core::decode_certificates;
use certway_core::decoded::Certificate;

use crate::case::cases;
use crate::files::files;

#[test]
fn certificates_are_decoded_as_openssl_does() {
    let files = files();
    let mut decoded: BTreeMap<String, Certificate> = BTreeMap::new();
    let parts = cases(&files).into_iter().flat_map(|case| case.parts).map(|(_, bytes)| bytes);
    let shared = files.iter().filter(|(name, _)| name.starts_with("shared/")).map(|(_, bytes)| bytes.clone());
    for (_, certificate) in parts.chain(shared).flat_map(|bytes| decode_certificates(&bytes)) {
        decoded.insert(certificate.fingerprint_sha256.clone(), certificate);
    }
    let facts = String::from_utf8(files["facts.tsv"].clone()).expect("facts are text");
    assert!(facts.lines().count() > 150);
    for line in facts.lines() {
        let facts: Vec<&str> = line.split('\t').collect();
        let [fingerprint, serial, not_before, not_after, subject, issuer] = facts[..] else { panic!("{line}") };
        let certificate = decoded.get(fingerprint).unwrap_or_else(|| panic!("not decoded: {line}"));
        assert_eq!(certificate.not_before.to_string(), not_before, "{line}");
        assert_eq!(certificate.not_after.to_string(), not_after, "{line}");
        if !serial.starts_with('-') {
            assert_eq!(certificate.serial.trim_start_matches('0'), serial.trim_start_matches('0'), "{line}");
        }
        // The two have other words for no name at all and for some rare attributes.
        if !subject.is_empty() && !subject.contains("1.3.6.1.4.1") && !subject.contains("jurisdiction") {
            assert_eq!(certificate.subject, subject, "{line}");
        }
        assert_eq!(certificate.issuer, issuer, "{line}");
    }
}
