//! `certway check`: judges one upload exactly as page and node do.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::{Context, Kind, SecurityLevel, Time, Upload, Wildcards, judge};
use certway_wire::{Decision, Finding, Part, Report, Severity};
use clap::{Args, ValueEnum};

use super::input::{Unreadable, read, read_all, read_optional, slices};
use super::text::{Page, Tone, path, print_json};
use crate::clock;

/// Judge an upload, with no node running.
///
/// The answer is what page and node would say. Exit status: 0 accepted, 1 accepted with warnings, 2 refused, 64 usage,
/// 66 a file cannot be read.
#[derive(Args)]
pub(super) struct Check {
    /// Into which box the file is dropped.
    #[arg(long = "as", value_name = "KIND", value_parser = kinds(), default_value = "server-certificate")]
    kind: Kind,
    /// The certificate that an uploaded key must match.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The private key uploaded with the certificate.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The trusted CA list as it stands; may be repeated. Without it the list is empty.
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,
    /// A certificate revocation list at hand; may be repeated.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// The key now in use (private, public, or its certificate).
    #[arg(long, value_name = "FILE")]
    current_key: Option<PathBuf>,
    /// The certificate signing request in progress.
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// The time to judge at, RFC 3339; now, if left out.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Time>,
    /// What is an acceptable level of security: 80, 112 or 128 bits, with the lifetimes of public CAs or without.
    #[arg(long, value_name = "LEVEL", value_parser = levels(), default_value = "standard")]
    security_level: SecurityLevel,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The file to judge, PEM; - is standard input.
    file: PathBuf,
}

/// Text for people, or JSON for programs.
#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

fn kinds() -> impl clap::builder::TypedValueParser<Value = Kind> {
    use clap::builder::TypedValueParser as _;
    let names = Kind::ALL.map(Kind::name);
    // The parser has let only the names of kinds through.
    clap::builder::PossibleValuesParser::new(names)
        .map(|name| Kind::from_name(&name).unwrap_or(Kind::ServerCertificate))
}

pub(super) fn levels() -> impl clap::builder::TypedValueParser<Value = SecurityLevel> {
    use clap::builder::TypedValueParser as _;
    let names = SecurityLevel::ALL.map(SecurityLevel::name);
    clap::builder::PossibleValuesParser::new(names).map(|name| SecurityLevel::from_name(&name).unwrap_or_default())
}

impl Check {
    pub(super) fn run(self) -> ExitCode {
        match self.judge() {
            Ok(report) => self.answer(&report),
            Err(unreadable) => unreadable.report(),
        }
    }

    fn judge(&self) -> Result<Report, Unreadable> {
        let file = read(&self.file)?;
        let key = read_optional(self.key.as_deref())?;
        let certificate = read_optional(self.certificate.as_deref())?;
        let trusted = read_all(&self.trusted)?;
        let crls = read_all(&self.crl)?;
        let current_key = read_optional(self.current_key.as_deref())?;
        let csr = read_optional(self.csr.as_deref())?;
        let upload = Upload {
            kind: self.kind,
            file: &file,
            private_key: key.as_ref().map(|key| key.as_slice()),
            certificate: certificate.as_ref().map(|certificate| certificate.as_slice()),
        };
        let context = Context {
            now: self.at.unwrap_or_else(clock::now),
            trusted_cas: Some(&slices(&trusted)),
            crls: &slices(&crls),
            current_key: current_key.as_ref().map(|key| key.as_slice()),
            csr: csr.as_ref().map(|csr| csr.as_slice()),
            wildcards: Wildcards::Refuse,
            security_level: self.security_level,
        };
        Ok(Report::from(&judge(&upload, &context)))
    }

    fn answer(&self, report: &Report) -> ExitCode {
        match self.format {
            Format::Json => print_json(report),
            Format::Text => self.print(report),
        }
        ExitCode::from(match report.decision {
            Decision::Accept => 0,
            Decision::AcceptWithWarnings => 1,
            Decision::Refuse => 2,
        })
    }

    fn print(&self, report: &Report) {
        let mut page = Page::new();
        let verdict = page.paint(tone(report), &verdict(self.kind, report));
        page.line(verdict);
        for finding in &report.findings {
            page.line("");
            print_finding(&mut page, finding);
        }
        if !report.path.is_empty() {
            page.line("");
            let heading = page.paint(Tone::Heading, "Chain of trust");
            page.line(heading);
            path(&mut page, &report.path);
        }
        if let Some(weakest) = &report.weakest_link {
            let (subject, what, bits) = (&weakest.subject, &weakest.what, weakest.strength_bits);
            page.field("Weakest", format!("'{subject}': {what} ({bits} bits)"));
        }
        page.print();
    }
}

fn tone(report: &Report) -> Tone {
    match report.decision {
        Decision::Accept => Tone::Good,
        Decision::AcceptWithWarnings => Tone::Warning,
        Decision::Refuse => Tone::Bad,
    }
}

/// One sentence: what will become of the upload.
fn verdict(kind: Kind, report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let counted = |number, word: &str| if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") };
    let warnings = match count(Severity::Warning) {
        0 => String::new(),
        number => format!(" {}.", counted(number, "warning")),
    };
    if report.decision == Decision::Refuse {
        return format!("Will be refused: {}.", counted(count(Severity::Error), "error"));
    }
    if let Some(change) = report.trusted_cas {
        let (added, known, total) = (change.added, change.known, change.total);
        return format!("Will be appended: {added} new, {known} known; {total} in the list then.{warnings}");
    }
    match kind {
        Kind::ServerCertificate | Kind::ClientCertificate if report.loadable => {
            format!("Will be stored and loaded at once.{warnings}")
        }
        Kind::ServerCertificate | Kind::ClientCertificate => {
            format!("Will be stored, not loaded: it waits for what the warnings name.{warnings}")
        }
        Kind::PrivateKey if report.loadable => format!("The private key can be used.{warnings}"),
        Kind::PrivateKey => format!("The private key can be read, and TLS cannot sign with it.{warnings}"),
        Kind::TrustedCa | Kind::Crl => format!("Will be stored.{warnings}"),
    }
}

fn print_finding(page: &mut Page, finding: &Finding) {
    let (tone, word) = match finding.severity {
        Severity::Error => (Tone::Bad, "error"),
        Severity::Warning => (Tone::Warning, "warning"),
        Severity::Advice => (Tone::Advice, "advice"),
    };
    let alarm = if finding.alarm { ", raises an alarm" } else { "" };
    let word = page.paint(tone, word);
    page.line(format!("{word} {}{alarm}: {}", finding.rule, finding.message));
    page.field("Where", place(finding));
    page.field("Found", finding.found.as_deref().unwrap_or_default());
    page.field("Wanted", finding.wanted.as_deref().unwrap_or_default());
    page.field("Remedy", &finding.remedy);
    page.field("Source", &finding.source);
}

fn place(finding: &Finding) -> String {
    let mut text = String::from(match finding.place.part {
        Part::Certificate => "certificate file",
        Part::PrivateKey => "private key file",
        Part::TrustedCa => "trusted CA file",
        Part::Crl => "revocation list",
        Part::Csr => "certificate signing request",
    });
    if let Some(line) = finding.place.line {
        text.push_str(&format!(", line {line}"));
    }
    if let Some(block) = finding.place.block {
        text.push_str(&format!(", block {}", block + 1));
    }
    if let Some(field) = &finding.place.field {
        text.push_str(&format!(", {field}"));
    }
    text
}
