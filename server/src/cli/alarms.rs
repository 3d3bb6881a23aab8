//! `certway alarms`: what an administrator should mend, on the node itself.

mod calendar;
mod delivery;
mod expiry;

use std::process::ExitCode;

use certway_wire::alarms::{Acknowledge, Alarm};
use clap::{Args, Subcommand};
use hyper::Method;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use calendar::Calendar;
use delivery::{Delivery, Test};
use expiry::Expiry;

const ALARMS: &str = "/api/v1/alarms";

/// Show the node's alarms, take note of one, set on which days it is warned of what expires, how alarms go out to people, and whether calendar
/// programs read what expires when.
///
/// Works on the node itself only; what is changed is in force at once. Exit status: 0 done, 1 the node is not there, 2 refused, or a message
/// was not taken, 64 usage, 66 a file cannot be read.
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
        #[arg(value_parser = id)]
        id: String,
        /// What is done about it, for those who see the alarm next.
        #[arg(long)]
        note: String,
    },
    /// Show on which days before its end it is warned of what ends; or change what is named, and nothing else.
    Expiry(Expiry),
    /// Show whether calendar programs read what expires when; let them, with a password for nothing else; or withdraw it.
    Calendar(Calendar),
    /// Show how alarms go out to people; or set it from a file.
    Delivery(Delivery),
    /// Send a message by one channel, and say how it went.
    Test(Test),
    /// Show the latest messages that were sent, or are to be sent, the last one first.
    Deliveries,
}

/// An id as alarms have them.
fn id(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { Ok(text.to_owned()) } else { Err("an id has letters, digits, and - _ . only".to_owned()) }
}

impl Alarms {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let format = self.format;
        let done = match self.action.unwrap_or(Action::List) {
            Action::List => node
                .get(ALARMS)
                .map(|answer| answer::say(&answer, format, |page, alarms: &Vec<Alarm>| list(page, alarms))),
            Action::Acknowledge { id, note } => node
                .send(Method::POST, &format!("{ALARMS}/{id}/acknowledge"), &Acknowledge { note })
                .map(|answer| answer::say(&answer, format, |page, alarms: &Vec<Alarm>| list(page, alarms))),
            Action::Expiry(wanted) => wanted.apply(&node, format),
            Action::Calendar(wanted) => wanted.apply(&node, format),
            Action::Delivery(wanted) => wanted.apply(&node, format),
            Action::Test(test) => test.send(&node, format),
            Action::Deliveries => delivery::log(&node, format),
        };
        done.unwrap_or_else(|error| super::fail(&error))
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
