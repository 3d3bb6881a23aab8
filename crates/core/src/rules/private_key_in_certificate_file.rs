//! A private key where only certificates belong: it would be handed out with them.

use super::{Finding, Place, Rule, Severity, part_name};
use crate::pem::Block;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "private-key-in-certificate-file",
    severity: Severity::Error,
    alarm: false,
    remedy: "Put the private key into a file of its own and upload that in the box for the private key.",
    source: "The private key must be kept secret (introduction); Loading a Server Certificate and Private Key, step 3",
};

pub(crate) fn finding(part: Part, block: &Block<'_>) -> Finding {
    let message = alloc::format!("There is a private key in {}", part_name(part));
    Finding::new(&RULE, message, Place::block(part, block.index, block.line))
        .found("a private key")
        .wanted("certificates only")
}
