//! `certway users`: who may sign in, and what each may do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certway_wire::users::{NewUser, Role, UserChange, UserPassword, Users as All};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::Control;
use crate::passphrase;

const USERS: &str = "/api/v1/users";

/// Show the users, add one, change what one may do, disable or remove one, give one another password.
///
/// The roles: an auditor looks at everything and changes nothing; an operator works with certificates, trusted CAs, revocation lists, ACME,
/// services and the change across a cluster; an administrator does everything. In a cluster all nodes have the same users. Works on the node
/// itself only, running or not. Exit status: 0 done, 1 the node is not there, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct Users {
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
    /// Show every user.
    List,
    /// Add a user. The first password is asked for on the terminal: on a command line others of this machine could see it.
    Add {
        /// The name: letters, digits and . - _ @ +
        name: String,
        /// What the user may do: auditor, operator or administrator.
        #[arg(long)]
        role: Role,
        /// A file with the password, in place of the question.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Change what a user may do, at once.
    SetRole {
        /// The user.
        name: String,
        /// auditor, operator or administrator.
        role: Role,
    },
    /// Let a user not sign in any more. Every session of the user ends at once, at every node.
    Disable {
        /// The user.
        name: String,
    },
    /// Let a user sign in again.
    Enable {
        /// The user.
        name: String,
    },
    /// Remove a user.
    Remove {
        /// The user.
        name: String,
    },
    /// Give a user another password, asked for on the terminal. Every session of the user ends at once, at every node.
    Password {
        /// The user.
        name: String,
        /// A file with the password, in place of the question.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Switch the second factor of a user off, who has lost it.
    SecondFactorOff {
        /// The user.
        name: String,
    },
}

impl Users {
    pub(super) fn run(self) -> ExitCode {
        let Self { action, format, node } = self;
        node.ask(|node| act(node, action.unwrap_or(Action::List), format))
    }
}

fn act(node: &Control, action: Action, format: Format) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let change = |name: &str, change: UserChange| node.send(Method::PUT, &of(name), &change);
    let disabled = |disabled: bool| UserChange { disabled: Some(disabled), ..UserChange::default() };
    let answer = match action {
        Action::List => node.get(USERS)?,
        Action::Add { name, role, password_file } => {
            let password = password(password_file.as_deref())?;
            node.send(Method::POST, USERS, &NewUser { username: name, role, password })?
        }
        Action::SetRole { name, role } => change(&name, UserChange { role: Some(role), ..UserChange::default() })?,
        Action::Disable { name } => change(&name, disabled(true))?,
        Action::Enable { name } => change(&name, disabled(false))?,
        Action::Remove { name } => node.send(Method::DELETE, &of(&name), &Value::Null)?,
        Action::Password { name, password_file } => {
            let password = password(password_file.as_deref())?;
            node.send(Method::PUT, &format!("{}/password", of(&name)), &UserPassword { password })?
        }
        Action::SecondFactorOff { name } => {
            node.send(Method::DELETE, &format!("{}/second-factor", of(&name)), &Value::Null)?
        }
    };
    Ok(answer::say(&answer, format, list))
}

/// The path of a user.
fn of(name: &str) -> String {
    let mut path = format!("{USERS}/");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_@+".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

fn password(file: Option<&Path>) -> std::io::Result<String> {
    Ok(passphrase::read_new(file, "New password: ")?.as_str().to_owned())
}

fn list(page: &mut Page, all: &All) {
    for user in &all.users {
        let state = if user.disabled { page.paint(Tone::Bad, ", disabled") } else { String::new() };
        let factor = if user.second_factor { ", with a second factor" } else { "" };
        page.line(format!("{}: {}{factor}{state}", user.username, user.role));
    }
}
