//! `certway events`: the node's event log, on the node itself; and a log that was exported, anywhere.

mod exported;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::node::{Event, EventLog};
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::Value;

use super::answer::{self, REFUSED, Refusal};
use super::check::Format;
use super::input::Unreadable;
use super::local::Local;
use super::text::{Page, Tone, print_json};
use crate::control::{self, Control};
use crate::data_dir::write_durably;

const EVENTS: &str = "/api/v1/events";

/// Look at what was done and refused on the node, export it, and verify that nothing of it was changed or is missing.
///
/// Works on the node itself, running or stopped. Exit status: 0 done, or the log is whole; 1 the node is not there; 2 refused, or the log is
/// not whole; 64 usage; 66 a file cannot be read.
#[derive(Args)]
pub(super) struct Events {
    #[command(subcommand)]
    action: Action,
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

#[derive(Subcommand)]
enum Action {
    /// List events, latest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Only events with a smaller number: the page before.
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
        /// How many, at most 1000.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Write all events, oldest first, as JSON lines or CSV.
    Export {
        #[command(flatten)]
        filter: Filter,
        /// JSON lines, one event a line; or CSV for spreadsheets.
        #[arg(long = "as", value_enum, default_value_t)]
        kind: Kind,
        /// Where to; standard output otherwise.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Verify the log of the node; or, anywhere, a file of JSON lines that was exported without filters.
    ///
    /// The node's own log is held against its signatures, and against the latest event that its cluster knows of. An exported file is held
    /// against its digests, and against a head if one is given: NUMBER:DIGEST, as `events verify` on the node or another export says it.
    Verify {
        /// The exported file; - is standard input.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The latest event that the file must have.
        #[arg(long, value_name = "NUMBER:DIGEST", requires = "file", value_parser = exported::head)]
        head: Option<exported::Head>,
    },
    /// Make the log as it is the one that the cluster knows: after a backup was brought back.
    Accept,
}

/// Which events.
#[derive(Args)]
struct Filter {
    /// Only what this user did, or `node`, or `terminal`.
    #[arg(long)]
    actor: Option<String>,
    /// Only this, or what begins with it and a hyphen.
    #[arg(long)]
    action: Option<String>,
    /// Only what has this text in it: in actor, action, details or address.
    #[arg(long)]
    text: Option<String>,
    /// Not earlier than this.
    #[arg(long, value_name = "RFC3339")]
    from: Option<certway_core::Time>,
    /// Not later than this.
    #[arg(long, value_name = "RFC3339")]
    to: Option<certway_core::Time>,
}

/// What an export is written as.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Kind {
    #[default]
    Jsonl,
    Csv,
}

impl Events {
    pub(super) fn run(self) -> ExitCode {
        let Self { action, format, node } = self;
        if let Action::Verify { file: Some(file), head } = &action {
            return match exported::verify(file, head.as_ref()) {
                Ok(log) => say_log(&log, format),
                Err(unreadable) => unreadable.report(),
            };
        }
        match node.control() {
            Ok(node) => match do_it(action, format, &node) {
                Ok(status) => status,
                Err(error) => super::fail(&error),
            },
            Err(error) => super::fail(&*error),
        }
    }
}

fn do_it(action: Action, format: Format, node: &Control) -> Result<ExitCode, control::Error> {
    match action {
        Action::List { filter, before, limit } => {
            let mut query = filter.query();
            query.push(("limit", limit.to_string()));
            query.extend(before.map(|number| ("before", number.to_string())));
            let answer = node.get(&format!("{EVENTS}?{}", written(&query)))?;
            Ok(answer::say::<Vec<Event>>(&answer, format, |page, events| list(page, events)))
        }
        Action::Export { filter, kind, output } => {
            let ending = match kind {
                Kind::Jsonl => "jsonl",
                Kind::Csv => "csv",
            };
            let answer = node.get(&format!("{EVENTS}.{ending}?{}", written(&filter.query())))?;
            if !answer.status.is_success() {
                let refused = answer::read::<Value>(&answer).err();
                return Ok(refused.map_or(ExitCode::from(REFUSED), |refused| refused.say(format)));
            }
            Ok(keep(&answer.body, output))
        }
        Action::Verify { .. } => Ok(match answer::read::<EventLog>(&node.get(&format!("{EVENTS}/verify"))?) {
            Ok(log) => say_log(&log, format),
            Err(refused) => refused.say(format),
        }),
        Action::Accept => {
            let answer = node.send(Method::POST, &format!("{EVENTS}/accept"), &Value::Null)?;
            Ok(match answer::read::<EventLog>(&answer) {
                Ok(log) => say_log(&log, format),
                Err(refused) => refused.say(format),
            })
        }
    }
}

impl Filter {
    fn query(self) -> Vec<(&'static str, String)> {
        let Self { actor, action, text, from, to } = self;
        let time = |time: Option<certway_core::Time>| time.map(|time| time.to_string());
        [("actor", actor), ("action", action), ("text", text), ("from", time(from)), ("to", time(to))]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

/// A query, percent-encoded.
fn written(query: &[(&str, String)]) -> String {
    let escaped = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

fn keep(export: &[u8], output: Option<PathBuf>) -> ExitCode {
    match output {
        None => {
            // A reader that has gone is no error.
            let _ = std::io::stdout().lock().write_all(export);
            ExitCode::SUCCESS
        }
        Some(path) => match write_durably(&path, export) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                Refusal::new(format!("{} cannot be written: {error}.", path.display())).say(Format::Text);
                ExitCode::FAILURE
            }
        },
    }
}

fn list(page: &mut Page, events: &[Event]) {
    if events.is_empty() {
        page.line("No event is such.");
    }
    for event in events {
        let number = page.paint(Tone::Quiet, &event.number.to_string());
        let from = event.address.as_ref().map_or(String::new(), |address| format!(" from {address}"));
        // Text that others have chosen must not steer the terminal.
        let details = event.details.escape_debug();
        page.line(format!("{number} {} {}{from}: {} {details}", event.at, event.actor.escape_debug(), event.action));
    }
}

fn say_log(log: &EventLog, format: Format) -> ExitCode {
    match format {
        Format::Json => print_json(log),
        Format::Text => {
            let mut page = Page::new();
            let tone = if log.whole { Tone::Good } else { Tone::Bad };
            let message = page.paint(tone, &log.message);
            page.line(message);
            page.field("Head", format!("{}:{}", log.last, log.digest));
            page.field("Cluster", log.cluster.as_deref().unwrap_or_default());
            page.print();
        }
    }
    if log.whole { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
}
