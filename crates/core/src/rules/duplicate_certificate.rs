//! The same certificate twice in a certificate file.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-certificate",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done: it is used once. Other servers may need it removed.",
    source: "RFC 8446 section 4.4.2",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind == Kind::TrustedCa {
        return;
    }
    for (position, held) in material.certificates.iter().enumerate() {
        let earlier = &material.certificates[..position];
        if earlier.iter().any(|other| other.value.der == held.value.der) {
            let message = "The same certificate stands in the file twice";
            findings.push(Finding::new(&RULE, message, material.place(position)).found(held.value.subject.text()));
        }
    }
}
