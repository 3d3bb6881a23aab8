//! `certway what-breaks`: what depends on a CA, before it is deleted.

use std::process::ExitCode;

use certway_wire::trust::{Affected, Dependent, WhatBreaks};
use clap::Args;

use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone, path, print_json};
use crate::node;

/// Say what would break if CAs were deleted from the node's trusted CA list. Nothing is changed.
///
/// Works while the node runs, on the node itself only. Exit status: 0 nothing breaks, 1 a fingerprint or the node is not there, 2 something
/// breaks, 64 usage.
#[derive(Args)]
pub(super) struct WhatBreaksCommand {
    /// SHA-256 of the DER, hexadecimal with or without colons, as `openssl x509 -fingerprint -sha256` prints it.
    #[arg(required = true, value_name = "FINGERPRINT", value_parser = fingerprint)]
    fingerprints: Vec<String>,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

fn fingerprint(text: &str) -> Result<String, String> {
    let text: String = text.chars().filter(|character| *character != ':').collect::<String>().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    Err("64 hexadecimal digits are wanted: the SHA-256 of the certificate".to_owned())
}

impl WhatBreaksCommand {
    pub(super) fn run(self) -> ExitCode {
        let config = match self.node.config() {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        let found = match node::what_breaks(&config, &self.fingerprints) {
            Ok(found) => found,
            Err(error) => return super::fail(&error),
        };
        match self.format {
            Format::Json => print_json(&found),
            Format::Text => print(&found),
        }
        if found.affected.iter().all(|affected| affected.holds) { ExitCode::SUCCESS } else { ExitCode::from(2) }
    }
}

fn print(found: &WhatBreaks) {
    let mut page = Page::new();
    let broken = found.affected.iter().filter(|affected| !affected.holds).count();
    let verdict = match broken {
        0 => page.paint(Tone::Good, "Nothing breaks."),
        1 => page.paint(Tone::Bad, "1 breaks."),
        many => page.paint(Tone::Bad, &format!("{many} break.")),
    };
    page.line(format!("{verdict} {} that were looked at do not depend on it.", found.unaffected));
    for note in &found.notes {
        page.line(format!("Not looked at: {note}"));
    }
    for affected in &found.affected {
        page.line("");
        one(&mut page, affected);
    }
    for other in &found.same_name {
        page.line("");
        let key = if other.same_key { "the same key: it stands in" } else { "another key: it does not stand in" };
        page.line(format!(
            "The CA certificate '{}' ({}) has the same name and {key}.",
            other.subject, other.fingerprint
        ));
    }
    page.print();
}

/// What something is called that depends on the list.
pub(super) fn called(what: Dependent) -> String {
    let word = serde_json::to_value(what).unwrap_or_default();
    word.as_str().unwrap_or_default().replace('_', " ")
}

fn one(page: &mut Page, affected: &Affected) {
    let word = if affected.holds { page.paint(Tone::Good, "holds") } else { page.paint(Tone::Bad, "breaks") };
    page.line(format!("{word} {}: {}", called(affected.what), affected.name));
    page.field("Then", &affected.consequence);
    if !affected.after.is_empty() {
        path(page, &affected.after);
    }
}
