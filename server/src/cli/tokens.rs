//! `certway tokens`: by which programs call the node in the name of a user.

use std::io::Write as _;
use std::process::ExitCode;

use certway_wire::tokens::{MadeToken, NewToken, Tokens as All};
use certway_wire::users::Role;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

use super::answer::{self, Refusal};
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::Control;

const TOKENS: &str = "/api/v1/tokens";

/// Show the tokens of all users, make one, revoke one.
///
/// A program calls the HTTP interface with a token, in the name of a user: it does what both the token's scope and its user may, until the
/// token ends, is revoked, or its user is disabled or removed. In a cluster all nodes have the same tokens. Works on the node itself only,
/// running or not. Exit status: 0 done, 1 the node is not there, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct Tokens {
    #[command(subcommand)]
    action: Option<Action>,
    /// Text for people, or JSON for programs: what the HTTP interface answers.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

#[derive(Subcommand)]
enum Action {
    /// Show every token, without what opens the door.
    List,
    /// Make a token and print it, this once: the node keeps its hash. Let the output go to a file that only the program reads.
    Make {
        /// What to call it: letters, digits and . - _ @ + (events name it so).
        name: String,
        /// The user in whose name it calls.
        #[arg(long)]
        user: String,
        /// The most that it may do: auditor, operator or administrator, and no more than its user.
        #[arg(long)]
        scope: Role,
        /// After how many days it ends: 1 to 365.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
    },
    /// Revoke a token. It ends at once, at every node.
    Revoke {
        /// The token's name.
        name: String,
        /// Its user.
        #[arg(long)]
        user: String,
    },
}

impl Tokens {
    pub(super) fn run(self) -> ExitCode {
        let Self { action, format, node } = self;
        node.ask(|node| act(node, action.unwrap_or(Action::List), format))
    }
}

fn act(node: &Control, action: Action, format: Format) -> Result<ExitCode, Box<dyn std::error::Error>> {
    Ok(match action {
        Action::List => answer::say(&node.get(TOKENS)?, format, list),
        Action::Make { name, user, scope, days } => {
            let new = NewToken { name, username: Some(user), scope, expires_in_days: days };
            answer::say(&node.send(Method::POST, TOKENS, &new)?, format, made)
        }
        Action::Revoke { name, user } => match id(node, &user, &name)? {
            Ok(id) => answer::say(&node.send(Method::DELETE, &format!("{TOKENS}/{id}"), &Value::Null)?, format, list),
            Err(refusal) => refusal.say(format),
        },
    })
}

/// What the token of a user is called in the interface.
fn id(node: &Control, user: &str, name: &str) -> Result<Result<String, Refusal>, Box<dyn std::error::Error>> {
    let all: All = match answer::read(&node.get(TOKENS)?) {
        Ok(all) => all,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = all.tokens.into_iter().find(|token| token.username == user && token.name == name);
    Ok(found.map(|token| token.id).ok_or_else(|| {
        Refusal::new(format!(
            "There is no token '{name}' of {user}; `certway tokens list` shows all. Nothing was changed."
        ))
    }))
}

fn list(page: &mut Page, all: &All) {
    if all.tokens.is_empty() {
        page.line("There are no tokens.");
    }
    for token in &all.tokens {
        let end = format!("until {}", token.expires_at);
        let end = if token.expired { page.paint(Tone::Bad, &format!("ended at {}", token.expires_at)) } else { end };
        page.line(format!("{} of {}: {}, {end}", token.name, token.username, token.scope));
    }
}

/// The token alone, for the file that the output goes to.
fn made(page: &mut Page, made: &MadeToken) {
    page.line(&made.secret);
    let token = &made.token;
    // A closed standard error is no reason to fail.
    let _ = writeln!(
        std::io::stderr(),
        "{} of {}: {}, until {}. The token is not shown again.",
        token.name,
        token.username,
        token.scope,
        token.expires_at
    );
}
