//! The chain of trust in the certificate file, where the appliance wants the server certificate alone.

use super::{Finding, Findings, Material, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "chain-in-file",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done. To be tidy, keep the server certificate alone in this file and append the CAs to the trusted CA list.",
    source: "Known to break on the appliance: the whole chain in the server certificate file",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, _)) = material.leaf() else { return };
    let extra = material.certificates.iter().position(|held| held.value.der != leaf.der);
    if let Some(first) = extra {
        let count = material.certificates.len();
        let message =
            "The file has other certificates beside the server certificate; they are used to complete the chain";
        let found = alloc::format!("{count} certificates");
        findings.push(
            Finding::new(&RULE, message, material.place(first)).found(found).wanted("the server certificate alone"),
        );
    }
}
