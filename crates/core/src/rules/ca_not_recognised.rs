//! No path from the certificate to a root of the trusted CA list; one finding for each reason.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::chain::{Fault, Problem};
use crate::report::Place;

pub(super) static RULE: Rule = Rule {
    id: "ca-not-recognised",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Append the missing CA certificates, up to the root, to the trusted CA list; the certificate then loads by itself.",
    source: "Warning messages that may be displayed, third case; Loading a Server Certificate and Private Key, first note",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((_, leaf_place)) = material.leaf() else { return };
    let Some(outcome) = &material.outcome else { return };
    for problem in outcome.problems.iter().filter(|problem| is_of_the_path(problem)) {
        let place = place(material, problem).unwrap_or_else(|| leaf_place.clone());
        let message = alloc::format!(
            "The certification authority (CA) is not recognized: of '{}': {}",
            problem.certificate,
            problem.message
        );
        let wanted = "a full chain of trust to a root in the trusted CA list";
        findings.push(Finding::new(&RULE, message, place).found(problem.certificate.as_str()).wanted(wanted));
    }
}

/// The leaf's own validity, extensions and revocation have rules of their own.
fn is_of_the_path(problem: &Problem) -> bool {
    match problem.fault {
        Fault::Revoked => false,
        Fault::Expired | Fault::NotYetValid | Fault::UnknownCriticalExtension => problem.index != Some(0),
        _ => true,
    }
}

/// Where the certificate at fault stands, if it came with the file: the pool has the leaf first, then the others.
pub(super) fn place(material: &Material<'_>, problem: &Problem) -> Option<Place> {
    let index = problem.index?;
    let leaf = material.leaf?;
    let others = (0..material.certificates.len()).filter(|&position| position != leaf);
    core::iter::once(leaf).chain(others).nth(index).map(|position| material.place(position))
}
