//! The FQDN grammar (docs/decisions/0004), seen through a certificate's SAN and CN.

use certway_core::{Context, Finding, Kind, Upload, Wildcards, judge, pem};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(body.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(byte) => out.extend([0x81, byte]),
        Err(_) => {
            let length = u16::try_from(body.len()).expect("test certificates are small").to_be_bytes();
            out.extend([0x82, length[0], length[1]]);
        }
    }
    out.extend(body);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

/// A certificate with a common name and DNS names. Its signature is made up: without a trusted CA list nobody asks.
fn certificate(common_name: &str, dns_names: &[&[u8]]) -> String {
    certificate_valid(common_name, dns_names, ["260601000000Z", "270601000000Z"])
}

/// As [`certificate`], from one UTCTime to another.
pub(crate) fn certificate_valid(common_name: &str, dns_names: &[&[u8]], validity: [&str; 2]) -> String {
    let validity = validity.map(|time| tlv(0x17, &[time.as_bytes()]));
    let cn = tlv(0x31, &[&sequence(&[&tlv(6, &[&[0x55, 4, 3]]), &tlv(0x0c, &[common_name.as_bytes()])])]);
    let issuer_cn = tlv(0x31, &[&sequence(&[&tlv(6, &[&[0x55, 4, 3]]), &tlv(0x0c, &[b"Example CA"])])]);
    let ecdsa = sequence(&[&tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]);
    let p256 = sequence(&[
        &tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]]),
        &tlv(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]]),
    ]);
    let entries: Vec<Vec<u8>> = dns_names.iter().map(|name| tlv(0x82, &[name])).collect();
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    let san = sequence(&[&tlv(6, &[&[0x55, 0x1d, 0x11]]), &tlv(4, &[&sequence(&entries)])]);
    let tbs = sequence(&[
        &tlv(0xa0, &[&tlv(2, &[&[2]])]),
        &tlv(2, &[&[7]]),
        &ecdsa,
        &sequence(&[&issuer_cn]),
        &sequence(&[&validity[0], &validity[1]]),
        &sequence(&[&cn]),
        &sequence(&[&p256, &tlv(3, &[&[0, 4], &[0x11; 64]])]),
        &tlv(0xa3, &[&sequence(&[&san])]),
    ]);
    let signature = sequence(&[&tlv(2, &[&[1]]), &tlv(2, &[&[1]])]);
    pem::encode("CERTIFICATE", &sequence(&[&tbs, &ecdsa, &tlv(3, &[&[0], &signature])]))
}

fn findings(common_name: &str, dns_names: &[&[u8]], wildcards: Wildcards) -> Vec<Finding> {
    let file = certificate(common_name, dns_names);
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let context = Context { trusted_cas: None, wildcards, ..Context::at(now) };
    judge(&Upload::of(Kind::ServerCertificate, file.as_bytes()), &context).findings
}

fn has(findings: &[Finding], rule: &str) -> bool {
    findings.iter().any(|finding| finding.rule.id == rule)
}

#[track_caller]
fn check(name: &str, is_fqdn: bool) {
    let found = findings("good.example.com", &[b"good.example.com", name.as_bytes()], Wildcards::Refuse);
    assert_eq!(!has(&found, "san-not-fqdn"), is_fqdn, "as SAN: {name:?}: {found:?}");
    let found = findings(name, &[b"good.example.com"], Wildcards::Refuse);
    assert_eq!(!has(&found, "cn-not-fqdn"), is_fqdn, "as CN: {name:?}: {found:?}");
}

#[test]
fn names_that_are_fqdns() {
    let level = "a".repeat(63);
    let long = format!("{level}.{level}.{level}.{}.com", "b".repeat(57));
    for name in [
        "example.com",
        "expe1.example.com",
        "EXPE1.EXAMPLE.COM",
        "a.b",
        "1.2.3.a4",
        "xn--bcher-kva.example.xn--p1ai",
        "a-b.c--d.e-f",
        "3com.com",
        "a.b.c.d.e.f.g.h.i.j.k",
        &format!("{level}.com"),
        &long,
    ] {
        check(name, true);
    }
}

#[test]
fn names_that_are_not() {
    let level = "a".repeat(63);
    for name in [
        "localhost",
        "expe1",
        "com",
        ".",
        "..",
        ".com",
        "com.",
        "a..b",
        "a.b.",
        "-a.b",
        "a-.b",
        "a.-b",
        "a.b-",
        "a.1",
        "a.1b",
        "0.0",
        "192.0.2.1",
        "::1",
        "[2001:db8::1].com",
        "*.example.com",
        "*",
        "a*.example.com",
        "a_b.example.com",
        "a b.example.com",
        "a.example.com ",
        "a.example.com/",
        "a@example.com",
        "a.example.com:443",
        "b\u{fc}cher.example.com",
        "a\u{2024}b.example.com",
        "a.example.com\n",
        "a\0.example.com",
        "\u{202e}a.example.com",
        "a.\u{ff43}om",
        &format!("a{level}.com"),
        &format!("{level}.{level}.{level}.{}.com", "b".repeat(58)),
    ] {
        check(name, false);
    }
}

#[test]
fn a_wildcard_is_refused_unless_the_setting_allows_it() {
    let names: &[&[u8]] = &[b"good.example.com", b"*.example.com"];
    let found = findings("good.example.com", names, Wildcards::Refuse);
    assert!(has(&found, "san-not-fqdn"), "{found:?}");
    let found = findings("good.example.com", names, Wildcards::Warn);
    assert!(!has(&found, "san-not-fqdn") && has(&found, "wildcard"), "{found:?}");
    for broken in ["*", "*.com*", "*.*.example.com", "a.*.example.com", "*.1", "*a.example.com"] {
        let found = findings("good.example.com", &[b"good.example.com", broken.as_bytes()], Wildcards::Warn);
        assert!(has(&found, "san-not-fqdn"), "{broken}: {found:?}");
    }
}

/// The grammar written another way round, one character at a time.
fn is_fqdn(name: &str) -> bool {
    let mut levels = 1;
    let mut length = 0;
    let mut previous = '.';
    let mut first = '.';
    for character in name.chars() {
        match character {
            '.' if previous == '.' || previous == '-' => return false,
            '.' => (levels, length) = (levels + 1, 0),
            '-' if previous == '.' => return false,
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => {
                if length == 0 {
                    first = character;
                }
                length += 1;
            }
            _ => return false,
        }
        if length > 63 {
            return false;
        }
        previous = character;
    }
    levels >= 2 && !matches!(previous, '.' | '-') && first.is_ascii_alphabetic() && name.len() <= 253
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn the_grammar_agrees_with_its_other_form(name in "[a-zA-B0-1.\\-*_ ]{0,12}|([a-z0-9]{1,3}[.\\-]){1,4}[a-z0-9]{0,3}") {
        let found = findings("good.example.com", &[b"good.example.com", name.as_bytes()], Wildcards::Refuse);
        prop_assert_eq!(!has(&found, "san-not-fqdn"), is_fqdn(&name), "{:?}", name);
    }

    #[test]
    fn every_offending_entry_is_listed(good in proptest::collection::vec(any::<bool>(), 1..30)) {
        let names: Vec<&[u8]> = good.iter().map(|good| if *good { &b"a.example.com"[..] } else { b"host" }).collect();
        let found = findings("good.example.com", &names, Wildcards::Refuse);
        let fields: Vec<String> =
            found.iter().filter(|f| f.rule.id == "san-not-fqdn").filter_map(|f| f.place.field.clone()).collect();
        for (index, good) in good.iter().enumerate() {
            let field = format!("subjectAltName.dNSName[{index}]");
            prop_assert_eq!(fields.contains(&field), !good);
        }
        prop_assert_eq!(fields.len(), good.iter().filter(|good| !**good).count());
    }
}
