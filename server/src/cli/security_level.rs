//! `certway security-level`: what the node takes for an acceptable level of security.

use std::process::ExitCode;

use certway_core::SecurityLevel;
use certway_wire::security::{SecurityLevels, SetSecurityLevel};
use clap::Args;
use hyper::Method;

use super::answer;
use super::check::{Format, levels};
use super::local::Local;
use super::text::{Page, Tone};

const LEVEL: &str = "/api/v1/security-level";

/// Show what the node takes for an acceptable level of security, or set it. What is served is served on: a level only changes what is warned of.
///
/// Works while the node runs, on the node itself only; the level is in force at once. Exit status: 0 done, 1 the node is not there, 2
/// refused, 64 usage.
#[derive(Args)]
pub(super) struct SecurityLevelCommand {
    /// The level to ask from now on; the levels are shown, if left out.
    #[arg(value_name = "LEVEL", value_parser = levels())]
    level: Option<SecurityLevel>,
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

impl SecurityLevelCommand {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let answer = match self.level {
            None => node.get(LEVEL),
            Some(level) => node.send(Method::PUT, LEVEL, &SetSecurityLevel { level: level.into() }),
        };
        match answer {
            Ok(answer) => answer::say(&answer, self.format, print),
            Err(error) => super::fail(&error),
        }
    }
}

fn print(page: &mut Page, levels: &SecurityLevels) {
    for asked in &levels.levels {
        let name = SecurityLevel::from(asked.level).name();
        let line = if asked.level == levels.level { format!("{name} (in force)") } else { name.to_owned() };
        let line = page.paint(Tone::Heading, &line);
        page.line(line);
        page.field("For", &asked.purpose);
        page.field("Keys", &asked.keys);
        page.field("Exponent", format!("{} or more", asked.rsa_exponent));
        page.field("Hashes", &asked.hashes);
        let lifetimes = asked.lifetimes.iter().map(|lifetime| format!("{} days from {}", lifetime.days, lifetime.from));
        page.field("Lifetimes", lifetimes.collect::<Vec<_>>().join(", "));
        page.field("Source", &asked.source);
    }
}
