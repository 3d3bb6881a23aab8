//! A certificate before its start of validity.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "not-yet-valid",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Wait until then; it loads by itself. If that time has passed, the clock of this machine is wrong.",
    source: "RFC 5280 section 4.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (certificate, place) in material.judged_for_validity() {
        if material.now < certificate.not_before {
            let message = alloc::format!("{} is not yet valid", material.named(certificate));
            let place = place.field("validity.notBefore");
            let wanted = alloc::format!("a time before {}", material.now);
            findings.push(
                Finding::new(&RULE, message, place).found(alloc::format!("{}", certificate.not_before)).wanted(wanted),
            );
        }
    }
}
