//! Certificates that a CA should not have issued as they are. They validate, and strict peers may refuse them all the same.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::chain::{Role, issuing};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "issued-against-the-rules",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done here. If a peer refuses the certificate, show this to the CA and ask for another one.",
    source: "RFC 5280 section 4; CA/Browser Forum Baseline Requirements 7.1.2",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        let certificate = &held.value;
        let role = match material.kind {
            _ if material.leaf == Some(position) && !certificate.is_ca() => Role::Leaf,
            Kind::TrustedCa if certificate.is_root() => Role::Anchor,
            Kind::TrustedCa if certificate.is_ca() => Role::Issuer,
            _ => continue,
        };
        for message in issuing(certificate, role) {
            let message = alloc::format!("{} was not issued by the rules: {message}", material.named(certificate));
            findings.push(Finding::new(&RULE, message, material.place(position)));
        }
    }
}
