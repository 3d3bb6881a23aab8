//! `certway alarms`: what an administrator should mend, on the node itself.

use std::process::ExitCode;

use certway_wire::alarms::{Acknowledge, Alarm};
use clap::{Args, Subcommand};
use hyper::Method;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};

const ALARMS: &str = "/api/v1/alarms";

/// Show the node's alarms, or take note of one.
///
/// Works on the node itself only; what is changed is in force at once. Exit status: 0 done, 1 the node is not there, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct Alarms {
    #[command(subcommand)]
    action: Option<Action>,
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

#[derive(Subcommand)]
enum Action {
    /// Show the alarms that are raised, oldest first, with what to do about each.
    List,
    /// Take note of an alarm. It stays raised until what it is about is mended.
    Acknowledge {
        /// The alarm's id, as the list shows it.
        id: String,
        /// What is done about it, for those who see the alarm next.
        #[arg(long)]
        note: String,
    },
}

impl Alarms {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let answer = match self.action.unwrap_or(Action::List) {
            Action::List => node.get(ALARMS),
            Action::Acknowledge { id, note } => {
                node.send(Method::POST, &format!("{ALARMS}/{id}/acknowledge"), &Acknowledge { note })
            }
        };
        match answer {
            Ok(answer) => answer::say(&answer, self.format, |page, alarms: &Vec<Alarm>| list(page, alarms)),
            Err(error) => super::fail(&error),
        }
    }
}

fn list(page: &mut Page, alarms: &[Alarm]) {
    if alarms.is_empty() {
        page.line("There are no alarms.");
    }
    for alarm in alarms {
        let tone = match alarm.severity.as_str() {
            "critical" | "alert" => Tone::Bad,
            "warning" => Tone::Warning,
            _ => Tone::Advice,
        };
        let severity = page.paint(tone, &alarm.severity);
        page.line(format!("{severity} {}: {}", alarm.id, alarm.message));
        page.field("Remedy", &alarm.remedy);
        page.field("Since", &alarm.raised_at);
        page.field("Number", alarm.number.map(|number| number.to_string()).unwrap_or_default());
        if let Some(acknowledged) = &alarm.acknowledged {
            page.field("Noted", format!("by {}, {}: {}", acknowledged.by, acknowledged.at, acknowledged.note));
        }
    }
}
