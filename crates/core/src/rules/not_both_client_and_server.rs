//! A server certificate that cannot be a client certificate too, or the other way round.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::judge::Kind;
use crate::oid;

pub(super) static RULE: Rule = Rule {
    id: "not-both-client-and-server",
    severity: Severity::Warning,
    alarm: false,
    remedy: "If the node also connects to others with this certificate (between Expressways, to Unified CM), ask your own CA for \
             one with both usages. Public CAs no longer issue clientAuth.",
    source: "Introduction, first item: able to act as both a client and server certificate",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf().filter(|_| material.kind == Kind::ServerCertificate) else { return };
    let Some(usages) = leaf.extensions.extended_key_usages() else { return };
    let missing = match (leaf.extensions.allows(oid::SERVER_AUTH), leaf.extensions.allows(oid::CLIENT_AUTH)) {
        (true, true) => return,
        (true, false) => "clientAuth",
        (false, true) => "serverAuth",
        (false, false) => "serverAuth and clientAuth",
    };
    let found: alloc::vec::Vec<_> = usages.map(oid::name).collect();
    let message =
        alloc::format!("The certificate cannot act as both client and server: its extended key usage lacks {missing}");
    let place = place.field("extKeyUsage");
    findings.push(Finding::new(&RULE, message, place).found(found.join(", ")).wanted("serverAuth and clientAuth"));
}
