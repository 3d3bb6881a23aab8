//! A wildcard, where the node's settings let it pass.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::fqdn;
use crate::judge::Wildcards;
use crate::parsed::general_name::GeneralName;

pub(super) static RULE: Rule = Rule {
    id: "wildcard",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask for a certificate with the full names of this node: one stolen key then harms one node only.",
    source: "Wildcard certificates are not supported by the appliance; a setting of this node lets them pass",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf().filter(|_| material.wildcards == Wildcards::Warn) else { return };
    let names = leaf.extensions.alternative_names().filter(|name| matches!(name, GeneralName::Dns(_)));
    for (position, name) in names.enumerate().map(|(position, name)| (position, name.text())) {
        if fqdn::is_wildcard(&name) {
            let place = place.clone().field(alloc::format!("subjectAltName.dNSName[{position}]"));
            let message = "A subject alternative name is a wildcard";
            findings.push(Finding::new(&RULE, message, place).found(name).wanted("the node's own name"));
        }
    }
}
