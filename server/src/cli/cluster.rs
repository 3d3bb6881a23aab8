//! `certway cluster`: the cluster that the node is in.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::cluster::{
    Cluster as Shown, ClusterNode, JoinToken, Membership, NewJoinToken, NewVerificationMode, NodeAddress, Verdict,
    VerificationMode,
};
use clap::{Args, Subcommand, ValueEnum};
use hyper::Method;
use serde_json::Value;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone};
use crate::control::{self, Control};
use crate::passphrase;

const CLUSTER: &str = "/api/v1/cluster";

/// Show the cluster: its nodes, what each serves, who verifies whom. Or found one, join one, set the TLS verification mode, remove a node.
///
/// Works while the node runs, on the node itself only. A node can be in a cluster if its configuration names etcd (`serve --cluster`). Exit
/// status: 0 done, 1 the node is not there, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct Cluster {
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
    /// Show the cluster.
    Show,
    /// Begin a cluster with this node: what it has is what is shared.
    Found,
    /// Make a token with which one node can join within fifteen minutes. It is shown once.
    Token,
    /// Join a cluster. Its trusted CA list, revocation lists, users and shared settings take the place of this node's; certificates and private keys stay.
    ///
    /// The token is asked for on the terminal: on a command line others of this machine could see it.
    Join {
        /// A file with the token, in place of the question.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Set the TLS verification mode of all nodes.
    Mode {
        /// What becomes of a peer that does not verify.
        mode: Mode,
        /// Enforce although nodes refuse each other then.
        #[arg(long)]
        anyway: bool,
    },
    /// Say where peers reach a node: what the DNS does not say.
    Address {
        /// The node's FQDN.
        name: String,
        /// Where it is reached.
        #[arg(value_name = "HOST:PORT")]
        address: String,
    },
    /// Give etcd all that this node has of what is shared, if etcd has lost it or an older state was put back. Every node takes that, so run it at the node
    /// that has the latest state.
    RestoreShared,
    /// Take this node out of the cluster without a word to the others, when it does not reach etcd or etcd does not keep that cluster any more.
    ///
    /// It serves on with what it has, users and trusted CA list too. The others have it among their nodes until `certway cluster remove` at one of
    /// them. While etcd answers and keeps the cluster, that is the way, and this is refused.
    Leave,
    /// Remove a node from the cluster, which may be this one. It serves on with what it has.
    Remove {
        /// The node's FQDN.
        name: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    /// It is let through, and counted.
    Permissive,
    /// It is refused.
    Enforce,
}

impl Cluster {
    pub(super) fn run(self) -> ExitCode {
        let Self { action, format, node } = self;
        node.ask(|node| act(node, action.unwrap_or(Action::Show), format))
    }
}

fn act(node: &Control, action: Action, format: Format) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let send = |method, path: &str, message: &Value| -> Result<ExitCode, control::Error> {
        Ok(answer::say(&node.send(method, path, message)?, format, show))
    };
    let done = match action {
        Action::Show => answer::say(&node.get(CLUSTER)?, format, show),
        Action::Found => send(Method::POST, CLUSTER, &Value::Null)?,
        Action::Token => {
            let made = node.send(Method::POST, &format!("{CLUSTER}/tokens"), &Value::Null)?;
            answer::say(&made, format, token)
        }
        Action::Join { token_file } => {
            let token = passphrase::read(token_file.as_deref(), "Token: ")?;
            let joined =
                node.send(Method::POST, &format!("{CLUSTER}/join"), &JoinToken { token: token.as_str().to_owned() })?;
            answer::say(&joined, format, show)
        }
        Action::Mode { mode, anyway } => {
            let mode = match mode {
                Mode::Permissive => VerificationMode::Permissive,
                Mode::Enforce => VerificationMode::Enforce,
            };
            let message = serde_json::to_value(NewVerificationMode { mode, anyway })?;
            send(Method::PUT, &format!("{CLUSTER}/verification-mode"), &message)?
        }
        Action::Address { name, address } => {
            let message = serde_json::to_value(NodeAddress { address })?;
            send(Method::PUT, &format!("{CLUSTER}/nodes/{name}/address"), &message)?
        }
        Action::RestoreShared => send(Method::POST, &format!("{CLUSTER}/shared"), &Value::Null)?,
        Action::Leave => send(Method::POST, &format!("{CLUSTER}/leave"), &Value::Null)?,
        Action::Remove { name } => send(Method::DELETE, &format!("{CLUSTER}/nodes/{name}"), &Value::Null)?,
    };
    Ok(done)
}

fn token(page: &mut Page, made: &NewJoinToken) {
    page.line(&made.token);
    page.line(format!(
        "A node joins with it once, until {}: run `certway cluster join` there. It is not shown again.",
        made.expires_at
    ));
}

fn show(page: &mut Page, cluster: &Shown) {
    match cluster.membership {
        Membership::NotConfigured => {
            page.line("The node is alone. To be in a cluster it must be started with --cluster etcd=URL.");
        }
        Membership::Alone => {
            page.line(
                "The node is in no cluster. `certway cluster found` begins one, `certway cluster join` joins one.",
            );
        }
        Membership::Member => {}
    }
    if let Some(plane) = &cluster.plane {
        let state = if plane.reachable {
            page.paint(Tone::Good, "answers")
        } else {
            let message = plane.message.as_deref().unwrap_or("no reason is known");
            page.paint(
                Tone::Bad,
                &format!("does not answer since {} ({message}); nothing that is shared can be changed", plane.since),
            )
        };
        page.line(format!("etcd ({}) {state}", plane.endpoints.join(", ")));
    }
    let (mode, what) = match cluster.mode {
        VerificationMode::Permissive => ("Permissive", "a peer that does not verify is let through"),
        VerificationMode::Enforce => ("Enforce", "a peer that does not verify is refused"),
    };
    page.line(format!("TLS verification mode: {mode} ({what}; {} let through so far)", cluster.let_through));
    for node in &cluster.nodes {
        one(page, node);
    }
    for verdict in &cluster.verdicts {
        let (tone, word) = match (verdict.verdict, cluster.mode) {
            (Verdict::Verified, _) => continue,
            (Verdict::Fails, VerificationMode::Enforce) => (Tone::Bad, "refuses"),
            (Verdict::Fails, VerificationMode::Permissive) => (Tone::Warning, "would refuse under Enforce"),
            (Verdict::Silent, _) => (Tone::Warning, "does not reach"),
            (Verdict::NotYet, _) => (Tone::Advice, "has not yet looked at"),
        };
        let word = page.paint(tone, word);
        page.line(format!("{} {word} {}", verdict.verifier, verdict.presented));
        for reason in &verdict.reasons {
            page.field("Reason", reason);
        }
    }
    if cluster.nodes.len() > 1 && cluster.verdicts.iter().all(|one| one.verdict == Verdict::Verified) {
        page.line("Every node verifies every other.");
    }
}

fn one(page: &mut Page, node: &ClusterNode) {
    let heading = page.paint(if node.alive { Tone::Good } else { Tone::Bad }, &node.name);
    let this = if node.this { ", this node" } else { "" };
    page.line(format!("{heading} ({}{this})", if node.alive { "alive" } else { "away" }));
    page.field("Address", &node.address);
    page.field("Joined", &node.joined_at);
    let Some(status) = &node.status else { return };
    page.field("Version", &status.version);
    if let Some(certificate) = &status.certificate {
        let temporary = if certificate.temporary { " (temporary)" } else { "" };
        page.field("Serves", format!("{}{temporary}", certificate.subject));
        page.field("Serial", &certificate.serial);
        page.field("Expires", &certificate.not_after);
    }
    let waiting = [(status.csr, "a CSR"), (status.pending, "a pending certificate"), (status.acme, "ACME")];
    let waiting: Vec<&str> = waiting.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect();
    if !waiting.is_empty() {
        page.field("Has", waiting.join(", "));
    }
    page.field("Alarms", status.alarms.to_string());
}
