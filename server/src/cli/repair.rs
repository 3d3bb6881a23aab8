//! `certway repair`: files in, files out.

mod output;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certway_core::{Context, RepairFile, Time};
use certway_wire::{Filled, RepairOutcome, RepairReport};
use clap::Args;
use output::Existing;
use serde::Serialize;
use zeroize::Zeroizing;

use super::check::Format;
use super::input::{Unreadable, read_all, slices};
use super::text::{Page, Tone, print_json};
use crate::{clock, passphrase};

/// Bring certificates and keys into the form that a node takes: PEM, in order, decrypted, sorted.
///
/// Takes bundles apart (PKCS#12, PKCS#7, one file with everything), puts the chain in order, takes out the root and
/// duplicates, decrypts keys, and writes DER, UTF-16, PKCS#1 and SEC 1 anew. All files are repaired together. A
/// passphrase is asked on the terminal when one is needed. Nothing leaves this machine, and no file is changed.
///
/// Exit status: 0 repaired, or nothing to do; 1 repaired, and something remains to be done; 2 cannot be repaired;
/// 64 usage; 66 a file cannot be read; 73 a file cannot be written.
#[derive(Args)]
pub(super) struct Repair {
    /// A file whose first line is the passphrase of all that is protected.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The trusted CA list as it stands; may be repeated. What is in it is not offered again, and what is missing in it is
    /// named. Without it the list is not known.
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,
    /// The folder to write into: certificate.pem, private-key.pem, trusted-cas.pem, crl.pem and request.pem, as far as
    /// they are there. Without it the plan is printed and nothing written.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write over files that are in the folder already.
    #[arg(long, requires = "out")]
    force: bool,
    /// The time to judge at, RFC 3339; now, if left out.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Time>,
    /// Text for people, or JSON for programs. Neither has the private key, which is only written into a file.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The files to repair, together; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How often a passphrase is asked for.
const ATTEMPTS: usize = 3;

/// What `--format json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    report: &'a RepairReport,
    /// The files that were written.
    written: Vec<String>,
}

/// The boxes by the names of their files.
fn boxes(report: &RepairReport) -> impl Iterator<Item = (&'static str, &Filled)> {
    let named = [
        ("trusted-cas.pem", &report.trusted_cas),
        ("certificate.pem", &report.certificate),
        ("private-key.pem", &report.private_key),
        ("crl.pem", &report.crl),
        ("request.pem", &report.csr),
    ];
    named.into_iter().filter_map(|(name, filled)| Some((name, filled.as_ref()?)))
}

impl Repair {
    pub(super) fn run(self) -> ExitCode {
        let mut report = match self.repair() {
            Ok(report) => report,
            Err(unreadable) => return unreadable.report(),
        };
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        let written = match &self.out {
            None => Vec::new(),
            Some(folder) => match output::write(folder, boxes(&report), existing) {
                Ok(written) => written,
                Err(unwritable) => return unwritable.report(),
            },
        };
        // From here on the key is in its file, and nowhere else.
        if let Some(key) = &mut report.private_key {
            key.pem = Zeroizing::default();
        }
        match self.format {
            Format::Json => {
                print_json(&Answer { report: &report, written: written.iter().map(|path| shown(path)).collect() })
            }
            Format::Text => self.print(&report, &written),
        }
        ExitCode::from(match report.outcome {
            RepairOutcome::NothingToDo | RepairOutcome::Repaired => 0,
            RepairOutcome::SomethingRemains => 1,
            RepairOutcome::CannotBeRepaired => 2,
        })
    }

    fn repair(&self) -> Result<RepairReport, Unreadable> {
        let bytes = read_all(&self.files)?;
        let trusted = read_all(&self.trusted)?;
        let names: Vec<String> = self.files.iter().map(|path| shown(path)).collect();
        let files: Vec<RepairFile<'_>> =
            names.iter().zip(&bytes).map(|(name, bytes)| RepairFile { name, bytes }).collect();
        let trusted = slices(&trusted);
        let now = self.at.unwrap_or_else(clock::now);
        // Without a list nobody can say that the root of the chain is missing there.
        let trusted_cas = (!trusted.is_empty()).then_some(trusted.as_slice());
        let context = Context { trusted_cas, ..Context::at(now) };
        let with = |passphrase: Option<&str>| RepairReport::from(&certway_core::repair(&files, passphrase, &context));

        if let Some(file) = &self.passphrase_file {
            let passphrase = passphrase::from_file(file).map_err(|error| Unreadable::new(file, error))?;
            return Ok(with(Some(passphrase.as_str())));
        }
        let mut report = with(None);
        // A script is not asked; its standard input is no terminal.
        let mut attempts = if std::io::stdin().is_terminal() { ATTEMPTS } else { 0 };
        while report.needs_passphrase && attempts > 0 {
            attempts -= 1;
            for problem in report.problems.iter().filter(|problem| problem.id.starts_with("passphrase-")) {
                // A closed standard error is no reason to stop.
                let _ = writeln!(std::io::stderr(), "{}: {}.", problem.file, problem.message);
            }
            let Some(typed) = passphrase::from_terminal("Passphrase: ") else { break };
            report = with(Some(typed.as_str()));
        }
        Ok(report)
    }

    fn print(&self, report: &RepairReport, written: &[PathBuf]) {
        let mut page = Page::new();
        let verdict = page.paint(tone(report), &verdict(report));
        page.line(verdict);
        for step in &report.steps {
            page.line("");
            let id = page.paint(Tone::Good, &step.id);
            page.line(format!("{id} {}: {}", step.file, step.message));
            page.field("Before", &step.before);
            page.field("After", &step.after);
        }
        for problem in &report.problems {
            page.line("");
            let id = page.paint(Tone::Bad, &problem.id);
            let file = if problem.file.is_empty() { String::new() } else { format!(" {}", problem.file) };
            page.line(format!("{id}{file}: {}.", problem.message));
            page.field("Remedy", &problem.remedy);
        }
        if boxes(report).next().is_some() {
            self.print_files(&mut page, report, written);
        }
        page.print();
    }

    fn print_files(&self, page: &mut Page, report: &RepairReport, written: &[PathBuf]) {
        let folder = self.out.as_deref().unwrap_or(Path::new(""));
        let path = |name: &str| shown(&folder.join(name));
        page.line("");
        let heading = if written.is_empty() { "Would be written, with --out DIR" } else { "Written" };
        let heading = page.paint(Tone::Heading, heading);
        page.line(heading);
        for (name, filled) in boxes(report) {
            page.line(format!("    {}", path(name)));
            for line in &filled.contents {
                page.line(format!("        {line}"));
            }
        }
        page.line("");
        let heading = page.paint(Tone::Heading, "Then");
        page.line(heading);
        let mut number = 0;
        let mut next = |text: String| {
            number += 1;
            page.line(format!("    {number}. {text}"));
        };
        if report.trusted_cas.is_some() {
            let file = path("trusted-cas.pem");
            next(format!("Append {file} to the trusted CA list: Maintenance > Security > Trusted CA certificate."));
        }
        match (&report.certificate, &report.private_key) {
            (Some(_), Some(_)) => next(format!(
                "Upload {} with {}: Maintenance > Security > Server certificate.",
                path("certificate.pem"),
                path("private-key.pem")
            )),
            (Some(_), None) => next(format!(
                "Upload {} with its private key, or to the node that made its request: Maintenance > Security > Server \
                 certificate.",
                path("certificate.pem")
            )),
            (None, Some(_)) => next(format!("Upload {} together with its certificate.", path("private-key.pem"))),
            (None, None) => {}
        }
    }
}

fn tone(report: &RepairReport) -> Tone {
    match report.outcome {
        RepairOutcome::NothingToDo | RepairOutcome::Repaired => Tone::Good,
        RepairOutcome::SomethingRemains => Tone::Warning,
        RepairOutcome::CannotBeRepaired => Tone::Bad,
    }
}

/// One sentence: how it went.
fn verdict(report: &RepairReport) -> String {
    let counted = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    };
    let (steps, problems) = (counted(report.steps.len(), "step"), counted(report.problems.len(), "problem"));
    match report.outcome {
        RepairOutcome::NothingToDo => "Nothing to do: the files are as they should be.".to_owned(),
        RepairOutcome::Repaired => format!("Repaired in {steps}."),
        RepairOutcome::SomethingRemains if report.steps.is_empty() => {
            format!("Nothing to repair, and {problems} left.")
        }
        RepairOutcome::SomethingRemains => format!("Repaired in {steps}, and {problems} left."),
        RepairOutcome::CannotBeRepaired => format!("Cannot be repaired: {problems}."),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
