//! A revocation list whose successor is due: what it does not say is unknown.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "crl-expired",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Get the current list from the CA and upload it.",
    source: "RFC 5280 section 5.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (crl, place) in material.judged_crls() {
        if let Some(next) = crl.next_update.filter(|&next| next < material.now) {
            let message =
                alloc::format!("The certificate revocation list (CRL) of '{}' has expired", crl.issuer.text());
            let wanted = alloc::format!("a list whose next update is after {}", material.now);
            let place = place.field("nextUpdate");
            findings.push(Finding::new(&RULE, message, place).found(alloc::format!("{next}")).wanted(wanted));
        }
    }
}
