//! A CA certificate that looks like the successor of one in the list. Both stay.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::decode::sha256;
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "same-issuer-and-subject",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Both stay in the list. If this one replaces the other, delete the other by hand.",
    source: "Managing the Trusted CA Certificate List: previous certificates are deleted manually",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind != Kind::TrustedCa {
        return;
    }
    for &position in &material.added {
        let certificate = &material.certificates[position].value;
        let mut listed = material.trusted.iter().flatten();
        let twin = listed
            .find(|other| other.subject.raw == certificate.subject.raw && other.issuer.raw == certificate.issuer.raw);
        if let Some(twin) = twin {
            let message = "A CA certificate with the same issuer and subject is in the list already; both stay";
            let found = alloc::format!("SHA-256 {} and SHA-256 {}", sha256(twin.der), sha256(certificate.der));
            findings.push(Finding::new(&RULE, message, material.place(position)).found(found));
        }
    }
}
