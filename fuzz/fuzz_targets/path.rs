//! A chain whose signatures are good and whose extensions are the input's: what comes after the signatures is reached.
#![no_main]

use certway_core::{InitialPolicies, Profile, Purpose, VerifyRequest, verify};
use certway_fuzz::{Parts, chain};

certway_fuzz::target!(|input: &[u8]| {
    let Some((&settings, rest)) = input.split_first() else { return };
    let parts = Parts::read(rest);
    let extensions: Vec<&[u8]> = (0..3).map(|level| parts.first(level).unwrap_or_default()).collect();
    let certificates = chain::certificates(&extensions);
    let lists: Vec<Vec<u8>> = parts.every(3).into_iter().map(chain::list).collect();
    let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let flag = |bit: u8| settings & bit != 0;
    let _ = verify(&VerifyRequest {
        untrusted: &[&certificates[1]],
        crls: &lists,
        purpose: if flag(1) { Purpose::Server } else { Purpose::Any },
        profile: if flag(2) { Profile::Strict } else { Profile::Path },
        policies: InitialPolicies {
            accepted: if flag(4) { &["1.3.6.1.4.1.99999.1.1"] } else { &[] },
            require_explicit: flag(8),
            inhibit_mapping: flag(16),
            inhibit_any: flag(32),
        },
        ..VerifyRequest::of(&certificates[0], &[&certificates[2]], "2026-11-24T00:00:00Z".parse().expect("a time"))
    });
});
