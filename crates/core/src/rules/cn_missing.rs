//! A subject without a common name.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::oid;

pub(super) static RULE: Rule = Rule {
    id: "cn-missing",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Ask for a certificate with the node's fully qualified domain name as its common name, if you use one of these services.",
    source: "Warning messages that may be displayed, second case",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    if leaf.subject.values(oid::COMMON_NAME).all(|attribute| attribute.value.is_empty()) {
        let message = "The certificate is missing a common name (CN) attribute. These services do not work without it: MRA, \
                       Jabber Guest, and the Web Proxy for Cisco Meeting Server";
        let place = place.field("subject.commonName");
        findings.push(Finding::new(&RULE, message, place).found(leaf.subject.text()).wanted("a common name"));
    }
}
