//! One request's DER, as the request in progress beside an upload and as a file to show.
#![no_main]

use certway_core::{Context, Kind, Upload, judge, pem, show::show};

const CERTIFICATE: &[u8] = include_bytes!("../../corpus/shared/issuing.pem");

certway_fuzz::target!(|der: &[u8]| {
    let request = pem::encode("CERTIFICATE REQUEST", der);
    let _ = show(request.as_bytes());
    let context =
        Context { csr: Some(request.as_bytes()), ..Context::at("2026-11-24T00:00:00Z".parse().expect("a time")) };
    let _ = judge(&Upload::of(Kind::ServerCertificate, CERTIFICATE), &context);
});
