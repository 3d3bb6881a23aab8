//! `certway config`: what a configuration says, before a node is started with it.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::answer::REFUSED;
use super::check::Format;
use super::input::Unreadable;
use super::options::Options;
use super::text::{Page, Tone, print_json};
use crate::config::{self, Fault, InForce, Origin, Reading};

/// Check a node's configuration, or print one to begin with.
#[derive(Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Check(Box<CheckConfig>),
    /// Print a configuration file with every key in it, each as a comment that says what it takes and what holds without it.
    Example,
}

/// Read the configuration as `serve` would with the same options and environment. Nothing is started.
///
/// Tells everything that stands against it, with line, key, what was found, what is wanted and the remedy; and every setting in force, with
/// where it comes from: an option, a variable of the environment, a line of the file, a systemd credential, or the default.
/// Exit status: 0 nothing stands against it, 2 something does, 64 usage, 66 the file cannot be read.
#[derive(Args)]
struct CheckConfig {
    #[command(flatten)]
    options: Options,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl ConfigCommand {
    pub(super) fn run(self) -> ExitCode {
        match self.action {
            Action::Check(check) => check.run(),
            Action::Example => {
                // A reader that has gone is no error.
                let _ = std::io::stdout().lock().write_all(config::example().as_bytes());
                ExitCode::SUCCESS
            }
        }
    }
}

impl CheckConfig {
    fn run(self) -> ExitCode {
        let format = self.format;
        let reading = match self.options.look() {
            Ok(reading) => reading,
            Err(config::Error::Unreadable(path, source)) => return Unreadable::new(&path, source).report(),
            Err(error) => return super::fail(&error),
        };
        match format {
            Format::Json => print_json(&as_json(&reading)),
            Format::Text => as_text(&reading).print(),
        }
        if reading.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
    }
}

fn as_text(reading: &Reading) -> Page {
    let mut page = Page::new();
    let verdict = match reading.faults.len() {
        0 => page.paint(Tone::Good, "Nothing stands against this configuration."),
        1 => page.paint(Tone::Bad, "A node would not start with this configuration: 1 fault."),
        number => page.paint(Tone::Bad, &format!("A node would not start with this configuration: {number} faults.")),
    };
    page.line(verdict);
    for fault in &reading.faults {
        page.line("");
        let word = page.paint(Tone::Bad, "fault");
        page.line(format!("{word} {}", if fault.key.is_empty() { "not TOML" } else { &fault.key }));
        page.field("Where", fault.origin.to_string());
        page.field("Found", &fault.found);
        page.field("Wanted", &fault.wanted);
        page.field("Remedy", &fault.remedy);
    }
    let unread =
        |variable: &String| format!("{variable} is set in the environment, and no key is called so: it is not read.");
    for advice in reading.unread.iter().map(unread).chain(reading.advice.iter().cloned()) {
        page.line("");
        let word = page.paint(Tone::Advice, "advice");
        page.line(format!("{word} {advice}"));
    }
    page.line("");
    let heading = page.paint(Tone::Heading, "In force");
    page.line(heading);
    let width = reading.in_force.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    let value_width = reading.in_force.iter().map(|setting| setting.value.len()).filter(|length| *length <= 40).max();
    let value_width = value_width.unwrap_or_default();
    for InForce { key, value, origin } in &reading.in_force {
        let origin = page.paint(Tone::Quiet, &origin.to_string());
        page.line(format!("    {key:<width$}  {value:<value_width$}  {origin}"));
    }
    page
}

fn as_json(reading: &Reading) -> Value {
    let place = |origin: &Origin| match origin {
        Origin::Default => json!({ "kind": "default" }),
        Origin::Line(line) => json!({ "kind": "file", "line": line }),
        Origin::Environment(variable) => json!({ "kind": "environment", "variable": variable }),
        Origin::Option(option) => json!({ "kind": "option", "option": option }),
        Origin::Credential(credential) => json!({ "kind": "credential", "credential": credential }),
    };
    let faults = reading.faults.iter().map(|fault| {
        let Fault { origin, key, found, wanted, remedy } = fault;
        json!({ "key": key, "origin": place(origin), "found": found, "wanted": wanted, "remedy": remedy })
    });
    let in_force = reading
        .in_force
        .iter()
        .map(|setting| json!({ "key": setting.key, "value": setting.value, "origin": place(&setting.origin) }));
    json!({
        "version": 1,
        "valid": reading.faults.is_empty(),
        "faults": faults.collect::<Vec<_>>(),
        "unread": reading.unread,
        "advice": reading.advice,
        "in_force": in_force.collect::<Vec<_>>(),
    })
}
