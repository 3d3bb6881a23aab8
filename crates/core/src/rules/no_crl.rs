//! A file that is PEM and has no revocation list.

use super::{Finding, Place, Rule, Severity};
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "no-crl",
    severity: Severity::Error,
    alarm: false,
    remedy: "Choose the file that has a -----BEGIN X509 CRL----- line.",
    source: "RFC 7468 section 6",
};

pub(crate) fn finding(part: Part) -> Finding {
    Finding::new(&RULE, "The file has no certificate revocation list", Place::file(part))
        .wanted("a block labelled X509 CRL")
}
