//! A file without a single PEM block: named for what it is.

use super::{Finding, Place, Rule, Severity, empty};
use crate::material::Source;
use crate::pem::form::{Form, recognise};

pub(super) static RULE: Rule = Rule {
    id: "not-pem",
    severity: Severity::Error,
    alarm: false,
    remedy: "Choose a PEM file: text that has a line -----BEGIN CERTIFICATE-----.",
    source: "The certificate information must be supplied in PEM format",
};

pub(crate) fn finding(source: &Source<'_>) -> Finding {
    let place = Place::file(source.part);
    match recognise(source.bytes) {
        Form::Empty => Finding::new(&empty::RULE, "The file is empty", place)
            .found(alloc::format!("{} bytes, none of them visible", source.bytes.len()))
            .wanted("a PEM file"),
        form => Finding::new(&RULE, alloc::format!("The file is not PEM: it is {}", form.as_str()), place)
            .found(form.as_str())
            .wanted("a PEM file")
            .remedy(form.remedy()),
    }
}
