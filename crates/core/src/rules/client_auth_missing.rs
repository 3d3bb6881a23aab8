//! A certificate for servers only in the client certificate's place.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;
use crate::oid;

pub(super) static RULE: Rule = Rule {
    id: "client-auth-missing",
    severity: Severity::Error,
    alarm: false,
    remedy: "Ask a CA that issues clientAuth (your own; public ones no longer do) for a certificate with it.",
    source: "RFC 5280 section 4.2.1.12",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf().filter(|_| material.kind == Kind::ClientCertificate) else { return };
    if !leaf.extensions.allows(oid::CLIENT_AUTH) {
        let found: alloc::vec::Vec<_> =
            leaf.extensions.extended_key_usages().into_iter().flatten().map(oid::name).collect();
        let message = "The certificate cannot act as a client: its extended key usage lacks clientAuth";
        let place = place.field("extKeyUsage");
        findings.push(Finding::new(&RULE, message, place).found(found.join(", ")).wanted("clientAuth"));
    }
}
