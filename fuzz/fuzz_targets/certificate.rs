//! One certificate's DER: decoded, and held against itself as leaf, issuer and anchor.
#![no_main]

use certway_core::{Profile, Purpose, VerifyRequest, decode_certificates, pem, verify};

certway_fuzz::target!(|der: &[u8]| {
    let shown = decode_certificates(der);
    let again = decode_certificates(pem::encode("CERTIFICATE", der).as_bytes());
    assert_eq!(shown.is_empty(), again.is_empty(), "PEM and DER are read alike");
    let at = "2026-11-24T00:00:00Z".parse().expect("a time");
    let (profile, purpose) = (Profile::Strict, Purpose::Server);
    let _ = verify(&VerifyRequest { profile, purpose, ..VerifyRequest::of(der, &[der], at) });
    let _ = verify(&VerifyRequest { untrusted: &[der], ..VerifyRequest::of(der, &[], at) });
});
