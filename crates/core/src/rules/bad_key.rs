//! A private key whose numbers do not make a key.

use super::{Finding, Place, Rule, Severity};
use crate::pem::Block;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "bad-key",
    severity: Severity::Error,
    alarm: false,
    remedy: "Do not use this key anywhere. Make a new one, and ask for a new certificate.",
    source: "RFC 8017 section 3, SEC 1 section 3.2",
};

pub(crate) fn finding(block: &Block<'_>, why: &'static str) -> Finding {
    let message = alloc::format!("The private key is broken: {why}");
    Finding::new(&RULE, message, Place::block(Part::PrivateKey, block.index, block.line))
        .found(why)
        .wanted("a sound key")
}
