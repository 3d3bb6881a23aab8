//! `certway acme settings`: who signs, what for and when.

use std::path::{Path, PathBuf};

use certway_wire::acme::{AcmeChallenge, AcmeSettings, Weekday};
use certway_wire::node::KeyKind;
use clap::{Args, ValueEnum};
use hyper::Method;

use super::{Done, Ended, SERVICE, one_of, shown};
use crate::cli::answer::{self, Refusal};
use crate::cli::check::Format;
use crate::cli::input::read;
use crate::control::Control;
use shown::Service;

const SETTINGS: &str = "/api/v1/acme/settings";
/// The provider that a directory names.
const OTHER: &str = "other";

#[derive(Args)]
pub(super) struct Settings {
    /// Who signs, by the name that `certway acme settings` shows, or `other`; `none` for nobody.
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// The directory of another provider, https; it chooses `other`.
    #[arg(long, value_name = "URL")]
    directory: Option<String>,
    /// The CAs that TLS to that provider is verified against, PEM; - is standard input.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Verify TLS to that provider against the trusted CA list.
    #[arg(long, conflicts_with = "ca_file")]
    no_ca_file: bool,
    /// A name of the certificate, the common name first; may be repeated. These take the place of the former ones.
    #[arg(long = "name", value_name = "FQDN")]
    names: Vec<String>,
    /// Ask for the names of the request in progress, else of the active certificate, else for the node's own.
    #[arg(long, conflicts_with = "names")]
    no_names: bool,
    /// The kind of a new private key.
    #[arg(long, value_parser = one_of::<KeyKind>(KEYS))]
    key: Option<KeyKind>,
    /// Whether each certificate gets a new private key; else the current one is used again.
    #[arg(long, value_enum, value_name = "SWITCH")]
    rotate_key: Option<Switch>,
    /// How the provider is shown that the names are the node's: a file at port 80, a certificate at port 443, or a record in the DNS, by the
    /// command that the configuration names as `acme_dns_hook`.
    #[arg(long, value_parser = one_of::<AcmeChallenge>(&["http-01", "tls-alpn-01", "dns-01"]))]
    challenge: Option<AcmeChallenge>,
    /// The provider's profile to order by.
    #[arg(long)]
    profile: Option<String>,
    /// Order by the provider's default.
    #[arg(long, conflicts_with = "profile")]
    no_profile: bool,
    /// Whether the node signs and deploys by itself.
    #[arg(long, value_enum, value_name = "SWITCH")]
    automatic: Option<Switch>,
    /// A day on which it deploys by itself; may be repeated. These take the place of the former ones.
    #[arg(long = "deploy-day", value_name = "DAY", value_parser = one_of::<Weekday>(DAYS))]
    deploy_days: Vec<Weekday>,
    /// Deploy on any day.
    #[arg(long, conflicts_with = "deploy_days")]
    every_day: bool,
    /// When on those days, UTC.
    #[arg(long, value_name = "HH:MM")]
    deploy_time: Option<String>,
    /// Whether a deployed certificate becomes the client certificate too, if it can be one.
    #[arg(long, value_enum, value_name = "SWITCH")]
    copy_to_client: Option<Switch>,
}

const KEYS: &[&str] = &["rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521"];
const DAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Settings {
    /// Nothing is named: they are to be shown.
    pub(super) fn set(self, node: &Control, format: Format) -> Done {
        let ca_pem = self.ca_file.as_deref().map(text_of).transpose()?;
        let found = node.get(SERVICE)?;
        let current = answer::read::<Service>(&found)?.settings;
        let is_for_other = self.directory.is_some() || self.ca_file.is_some();
        let wanted = self.changed(current.clone(), ca_pem);
        if is_for_other && wanted.provider != OTHER {
            return Err(Refusal::new(
                "--directory and --ca-file are for another provider: say --provider other with them, or leave them out. Nothing was changed.".to_owned(),
            )
            .into());
        }
        if wanted == current {
            return Ok(answer::say(&found, format, shown::settings));
        }
        let found = node.send(Method::PUT, SETTINGS, &wanted)?;
        Ok(answer::say(&found, format, shown::settings))
    }

    fn changed(self, current: AcmeSettings, ca_pem: Option<String>) -> AcmeSettings {
        let on = |switch: Option<Switch>, current| switch.map_or(current, |switch| switch == Switch::On);
        let provider = match self.provider.as_deref() {
            Some("none") => String::new(),
            Some(named) => named.to_owned(),
            None if self.directory.is_some() => OTHER.to_owned(),
            None => current.provider,
        };
        AcmeSettings {
            provider,
            directory: self.directory.or(current.directory),
            ca_pem: if self.no_ca_file { None } else { ca_pem.or(current.ca_pem) },
            names: if self.no_names || !self.names.is_empty() { self.names } else { current.names },
            key: self.key.unwrap_or(current.key),
            rotate_key: on(self.rotate_key, current.rotate_key),
            challenge: self.challenge.unwrap_or(current.challenge),
            profile: if self.no_profile { None } else { self.profile.or(current.profile) },
            automatic: on(self.automatic, current.automatic),
            deploy_days: if self.every_day || !self.deploy_days.is_empty() {
                self.deploy_days
            } else {
                current.deploy_days
            },
            deploy_time: self.deploy_time.unwrap_or(current.deploy_time),
            copy_to_client: on(self.copy_to_client, current.copy_to_client),
        }
    }
}

/// What is no text is nothing that the node takes for a CA.
fn text_of(file: &Path) -> Result<String, Ended> {
    Ok(String::from_utf8_lossy(&read(file)?).into_owned())
}
