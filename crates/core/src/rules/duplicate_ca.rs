//! A CA certificate that is in the list already, or twice in the file.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-ca",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done: it is counted as known and left as it is.",
    source: "Managing the Trusted CA Certificate List: new certificates are appended",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind != Kind::TrustedCa {
        return;
    }
    let mut added = material.added.iter().copied().peekable();
    for (position, held) in material.certificates.iter().enumerate() {
        if added.next_if_eq(&position).is_some() {
            continue;
        }
        let place = material.place(position);
        let listed = material.trusted.iter().flatten().any(|certificate| certificate.der == held.value.der);
        let message = if listed {
            "The CA certificate is in the trusted CA list already"
        } else {
            "The CA certificate stands in the file twice"
        };
        findings.push(Finding::new(&RULE, message, place).found(held.value.subject.text()));
    }
}
