//! `certway alarms`: what an administrator should mend, on the node itself.

use std::process::ExitCode;

use certway_wire::alarms::{Acknowledge, Alarm, ExpiryWarnings};
use clap::{Args, Subcommand};
use hyper::Method;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::{self, Control};

const ALARMS: &str = "/api/v1/alarms";
const EXPIRY: &str = "/api/v1/alarms/expiry-warnings";

/// Show the node's alarms, take note of one, and set on which days it is warned of what expires.
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
    /// Show on which days before its end it is warned of what ends; or change what is named, and nothing else.
    Expiry(Expiry),
}

#[derive(Args)]
struct Expiry {
    /// Days before the end of the server certificate, separated by commas; `none` for no warning.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    server: Option<Days>,
    /// The same of the client certificate.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    client: Option<Days>,
    /// The same of CA certificates.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    ca: Option<Days>,
    /// The same of revocation lists.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    crl: Option<Days>,
}

/// Days before an end.
#[derive(Clone)]
struct Days(Vec<u32>);

fn days(text: &str) -> Result<Days, String> {
    if text == "none" {
        return Ok(Days(Vec::new()));
    }
    let days = text.split(',').map(|day| day.trim().parse()).collect::<Result<_, _>>();
    days.map(Days).map_err(|_| "give numbers of days separated by commas, such as 30,7,1, or none".to_owned())
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
        };
        done.unwrap_or_else(|error| super::fail(&error))
    }
}

impl Expiry {
    fn apply(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        let answer = node.get(EXPIRY)?;
        if [&self.server, &self.client, &self.ca, &self.crl].iter().all(|days| days.is_none()) {
            return Ok(answer::say(&answer, format, expiry));
        }
        let mut set: ExpiryWarnings = match answer::read(&answer) {
            Ok(set) => set,
            Err(refusal) => return Ok(refusal.say(format)),
        };
        let fields = [
            (&mut set.server_certificate, self.server),
            (&mut set.client_certificate, self.client),
            (&mut set.ca_certificates, self.ca),
            (&mut set.crls, self.crl),
        ];
        for (field, wanted) in fields {
            if let Some(Days(days)) = wanted {
                *field = days;
            }
        }
        Ok(answer::say(&node.send(Method::PUT, EXPIRY, &set)?, format, expiry))
    }
}

fn expiry(page: &mut Page, set: &ExpiryWarnings) {
    page.line("Days before its end on which it is warned of what ends:");
    for (name, days) in [
        ("Server", &set.server_certificate),
        ("Client", &set.client_certificate),
        ("CAs", &set.ca_certificates),
        ("CRLs", &set.crls),
    ] {
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        page.field(name, if days.is_empty() { "never".to_owned() } else { days.join(", ") });
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
