//! A common name that is a host name or an address.

use super::{Finding, Findings, Material, Rule, Severity, san_not_fqdn};
use crate::fqdn;
use crate::judge::Wildcards;
use crate::oid;
use crate::text::printable;

pub(super) static RULE: Rule = Rule {
    id: "cn-not-fqdn",
    severity: Severity::Error,
    alarm: false,
    remedy: "Ask for a certificate whose common name is the fully qualified domain name of the node.",
    source: "Loading a Server Certificate and Private Key, step 2, note 2",
};

const MESSAGE: &str = "File upload failed.: Common name must be a valid FQDN";

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    for attribute in leaf.subject.values(oid::COMMON_NAME) {
        let name = attribute.text();
        let wildcard = material.wildcards == Wildcards::Warn && fqdn::is_wildcard(&name);
        if name.is_empty() || fqdn::is_fqdn(&name) || wildcard {
            continue;
        }
        let wanted = alloc::format!("{}; {}", san_not_fqdn::WANTED, fqdn::objection(&name));
        let place = place.clone().field("subject.commonName");
        findings.push(Finding::new(&RULE, MESSAGE, place).found(printable(&name)).wanted(wanted));
    }
}
