//! An end of validity that the appliance cannot read.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "not-after-beyond-2050",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Ask for a shorter validity if the certificate shall also be loaded onto the appliance.",
    source: "Known to break on the appliance: an end of validity beyond 2050; RFC 5280 section 4.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        if held.value.not_after.year() >= 2050 {
            let place = material.place(position).field("validity.notAfter");
            let message = "The certificate ends in 2050 or later, which some devices cannot read";
            let found = alloc::format!("{}", held.value.not_after);
            findings.push(Finding::new(&RULE, message, place).found(found).wanted("a time before 2050"));
        }
    }
}
