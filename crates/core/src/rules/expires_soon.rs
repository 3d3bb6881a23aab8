//! A certificate whose end is near. The alarm clears by itself when another one is served.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::limits::EXPIRES_SOON_DAYS;

pub(super) static RULE: Rule = Rule {
    id: "expires-soon",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Ask for the next certificate now; there is still time to do it calmly.",
    source: "The appliance's expiry alarm, 21 days before the end",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    let valid = material.now <= leaf.not_after;
    if valid && leaf.not_after <= material.now.plus_days(EXPIRES_SOON_DAYS) {
        let days = (leaf.not_after.unix() - material.now.unix()) / 86_400;
        let message =
            alloc::format!("The certificate expires soon: in {days} {}", if days == 1 { "day" } else { "days" });
        let place = place.field("validity.notAfter");
        let wanted = alloc::format!("more than {EXPIRES_SOON_DAYS} days from now");
        findings.push(Finding::new(&RULE, message, place).found(alloc::format!("{}", leaf.not_after)).wanted(wanted));
    }
}
