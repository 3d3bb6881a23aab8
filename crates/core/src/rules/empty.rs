//! A file without anything in it.

use super::{Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "empty",
    severity: Severity::Error,
    alarm: false,
    remedy: "Choose the file again; it may not have been written or copied completely.",
    source: "The certificate information must be supplied in PEM format",
};
