//! One revocation list's DER: judged alone, and held against a chain.
#![no_main]

use certway_core::{Context, Kind, Upload, VerifyRequest, judge, pem, verify};

const ROOT: &[u8] = include_bytes!("../../corpus/shared/root.pem");
const ISSUING: &[u8] = include_bytes!("../../corpus/shared/issuing.pem");

certway_fuzz::target!(|der: &[u8]| {
    let list = pem::encode("X509 CRL", der);
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let _ = judge(&Upload::of(Kind::Crl, list.as_bytes()), &Context { trusted_cas: Some(&[ROOT]), ..Context::at(now) });
    let _ = verify(&VerifyRequest { crls: &[der], ..VerifyRequest::of(ISSUING, &[ROOT], now) });
});
