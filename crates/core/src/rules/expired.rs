//! A certificate past its end of validity.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "expired",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Ask for a new certificate. If it was issued lately, check the clock of this machine.",
    source: "RFC 5280 section 4.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (certificate, place) in material.judged_for_validity() {
        if material.now > certificate.not_after {
            let message = alloc::format!("{} has expired", material.named(certificate));
            let place = place.field("validity.notAfter");
            let wanted = alloc::format!("a time after {}", material.now);
            findings.push(
                Finding::new(&RULE, message, place).found(alloc::format!("{}", certificate.not_after)).wanted(wanted),
            );
        }
    }
}
