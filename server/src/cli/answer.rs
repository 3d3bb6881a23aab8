//! What a node has answered, for people or as it came.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::check::Format;
use super::text::{Page, Tone};
use crate::control::Answer;

/// The exit status when the node refuses.
pub(super) const REFUSED: u8 = 2;

/// Why a node, or a command on its behalf, refused.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    /// What is the case, whether anything was changed, and what to do.
    detail: String,
    /// The report on an upload.
    #[serde(default)]
    report: Value,
    /// The whole answer as it came, JSON: it has more for programs.
    #[serde(skip)]
    whole: Vec<u8>,
}

impl Refusal {
    /// A command's own.
    pub(super) fn new(detail: String) -> Self {
        let whole = json!({ "detail": detail }).to_string().into_bytes();
        Self { detail, report: Value::Null, whole }
    }

    /// The node's.
    pub(super) fn of(answer: &Answer) -> Self {
        match serde_json::from_slice(&answer.body) {
            Ok(refusal) => Self { whole: answer.body.clone(), ..refusal },
            Err(_) => Self::new(format!("The node answered {}, which is not understood.", answer.status)),
        }
    }

    /// What is told of it.
    pub(super) fn detail(self) -> String {
        self.detail
    }

    /// Says it: to people on standard error, to programs on standard output.
    pub(super) fn say(&self, format: Format) -> ExitCode {
        match format {
            Format::Json => print_as_it_came(&self.whole),
            Format::Text => {
                let mut page = Page::new();
                for found in self.report["findings"].as_array().into_iter().flatten() {
                    finding(&mut page, found);
                }
                page.print();
                // A closed standard error is no reason to fail in another way.
                let _ = writeln!(std::io::stderr(), "certway: {}", self.detail);
            }
        }
        ExitCode::from(REFUSED)
    }
}

/// What was asked for.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Refusal> {
    if !answer.status.is_success() {
        return Err(Refusal::of(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        Refusal::new(format!(
            "The node's answer is not understood ({error}); it may be of another version than this command."
        ))
    })
}

/// Prints what was asked for as `text` puts it, or as it came.
pub(super) fn say<T: DeserializeOwned>(answer: &Answer, format: Format, text: impl FnOnce(&mut Page, &T)) -> ExitCode {
    let said = match format {
        Format::Json => read::<Value>(answer).map(|_| print_as_it_came(&answer.body)),
        Format::Text => read::<T>(answer).map(|value| {
            let mut page = Page::new();
            text(&mut page, &value);
            page.print();
        }),
    };
    said.map_or_else(|refusal| refusal.say(format), |()| ExitCode::SUCCESS)
}

fn print_as_it_came(json: &[u8]) {
    // A reader that has gone is no error.
    let _ = std::io::stdout().lock().write_all(&[json, b"\n"].concat());
}

/// A finding of a report.
pub(super) fn finding(page: &mut Page, finding: &Value) {
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    let tone = match text("severity") {
        "error" => Tone::Bad,
        "warning" => Tone::Warning,
        _ => Tone::Advice,
    };
    let word = page.paint(tone, text("severity"));
    page.line(format!("{word} {}: {}", text("rule"), text("message")));
    page.field("Found", text("found"));
    page.field("Wanted", text("wanted"));
    page.field("Remedy", text("remedy"));
}
