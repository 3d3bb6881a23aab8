//! A block whose frame or base64 is damaged.

use super::{Finding, Place, Rule, Severity, part_name};
use crate::pem::{Block, Damage};
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "bad-pem",
    severity: Severity::Error,
    alarm: false,
    remedy: "Copy the block again from its source, from -----BEGIN to -----END, with nothing cut off or added.",
    source: "RFC 7468 section 3",
};

pub(crate) fn finding(part: Part, block: &Block<'_>, damage: &Damage) -> Finding {
    let message = alloc::format!(
        "Block {} of {}, which begins in line {}, is damaged",
        block.index + 1,
        part_name(part),
        block.line
    );
    let place = Place { part, block: Some(block.index), line: Some(damage.line), field: None };
    Finding::new(&RULE, message, place).found(damage.found.as_str()).wanted(damage.wanted)
}
