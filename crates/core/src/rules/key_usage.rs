//! A key usage that forbids TLS.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::parsed::extensions::KeyUsage;

pub(super) static RULE: Rule = Rule {
    id: "key-usage",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask for a certificate whose key usage has digitalSignature (and keyEncipherment for an RSA key).",
    source: "RFC 8446 section 4.4.2.2; RFC 5280 section 4.2.1.3",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    let Some(usage) = leaf.extensions.key_usage.filter(|usage| !usage.has(KeyUsage::DIGITAL_SIGNATURE)) else { return };
    let message = "The key usage forbids TLS: it lacks digitalSignature";
    let place = place.field("keyUsage");
    findings.push(Finding::new(&RULE, message, place).found(usage.names().join(", ")).wanted("digitalSignature"));
}
