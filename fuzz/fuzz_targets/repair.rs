//! Bundles, encrypted keys and files in other forms: taken apart, with a passphrase and without.
#![no_main]

use certway_core::{Context, RepairFile, repair};
use certway_fuzz::{LONGEST, LONGEST_WITH_A_PASSPHRASE};

certway_fuzz::fuzz_target!(|bytes: &[u8]| {
    let context = Context::at("2026-11-24T00:00:00Z".parse().expect("a time"));
    let files = [RepairFile { name: "file", bytes }];
    certway_fuzz::within(LONGEST, || drop(repair(&files, None, &context)));
    certway_fuzz::within(LONGEST_WITH_A_PASSPHRASE, || drop(repair(&files, Some("correct horse"), &context)));
});
