//! A certificate before its start of validity.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "not-yet-valid",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Wait until then; it loads by itself. If that time has passed, the clock of this machine is wrong.",
    source: "RFC 5280 section 4.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        let judged = material.kind == Kind::TrustedCa || material.leaf == Some(position);
        if judged && material.now < held.value.not_before {
            let message = if material.kind == Kind::TrustedCa {
                alloc::format!("The CA certificate '{}' is not yet valid", held.value.subject.text())
            } else {
                alloc::string::String::from("The certificate is not yet valid")
            };
            let place = material.place(position).field("validity.notBefore");
            let wanted = alloc::format!("a time before {}", material.now);
            findings.push(
                Finding::new(&RULE, message, place).found(alloc::format!("{}", held.value.not_before)).wanted(wanted),
            );
        }
    }
}
