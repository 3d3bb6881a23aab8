//! Certificates and lists as they come, in any number.
#![no_main]

use certway_core::{PeerName, Profile, Purpose, VerifyRequest, verify};
use certway_fuzz::Parts;

certway_fuzz::target!(|input: &[u8]| {
    let Some((&settings, rest)) = input.split_first() else { return };
    let parts = Parts::read(rest);
    let answer = verify(&VerifyRequest {
        untrusted: &parts.every(1),
        crls: &parts.every(3),
        purpose: if settings & 1 == 0 { Purpose::Any } else { Purpose::Server },
        profile: if settings & 2 == 0 { Profile::Path } else { Profile::Strict },
        name: (settings & 4 != 0).then_some(PeerName::Dns("expe1.example.com")),
        ..VerifyRequest::of(
            parts.first(0).unwrap_or_default(),
            &parts.every(2),
            "2026-11-24T00:00:00Z".parse().expect("a time"),
        )
    });
    assert!(answer.attempts.len() <= certway_core::limits::ATTEMPTS);
});
