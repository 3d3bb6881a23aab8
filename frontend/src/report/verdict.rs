//! The verdict in one sentence.

use std::sync::Arc;

use certway_wire::{Decision, Finding, Report, Severity};

use crate::ui::State;
use crate::upload::Form;

/// Whether the sentence is about what the button will do, or about what would happen if there were one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tense {
    Will,
    Would,
}

impl Tense {
    fn be(self) -> &'static str {
        match self {
            Self::Will => "Will be",
            Self::Would => "Would be",
        }
    }
}

/// The sentence, and how it looks.
#[derive(Clone, PartialEq)]
pub(super) struct Said {
    pub(super) state: State,
    pub(super) word: &'static str,
    pub(super) sentence: String,
}

/// Says what becomes of the upload. `pending_loads`: for a CA file, whether the certificate that waits for its CA
/// would load with it; `None` if there is none.
pub(super) fn of(form: &Form, report: &Report, findings: &[Arc<Finding>], pending_loads: Option<bool>) -> Said {
    let tense = if form.button.is_some() { Tense::Will } else { Tense::Would };
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let be = tense.be();
    if report.decision == Decision::Refuse {
        let whole = if form.kind == "trusted-ca" { "refused, the whole file" } else { "refused" };
        return Said {
            state: State::Refused,
            word: "Refused",
            sentence: format!("{be} {whole}: {}.", counted(errors, "error")),
        };
    }
    let state = if warnings > 0 { State::Warning } else { State::Loaded };
    let word = if warnings > 0 { "With warnings" } else { "Sound" };
    let with = if warnings > 0 { format!(" {}.", capital(&counted(warnings, "warning"))) } else { String::new() };
    let sentence = match report.trusted_cas {
        Some(change) => appended(be, change.added, change.known, change.total) + pending_text(pending_loads),
        None if form.kind == "server-certificate" && report.leaf.is_some() => stored(be, report, findings),
        None if report.leaf.is_none() && report.private_key.is_some() && form.kind == "server-certificate" => {
            "The private key is sound. Now add its certificate.".to_owned()
        }
        None => format!("{be} accepted."),
    };
    Said { state, word, sentence: sentence + &with }
}

fn stored(be: &str, report: &Report, findings: &[Arc<Finding>]) -> String {
    if report.loadable {
        return format!("{be} stored and loaded at once.");
    }
    let has = |rule: &str| findings.iter().any(|finding| finding.rule == rule);
    let reason = if has("trust-list-unknown") {
        "the trusted CA list is not known here"
    } else if has("ca-not-recognised") {
        "its CA is not in the trusted CA list"
    } else if has("expired") {
        "it has expired"
    } else if has("not-yet-valid") {
        "it is not valid yet"
    } else if has("revoked") {
        "it, or a CA above it, has been revoked"
    } else if has("weak-security") {
        "TLS cannot sign with its key"
    } else {
        "its chain of trust is not sound"
    };
    format!("{be} stored, not loaded: {reason}.")
}

fn appended(be: &str, added: u32, known: u32, total: u32) -> String {
    let already = match known {
        0 => String::new(),
        1 => " 1 is in the list already and stays as it is.".to_owned(),
        known => format!(" {known} are in the list already and stay as they are."),
    };
    let new = match added {
        0 => "Nothing new: every certificate is in the list already.".to_owned(),
        1 => format!("1 CA certificate {} appended: {total} of 1000.", be.to_ascii_lowercase()),
        added => format!("{added} CA certificates {} appended: {total} of 1000.", be.to_ascii_lowercase()),
    };
    if added == 0 { new } else { new + &already }
}

fn pending_text(pending_loads: Option<bool>) -> &'static str {
    match pending_loads {
        Some(true) => " The pending server certificate will then load by itself.",
        Some(false) => " The pending server certificate will still not load: its chain of trust stays incomplete.",
        None => "",
    }
}

/// '1 error', '2 errors'.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}
