//! Attributes in a name that some devices do not know.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::oid;

pub(super) static RULE: Rule = Rule {
    id: "unknown-subject-attribute",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Ask for a certificate whose subject has only the usual attributes if a device refuses this one.",
    source: "Known to break on the appliance: unknown OIDs in subject or issuer",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    let names = [("subject", leaf.subject), ("issuer", leaf.issuer)];
    for (field, attribute) in names.iter().flat_map(|(field, name)| name.attributes().map(move |a| (field, a))) {
        if oid::known(attribute.oid).is_none() {
            let oid = oid::dotted(attribute.oid);
            let message = alloc::format!("The {field} has an attribute that is not widely known");
            let place = place.clone().field(alloc::format!("{field}[{oid}]"));
            findings.push(Finding::new(&RULE, message, place).found(oid));
        }
    }
}
