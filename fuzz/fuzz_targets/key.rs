//! One private key's DER, under each label that keys have, beside a certificate.
#![no_main]

use certway_core::{Context, Kind, Upload, judge, pem};

const CERTIFICATE: &[u8] = include_bytes!("../../corpus/shared/issuing.pem");

certway_fuzz::target!(|der: &[u8]| {
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let key = pem::encode(label, der);
        let upload = Upload { private_key: Some(key.as_bytes()), ..Upload::of(Kind::ServerCertificate, CERTIFICATE) };
        let report = judge(&upload, &Context::at(now));
        assert!(!report.findings.is_empty(), "no key fits this certificate");
    }
});
