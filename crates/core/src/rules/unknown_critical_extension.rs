//! A critical extension that nobody here understands, so that others will refuse the certificate.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::chain::checks::unknown_critical;
use crate::judge::Kind;
use crate::oid;

pub(super) static RULE: Rule = Rule {
    id: "unknown-critical-extension",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Ask the CA for a certificate without this extension, or with the extension not marked critical.",
    source: "RFC 5280 section 4.2",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        // A chain's other certificates are judged with the path.
        if material.kind != Kind::TrustedCa && material.leaf != Some(position) {
            continue;
        }
        for unknown in unknown_critical(&held.value) {
            let name = oid::name(unknown);
            let place = material.place(position).field(alloc::format!("extensions[{name}]"));
            let message = alloc::format!(
                "The extension {name} is critical and not understood: clients refuse such a certificate"
            );
            findings.push(Finding::new(&RULE, message, place).found(name).wanted("no unknown critical extension"));
        }
    }
}
