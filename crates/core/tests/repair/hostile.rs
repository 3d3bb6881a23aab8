//! Damaged and hostile files: nothing panics, nothing takes long, and no damage is taken for a wrong passphrase's fault.

use std::time::{Duration, Instant};

use certway_core::{Context, RepairFile, repair};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::case::{Case, cases};

/// For whatever input; derivations that were asked for take up to a second of it. Debug builds are many times slower.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20_000 } else { 1_000 });

/// For what is refused before anything is derived.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 5_000 } else { 100 });

/// Cases that cost little, so that thousands of changes are tried.
fn cheap() -> Vec<Case> {
    let costly = ["scrypt", "iterations", "aes-128", "Java"];
    cases().into_iter().filter(|case| !costly.iter().any(|word| case.name.contains(word))).collect()
}

#[test]
fn bombs_are_refused_at_once() {
    let bombs: Vec<Case> = cases().into_iter().filter(|case| case.name.starts_with("bomb-")).collect();
    assert_eq!(bombs.len(), 4);
    for case in bombs {
        let begin = Instant::now();
        let repair = case.repair();
        assert!(begin.elapsed() < AT_ONCE, "{} took {:?}", case.name, begin.elapsed());
        let message = &repair.problems[0].message;
        assert!(message.contains("at most"), "{message}");
    }
}

/// EncryptedPrivateKeyInfo with whatever parameters of a derivation.
fn encrypted_key(kdf: &[u8], parameters: &[u8]) -> Vec<u8> {
    let aes = [value(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42]), value(4, &[0; 16])].concat();
    let kdf = value(0x30, &[value(6, kdf), value(0x30, parameters)].concat());
    let pbes2 = value(0x30, &[kdf, value(0x30, &aes)].concat());
    let algorithm = [value(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]), pbes2].concat();
    value(0x30, &[value(0x30, &algorithm), value(4, &[0; 64])].concat())
}

fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).expect("short");
    let header = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [header, contents.to_vec()].concat()
}

#[test]
fn no_number_of_iterations_and_no_cost_of_scrypt_is_too_large_to_be_refused() {
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
    let salt = value(4, &[1; 8]);
    let number = |digits: &[u8]| value(2, digits);
    let one = number(&[1]);
    let bombs = [
        encrypted_key(PBKDF2, &[salt.clone(), number(&[0x7f, 0xff, 0xff, 0xff])].concat()),
        encrypted_key(PBKDF2, &[salt.clone(), number(&[0, 0xff, 0xff, 0xff, 0xff])].concat()),
        encrypted_key(PBKDF2, &[salt.clone(), number(&[1; 60])].concat()),
        encrypted_key(SCRYPT, &[salt.clone(), number(&[0x40, 0, 0, 0]), number(&[8]), one.clone()].concat()),
        encrypted_key(SCRYPT, &[salt.clone(), number(&[0x40, 0]), number(&[0x7f; 4]), number(&[0x7f; 4])].concat()),
        encrypted_key(SCRYPT, &[salt.clone(), number(&[0x40, 0]), one.clone(), number(&[0x7f; 4])].concat()),
        encrypted_key(SCRYPT, &[salt, number(&[[1].as_slice(), &[0; 40]].concat()), one.clone(), one].concat()),
    ];
    for (nth, bomb) in bombs.iter().enumerate() {
        let begin = Instant::now();
        let now = "2026-12-01T00:00:00Z".parse().expect("a time");
        let repair = repair(&[RepairFile { name: "bomb", bytes: bomb }], Some("pass"), &Context::at(now));
        assert!(begin.elapsed() < AT_ONCE, "{nth} took {:?}", begin.elapsed());
        assert_eq!(repair.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(), ["too-much-work"], "{nth}");
    }
}

#[test]
fn files_share_one_budget() {
    let locked = cases().into_iter().find(|case| case.name == "iterations-600000").expect("the case is there");
    let (name, bytes) = &locked.files[0];
    let files = [RepairFile { name, bytes }; 4];
    let ids = |count: usize| -> Vec<&str> {
        let repair = locked.with_context(|context| repair(&files[..count], Some("wrong"), context));
        repair.problems.iter().map(|problem| problem.id).collect()
    };
    assert_eq!(ids(3), ["passphrase-wrong"; 3]);
    assert_eq!(ids(4), ["passphrase-wrong", "passphrase-wrong", "passphrase-wrong", "too-much-work"]);
}

#[test]
fn files_cut_off_anywhere_are_repaired_or_refused() {
    for case in cheap() {
        let Some((_, bytes)) = case.files.first() else { continue };
        let rest = |end: usize| -> Vec<&[u8]> {
            let others = case.files.iter().skip(1).map(|(_, bytes)| bytes.as_slice());
            std::iter::once(&bytes[..end]).chain(others).collect()
        };
        for end in (0..bytes.len()).step_by(149) {
            let begin = Instant::now();
            let _ = case.repair_files(&rest(end));
            assert!(begin.elapsed() < LIMIT, "{} up to {end} took {:?}", case.name, begin.elapsed());
        }
    }
}

#[test]
fn files_with_a_changed_byte_are_repaired_or_refused() {
    for (nth, case) in cheap().into_iter().enumerate() {
        let mut changed: Vec<Vec<u8>> = case.files.iter().map(|(_, bytes)| bytes.clone()).collect();
        for at in (nth % 149..changed.first().map_or(0, Vec::len)).step_by(149) {
            for bit in [0x01, 0x80] {
                changed[0][at] ^= bit;
                let begin = Instant::now();
                let _ = case.repair_files(&changed.iter().map(Vec::as_slice).collect::<Vec<_>>());
                assert!(begin.elapsed() < LIMIT, "{} changed at {at} took {:?}", case.name, begin.elapsed());
                changed[0][at] ^= bit;
            }
        }
    }
}

#[test]
fn many_keys_and_many_certificates_are_refused() {
    let now = "2026-12-01T00:00:00Z".parse().expect("a time");
    let keys = [crate::files::file("ec.key"), crate::files::file("rsa.key")].concat().repeat(20);
    let repair_one = |bytes: &[u8]| repair(&[RepairFile { name: "many", bytes }], None, &Context::at(now));
    let outcome = repair_one(&keys);
    assert!(outcome.problems.iter().any(|problem| problem.id == "too-much-work"), "{:?}", outcome.problems);
    let certificates = crate::files::file("root.crt").repeat(2_001);
    let outcome = repair_one(&certificates);
    assert!(outcome.problems.iter().any(|problem| problem.id == "too-large"), "{:?}", outcome.problems);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_after_the_beginning_of_a_real_file_are_repaired_or_refused(
        nth in any::<prop::sample::Index>(), start in 0usize..60, noise in prop::collection::vec(any::<u8>(), 0..200)
    ) {
        static CHEAP: std::sync::LazyLock<Vec<Case>> = std::sync::LazyLock::new(cheap);
        let case = &CHEAP[nth.index(CHEAP.len())];
        let mut bytes = case.files[0].1.iter().copied().take(start).collect::<Vec<u8>>();
        bytes.extend(noise);
        let _ = case.repair_files(&[&bytes]);
    }
}

#[test]
fn a_key_whose_primes_fill_the_file_is_refused_before_any_arithmetic() {
    let long = |tag: u8, contents: &[u8]| {
        let length = u32::try_from(contents.len()).expect("below 4 GiB").to_be_bytes();
        [&[tag, 0x84], length.as_slice(), contents].concat()
    };
    // DER wants the shortest length, and three bytes of it are enough for this file.
    let shortest = |tag: u8, contents: &[u8]| {
        let mut value = long(tag, contents);
        value.remove(2);
        value[1] = 0x83;
        value
    };
    let number = shortest(2, &vec![0x7f; 100_000]);
    let fields = [value(2, &[0]), number.clone(), value(2, &[3]), number.clone(), number.clone(), number];
    let key = shortest(0x30, &[fields.concat(), value(2, &[1]).repeat(3)].concat());
    let now = "2026-12-01T00:00:00Z".parse().expect("a time");
    let begin = Instant::now();
    let repair = repair(&[RepairFile { name: "key.der", bytes: &key }], None, &Context::at(now));
    assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
    assert_eq!(repair.problems.iter().map(|problem| problem.id).collect::<Vec<_>>(), ["unsupported-key-type"]);
}
