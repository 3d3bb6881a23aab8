//! Keys and signatures that are too weak by today's measure. The signature of a root proves nothing and is not judged.

use alloc::string::String;

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::judge::Kind;
use crate::oid;
use crate::parsed::certificate::Certificate;

pub(super) static RULE: Rule = Rule {
    id: "weak-security",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask for a certificate with an RSA key of at least 2048 bits or a P-256 key, signed with SHA-256 or better.",
    source: "Warning messages that may be displayed, first case; NIST SP 800-131A",
};

const WANTED_KEY: &str = "RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519";
const WANTED_SIGNATURE: &str = "SHA-256, SHA-384 or SHA-512";

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if matches!(material.kind, Kind::PrivateKey | Kind::Crl) {
        return;
    }
    for (position, held) in material.certificates.iter().enumerate() {
        judge(&held.value, "The certificate", &material.place(position), findings);
    }
    // The weakest link of the chain counts, also where it comes from the list.
    let Some((_, place)) = material.leaf() else { return };
    for certificate in material.listed_intermediates() {
        let name = alloc::format!("The intermediate CA certificate '{}'", certificate.subject.text());
        judge(certificate, &name, &place, findings);
    }
}

fn judge(certificate: &Certificate<'_>, name: &str, place: &Place, findings: &mut Findings) {
    const CLAIM: &str = "does not have an acceptable level of security";
    if let Some(weakness) = certificate.public_key.weakness() {
        let place = place.clone().field("subjectPublicKeyInfo");
        let message = alloc::format!("{name} {CLAIM}: its key is {weakness}");
        findings.push(Finding::new(&RULE, message, place).found(weakness).wanted(WANTED_KEY));
    }
    if let Some(algorithm) = weak_signature(certificate) {
        let place = place.clone().field("signatureAlgorithm");
        let message = alloc::format!("{name} {CLAIM}: it is signed with {algorithm}");
        findings.push(Finding::new(&RULE, message, place).found(algorithm).wanted(WANTED_SIGNATURE));
    }
}

/// The name of a signature algorithm with MD2, MD5 or SHA-1, unless the certificate is a root.
fn weak_signature(certificate: &Certificate<'_>) -> Option<String> {
    let weak = matches!(
        certificate.signature_algorithm.oid,
        oid::MD2_WITH_RSA | oid::MD5_WITH_RSA | oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 | oid::DSA_WITH_SHA1
    );
    (weak && !certificate.is_root()).then(|| oid::name(certificate.signature_algorithm.oid))
}
