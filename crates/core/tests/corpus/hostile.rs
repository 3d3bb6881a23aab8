//! Damaged input: nothing panics, nothing takes long, and nothing hostile is accepted for being damaged.

use std::time::{Duration, Instant};

use crate::case::{Case, cases};
use crate::files::files;
use certway_core::{Context, Decision, Kind, Upload, judge, show};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// For any input whatever. Without optimisation the arithmetic is many times slower.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 5_000 } else { 250 });

/// Every thirteenth case, so that each kind of input is among them.
fn sample() -> Vec<Case> {
    let picked: Vec<Case> = cases(&files()).into_iter().step_by(13).collect();
    assert!(picked.len() >= 25);
    picked
}

#[test]
fn files_cut_off_anywhere_are_judged() {
    for case in sample() {
        let (file, key) = (case.part("file").unwrap_or_default(), case.part("key"));
        for end in (0..file.len()).step_by(7) {
            case.judge_with(&file[..end], key);
        }
        for end in (0..key.map_or(0, <[u8]>::len)).step_by(7) {
            case.judge_with(file, key.map(|key| &key[..end]));
        }
    }
}

#[test]
fn files_with_a_changed_byte_are_judged() {
    for (nth, case) in sample().into_iter().enumerate() {
        let file = case.part("file").unwrap_or_default();
        let mut changed = file.to_vec();
        for at in (nth % 31..file.len()).step_by(31) {
            for bit in [0x01, 0x80] {
                changed[at] ^= bit;
                case.judge_with(&changed, case.part("key"));
                changed[at] ^= bit;
            }
        }
    }
}

#[test]
fn der_with_a_changed_byte_is_shown_or_refused() {
    let files = files();
    for name in ["accept-leaf-and-list.case", "accept-form-plain.case", "accept-hostile-organisation.case"] {
        let case = cases(&files).into_iter().find(|case| case.name == name).expect("the case is there");
        let der = certway_core::decode_certificates(case.part("file").unwrap_or_default()).remove(0).0;
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0x55;
            let _ = certway_core::decode_certificates(&changed);
            let pem = certway_core::pem::encode("CERTIFICATE", &changed);
            let report = judge(&Upload::of(Kind::TrustedCa, pem.as_bytes()), &Context::at(case.at));
            assert!(report.decision != Decision::Accept || at > 0);
        }
    }
}

#[test]
fn no_case_takes_long() {
    for case in cases(&files()) {
        let begin = Instant::now();
        case.judge();
        assert!(begin.elapsed() < LIMIT, "{} took {:?}", case.name, begin.elapsed());
    }
}

#[test]
fn any_file_in_any_box_is_judged() {
    let files = files();
    let cases = cases(&files);
    for case in cases.iter().step_by(5) {
        for kind in Kind::ALL {
            let Some(file) = case.part("file") else { continue };
            let upload = Upload { kind, file, private_key: Some(file), certificate: Some(file) };
            let lists = [file];
            let context = Context {
                trusted_cas: Some(&lists),
                crls: &lists,
                current_key: Some(file),
                csr: Some(file),
                ..Context::at(case.at)
            };
            let report = judge(&upload, &context);
            // A key is never to be given together with a request in progress.
            let certificate = matches!(kind, Kind::ServerCertificate | Kind::ClientCertificate);
            assert!(!certificate || report.decision == Decision::Refuse, "{} as {}", case.name, kind.name());
        }
    }
}

#[test]
fn any_file_is_shown_or_refused() {
    for case in cases(&files()) {
        for (_, bytes) in &case.parts {
            let _ = show::show(bytes);
        }
    }
}

/// Pieces that PEM is made of, and pieces that break it.
fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("-----BEGIN CERTIFICATE-----"),
        Just("-----END CERTIFICATE-----"),
        Just("-----BEGIN PRIVATE KEY-----"),
        Just("-----END PRIVATE KEY-----"),
        Just("-----BEGIN "),
        Just("-----"),
        Just("Proc-Type: 4,ENCRYPTED"),
        Just("MAA="),
        Just("MIIB"),
        Just("===="),
        Just("\n"),
        Just("\r"),
        Just("\r\n"),
        Just(" "),
        Just("\0"),
        Just("\u{feff}"),
        Just("\u{fc}"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn pem_of_loose_pieces_is_judged(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let now = "2026-11-24T00:00:00Z".parse().expect("a time");
        for kind in Kind::ALL {
            let upload = Upload { private_key: Some(text.as_bytes()), ..Upload::of(kind, text.as_bytes()) };
            let report = judge(&upload, &Context::at(now));
            let lines = u32::try_from(text.split(['\n', '\r']).count()).expect("few lines");
            for finding in &report.findings {
                prop_assert!(finding.place.line.is_none_or(|line| (1..=lines).contains(&line)), "{:?}", finding.place);
            }
        }
    }

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let now = "2026-11-24T00:00:00Z".parse().expect("a time");
        for kind in Kind::ALL {
            let _ = judge(&Upload::of(kind, &bytes), &Context::at(now));
        }
        let _ = show::show(&bytes);
    }
}

#[test]
fn many_lists_under_a_name_that_many_cas_bear_take_no_longer() {
    let case =
        cases(&files()).into_iter().find(|case| case.name == "accept-crl-alone.case").expect("the case is there");
    let text = std::str::from_utf8(case.part("file").expect("it has a file")).expect("PEM is text");
    // Made a day later than its issuer has signed: no CA made it.
    let lists = text.replace("MjYxMTIw", "MjYxMTIx").repeat(1000);
    assert_ne!(lists, text.repeat(1000));
    let list: Vec<u8> = case.every("trusted").concat();
    let trusted = vec![list.as_slice(); 500];
    let begin = Instant::now();
    let context = Context { trusted_cas: Some(&trusted), ..Context::at(case.at) };
    let report = judge(&Upload::of(Kind::Crl, lists.as_bytes()), &context);
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
    let unrecognised = report.findings.iter().filter(|finding| finding.rule.id == "crl-not-recognised").count();
    assert_eq!(unrecognised, 1000);
}
