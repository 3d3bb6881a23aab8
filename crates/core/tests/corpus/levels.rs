//! The levels of security: each asks what its table says, no more and no less.

use certway_core::SecurityLevel::{High, Legacy, Public, Standard};
use certway_core::{Context, Kind, Report, SecurityLevel, Upload, judge};

use crate::case::cases;
use crate::files::files;
use crate::names::certificate_valid;

fn judged(name: &str, security_level: SecurityLevel) -> Report {
    let case = cases(&files()).into_iter().find(|case| case.name == name).expect("the case is there");
    let trusted = case.every("trusted");
    let upload = Upload {
        private_key: case.part("key"),
        ..Upload::of(case.kind, case.part("file").expect("every case has a file"))
    };
    judge(&upload, &Context { trusted_cas: Some(&trusted), security_level, ..Context::at(case.at) })
}

/// What is found weak.
fn weak(report: &Report) -> Vec<String> {
    let weak = report.findings.iter().filter(|finding| finding.rule.id == "weak-security");
    weak.map(|finding| finding.found.clone().expect("it says what was found")).collect()
}

#[track_caller]
fn check(name: &str, level: SecurityLevel, wanted: &[&str]) {
    assert_eq!(weak(&judged(name, level)), wanted, "{name} at {level:?}");
}

#[test]
fn keys_and_signatures_are_held_against_the_level() {
    for level in SecurityLevel::ALL {
        assert_eq!(SecurityLevel::from_name(level.name()), Some(level));
    }
    check("weak-security-key-rsa1024.case", Legacy, &[]);
    check("weak-security-key-rsa1024.case", Standard, &["RSA with 1024 bits"]);
    check("weak-security-key-p192.case", Legacy, &[]);
    check("weak-security-key-p192.case", Standard, &["the curve P-192"]);
    check("weak-security-key-explicit.case", Legacy, &["an elliptic curve with explicit parameters"]);
    check("weak-security-intermediate-signed-with-sha1.case", Legacy, &[]);
    check("weak-security-intermediate-signed-with-sha1.case", Standard, &["sha1WithRSAEncryption"]);
    check("accept-key-rsa2048-pkcs8.case", Standard, &[]);
    check("accept-key-rsa2048-pkcs8.case", High, &["RSA with 2048 bits", "366 days"]);
    check("accept-key-rsa3072-pkcs8.case", High, &["366 days"]);
    check("accept-key-p256-pkcs8.case", Public, &["366 days"]);
}

#[test]
fn a_life_is_as_long_as_a_public_ca_may_make_it_on_the_day_it_begins() {
    let lifetime = |validity: [&str; 2], security_level| {
        let file = certificate_valid("a.example.com", &[b"a.example.com"], validity);
        let now = "2026-11-24T00:00:00Z".parse().expect("a time");
        let context = Context { trusted_cas: None, security_level, ..Context::at(now) };
        weak(&judge(&Upload::of(Kind::ServerCertificate, file.as_bytes()), &context))
    };
    for (validity, wanted) in [
        // Both ends belong to it: a day less a second is a day.
        (["180228000000Z", "300101000000Z"], None),
        (["180301000000Z", "200602235959Z"], None),
        (["180301000000Z", "200603000000Z"], Some("826 days")),
        (["200901000000Z", "211003235959Z"], None),
        (["200901000000Z", "211004000000Z"], Some("399 days")),
        (["260314235959Z", "270416235958Z"], None),
        (["260315000000Z", "260930235959Z"], None),
        (["260315000000Z", "261001000000Z"], Some("201 days")),
        (["270315000000Z", "270622235959Z"], None),
        (["270315000000Z", "270623000000Z"], Some("101 days")),
        (["290315000000Z", "290430235959Z"], None),
        (["290315000000Z", "290501000000Z"], Some("48 days")),
    ] {
        let found = lifetime(validity, Public);
        assert_eq!(found.first().map(String::as_str), wanted, "{validity:?}");
        assert_eq!(found, lifetime(validity, High), "{validity:?}");
        assert!(lifetime(validity, Standard).is_empty() && lifetime(validity, Legacy).is_empty());
    }
}

#[test]
fn a_level_that_limits_lives_names_who_wrote_the_limits() {
    for level in SecurityLevel::ALL {
        let asked = level.requirements();
        assert_eq!(asked.source.contains("Baseline Requirements 6.3.2"), !asked.lifetimes.is_empty(), "{level:?}");
    }
}

#[test]
fn the_weakest_link_of_the_chain_is_named() {
    let weakest = |name| {
        let link = judged(name, Standard).weakest_link.expect("there is a path");
        (link.subject, link.what, link.strength_bits)
    };
    let issuing = "CN=Example Issuing CA,O=Example Ltd,C=GB".to_owned();
    let named = weakest("weak-security-intermediate-signed-with-sha1.case");
    assert_eq!(named, (issuing, "its signature, sha1WithRSAEncryption".to_owned(), 63));
    let leaf = "CN=expe1.example.com,O=Example Ltd,C=GB".to_owned();
    assert_eq!(weakest("accept-key-rsa2048-pkcs8.case"), (leaf.clone(), "its key, RSA 2048".to_owned(), 112));
    assert_eq!(weakest("weak-security-key-rsa1024.case"), (leaf, "its key, RSA 1024".to_owned(), 80));
}
