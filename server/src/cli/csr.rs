//! `certway csr`: the certificate signing request in progress, on the node itself.

use std::io::Write as _;
use std::process::ExitCode;

use certway_wire::node::{Csr as Request, Digest, KeyKind, NewCsr};
use clap::{Args, Subcommand, ValueEnum};

use super::agreement::agreed;
use super::local::Local;
use super::text::{Page, print_json, public_key};
use crate::node;

/// Generate, show or discard the certificate signing request in progress. Works while the node runs, on the node itself only.
///
/// Exit status: 0 done, 1 not done, 64 usage.
#[derive(Args)]
pub(super) struct Csr {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    node: Local,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key and a request for it, and print the request. The active certificate stays as it is.
    Generate(Box<Generate>),
    /// Show the request in progress.
    Show {
        /// Text for people, JSON for programs, or the request for the certificate authority.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Discard the request and its key. A certificate issued for it can then never be loaded.
    Discard {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct Generate {
    /// Common name: the node's FQDN.
    #[arg(long, value_name = "FQDN")]
    common_name: String,
    /// Another name of the node or its cluster; may be repeated. The common name is always one of them.
    #[arg(long = "alternative-name", value_name = "FQDN")]
    alternative_names: Vec<String>,
    /// Country: two capital letters.
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// State or province.
    #[arg(long)]
    state: Option<String>,
    /// Locality.
    #[arg(long)]
    locality: Option<String>,
    /// Organisation.
    #[arg(long)]
    organization: Option<String>,
    /// Organisational unit.
    #[arg(long)]
    organizational_unit: Option<String>,
    /// The key to make.
    #[arg(long, value_enum, default_value_t, conflicts_with = "reuse_current_key")]
    key: KeyArgument,
    /// The digest of the request's signature [default: that of the key's curve, or sha256].
    #[arg(long, value_enum)]
    digest: Option<DigestArgument>,
    /// Ask for the private key now in use instead of a new one.
    #[arg(long)]
    reuse_current_key: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Pem,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum KeyArgument {
    #[default]
    #[value(name = "rsa-2048")]
    Rsa2048,
    #[value(name = "rsa-3072")]
    Rsa3072,
    #[value(name = "rsa-4096")]
    Rsa4096,
    #[value(name = "ecdsa-p256")]
    EcdsaP256,
    #[value(name = "ecdsa-p384")]
    EcdsaP384,
    #[value(name = "ecdsa-p521")]
    EcdsaP521,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestArgument {
    Sha256,
    Sha384,
    Sha512,
}

impl Csr {
    pub(super) fn run(self) -> ExitCode {
        let config = match self.node.config() {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        let done = match self.action {
            Action::Generate(generate) => node::make_csr(&config, &generate.into_request()).map(|csr| {
                // The request is there even if nobody reads this.
                let _ = write!(std::io::stdout(), "{}", csr.pem);
            }),
            Action::Show { format } => node::csr(&config).map(|csr| show(csr.as_ref(), format)),
            Action::Discard { yes } => {
                let question = "A certificate issued for this request can never be loaded once its key is gone. Discard the request?";
                if !yes && !agreed(question, "say --yes to discard the request and its key") {
                    return ExitCode::FAILURE;
                }
                node::discard_csr(&config).map(|()| {
                    let _ = writeln!(std::io::stderr(), "The certificate signing request and its key are discarded.");
                })
            }
        };
        done.map_or_else(|error| super::fail(&error), |()| ExitCode::SUCCESS)
    }
}

impl Generate {
    fn into_request(self) -> NewCsr {
        NewCsr {
            common_name: self.common_name,
            alternative_names: self.alternative_names,
            country: self.country,
            state: self.state,
            locality: self.locality,
            organization: self.organization,
            organizational_unit: self.organizational_unit,
            key: Some(self.key.into()),
            digest: self.digest.map(Digest::from),
            reuse_current_key: self.reuse_current_key,
        }
    }
}

impl From<KeyArgument> for KeyKind {
    fn from(argument: KeyArgument) -> Self {
        match argument {
            KeyArgument::Rsa2048 => Self::Rsa2048,
            KeyArgument::Rsa3072 => Self::Rsa3072,
            KeyArgument::Rsa4096 => Self::Rsa4096,
            KeyArgument::EcdsaP256 => Self::EcdsaP256,
            KeyArgument::EcdsaP384 => Self::EcdsaP384,
            KeyArgument::EcdsaP521 => Self::EcdsaP521,
        }
    }
}

impl From<DigestArgument> for Digest {
    fn from(argument: DigestArgument) -> Self {
        match argument {
            DigestArgument::Sha256 => Self::Sha256,
            DigestArgument::Sha384 => Self::Sha384,
            DigestArgument::Sha512 => Self::Sha512,
        }
    }
}

fn show(csr: Option<&Request>, format: Format) {
    match (csr, format) {
        (None, Format::Json) => print_json(&csr),
        (None, _) => {
            let _ = writeln!(std::io::stderr(), "There is no certificate signing request in progress.");
        }
        (Some(csr), Format::Json) => print_json(csr),
        (Some(csr), Format::Pem) => {
            let _ = write!(std::io::stdout(), "{}", csr.pem);
        }
        (Some(csr), Format::Text) => {
            let mut page = Page::new();
            page.line("Certificate signing request in progress");
            page.field("subject", &csr.decoded.subject);
            let names: Vec<&str> = csr.decoded.alternative_names.iter().map(|name| name.value.as_str()).collect();
            page.field("names", names.join(", "));
            page.field("key", public_key(&csr.decoded.public_key));
            page.field("signature", &csr.decoded.signature_algorithm);
            page.field("made", &csr.created_at);
            page.print();
        }
    }
}
