//! `certway verify`: does a certificate chain to a trusted CA.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::{Purpose, Time};
use certway_wire::{Reason, Verification};
use clap::{Args, ValueEnum};

use super::check::Format;
use super::input::{Unreadable, read, read_all};
use super::text::{Page, Tone, path, print_json};
use crate::verification::{Name, Question, object_identifier};

/// Validate a certificate's path to a trusted CA (RFC 5280).
///
/// Every reason against it is given, not the first, and for every path that was tried. With a purpose, certificates must
/// also keep RFC 5280's rules for what they may say, and those of strict TLS clients. Exit status: 0 valid, 2 not valid, 64 usage, 66 a file cannot be read.
#[derive(Args)]
pub(super) struct Verify {
    /// Trusted CA certificates, self-signed or not; may be repeated.
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,
    /// Certificates that may help to build the path; may be repeated.
    #[arg(long, value_name = "FILE")]
    untrusted: Vec<PathBuf>,
    /// Revocation lists. With any, every certificate but the trusted one needs a list that is valid.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// The time to validate at, RFC 3339; now, if left out.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Time>,
    /// What the certificate shall be used for.
    #[arg(long, value_enum, default_value_t)]
    purpose: PurposeName,
    /// The DNS name that it shall be for.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["ip", "email"])]
    dns: Option<String>,
    /// The address that it shall be for.
    #[arg(long, value_name = "ADDR", conflicts_with = "email")]
    ip: Option<IpAddr>,
    /// The mail address that it shall be for.
    #[arg(long, value_name = "ADDR")]
    email: Option<String>,
    /// The most intermediate certificates allowed.
    #[arg(long, value_name = "N")]
    max_intermediates: Option<usize>,
    /// A policy of which one must be valid for the path, as dotted decimals; may be repeated. Without any, all are accepted.
    #[arg(long, value_name = "OID", value_parser = object_identifier)]
    policy: Vec<String>,
    /// The path must be valid for an accepted policy (RFC 5280: initial-explicit-policy).
    #[arg(long)]
    require_explicit_policy: bool,
    /// No CA may map one policy to another (initial-policy-mapping-inhibit).
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// anyPolicy in a CA certificate stands for nothing (initial-any-policy-inhibit).
    #[arg(long)]
    inhibit_any_policy: bool,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The certificate, PEM or DER; - is standard input. Others in the file help to build the path.
    file: PathBuf,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum PurposeName {
    #[default]
    Any,
    Server,
    Client,
}

impl Verify {
    pub(super) fn run(self) -> ExitCode {
        let verification = match self.verify() {
            Ok(verification) => verification,
            Err(unreadable) => return unreadable.report(),
        };
        match self.format {
            Format::Json => print_json(&verification),
            Format::Text => print(&verification),
        }
        if verification.valid { ExitCode::SUCCESS } else { ExitCode::from(2) }
    }

    fn verify(&self) -> Result<Verification, Unreadable> {
        let dns = self.dns.clone().map(Name::Dns);
        let question = Question {
            file: read(&self.file)?,
            trusted: read_all(&self.trusted)?,
            untrusted: read_all(&self.untrusted)?,
            crls: read_all(&self.crl)?,
            at: self.at,
            purpose: match self.purpose {
                PurposeName::Any => Purpose::Any,
                PurposeName::Server => Purpose::Server,
                PurposeName::Client => Purpose::Client,
            },
            name: dns.or(self.ip.map(Name::Ip)).or_else(|| self.email.clone().map(Name::Email)),
            maximum_intermediates: self.max_intermediates,
            policies: self.policy.clone(),
            require_explicit_policy: self.require_explicit_policy,
            inhibit_policy_mapping: self.inhibit_policy_mapping,
            inhibit_any_policy: self.inhibit_any_policy,
        };
        Ok(question.answer())
    }
}

fn print(verification: &Verification) {
    let mut page = Page::new();
    let verdict =
        if verification.valid { page.paint(Tone::Good, "Valid.") } else { page.paint(Tone::Bad, "Not valid.") };
    page.line(verdict);
    path(&mut page, &verification.path);
    reasons(&mut page, &verification.reasons);
    let others = || verification.attempts.iter().filter(|attempt| attempt.path != verification.path);
    for (number, attempt) in others().enumerate() {
        page.line("");
        page.line(format!("Another path that was tried ({} of {}):", number + 1, others().count()));
        path(&mut page, &attempt.path);
    }
    page.print();
}

pub(super) fn reasons(page: &mut Page, reasons: &[Reason]) {
    for reason in reasons {
        page.line("");
        let rule = page.paint(Tone::Bad, &reason.rule);
        page.line(format!("{rule}: {}", reason.message));
        page.field("Certificate", &reason.certificate);
        page.field("Source", &reason.source);
    }
}
