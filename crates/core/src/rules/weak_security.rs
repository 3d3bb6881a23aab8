//! Keys, signatures and lifetimes that are not of the level of security that is asked.

use alloc::string::String;

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::judge::Kind;
use crate::parsed::certificate::Certificate;
use crate::security::{self, Requirements};

pub(super) static RULE: Rule = Rule {
    id: "weak-security",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask for a certificate with an RSA key of at least 2048 bits or a P-256 key, signed with SHA-256 or better.",
    source: "Warning messages that may be displayed, first case; NIST SP 800-131A",
};

const CLAIM: &str = "does not have an acceptable level of security";

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if matches!(material.kind, Kind::PrivateKey | Kind::Crl) {
        return;
    }
    for (position, held) in material.certificates.iter().enumerate() {
        judge(&held.value, "The certificate", &material.place(position), material.asked, findings);
    }
    // The weakest link of the chain counts, also where it comes from the list.
    let Some((leaf, place)) = material.leaf() else { return };
    judge_lifetime(leaf, &place, material.asked, findings);
    for certificate in material.listed_cas() {
        let what = if certificate.is_root() { "root" } else { "intermediate CA" };
        let name = alloc::format!("The {what} certificate '{}'", certificate.subject.text());
        judge(certificate, &name, &place, material.asked, findings);
    }
}

fn judge(certificate: &Certificate<'_>, name: &str, place: &Place, asked: &Requirements, findings: &mut Findings) {
    if let Some(weakness) = security::key_weakness(&certificate.public_key, asked) {
        let place = place.clone().field("subjectPublicKeyInfo");
        let message = alloc::format!("{name} {CLAIM}: its key is {weakness}");
        findings.push(Finding::new(&RULE, message, place).found(weakness).wanted(asked.keys).remedy(remedy(asked)));
    }
    if let Some(algorithm) = security::signature_weakness(certificate, asked) {
        let place = place.clone().field("signatureAlgorithm");
        let message = alloc::format!("{name} {CLAIM}: it is signed with {algorithm}");
        findings.push(Finding::new(&RULE, message, place).found(algorithm).wanted(asked.hashes).remedy(remedy(asked)));
    }
}

fn judge_lifetime(leaf: &Certificate<'_>, place: &Place, asked: &Requirements, findings: &mut Findings) {
    let Some(days) = security::exceeded_lifetime(leaf, asked) else { return };
    let found = (security::lifetime_seconds(leaf) + 86_399) / 86_400;
    let message = alloc::format!("The certificate {CLAIM}: it is valid for {found} days");
    let finding = Finding::new(&RULE, message, place.clone().field("validity"))
        .found(alloc::format!("{found} days"))
        .wanted(alloc::format!("at most {days} days for a certificate that begins on {}", leaf.not_before));
    findings
        .push(finding.remedy("Ask for a certificate with a shorter life, and have it renewed in time by a program."));
}

/// What to ask the CA for, at this level.
fn remedy(asked: &Requirements) -> String {
    alloc::format!("Ask for a certificate with {}, signed with {}.", asked.keys, asked.hashes)
}
