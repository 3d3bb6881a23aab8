//! A whole judgement: an upload of any kind with all that it depends on, each from the input.
#![no_main]

use certway_core::{Accepted, Context, Kind, SecurityLevel, Severity, Upload, Wildcards, judge};
use certway_fuzz::Parts;

const KINDS: [Kind; 5] =
    [Kind::ServerCertificate, Kind::ClientCertificate, Kind::PrivateKey, Kind::TrustedCa, Kind::Crl];

certway_fuzz::target!(|input: &[u8]| {
    let Some((&kind, rest)) = input.split_first() else { return };
    let parts = Parts::read(rest);
    let (trusted, crls) = (parts.every(2), parts.every(3));
    let context = Context {
        now: "2026-11-24T00:00:00Z".parse().expect("a time"),
        trusted_cas: (kind & 0x80 == 0).then_some(trusted.as_slice()),
        crls: &crls,
        current_key: parts.first(4),
        csr: parts.first(5),
        wildcards: if kind & 0x40 == 0 { Wildcards::Refuse } else { Wildcards::Warn },
        security_level: SecurityLevel::ALL[usize::from(kind >> 4 & 3)],
    };
    let upload = Upload {
        kind: KINDS[usize::from(kind) % KINDS.len()],
        file: parts.first(0).unwrap_or_default(),
        private_key: parts.first(1),
        certificate: parts.first(6),
    };
    let report = judge(&upload, &context);
    let refused = report.findings.iter().any(|finding| finding.rule.severity == Severity::Error);
    assert!(!(refused && report.loadable));
    match report.into_accepted() {
        Some(Accepted::Certificate(accepted)) => assert!(!refused && (!accepted.loadable() || accepted.signable())),
        Some(_) => assert!(!refused),
        None => {}
    }
});
