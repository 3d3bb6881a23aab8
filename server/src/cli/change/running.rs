//! `certway change begin`, `show` and `decide`: the change of the cluster that the node is in.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::{decode_certificates, pem};
use certway_wire::change::{ChangeDecision, ChangeOffer, ChangeSettings, Changes, NewChange, RunningChange};
use clap::{Args, ValueEnum};
use hyper::Method;

use super::super::answer;
use super::super::check::Format;
use super::super::input::{Unreadable, read_all};
use super::super::local::Local;
use super::super::text::{Page, Tone};

const CHANGES: &str = "/api/v1/changes";

/// Begin the change of the certificates of the node's cluster, with those that wait on its nodes. It goes on whatever becomes of this command.
#[derive(Args)]
pub(super) struct Begin {
    /// New CAs, appended before anything else; may be repeated.
    #[arg(long, value_name = "FILE")]
    append: Vec<PathBuf>,
    /// SHA-256 of a CA that is no longer needed, deleted at the end unless something still needs it; may be repeated.
    #[arg(long, value_name = "SHA256")]
    delete: Vec<String>,
    /// The node that restarts first; the first of the cluster, if left out.
    #[arg(long, value_name = "NAME")]
    primary: Option<String>,
    /// The node that is changed before all others; the primary, if left out.
    #[arg(long, value_name = "NAME")]
    canary: Option<String>,
    /// A node that keeps its certificate; may be repeated.
    #[arg(long, value_name = "NAME")]
    leave_out: Vec<String>,
    /// Keep Enforce all the time, in place of the specification's order.
    #[arg(long)]
    without_permissive: bool,
    /// Go on from the first node to the others without being asked.
    #[arg(long)]
    without_confirmation: bool,
    /// How long the first node is observed, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS")]
    observe: Option<u32>,
    /// How long everything must be right before a restarted node counts as recovered, in seconds [default: 10].
    #[arg(long, value_name = "SECONDS")]
    settle: Option<u32>,
    /// How long a restarted node may take to recover, in seconds [default: 600].
    #[arg(long, value_name = "SECONDS")]
    recover: Option<u32>,
    /// Say what each step would do and what would break, as the nodes see it, and begin nothing. Exit status: 0 it can be done, 2 not so.
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    at: At,
}

/// Show the change of the cluster's certificates: how far it is, what it waits for, and its log.
#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    at: At,
}

/// Decide how the change goes on.
#[derive(Args)]
pub(super) struct Decide {
    /// What.
    choice: Choice,
    #[command(flatten)]
    at: At,
}

#[derive(Args)]
struct At {
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    /// The first node serves as it should: the others follow.
    Confirm,
    /// Try again what stopped the change.
    Retry,
    /// Go on without the node that stopped it; it keeps its former certificate.
    Continue,
    /// Give every node its former certificate back, one at a time.
    RollBack,
    /// The same, and delete the CAs that were appended, as far as nothing needs them.
    RollBackAndDeleteAppended,
    /// End the change with every recovered node as it is.
    Abort,
    /// End at once, as things stand.
    EndHere,
}

impl Begin {
    pub(super) fn run(self) -> Result<ExitCode, Unreadable> {
        let defaults = ChangeSettings::default();
        let mut append = String::new();
        for file in read_all(&self.append)? {
            let cas = decode_certificates(&file);
            append.extend(cas.iter().map(|(der, _)| pem::encode("CERTIFICATE", der)));
            if cas.is_empty() {
                // As it is: the node says what is wrong with it.
                append.push_str(&String::from_utf8_lossy(&file));
            }
        }
        let new = NewChange {
            append,
            delete: self.delete,
            primary: self.primary,
            leave_out: self.leave_out,
            without_permissive: self.without_permissive,
            settings: ChangeSettings {
                canary: self.canary,
                observe_s: self.observe.unwrap_or(defaults.observe_s),
                settle_s: self.settle.unwrap_or(defaults.settle_s),
                recover_s: self.recover.unwrap_or(defaults.recover_s),
                confirm_within_s: defaults.confirm_within_s.filter(|_| !self.without_confirmation),
                ..defaults
            },
        };
        Ok(if self.plan { self.at.plan(&new) } else { self.at.send(Method::POST, CHANGES, &new) })
    }
}

impl Show {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.at.node.control() {
            Ok(node) => node,
            Err(error) => return super::super::fail(&*error),
        };
        match node.get(CHANGES) {
            Ok(answer) => answer::say(&answer, self.at.format, print),
            Err(error) => super::super::fail(&error),
        }
    }
}

impl Decide {
    pub(super) fn run(self) -> ExitCode {
        let name = self.choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        self.at.send(Method::POST, &format!("{CHANGES}/decision"), &ChangeDecision { choice: name })
    }
}

impl At {
    fn plan(&self, new: &NewChange) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::super::fail(&*error),
        };
        let asked = node.must_run().and_then(|()| {
            Ok((node.send(Method::POST, &format!("{CHANGES}/plan"), new)?, node.get("/api/v1/trusted-cas.pem")?))
        });
        let (answer, cas) = match asked {
            Ok(answered) => answered,
            Err(error) => return super::super::fail(&error),
        };
        let cas = decode_certificates(&cas.body).into_iter().chain(decode_certificates(new.append.as_bytes()));
        let names = super::names_of(cas.map(|(_, ca)| ca));
        let said = answer::say(&answer, self.format, |page, offer| super::print(page, offer, &names));
        answer::read(&answer).map_or(said, |offer: ChangeOffer| super::status(&offer))
    }

    fn send(&self, method: Method, path: &str, message: &impl serde::Serialize) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::super::fail(&*error),
        };
        match node.must_run().and_then(|()| node.send(method, path, message)) {
            Ok(answer) => answer::say(&answer, self.format, print),
            Err(error) => super::super::fail(&error),
        }
    }
}

fn print(page: &mut Page, changes: &Changes) {
    match &changes.latest {
        None => page.line("There was no change of the cluster's certificates yet."),
        Some(change) => one(page, change),
    }
}

fn one(page: &mut Page, change: &RunningChange) {
    let state = match (&change.end, &change.stopped) {
        (Some(end), _) => {
            page.paint(if end == "complete" { Tone::Good } else { Tone::Warning }, &format!("ended: {end}"))
        }
        (None, Some(stopped)) => page.paint(Tone::Bad, &format!("stopped: {stopped}")),
        (None, None) => format!("{}: {}", change.direction, change.step),
    };
    page.line(format!("Change {}, begun by {} at {}: {state}", change.number, change.by, change.begun_at));
    page.field("Led by", change.leader.as_deref().unwrap_or("nobody at present"));
    page.field(
        "Permissive",
        change.permissive_until.as_deref().map_or(String::new(), |until| format!("until {until} at most")),
    );
    page.field(
        "Confirm",
        change.confirm_by.as_deref().map_or(String::new(), |by| format!("until {by}, or everything is rolled back")),
    );
    page.field("Decide", change.choices.join(", "));
    for held in &change.held {
        page.field("Not Enforce", held);
    }
    for node in &change.nodes {
        let away = if node.answers { "" } else { ", away" };
        page.line(format!(
            "{}: {}, serves its {} certificate, {}{away}",
            node.name, node.outcome, node.serves, node.mode
        ));
        page.field("Now", &node.work);
        for trouble in &node.troubles {
            page.field("Not right", trouble);
        }
    }
    for line in &change.log {
        let node = line.node.as_deref().map_or(String::new(), |node| format!(" {node}"));
        page.line(format!("{} [{}]{node} {}", line.at, line.step, line.what));
    }
}
