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
    /// The first of two sentences about what will be, the second about what would be.
    fn of(self, [will, would]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Will => will,
            Self::Would => would,
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
    if report.decision == Decision::Refuse {
        let sentence = if form.kind == "trusted-ca" {
            tense.of(["Will be refused, the whole file: {}.", "Would be refused, the whole file: {}."])
        } else {
            tense.of(["Will be refused: {}.", "Would be refused: {}."])
        };
        let sentence = sentence.replace("{}", &counted(errors, "1 error", "{} errors"));
        return Said { state: State::Refused, word: "Refused", sentence };
    }
    let state = if warnings > 0 { State::Warning } else { State::Loaded };
    let word = if warnings > 0 { "With warnings" } else { "Sound" };
    let with =
        if warnings > 0 { format!(" {}.", counted(warnings, "1 warning", "{} warnings")) } else { String::new() };
    let sentence = match report.trusted_cas {
        Some(change) => appended(tense, change.added, change.known, change.total) + pending_text(pending_loads),
        None if form.kind == "server-certificate" && report.leaf.is_some() => stored(tense, report, findings),
        None if report.leaf.is_none() && report.private_key.is_some() && form.kind == "server-certificate" => {
            "The private key is sound. Now add its certificate.".to_owned()
        }
        None => tense.of(["Will be accepted.", "Would be accepted."]).to_owned(),
    };
    Said { state, word, sentence: sentence + &with }
}

fn stored(tense: Tense, report: &Report, findings: &[Arc<Finding>]) -> String {
    if report.loadable {
        return tense.of(["Will be stored and loaded at once.", "Would be stored and loaded at once."]).to_owned();
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
    tense.of(["Will be stored, not loaded: {}.", "Would be stored, not loaded: {}."]).replace("{}", reason)
}

fn appended(tense: Tense, added: u32, known: u32, total: u32) -> String {
    let already = match known {
        0 => String::new(),
        1 => " 1 is in the list already and stays as it is.".to_owned(),
        known => format!(" {known} are in the list already and stay as they are."),
    };
    let new = match added {
        0 => "Nothing new: every certificate is in the list already.".to_owned(),
        1 => {
            let one =
                ["1 CA certificate will be appended: {} of 1000.", "1 CA certificate would be appended: {} of 1000."];
            tense.of(one).replace("{}", &total.to_string())
        }
        added => {
            let many = [
                "{} CA certificates will be appended: {} of 1000.",
                "{} CA certificates would be appended: {} of 1000.",
            ];
            tense.of(many).replacen("{}", &added.to_string(), 1).replacen("{}", &total.to_string(), 1)
        }
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
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { one.to_owned() } else { many.replace("{}", &count.to_string()) }
}
