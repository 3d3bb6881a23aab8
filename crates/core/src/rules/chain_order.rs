//! Certificates in another order than leaf, its issuer, and so on upwards.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "chain-order",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done: handshakes send the right order. Other servers may need the file reordered.",
    source: "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some(leaf) = material.leaf else { return };
    let certificates = &material.certificates;
    let misplaced = if leaf > 0 {
        Some(0)
    } else {
        // A certificate that did not issue the one before it, though another of the file did.
        (1..certificates.len()).find(|&position| {
            let (before, here) = (&certificates[position - 1].value, &certificates[position].value);
            let follows = here.subject.matches(&before.issuer) || here.der == before.der;
            let elsewhere = certificates
                .iter()
                .any(|held| held.value.der != before.der && held.value.subject.matches(&before.issuer));
            !follows && elsewhere && !before.is_self_issued()
        })
    };
    if let Some(position) = misplaced {
        let message = "The certificates of the file are not in the order of the chain";
        let wanted = "the server certificate first, then each issuer after the certificate that it issued";
        let found = alloc::format!("'{}' as certificate {}", certificates[position].value.subject.text(), position + 1);
        findings.push(Finding::new(&RULE, message, material.place(position)).found(found).wanted(wanted));
    }
}
