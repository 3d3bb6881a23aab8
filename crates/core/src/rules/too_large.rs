//! A file above the limit, in bytes or in blocks, refused before it is parsed.

use super::{Finding, Place, Rule, Severity};
use crate::limits::BLOCKS;
use crate::material::Source;

pub(super) static RULE: Rule = Rule {
    id: "too-large",
    severity: Severity::Error,
    alarm: false,
    remedy: "Check that it is the right file. A large CA bundle can be split and appended in parts.",
    source: "Certway, docs/decisions/0017: a file has a largest size",
};

pub(crate) fn finding(source: &Source<'_>) -> Finding {
    if source.has_too_many_blocks {
        let message = alloc::format!("The file has more than {BLOCKS} blocks");
        return Finding::new(&RULE, message, Place::file(source.part))
            .wanted(alloc::format!("at most {BLOCKS} blocks"));
    }
    let limit = source.limit / 1024;
    Finding::new(&RULE, alloc::format!("The file is larger than {limit} KiB"), Place::file(source.part))
        .found(alloc::format!("{} bytes", source.bytes.len()))
        .wanted(alloc::format!("at most {} bytes", source.limit))
}
