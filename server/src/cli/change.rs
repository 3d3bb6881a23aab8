//! `certway change`: the change of server certificates across the nodes of a cluster.

mod running;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::{Time, decode_certificates, decoded};
use certway_rollout::{CaId, Cluster, CredentialId, LeftOut, Mode, Node, Settings, Wanted, propose};
use certway_wire::change::{ChangeForced, ChangeOffer, ChangePlan, ChangeRefusal, ChangeStep};
use clap::{Args, Subcommand, ValueEnum};

use super::check::Format;
use super::input::{Unreadable, read, read_all};
use super::text::{Page, Tone, print_json};
use crate::clock;
use crate::peers::Peers;

/// The exit status of a change that could not end as it began.
const WOULD_BREAK: u8 = 2;

/// Change the server certificates of all nodes of a cluster: plan it, begin it, watch it, decide in it.
#[derive(Args)]
pub(super) struct Change {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Plan(Plan),
    Begin(running::Begin),
    Show(running::Show),
    Decide(running::Decide),
}

/// Say what each step of a change does, and who would refuse whom after it. Nothing is connected to, and nothing is changed.
///
/// The steps are those of 'Changing an existing server certificate': new CAs, Permissive, new certificates, restarts one at a time, Enforce, old CAs
/// deleted. Beside them an order is shown that never needs Permissive, or the pair of nodes that forces it. Nodes verify each other under Enforce by
/// name, chain, both key usages of TLS, and the revocation lists given. Exit status: 0 it can be done, 2 not so, 64 usage, 66 a file cannot be read.
#[derive(Args)]
struct Plan {
    /// The trusted CA list that all nodes share; may be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    trusted: Vec<PathBuf>,
    /// New CAs, appended before anything else; may be repeated.
    #[arg(long, value_name = "FILE")]
    append: Vec<PathBuf>,
    /// CAs that are no longer needed, deleted at the end unless something still needs them; may be repeated.
    #[arg(long, value_name = "FILE")]
    delete: Vec<PathBuf>,
    /// Revocation lists; may be repeated.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// TLS verification mode before the change, and after it.
    #[arg(long, value_enum, default_value_t)]
    mode: ModeName,
    /// The node that restarts first; the first that is named, if left out.
    #[arg(long, value_name = "NAME")]
    primary: Option<String>,
    /// The time to judge at, RFC 3339; now, if left out.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Time>,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// A node: its name, what it serves, and what takes its place. Without that it keeps what it has.
    #[arg(required = true, value_name = "NAME=FILE[,NEW]", value_parser = node)]
    nodes: Vec<Named>,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ModeName {
    Permissive,
    #[default]
    Enforce,
}

/// A node as the command line names it.
#[derive(Clone)]
struct Named {
    name: String,
    serves: PathBuf,
    new: Option<PathBuf>,
}

fn node(text: &str) -> Result<Named, String> {
    let (name, files) = text.split_once('=').ok_or("it is to be NAME=FILE or NAME=FILE,NEW")?;
    let (serves, new) = files.split_once(',').map_or((files, None), |(serves, new)| (serves, Some(new)));
    if name.is_empty() || serves.is_empty() || new == Some("") {
        return Err("it is to be NAME=FILE or NAME=FILE,NEW".to_owned());
    }
    Ok(Named { name: name.to_owned(), serves: serves.into(), new: new.map(PathBuf::from) })
}

impl Change {
    pub(super) fn run(self) -> ExitCode {
        let done = match self.action {
            Action::Plan(plan) => plan.run(),
            Action::Begin(begin) => begin.run(),
            Action::Show(show) => Ok(show.run()),
            Action::Decide(decide) => Ok(decide.run()),
        };
        match done {
            Ok(status) => status,
            Err(unreadable) => unreadable.report(),
        }
    }
}

impl Plan {
    fn run(self) -> Result<ExitCode, Unreadable> {
        let (peers, cluster, wanted) = self.gathered()?;
        let Some(offer) = propose(&cluster, &wanted, &peers) else {
            // A closed standard error is no reason to fail in another way.
            let _ = writeln!(
                std::io::stderr(),
                "certway: there is no node of the name '{}' among those named; --primary is one of them",
                cluster.primary
            );
            return Ok(ExitCode::from(super::USAGE));
        };
        let shown = ChangeOffer::from(&offer);
        match self.format {
            Format::Json => print_json(&shown),
            Format::Text => {
                let mut page = Page::new();
                let decoded = peers.cas.values().flat_map(|(der, _)| decode_certificates(der));
                print(&mut page, &shown, &names_of(decoded.map(|(_, ca)| ca)));
                page.print();
            }
        }
        Ok(status(&shown))
    }

    fn gathered(&self) -> Result<(Peers, Cluster, Wanted), Unreadable> {
        let mut cas = BTreeMap::new();
        let mut ids = |files: &[PathBuf]| {
            let mut ids: Vec<CaId> = Vec::new();
            for file in read_all(files)? {
                for (id, ca) in Peers::cas_of(&file) {
                    cas.insert(id.clone(), ca);
                    ids.push(id);
                }
            }
            Ok::<_, Unreadable>(ids)
        };
        let (trusted, append, delete) = (ids(&self.trusted)?, ids(&self.append)?, ids(&self.delete)?);
        let mut credentials = BTreeMap::new();
        let mut nodes = Vec::new();
        for named in &self.nodes {
            let mut credential = |which: &str, path: &PathBuf| {
                let id = CredentialId(format!("{} {which}", named.name));
                credentials.insert(id.clone(), read(path)?.to_vec());
                Ok::<_, Unreadable>(id)
            };
            let waits = named.new.as_ref().map(|path| credential("new", path)).transpose()?;
            nodes.push(Node {
                name: named.name.clone(),
                answers: true,
                left_out: waits.is_none().then_some(LeftOut::Chosen),
                serves: credential("former", &named.serves)?,
                csr: waits.is_some(),
                waits,
            });
        }
        let crls = read_all(&self.crl)?.iter().map(|file| file.to_vec()).collect();
        let peers = Peers { cas, credentials, clients: BTreeMap::new(), crls, at: self.at.unwrap_or_else(clock::now) };
        let primary = self.primary.clone().unwrap_or_else(|| self.nodes[0].name.clone());
        let mode = match self.mode {
            ModeName::Permissive => Mode::Permissive,
            ModeName::Enforce => Mode::Enforce,
        };
        let wanted = Wanted { change: 1, append, delete, settings: Settings::default() };
        Ok((peers, Cluster { nodes, primary, trusted, mode }, wanted))
    }
}

/// What CAs are called, by their fingerprints.
type Names = BTreeMap<String, String>;

fn names_of(cas: impl Iterator<Item = decoded::Certificate>) -> Names {
    cas.map(|ca| (ca.fingerprint_sha256, ca.subject)).collect()
}

/// Whether the change can be done.
fn status(offer: &ChangeOffer) -> ExitCode {
    let fine = offer.never_enforced.is_empty() && offer.missing.is_empty();
    if fine { ExitCode::SUCCESS } else { ExitCode::from(WOULD_BREAK) }
}

fn called(fingerprint: &str, names: &Names) -> String {
    let name = names.get(fingerprint).map_or("", String::as_str);
    format!("{name} (SHA-256 {fingerprint})")
}

fn print(page: &mut Page, offer: &ChangeOffer, names: &Names) {
    let heading = page.paint(Tone::Heading, "Today");
    page.line(heading);
    refusals(page, &offer.refused);
    for missing in &offer.missing {
        let word = page.paint(Tone::Bad, "Missing:");
        page.line(format!("{word} {missing}."));
    }
    for left in &offer.left_out {
        page.line(format!("{} keeps its certificate: {}.", left.node, left.reason));
    }
    page.line("");
    let heading = page.paint(Tone::Heading, "In the specification's order");
    page.line(heading);
    steps(page, &offer.specification, names);
    for kept in &offer.kept {
        page.line(format!("{} stays: without it", called(&kept.ca, names)));
        refusals(page, &kept.breaks);
    }
    for broken in &offer.breaks {
        let word = page.paint(Tone::Warning, "Breaks when the CAs are deleted:");
        let what = super::what_breaks::called(broken.what);
        page.line(format!("{word} {what} {}, at {}. {}", broken.name, broken.nodes.join(", "), broken.consequence));
    }
    for note in &offer.notes {
        page.line(format!("Not looked at: {note}"));
    }
    if !offer.never_enforced.is_empty() {
        let word = page.paint(Tone::Bad, "Enforce could not come back at the end:");
        page.line(word);
        forced(page, &offer.never_enforced);
    }
    page.line("");
    match &offer.without_permissive {
        Some(plan) => {
            let heading = page.paint(Tone::Heading, "Without Permissive");
            page.line(heading);
            steps(page, plan, names);
        }
        None => {
            let heading = page.paint(Tone::Heading, "Not without Permissive, since");
            page.line(heading);
            forced(page, &offer.forced);
        }
    }
}

fn steps(page: &mut Page, plan: &ChangePlan, names: &Names) {
    if plan.steps.is_empty() {
        page.line("Nothing is to be done.");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        page.line(format!("{}. {}", number + 1, in_words(step, names)));
        page.field("Mode", if step.mode == "enforce" { "Enforce" } else { "Permissive" });
        refusals(page, &step.refused);
    }
}

fn in_words(step: &ChangeStep, names: &Names) -> String {
    let cas = || step.cas.iter().map(|ca| called(ca, names)).collect::<Vec<_>>().join(", ");
    match step.step.as_str() {
        "append-cas" => format!("Append to the trusted CA list of all nodes: {}", cas()),
        "permissive" => "Set the TLS verification mode to Permissive".to_owned(),
        "new-certificates" => "Upload the new certificate on every node".to_owned(),
        "restart" => format!("Restart {}, and wait until it has recovered", step.nodes.join(", ")),
        "enforce" => "Set the TLS verification mode back to Enforce".to_owned(),
        _ => format!("Delete from the trusted CA list: {}", cas()),
    }
}

fn refusals(page: &mut Page, refused: &[ChangeRefusal]) {
    if refused.is_empty() {
        let word = page.paint(Tone::Good, "every node verifies every other");
        page.field("Peers", word);
    }
    for refusal in refused {
        let word = page.paint(Tone::Bad, "would refuse");
        page.field(
            "Peers",
            format!(
                "{} {word} {} ({} certificate)",
                refusal.verifiers.join(", "),
                refusal.presented,
                refusal.certificate
            ),
        );
        for reason in &refusal.reasons {
            page.field("", reason);
        }
    }
}

fn forced(page: &mut Page, forced: &[ChangeForced]) {
    for one in forced {
        let when = match one.step.as_deref() {
            None => "today",
            Some("append-cas") => "after the new CAs",
            Some("restart") => "after a restart",
            Some("enforce") => "at the end",
            Some("delete-cas") => "after the deletion",
            Some(_) => "in between",
        };
        page.field("When", when);
        refusals(page, std::slice::from_ref(&one.refused));
    }
}
