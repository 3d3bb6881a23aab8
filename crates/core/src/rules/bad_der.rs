//! A block that is sound PEM and holds something else than its label says.

use super::{Finding, Place, Rule, Severity, part_name};
use crate::der::Fault;
use crate::pem::Block;
use crate::report::Part;
use crate::text::printable;

pub(super) static RULE: Rule = Rule {
    id: "bad-der",
    severity: Severity::Error,
    alarm: false,
    remedy: "Get the file again from where it was made; openssl asn1parse -in FILE -i shows how far it can be read.",
    source: "RFC 5280 section 4.1 (X.690 DER)",
};

pub(crate) fn finding(part: Part, block: &Block<'_>, wanted: &'static str, fault: Fault) -> Finding {
    let message = alloc::format!(
        "Block {} of {} is labelled '{}' and cannot be read as a {wanted}: {}",
        block.index + 1,
        part_name(part),
        printable(block.label),
        fault.as_str()
    );
    Finding::new(&RULE, message, Place::block(part, block.index, block.line)).found(fault.as_str()).wanted(wanted)
}
