//! No key that could belong to the certificate.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "key-missing",
    severity: Severity::Error,
    alarm: false,
    remedy: "Upload the private key that the request for this certificate was made with.",
    source: "Loading a Server Certificate and Private Key, step 3",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let keys = &material.keys;
    if material.leaf.is_some() && !keys.is_uploaded && !keys.is_csr_in_progress && keys.current.is_none() {
        let message = "There is no private key for this certificate: none was uploaded, no certificate signing request is in \
                       progress, and no key is in use";
        findings.push(
            Finding::new(&RULE, message, Place::file(Part::PrivateKey)).wanted("the private key of the certificate"),
        );
    }
}
