//! A key uploaded while a request, which has its own, is in progress.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "key-while-csr-in-progress",
    severity: Severity::Error,
    alarm: false,
    remedy: "Upload the certificate without a key if it was issued for the request in progress; otherwise discard the request first.",
    source: "Loading a Server Certificate and Private Key, step 3: no private key while a certificate signing request is in progress",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.keys.is_uploaded && material.keys.is_csr_in_progress {
        let message = "You cannot upload a server private key if a certificate signing request is in progress";
        findings.push(Finding::new(&RULE, message, Place::file(Part::PrivateKey)).wanted("no private key"));
    }
}
