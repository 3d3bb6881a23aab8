//! `certway tls-profile`: which handshakes HTTPS takes.

use std::process::ExitCode;

use certway_wire::tls::{SetTlsProfile, TlsProfile, TlsProfiles};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use hyper::Method;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};

const PROFILE: &str = "/api/v1/tls-profile";

/// Show which handshakes the node's HTTPS takes, or set it. Connections from before end with the requests that are under way.
///
/// Works while the node runs, on the node itself only; the profile is in force at once, without a restart. Exit status: 0 done, 1 the node is
/// not there, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct TlsProfileCommand {
    /// The profile to take from now on; the profiles are shown, if left out.
    #[arg(value_name = "PROFILE", value_parser = profiles())]
    profile: Option<TlsProfile>,
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

fn profiles() -> impl clap::builder::TypedValueParser<Value = TlsProfile> {
    PossibleValuesParser::new(TlsProfile::ALL.map(TlsProfile::name))
        .map(|name| TlsProfile::ALL.into_iter().find(|profile| profile.name() == name).unwrap_or_default())
}

impl TlsProfileCommand {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let answer = match self.profile {
            None => node.get(PROFILE),
            Some(profile) => node.send(Method::PUT, PROFILE, &SetTlsProfile { profile }),
        };
        match answer {
            Ok(answer) => answer::say(&answer, self.format, print),
            Err(error) => super::fail(&error),
        }
    }
}

fn print(page: &mut Page, profiles: &TlsProfiles) {
    for one in &profiles.profiles {
        let name = one.profile.name();
        let line = if one.profile == profiles.profile { format!("{name} (in force)") } else { name.to_owned() };
        let line = page.paint(Tone::Heading, &line);
        page.line(line);
        page.field("For", &one.purpose);
        page.field("From", &one.minimum_version);
        page.field("Cipher suites", one.cipher_suites.join(", "));
        page.field("Groups", one.groups.join(", "));
        page.field("Source", &one.source);
    }
}
