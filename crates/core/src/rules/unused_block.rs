//! A block that is neither here nor there: kept out, and said.

use super::{Finding, Place, Rule, Severity, part_name};
use crate::pem::Block;
use crate::report::Part;
use crate::text::printable;

pub(super) static RULE: Rule = Rule {
    id: "unused-block",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done; the block is left out.",
    source: "RFC 7468 section 2",
};

pub(crate) fn finding(part: Part, block: &Block<'_>) -> Finding {
    let message = alloc::format!("Block {} of {} is of no use here and is left out", block.index + 1, part_name(part));
    Finding::new(&RULE, message, Place::block(part, block.index, block.line)).found(printable(block.label))
}
