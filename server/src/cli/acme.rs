//! `certway acme`: the ACME certificate service of the node, on the node itself.

mod accounts;
mod settings;
mod shown;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use certway_wire::acme::{AcmeDeploy, AcmeRevocation, AcmeRevoked, RevocationReason};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use hyper::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::agreement::agreed;
use super::answer::{self, Refusal};
use super::check::Format;
use super::input::Unreadable;
use super::local::Local;
use super::text::Page;
use crate::control::{self, Control};
use accounts::Accounts;
use settings::Settings;
use shown::Service;

const SERVICE: &str = "/api/v1/acme";
const SIGN: &str = "/api/v1/acme/sign";
const PENDING: &str = "/api/v1/acme/pending";
const DEPLOY: &str = "/api/v1/acme/pending/deploy";
const TRUST: &str = "/api/v1/acme/pending/trusted-cas";
const REVOKE: &str = "/api/v1/acme/revoke";
/// How often the node is asked how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Have the node's server certificate signed by an ACME provider, look at it, and serve it.
///
/// Works on the node itself only; what is changed is in force at once. Exit status: 0 done, 1 not done, since the node is not there or nobody
/// agreed, 2 refused, or the provider did not do it, 64 usage, 66 a file cannot be read.
#[derive(Args)]
pub(super) struct Acme {
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
    /// Show who signs, how it went, what comes next and when, and the certificate that waits.
    Status,
    /// Show what is set; or change what is named, and nothing else.
    Settings(Box<Settings>),
    /// List the accounts with providers; or register, change the account's key, give the account up.
    Accounts(Accounts),
    /// Have a certificate signed, or go on with the order in progress, and wait for it. The node must run: the provider looks at its ports.
    ///
    /// The certificate waits then: look at it with `certway acme status`. An order goes on in the node if this command is ended.
    Sign,
    /// Serve the certificate that waits, from the next handshake on, once old and new were looked at. No restart is needed.
    Deploy {
        /// Overrule what stands against it, as far as it may be overruled.
        #[arg(long)]
        anyway: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Forget the certificate that waits and its key, and the order in progress.
    Discard {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Have the provider revoke a certificate that it signed. It cannot be taken back.
    Revoke {
        /// The one that waits, the active server certificate, or what was active before it.
        #[arg(long, value_parser = one_of::<AcmeRevoked>(&["pending", "active", "previous"]))]
        certificate: AcmeRevoked,
        /// Why.
        #[arg(long, default_value = "unspecified", value_parser = one_of::<RevocationReason>(REASONS))]
        reason: RevocationReason,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Append the CAs of the waiting certificate's chain that are at hand to the trusted CA list; `certway acme status` shows them.
    Trust,
}

const REASONS: &[&str] =
    &["unspecified", "key-compromise", "affiliation-changed", "superseded", "cessation-of-operation"];

/// A value that goes by these names on the command line, and by the same in JSON, but for `_` there.
fn one_of<T: DeserializeOwned + Clone + Send + Sync + 'static>(
    names: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).try_map(|name| {
        let of = |name: String| serde_json::from_value(Value::String(name));
        of(name.clone()).or_else(|_| of(name.replace('-', "_")))
    })
}

/// Why a command ended early.
enum Ended {
    /// The node was not reached.
    Unreached(control::Error),
    /// The node, or the command on its behalf, refused.
    Refused(Refusal),
    /// A file cannot be read.
    Unreadable(Unreadable),
    /// Nobody agreed.
    NotAgreed,
}

impl From<control::Error> for Ended {
    fn from(error: control::Error) -> Self {
        Self::Unreached(error)
    }
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unreadable> for Ended {
    fn from(file: Unreadable) -> Self {
        Self::Unreadable(file)
    }
}

type Done = Result<ExitCode, Ended>;

impl Acme {
    pub(super) fn run(self) -> ExitCode {
        let format = self.format;
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let done = match self.action {
            Action::Status => {
                node.get(SERVICE).map_err(Ended::from).map(|found| answer::say(&found, format, shown::service))
            }
            Action::Settings(settings) => settings.set(&node, format),
            Action::Accounts(accounts) => accounts.run(&node, format),
            Action::Sign => sign(&node, format),
            Action::Deploy { anyway, yes } => deploy(&node, anyway, yes, format),
            Action::Discard { yes } => discard(&node, yes, format),
            Action::Revoke { certificate, reason, yes } => {
                revoke(&node, &AcmeRevocation { certificate, reason }, yes, format)
            }
            Action::Trust => node
                .send(Method::POST, TRUST, &Value::Null)
                .map_err(Ended::from)
                .map(|found| answer::say(&found, format, shown::appended)),
        };
        done.unwrap_or_else(|ended| match ended {
            Ended::Unreached(error) => super::fail(&error),
            Ended::Refused(refusal) => refusal.say(format),
            Ended::Unreadable(file) => file.report(),
            Ended::NotAgreed => ExitCode::FAILURE,
        })
    }
}

/// Asks before what is hard to undo.
fn agree(yes: bool, question: &str, say: &str) -> Result<(), Ended> {
    if yes || agreed(question, say) { Ok(()) } else { Err(Ended::NotAgreed) }
}

/// Says something that is no answer.
fn aside(words: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{words}");
}

fn sign(node: &Control, format: Format) -> Done {
    node.must_run()?;
    let mut found = node.send(Method::POST, SIGN, &Value::Null)?;
    let mut said = String::new();
    let service = loop {
        let service: Service = answer::read(&found)?;
        let Some(step) = &service.status.running else { break service };
        if *step != said {
            aside(&format!("{step} ..."));
            said.clone_from(step);
        }
        std::thread::sleep(LOOK_AGAIN);
        found = node.get(SERVICE)?;
    };
    let printed = answer::say(&found, format, shown::signed);
    let is_signed = service.status.last_sign.is_some_and(|last| last.ok);
    Ok(if is_signed { printed } else { ExitCode::from(answer::REFUSED) })
}

fn deploy(node: &Control, anyway: bool, yes: bool, format: Format) -> Done {
    let service: Service = answer::read(&node.get(SERVICE)?)?;
    // What cannot be deployed is for the node to refuse.
    if let Some(pending) = service.pending.filter(|pending| !yes && pending.may_be_deployed(anyway)) {
        let mut page = Page::new();
        shown::pending(&mut page, &pending);
        let text = page.into_text();
        aside(text.trim_end());
        let question = if pending.objections.is_empty() { "Serve it?" } else { "Serve it all the same?" };
        agree(yes, question, "say --yes to deploy it")?;
    }
    let found = node.send(Method::POST, DEPLOY, &AcmeDeploy { anyway })?;
    Ok(answer::say(&found, format, shown::deployed))
}

fn discard(node: &Control, yes: bool, format: Format) -> Done {
    let question = "The certificate that waits and its key are gone then, and the order in progress. Discard them?";
    agree(yes, question, "say --yes to discard what waits")?;
    let found = node.send(Method::DELETE, PENDING, &Value::Null)?;
    Ok(answer::say(&found, format, |page, _: &Service| page.line("It is discarded.")))
}

fn revoke(node: &Control, asked: &AcmeRevocation, yes: bool, format: Format) -> Done {
    let question = match asked.certificate {
        AcmeRevoked::Pending => "It cannot be taken back, and the certificate can never be served then. Revoke it?",
        AcmeRevoked::Active => {
            "It cannot be taken back. The certificate is served on, and peers that look refuse it, until another one is deployed. Revoke it?"
        }
        AcmeRevoked::Previous => "It cannot be taken back. Revoke the certificate that was active before?",
    };
    agree(yes, question, "say --yes to have it revoked")?;
    let found = node.send(Method::POST, REVOKE, asked)?;
    Ok(answer::say(&found, format, |page, _: &Service| page.line("The provider has revoked it.")))
}
