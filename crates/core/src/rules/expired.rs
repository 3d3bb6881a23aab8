//! A certificate past its end of validity.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "expired",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Ask for a new certificate. If it was issued lately, check the clock of this machine.",
    source: "RFC 5280 section 4.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        let judged = material.kind == Kind::TrustedCa || material.leaf == Some(position);
        if judged && material.now > held.value.not_after {
            let message = if material.kind == Kind::TrustedCa {
                alloc::format!("The CA certificate '{}' has expired", held.value.subject.text())
            } else {
                alloc::string::String::from("The certificate has expired")
            };
            let place = material.place(position).field("validity.notAfter");
            let wanted = alloc::format!("a time after {}", material.now);
            findings.push(
                Finding::new(&RULE, message, place).found(alloc::format!("{}", held.value.not_after)).wanted(wanted),
            );
        }
    }
}
