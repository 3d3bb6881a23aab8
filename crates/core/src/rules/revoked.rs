//! A certificate of the path that a revocation list names.

use super::{Finding, Findings, Material, Rule, Severity, ca_not_recognised};
use crate::chain::Fault;

pub(super) static RULE: Rule = Rule {
    id: "revoked",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Ask for a new certificate with a new key, unless you know why it was revoked and that the key is safe.",
    source: "RFC 5280 section 6.3",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((_, leaf_place)) = material.leaf() else { return };
    let problems = material.outcome.iter().flat_map(|outcome| &outcome.problems);
    for problem in problems.filter(|problem| problem.fault == Fault::Revoked) {
        let place = ca_not_recognised::place(material, problem).unwrap_or_else(|| leaf_place.clone());
        let message = alloc::format!("The certificate '{}' is revoked: {}", problem.certificate, problem.message);
        findings.push(
            Finding::new(&RULE, message, place).found(problem.certificate.as_str()).wanted("a certificate in force"),
        );
    }
}
