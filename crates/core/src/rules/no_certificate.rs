//! A file that is PEM and has no certificate.

use super::{Finding, Place, Rule, Severity};
use crate::pem::Block;
use crate::report::Part;
use crate::text::printable;

pub(super) static RULE: Rule = Rule {
    id: "no-certificate",
    severity: Severity::Error,
    alarm: false,
    remedy: "Choose the file that has a -----BEGIN CERTIFICATE----- line.",
    source: "Loading a Server Certificate and Private Key, step 2",
};

pub(crate) fn finding(part: Part, found: Option<&Block<'_>>) -> Finding {
    let place = found.map_or(Place::file(part), |block| Place::block(part, block.index, block.line));
    let finding = Finding::new(&RULE, "The file has no certificate", place).wanted("a block labelled CERTIFICATE");
    match found.map(|block| block.label) {
        None => finding,
        Some("PKCS7" | "CMS") => finding
            .found("a PKCS#7 bundle")
            .remedy("Take the certificates out: openssl pkcs7 -in FILE -print_certs -out FILE.pem"),
        Some(label) if label.ends_with("CERTIFICATE REQUEST") => finding.found("a certificate signing request").remedy(
            "This is the request, not the certificate: send it to the certificate authority and upload what comes back.",
        ),
        Some(label) => finding.found(alloc::format!("a block labelled {}", printable(label))),
    }
}
