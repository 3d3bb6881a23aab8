//! A common name that is not among the alternative names, which are all that today's clients look at.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::fqdn;
use crate::parsed::general_name::GeneralName;

pub(super) static RULE: Rule = Rule {
    id: "cn-not-in-san",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Ask for a certificate that has its common name among the subject alternative names as well.",
    source: "RFC 9525 section 2; CA/Browser Forum Baseline Requirements 7.1.4.3",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    let Some(name) = leaf.subject.common_name().filter(|name| fqdn::is_fqdn(name)) else { return };
    let same = |found: GeneralName<'_>| match found {
        GeneralName::Dns(bytes) => bytes.eq_ignore_ascii_case(name.as_bytes()),
        _ => false,
    };
    if !leaf.extensions.alternative_names().any(same) {
        let message = "The common name is not repeated among the subject alternative names: clients look only there";
        let place = place.field("subjectAltName");
        findings.push(Finding::new(&RULE, message, place).wanted(alloc::format!("the dNSName {name}")));
    }
}
