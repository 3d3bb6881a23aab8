//! A certificate for the trusted CA list that is not a CA's.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "not-a-ca",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Append the certificate of the CA that issued it instead; this one cannot vouch for any other.",
    source: "Managing the Trusted CA Certificate List; RFC 5280 section 4.2.1.9",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind != Kind::TrustedCa {
        return;
    }
    for (position, held) in material.certificates.iter().enumerate().filter(|(_, held)| !held.value.is_ca()) {
        let place = material.place(position).field("basicConstraints");
        let message = alloc::format!("The certificate '{}' is not that of a CA", held.value.subject.text());
        findings
            .push(Finding::new(&RULE, message, place).found("cA: FALSE, or no basicConstraints").wanted("cA: TRUE"));
    }
}
