//! Bundles, encrypted keys and files in other forms: taken apart, with a passphrase and without.
#![no_main]

use certway_core::{Context, RepairFile, repair};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let context = Context::at("2026-11-24T00:00:00Z".parse().expect("a time"));
    let files = [RepairFile { name: "file", bytes }];
    let _ = repair(&files, None, &context);
    let _ = repair(&files, Some("correct horse"), &context);
});
