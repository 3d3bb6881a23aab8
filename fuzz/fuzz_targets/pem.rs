//! Text with blocks in it, and files in other forms that are named instead.
#![no_main]

use certway_core::{Context, Kind, Upload, judge, show::show};

certway_fuzz::target!(|file: &[u8]| {
    let _ = show(file);
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let report = judge(&Upload::of(Kind::ServerCertificate, file), &Context::at(now));
    assert!(report.findings.is_sorted_by_key(|finding| finding.rule.severity));
});
