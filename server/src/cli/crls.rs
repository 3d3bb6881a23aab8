//! `certway crls`: the node's certificate revocation lists, and where they come from, on the node itself.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::node::{Crls as Lists, RemoveCrls, StoredCrl};
use certway_wire::revocation::{OcspFallback, RevocationSources, RevocationUpdates};
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::Value;

use super::agreement::agreed;
use super::answer::{self, Refusal};
use super::check::Format;
use super::input::read;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::{self, Control};

const LISTS: &str = "/api/v1/crls";
const SETTINGS: &str = "/api/v1/crls/settings";
const DOWNLOAD: &str = "/api/v1/crls/download";

/// List, add, remove and download certificate revocation lists, and set where they come from.
///
/// Works while the node runs, on the node itself only; what is changed is in force at once. Exit status: 0 done, 1 the node is not there, 2
/// refused, or a source failed, 64 usage, 66 a file cannot be read.
#[derive(Args)]
pub(super) struct Crls {
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
    /// Show the lists that the node keeps.
    List,
    /// Store the lists of a file, each in the place of the former one of its issuer; all of them, or none.
    Add {
        /// One or more lists, PEM; - is standard input.
        file: PathBuf,
    },
    /// Remove lists. What they revoke counts as in force again.
    Remove {
        /// The list's issuer as `certway crls list` shows it, or the SHA-256 of its DER, hexadecimal with or without colons.
        #[arg(required = true, value_name = "ISSUER|FINGERPRINT")]
        lists: Vec<String>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Ask all sources now, responders (OCSP) too, and say what came of each. A source that does not answer takes 30 seconds.
    Download,
    /// Show where lists come from, who is asked about certificates, and what came of it; or change what is named, and nothing else.
    Settings(Box<Settings>),
}

#[derive(Args)]
struct Settings {
    /// Where lists are downloaded from, HTTP or HTTPS; may be repeated. These take the place of the former ones.
    #[arg(long = "url", value_name = "URL")]
    urls: Vec<String>,
    /// Download from no URL.
    #[arg(long, conflicts_with = "urls")]
    no_urls: bool,
    /// When, each day, UTC.
    #[arg(long, value_name = "HH:MM")]
    time: Option<String>,
    /// Whether the distribution points are followed that the node's own certificates and their CAs name.
    #[arg(long, value_enum, value_name = "SWITCH")]
    distribution_points: Option<Switch>,
    /// A host that URLs inside certificates may lead to; may be repeated. These take the place of the former ones.
    #[arg(long = "allow-host", value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Let URLs inside certificates lead nowhere.
    #[arg(long, conflicts_with = "allowed_hosts")]
    no_hosts: bool,
    /// Whether responders are asked about the node's own certificates.
    #[arg(long, value_enum, value_name = "SWITCH")]
    ocsp: Option<Switch>,
    /// Who is asked in place of the responders that certificates name.
    #[arg(long, value_name = "URL")]
    ocsp_responder: Option<String>,
    /// Ask the responders that certificates name.
    #[arg(long, conflicts_with = "ocsp_responder")]
    no_ocsp_responder: bool,
    /// What a certificate counts as while no responder answers.
    #[arg(long, value_enum, value_name = "STATE")]
    ocsp_fallback: Option<Fallback>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
enum Fallback {
    NotRevoked,
    Revoked,
}

impl Crls {
    pub(super) fn run(self) -> ExitCode {
        let file = match &self.action {
            Action::Add { file } => match read(file) {
                Ok(bytes) => Some(bytes),
                Err(unreadable) => return unreadable.report(),
            },
            _ => None,
        };
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let done = match self.action {
            Action::List => node.get(LISTS).map(|answer| answer::say(&answer, self.format, lists)),
            Action::Add { .. } => {
                let file = file.as_ref().map_or(&[][..], |file| file.as_slice());
                node.upload(LISTS, file).map(|answer| answer::say(&answer, self.format, changed))
            }
            Action::Remove { lists, yes } => remove(&node, &lists, yes, self.format),
            Action::Download => {
                node.send(Method::POST, DOWNLOAD, &Value::Null).map(|answer| downloaded(&answer, self.format))
            }
            Action::Settings(settings) => settings.set(&node, self.format),
        };
        done.unwrap_or_else(|error| super::fail(&error))
    }
}

fn remove(node: &Control, named: &[String], yes: bool, format: Format) -> Result<ExitCode, control::Error> {
    let kept: Lists = match answer::read(&node.get(LISTS)?) {
        Ok(kept) => kept,
        Err(refusal) => return Ok(refusal.say(format)),
    };
    let mut fingerprints = Vec::new();
    for name in named {
        match fingerprint(&kept.crls, name) {
            Ok(fingerprint) => fingerprints.push(fingerprint),
            Err(refusal) => return Ok(refusal.say(format)),
        }
    }
    let question = "What these lists revoke counts as in force again. Remove them?";
    if !yes && !agreed(question, "say --yes to remove them") {
        return Ok(ExitCode::FAILURE);
    }
    let answer = node.send(Method::DELETE, LISTS, &RemoveCrls { fingerprints })?;
    Ok(answer::say(&answer, format, changed))
}

/// The one list that is meant. What looks like a fingerprint is left to the node to know.
fn fingerprint(kept: &[StoredCrl], name: &str) -> Result<String, Refusal> {
    let hexadecimal: String = name.chars().filter(|character| *character != ':').collect();
    if hexadecimal.len() == 64 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(hexadecimal.to_ascii_lowercase());
    }
    let of_issuer: Vec<&StoredCrl> = kept.iter().filter(|list| list.decoded.issuer == name).collect();
    match of_issuer.as_slice() {
        [list] => Ok(list.fingerprint.clone()),
        [] => Err(Refusal::new(format!(
            "There is no certificate revocation list whose issuer is '{name}'; `certway crls list` shows those that there are. Nothing was changed."
        ))),
        several => {
            let fingerprints: Vec<&str> = several.iter().map(|list| list.fingerprint.as_str()).collect();
            Err(Refusal::new(format!(
                "There are {} lists of '{name}'. Name the fingerprint instead: {}. Nothing was changed.",
                several.len(),
                fingerprints.join(", ")
            )))
        }
    }
}

impl Settings {
    /// Nothing is named: they are to be shown.
    fn set(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        let shown = node.get(SETTINGS)?;
        let current: RevocationUpdates = match answer::read(&shown) {
            Ok(current) => current,
            Err(refusal) => return Ok(refusal.say(format)),
        };
        let wanted = self.changed(current.settings.clone());
        if wanted == current.settings {
            return Ok(answer::say(&shown, format, settings));
        }
        let answer = node.send(Method::PUT, SETTINGS, &wanted)?;
        Ok(answer::say(&answer, format, settings))
    }

    fn changed(self, current: RevocationSources) -> RevocationSources {
        RevocationSources {
            urls: if self.no_urls || !self.urls.is_empty() { self.urls } else { current.urls },
            time: self.time.unwrap_or(current.time),
            follow_distribution_points: self
                .distribution_points
                .map_or(current.follow_distribution_points, |switch| switch == Switch::On),
            allowed_hosts: if self.no_hosts || !self.allowed_hosts.is_empty() {
                self.allowed_hosts
            } else {
                current.allowed_hosts
            },
            ocsp: self.ocsp.map_or(current.ocsp, |switch| switch == Switch::On),
            ocsp_responder: if self.no_ocsp_responder { None } else { self.ocsp_responder.or(current.ocsp_responder) },
            ocsp_fallback: self.ocsp_fallback.map_or(current.ocsp_fallback, |fallback| match fallback {
                Fallback::NotRevoked => OcspFallback::NotRevoked,
                Fallback::Revoked => OcspFallback::Revoked,
            }),
        }
    }
}

fn downloaded(answer: &control::Answer, format: Format) -> ExitCode {
    let said = answer::say(answer, format, settings);
    let failed =
        answer::read::<RevocationUpdates>(answer).is_ok_and(|updates| updates.results.iter().any(|result| !result.ok));
    if failed { ExitCode::from(answer::REFUSED) } else { said }
}

fn lists(page: &mut Page, lists: &Lists) {
    if lists.crls.is_empty() {
        page.line("The node keeps no certificate revocation lists.");
    }
    for StoredCrl { fingerprint, stored_at, decoded } in &lists.crls {
        page.line(&decoded.issuer);
        page.field("Made", &decoded.this_update);
        page.field("Next due", decoded.next_update.as_deref().unwrap_or("never"));
        page.field("Revokes", counted(decoded.revoked.into(), "certificate"));
        page.field("Number", decoded.number.as_deref().unwrap_or_default());
        page.field("Signature", &decoded.signature_algorithm);
        page.field("Stored", stored_at);
        page.field("SHA-256", fingerprint);
    }
}

fn counted(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// What became of the lists of a file, or of those that were removed.
fn changed(page: &mut Page, answer: &Value) {
    let words = [
        ("added", "new"),
        ("replaced", "in the place of an older one"),
        ("known", "there already"),
        ("older", "left out: a newer one is there"),
        ("unrecognised", "left out: no CA of the trusted CA list signed it, and a recognised one is there"),
        ("future", "left out: it is dated in the future, and one in force is there"),
        ("removed", "removed"),
    ];
    for (name, word) in words {
        match answer[name].as_u64() {
            None | Some(0) => {}
            Some(number) => page.line(format!("{number} {word}.")),
        }
    }
    page.line(format!("The node keeps {}.", counted(answer["total"].as_u64().unwrap_or_default(), "list")));
    for finding in answer["report"]["findings"].as_array().into_iter().flatten() {
        answer::finding(page, finding);
    }
}

fn settings(page: &mut Page, updates: &RevocationUpdates) {
    let set = &updates.settings;
    let listed = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let responder = set.ocsp_responder.as_deref().unwrap_or("those that certificates name");
    page.line("Where revocation lists come from, and who is asked about certificates");
    page.field("URLs", listed(&set.urls));
    page.field("Daily at", format!("{} UTC", set.time));
    page.field("Points", if set.follow_distribution_points { "followed" } else { "not followed" });
    page.field("Hosts", listed(&set.allowed_hosts));
    page.field("OCSP", if set.ocsp { "on" } else { "off" });
    page.field("Responder", responder);
    page.field(
        "Unanswered",
        match set.ocsp_fallback {
            OcspFallback::NotRevoked => "counts as not revoked",
            OcspFallback::Revoked => "counts as revoked",
        },
    );
    page.field("Asked", updates.updated_at.as_deref().unwrap_or("never"));
    for result in &updates.results {
        let word = match (result.revoked, result.ok) {
            (true, _) => page.paint(Tone::Bad, "revoked"),
            (false, true) => page.paint(Tone::Good, "fine"),
            (false, false) => page.paint(Tone::Bad, "failed"),
        };
        page.line(format!("{word} {}: {}", result.url, result.message));
    }
    for subject in &updates.not_yet_asked {
        page.line(format!("No responder was asked yet about {subject}."));
    }
}
