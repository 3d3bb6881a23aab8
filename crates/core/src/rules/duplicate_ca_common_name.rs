//! Two different CA certificates with the same common name.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::{Finding, Findings, Material, Rule, Severity};
use crate::decode::sha256;
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-ca-common-name",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Keep one of the two. If this one replaces the other, delete the other after all certificates it issued are replaced.",
    source: "Introduction, second note: no multiple CA certificates with the same common name",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind != Kind::TrustedCa {
        return;
    }
    let mut first: BTreeMap<String, &[u8]> = BTreeMap::new();
    for certificate in material.trusted.iter().flatten() {
        if let Some(name) = certificate.subject.common_name() {
            first.entry(name.to_lowercase()).or_insert(certificate.der);
        }
    }
    for &position in &material.added {
        let certificate = &material.certificates[position].value;
        let Some(name) = certificate.subject.common_name() else { continue };
        let known = *first.entry(name.to_lowercase()).or_insert(certificate.der);
        if known != certificate.der {
            let name = crate::text::printable(&name);
            let message = alloc::format!(
                "Another CA certificate has the common name '{name}' too: endpoints may fail to log in when they are \
                 authenticated by an external IdP"
            );
            let place = material.place(position).field("subject.commonName");
            let found = alloc::format!("SHA-256 {} and SHA-256 {}", sha256(known), sha256(certificate.der));
            findings.push(
                Finding::new(&RULE, message, place).found(found).wanted("one CA certificate for each common name"),
            );
        }
    }
}
