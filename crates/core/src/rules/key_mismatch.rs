//! The key does not belong to the certificate: their public halves differ.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::decoded::KeyOrigin;
use crate::judge::Kind;
use crate::parsed::public_key::PublicKey;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "key-mismatch",
    severity: Severity::Error,
    alarm: false,
    remedy: "Upload the private key that the request for this certificate was made with, or ask for a new certificate.",
    source: "Loading a Server Certificate and Private Key, step 3",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some(key) = material.keys.relevant().and_then(|spki| PublicKey::parse(spki).ok()) else { return };
    let certificate = match material.kind {
        Kind::PrivateKey => material.keys.certificate.as_deref().and_then(|spki| PublicKey::parse(spki).ok()),
        _ => material.leaf().map(|(leaf, _)| leaf.public_key),
    };
    let Some(certificate) = certificate.filter(|certificate| !certificate.matches(&key)) else { return };
    let mut found = describe(&key);
    let (message, place) = match material.keys.origin() {
        Some(KeyOrigin::Csr) => match material.keys.current.as_deref().and_then(|spki| PublicKey::parse(spki).ok()) {
            Some(current) => {
                found = alloc::format!("request: {found}; current private key: {}", describe(&current));
                (
                    "The certificate was issued neither for the certificate signing request in progress nor for the current private key",
                    Place::file(Part::Csr),
                )
            }
            None => (
                "The certificate was not issued for the certificate signing request in progress",
                Place::file(Part::Csr),
            ),
        },
        Some(KeyOrigin::Current) => (
            "No private key was uploaded, and the current private key does not belong to this certificate",
            Place::file(Part::PrivateKey),
        ),
        Some(KeyOrigin::Uploaded) | None => {
            let place = material.keys.uploaded.as_ref();
            let place =
                place.map_or(Place::file(Part::PrivateKey), |key| Place::block(Part::PrivateKey, key.block, key.line));
            ("The private key does not belong to the certificate", place)
        }
    };
    findings.push(Finding::new(&RULE, message, place).found(found).wanted(describe(&certificate)));
}

fn describe(key: &PublicKey<'_>) -> alloc::string::String {
    let bits = if key.bits() > 0 { alloc::format!(" ({} bits)", key.bits()) } else { alloc::string::String::new() };
    alloc::format!("{}{bits} with public key SHA-256 {}", key.algorithm(), key.fingerprint())
}
