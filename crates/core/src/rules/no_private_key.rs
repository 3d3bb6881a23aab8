//! A key file without a private key.

use super::{Finding, Place, Rule, Severity};
use crate::pem::Block;
use crate::report::Part;
use crate::text::printable;

pub(super) static RULE: Rule = Rule {
    id: "no-private-key",
    severity: Severity::Error,
    alarm: false,
    remedy: "Choose the file that has a -----BEGIN PRIVATE KEY----- line (or RSA PRIVATE KEY, EC PRIVATE KEY).",
    source: "Loading a Server Certificate and Private Key, step 3",
};

pub(crate) fn finding(found: Option<&Block<'_>>) -> Finding {
    let part = Part::PrivateKey;
    let place = found.map_or(Place::file(part), |block| Place::block(part, block.index, block.line));
    let finding = Finding::new(&RULE, "The file has no private key", place).wanted("a block labelled PRIVATE KEY");
    match found {
        Some(block) => finding.found(alloc::format!("a block labelled {}", printable(block.label))),
        None => finding,
    }
}
