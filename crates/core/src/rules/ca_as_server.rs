//! A CA's certificate where a server's belongs.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "ca-as-server",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask for a certificate for the node itself. Whoever has the key of this one can issue certificates for every name.",
    source: "RFC 5280 section 4.2.1.9",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    if leaf.is_ca() {
        let place = place.field("basicConstraints");
        let message = "The certificate is that of a certification authority (CA), not of a server";
        findings
            .push(Finding::new(&RULE, message, place).found("cA: TRUE").wanted("cA: FALSE, or no basicConstraints"));
    }
}
