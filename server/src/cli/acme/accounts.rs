//! `certway acme accounts`: the accounts with providers.

use std::path::PathBuf;

use certway_wire::acme::{AcmeAccount, AcmeDirectory, AcmeDirectoryQuestion};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

use super::{Done, SERVICE, agree, aside, shown};
use crate::cli::answer;
use crate::cli::check::Format;
use crate::cli::input::read;
use crate::cli::text::Page;
use crate::control::Control;
use shown::Service;

const ACCOUNTS: &str = "/api/v1/acme/accounts";
const DIRECTORY: &str = "/api/v1/acme/directory";
const ROLL_OVER: &str = "/api/v1/acme/accounts/roll-over";

#[derive(Args)]
pub(super) struct Accounts {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Register with the provider that is set. Its terms of service are shown, to be accepted.
    Register(Register),
    /// Give the account with the provider that is set another key.
    RollOver,
    /// Give the account with the provider that is set up, there and here. Certificates stay as they are.
    Deactivate {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
struct Register {
    /// Where the provider may write to; nowhere, if left out.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "ADDRESS")]
    email: String,
    /// The provider's terms of service as its directory names them, which you have read and accept; without this they are shown, and it is
    /// asked.
    #[arg(long, value_name = "URL")]
    accept_terms: Option<String>,
    /// The identifier of the key that the provider's website gives out, if it wants an account of its own first.
    #[arg(long, value_name = "ID", requires = "external_key_file")]
    external_key_id: Option<String>,
    /// A file with that key (HMAC, base64url) and nothing else; - is standard input. It is used once and not kept.
    #[arg(long, value_name = "FILE", requires = "external_key_id")]
    external_key_file: Option<PathBuf>,
}

impl Accounts {
    pub(super) fn run(self, node: &Control, format: Format) -> Done {
        let found = match self.action {
            None => return Ok(answer::say(&node.get(ACCOUNTS)?, format, list)),
            Some(Action::Register(register)) => return register.run(node, format),
            Some(Action::RollOver) => node.send(Method::POST, ROLL_OVER, &Value::Null)?,
            Some(Action::Deactivate { yes }) => {
                let question = "Nothing is signed then, until you register again. Give the account up?";
                agree(yes, question, "say --yes to give the account up")?;
                node.send(Method::DELETE, ACCOUNTS, &Value::Null)?
            }
        };
        Ok(answer::say(&found, format, account))
    }
}

impl Register {
    fn run(self, node: &Control, format: Format) -> Done {
        let key = self.external_key_file.as_deref().map(read).transpose()?;
        let terms = match self.accept_terms {
            Some(terms) => Some(terms),
            None => accepted(node)?,
        };
        let external_account = key
            .zip(self.external_key_id)
            .map(|(key, key_id)| json!({ "key_id": key_id, "hmac_key": String::from_utf8_lossy(&key) }));
        let asked = json!({ "email": self.email, "terms_of_service": terms, "external_account": external_account });
        let found = node.send(Method::POST, ACCOUNTS, &asked)?;
        Ok(answer::say(&found, format, account))
    }
}

/// The terms of the provider that is set, once they are accepted; none if it has none.
fn accepted(node: &Control) -> Result<Option<String>, super::Ended> {
    let set = answer::read::<Service>(&node.get(SERVICE)?)?.settings;
    let question = AcmeDirectoryQuestion { provider: set.provider, directory: set.directory, ca_pem: set.ca_pem };
    let found: AcmeDirectory = answer::read(&node.send(Method::POST, DIRECTORY, &question)?)?;
    if let Some(terms) = &found.terms_of_service {
        aside(&format!("The provider's terms of service: {terms}"));
        // To be copied into a shell, whatever a provider puts into it.
        let quoted = format!("'{}'", terms.replace('\'', r"'\''"));
        agree(false, "Do you accept them?", &format!("read them, and say --accept-terms {quoted} to accept them"))?;
    }
    Ok(found.terms_of_service)
}

fn account(page: &mut Page, service: &Service) {
    match &service.account {
        None => page.line("There is no account with the provider that is set."),
        Some(account) => one(page, account),
    }
}

fn list(page: &mut Page, accounts: &Vec<AcmeAccount>) {
    if accounts.is_empty() {
        page.line("The node has no account with an ACME provider.");
    }
    for account in accounts {
        one(page, account);
    }
}

fn one(page: &mut Page, account: &AcmeAccount) {
    page.line(&account.directory);
    page.field("Account", account.url.as_deref().unwrap_or("the provider has not answered yet"));
    page.field("E-mail", &account.email);
    page.field("Terms", account.terms_of_service.as_deref().unwrap_or_default());
    page.field("Key id", account.external_key_id.as_deref().unwrap_or_default());
    page.field("Since", &account.created_at);
}
