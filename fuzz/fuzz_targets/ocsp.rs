//! A responder's answer, and a certificate that is asked about.
#![no_main]

use certway_core::{OcspHash, ocsp_request, ocsp_response};

const ISSUER: &[u8] = include_bytes!("../../crates/core/tests/ocsp/ca.der");
const LEAF: &[u8] = include_bytes!("../../crates/core/tests/ocsp/leaf.der");

certway_fuzz::target!(|bytes: &[u8]| {
    let now = "2026-11-24T00:00:00Z".parse().expect("a time");
    let request = ocsp_request(LEAF, ISSUER, &[7; 32], OcspHash::Sha256).expect("both are certificates");
    let _ = ocsp_response(bytes, &request, ISSUER, &[bytes], now);
    let _ = ocsp_response(bytes, &request, bytes, &[], now);
    let _ = ocsp_request(bytes, ISSUER, &[7; 32], OcspHash::Sha1);
});
