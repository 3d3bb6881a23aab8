//! Judged without knowing the trusted CA list: offline, and never signed in.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "trust-list-unknown",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Sign in once while the node can be reached: the list is then kept for judging offline. Or give the CA files here.",
    source: "Managing the Trusted CA Certificate List",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((_, place)) = material.leaf() else { return };
    if material.trusted.is_none() {
        let message = "The trusted CA list is unknown here, so the chain of trust was not judged";
        findings.push(Finding::new(&RULE, message, place));
    }
}
