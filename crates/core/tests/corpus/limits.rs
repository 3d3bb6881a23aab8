//! Stated limits: what is just inside is judged, what is just outside is refused before it is parsed.

use std::time::Instant;

use crate::case::{Case, cases};
use crate::files::files;
use certway_core::{Context, Decision, Kind, Report, Upload, judge, limits, pem};

fn case_named(name: &str) -> Case {
    cases(&files()).into_iter().find(|case| case.name == name).expect("the case is there")
}

fn good() -> Case {
    case_named("accept-leaf-and-list.case")
}

fn rules(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.rule.id).collect()
}

/// Text around the block fills the file up to a size.
fn filled(pem: &[u8], size: usize) -> Vec<u8> {
    let mut file = pem.to_vec();
    let line = b"This is text that only fills the file, as a long mail around a certificate would.\n";
    while file.len() < size {
        let room = (size - file.len()).min(line.len());
        file.extend_from_slice(&line[line.len() - room..]);
    }
    file
}

#[test]
fn a_certificate_file_of_256_kib_is_judged_and_one_byte_more_is_not() {
    let case = good();
    let pem = case.part("file").unwrap_or_default();
    let report = case.judge_with(&filled(pem, limits::CERTIFICATE_BYTES), case.part("key"));
    assert_eq!((report.decision, rules(&report)), (Decision::Accept, vec![]));
    let report = case.judge_with(&filled(pem, limits::CERTIFICATE_BYTES + 1), case.part("key"));
    assert_eq!((report.decision, rules(&report)), (Decision::Refuse, vec!["too-large"]));
    assert!(report.certificates.is_empty(), "it was parsed all the same");
}

#[test]
fn a_key_file_of_256_kib_is_judged_and_one_byte_more_is_not() {
    let case = good();
    let (file, key) = (case.part("file").unwrap_or_default(), case.part("key").unwrap_or_default());
    let report = case.judge_with(file, Some(&filled(key, limits::KEY_BYTES)));
    assert_eq!((report.decision, rules(&report)), (Decision::Accept, vec![]));
    let report = case.judge_with(file, Some(&filled(key, limits::KEY_BYTES + 1)));
    assert_eq!((report.decision, rules(&report)), (Decision::Refuse, vec!["too-large"]));
}

#[test]
fn a_ca_file_of_8_mib_is_judged_and_one_byte_more_is_not() {
    let case = case_named("accept-ca-one.case");
    let pem = case.part("file").unwrap_or_default();
    let report = case.judge_with(&filled(pem, limits::CA_BUNDLE_BYTES), None);
    assert_eq!((report.decision, rules(&report)), (Decision::Accept, vec![]));
    let report = case.judge_with(&filled(pem, limits::CA_BUNDLE_BYTES + 1), None);
    assert_eq!((report.decision, rules(&report)), (Decision::Refuse, vec!["too-large"]));
}

#[test]
fn a_file_of_4000_blocks_is_judged_and_one_with_one_more_is_not() {
    let case = case_named("accept-ca-one.case");
    let block = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let report = case.judge_with(block.repeat(limits::BLOCKS).as_bytes(), None);
    assert_eq!((report.decision, report.findings.len()), (Decision::Refuse, limits::BLOCKS));
    let report = case.judge_with(block.repeat(limits::BLOCKS + 1).as_bytes(), None);
    assert_eq!((report.decision, rules(&report)), (Decision::Refuse, vec!["too-large"]));
}

/// CAs that differ in their serial number and common name. Nobody verifies a root's signature on itself to list it.
fn many_cas(count: usize) -> Vec<String> {
    let case = case_named("accept-ca-one.case");
    let der = certway_core::decode_certificates(case.part("file").unwrap_or_default()).remove(0).0;
    // [0] version, then the serial number of eight octets: 30 82 .. .. 30 82 .. .. a0 03 02 01 02 02 08.
    let serial = der.windows(7).position(|window| window == [0xa0, 3, 2, 1, 2, 2, 8]).expect("a serial number") + 7;
    let names: Vec<usize> =
        (0..der.len() - 13).filter(|&at| &der[at..at + 13] == b"Other Root CA").map(|at| at + 6).collect();
    let make = |number: usize| {
        let mut der = der.clone();
        der[serial + 4..serial + 8].copy_from_slice(&u32::try_from(number).expect("a small number").to_be_bytes());
        for &at in &names {
            der[at..at + 4].copy_from_slice(format!("{number:04}").as_bytes());
        }
        pem::encode("CERTIFICATE", &der)
    };
    (0..count).map(make).collect()
}

fn append(file: &str, trusted: &str) -> Report {
    let trusted = [trusted.as_bytes()];
    let context = Context { trusted_cas: Some(&trusted), ..Context::at(good().at) };
    judge(&Upload::of(Kind::TrustedCa, file.as_bytes()), &context)
}

#[test]
fn the_list_takes_1000_cas_and_not_1001() {
    let cas = many_cas(1002);
    let report = append(&cas[998..1000].concat(), &cas[..998].concat());
    assert_eq!(report.decision, Decision::Accept, "{:?}", report.findings);
    assert_eq!(report.trusted_cas.map(|change| (change.added, change.known, change.total)), Some((2, 0, 1000)));

    let report = append(&cas[999..1002].concat(), &cas[..999].concat());
    assert_eq!((report.decision, rules(&report)), (Decision::Refuse, vec!["too-many-trusted-cas"]));
    let finding = &report.findings[0];
    let said = format!("{} {:?} {:?}", finding.message, finding.found, finding.wanted);
    assert!(said.contains("1000") && said.contains(" 1"), "it says how many would fit: {said}");
    assert!(report.into_accepted().is_none());
}

#[test]
fn cas_that_are_known_do_not_count_towards_the_limit() {
    let cas = many_cas(1000);
    let report = append(&cas[..10].concat(), &cas.concat());
    assert_eq!(report.decision, Decision::Accept, "{:?}", report.findings);
    assert_eq!(report.trusted_cas.map(|change| (change.added, change.known, change.total)), Some((0, 10, 1000)));
}

#[test]
fn a_file_of_1001_cas_is_refused_and_one_of_1000_is_not() {
    let cas = many_cas(1001);
    let report = append(&cas[..1000].concat(), "");
    assert_eq!(report.decision, Decision::Accept, "{:?}", report.findings);
    let report = append(&cas.concat(), "");
    assert!(rules(&report).contains(&"too-many-trusted-cas"));
}

/// The same name on a thousand CAs: each could have issued the certificate, and none did.
#[test]
fn a_thousand_cas_of_the_same_name_are_a_bounded_amount_of_work() {
    let case = case_named("accept-directly-under-root.case");
    let root = certway_core::decode_certificates(case.part("trusted").unwrap_or_default()).remove(0).0;
    let serial = root.windows(7).position(|window| window == [0xa0, 3, 2, 1, 2, 2, 8]).expect("a serial number") + 7;
    let key = root.windows(3).rposition(|window| window == [0x42, 0, 4]).expect("a P-256 key") + 3;
    let mut list = String::new();
    for number in 0..1000u32 {
        let mut der = root.clone();
        der[serial + 4..serial + 8].copy_from_slice(&number.to_be_bytes());
        der[key + 28..key + 32].copy_from_slice(&number.to_be_bytes());
        list.push_str(&pem::encode("CERTIFICATE", &der));
    }
    let trusted = [list.as_bytes()];
    let upload = Upload {
        private_key: case.part("key"),
        ..Upload::of(Kind::ServerCertificate, case.part("file").unwrap_or_default())
    };
    let begin = Instant::now();
    let report = judge(&upload, &Context { trusted_cas: Some(&trusted), ..Context::at(case.at) });
    assert!(rules(&report).contains(&"ca-not-recognised"));
    if !cfg!(debug_assertions) {
        assert!(begin.elapsed().as_millis() < 250, "{:?}", begin.elapsed());
    }
}

#[test]
fn what_cannot_be_looked_at_within_the_budget_is_not_taken_for_good() {
    let case = case_named("revoked-leaf.case");
    let list = case.part("crl").map(|part| String::from_utf8_lossy(part).into_owned()).unwrap_or_default();
    // Another character in the signature, which ends the list.
    let place = list.find("-----END").unwrap_or_default() - 10;
    let other = if list.as_bytes()[place] == b'A' { "B" } else { "A" };
    let forged = format!("{}{other}{}", &list[..place], &list[place + 1..]);
    let mut crls = vec![forged.as_bytes(); 120];
    crls.push(list.as_bytes());
    let trusted = [case.part("trusted").unwrap_or_default()];
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let context = Context { trusted_cas: Some(&trusted), crls: &crls, ..Context::at(now) };
    let upload = Upload {
        private_key: case.part("key"),
        ..Upload::of(Kind::ServerCertificate, case.part("file").unwrap_or_default())
    };
    let report = judge(&upload, &context);
    assert!(!report.loadable, "{:?}", rules(&report));
}

#[test]
fn all_lists_that_a_node_keeps_are_judged_as_one_file() {
    let case = case_named("accept-crl-alone.case");
    let list = case.part("file").expect("it has a file");
    let (good, now) = (good(), case.at);
    let trusted = good.every("trusted");
    let judged = |size: usize| {
        let lists = filled(list, size);
        let crls: [&[u8]; 1] = [&lists];
        let context = Context { trusted_cas: Some(&trusted), crls: &crls, ..Context::at(now) };
        let upload = Upload {
            private_key: good.part("key"),
            ..Upload::of(Kind::ServerCertificate, good.part("file").unwrap_or_default())
        };
        rules(&judge(&upload, &context))
    };
    // Base64 of 16 MiB, with its line ends.
    let most = limits::CRLS_BYTES.div_ceil(48) * 65;
    assert_eq!(judged(most), Vec::<&str>::new());
    assert!(judged(limits::CRLS_PEM_BYTES + 1).contains(&"too-large"));
}
