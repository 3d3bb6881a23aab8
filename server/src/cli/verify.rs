//! `certway verify`: does a certificate chain to a trusted CA.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::{PeerName, Purpose, Time, VerifyRequest};
use certway_wire::Verification;
use clap::{Args, ValueEnum};

use super::check::Format;
use super::input::{Unreadable, read, read_all, slices};
use super::text::{Page, Tone, path, print_json};
use crate::clock;

/// Validate a certificate's path to a trusted CA (RFC 5280).
///
/// Every reason against it is given, not the first. Exit status: 0 valid, 2 not valid, 64 usage, 66 a file cannot be read.
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
        let file = read(&self.file)?;
        let trusted = read_all(&self.trusted)?;
        let untrusted = read_all(&self.untrusted)?;
        let crls = read_all(&self.crl)?;
        let dns = self.dns.as_deref().map(PeerName::Dns);
        let name = dns.or(self.ip.map(PeerName::Ip)).or(self.email.as_deref().map(PeerName::Email));
        let request = VerifyRequest {
            file: &file,
            trusted: &slices(&trusted),
            untrusted: &slices(&untrusted),
            crls: &slices(&crls),
            at: self.at.unwrap_or_else(clock::now),
            purpose: match self.purpose {
                PurposeName::Any => Purpose::Any,
                PurposeName::Server => Purpose::Server,
                PurposeName::Client => Purpose::Client,
            },
            name,
            maximum_intermediates: self.max_intermediates,
        };
        Ok(Verification::from(&certway_core::verify(&request)))
    }
}

fn print(verification: &Verification) {
    let mut page = Page::new();
    let verdict =
        if verification.valid { page.paint(Tone::Good, "Valid.") } else { page.paint(Tone::Bad, "Not valid.") };
    page.line(verdict);
    path(&mut page, &verification.path);
    for reason in &verification.reasons {
        page.line("");
        let rule = page.paint(Tone::Bad, &reason.rule);
        page.line(format!("{rule}: {}", reason.message));
        page.field("Certificate", &reason.certificate);
        page.field("Source", &reason.source);
    }
    page.print();
}
