//! `certway services`: the servers beside the node that serve its certificate, on the node itself.

use std::process::ExitCode;
use std::time::Duration;

use certway_wire::services::{Service, ServiceState, Services as All};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::{self, Answer, Control};

const SERVICES: &str = "/api/v1/services";
/// How often the node is asked how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Show the servers beside the node that are given its certificate, or give one of them the certificate again.
///
/// They are described in the configuration file: what is written, what reloads them, where it is seen that they serve it. Works while the
/// node runs, on the node itself only. Exit status: 0 done, 1 the node is not there, 2 refused, or the server does not have the certificate,
/// 64 usage.
#[derive(Args)]
pub(super) struct Services {
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
    /// Show every server, what it serves since when, and how the last time went.
    List,
    /// Write the files of a server, reload it, look whether it serves them, and wait for that. What fails is undone.
    Publish {
        /// Its name in the configuration file.
        name: String,
    },
}

impl Services {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let done = match self.action.unwrap_or(Action::List) {
            Action::List => node.get(SERVICES).map(|answer| answer::say(&answer, self.format, list)),
            Action::Publish { name } => publish(&node, &name, self.format),
        };
        done.unwrap_or_else(|error| super::fail(&error))
    }
}

fn publish(node: &Control, name: &str, format: Format) -> Result<ExitCode, control::Error> {
    let mut answer = node.send(Method::POST, &format!("{SERVICES}/{name}/publish"), &Value::Null)?;
    loop {
        match state(&answer, name) {
            Some(ServiceState::Publishing) => {
                std::thread::sleep(LOOK_AGAIN);
                answer = node.get(SERVICES)?;
            }
            Some(ServiceState::Failed) => {
                answer::say(&answer, format, list);
                return Ok(ExitCode::from(answer::REFUSED));
            }
            _ => return Ok(answer::say(&answer, format, list)),
        }
    }
}

fn state(answer: &Answer, name: &str) -> Option<ServiceState> {
    let all: All = answer::read(answer).ok()?;
    all.services.into_iter().find(|service| service.name == name).map(|service| service.state)
}

fn list(page: &mut Page, all: &All) {
    if all.services.is_empty() {
        page.line("The configuration file names no services ([[service]]).");
    }
    for service in &all.services {
        let (tone, words) = in_words(service.state);
        let words = page.paint(tone, words);
        page.line(format!("{}: {words}", service.name));
        if let Some(serves) = &service.serves {
            page.field("Serves", &serves.subject);
            page.field("Serial", &serves.serial);
            page.field("Since", &serves.since);
            page.field("Expires", &serves.not_after);
        }
        for file in &service.files {
            let owner = file.owner.as_deref().unwrap_or("the node's user");
            page.field("File", format!("{} ({}, {}, {owner})", file.path, file.content, file.mode));
        }
        page.field("Reload", reload(service));
        page.field("Looks at", service.probe.as_deref().unwrap_or("nothing"));
        if let Some(last) = &service.last {
            page.field("Last", format!("{}: {}", last.at, last.message));
            page.field("Remedy", &last.remedy);
        }
    }
}

fn reload(service: &Service) -> String {
    if service.reload.is_empty() { "it reads its files by itself".to_owned() } else { service.reload.join(" ") }
}

fn in_words(state: ServiceState) -> (Tone, &'static str) {
    match state {
        ServiceState::NoCertificate => (Tone::Heading, "nothing to give: the node serves its temporary certificate"),
        ServiceState::Due => (Tone::Heading, "about to be given the active certificate"),
        ServiceState::Publishing => (Tone::Heading, "being given the active certificate"),
        ServiceState::Current => (Tone::Good, "has the active certificate"),
        ServiceState::Failed => (Tone::Bad, "does not have the active certificate"),
    }
}
