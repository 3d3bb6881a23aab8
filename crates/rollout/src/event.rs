//! What happens to a change: answers of nodes, probes, the clock, decisions.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CredentialId, NodeId};
use crate::verifier::Refused;

/// Something that happened. Each may come twice, late, or never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Event {
    /// A node has carried out the command of that number.
    Done {
        /// The node.
        node: NodeId,
        /// Number of the command.
        seq: u32,
    },
    /// A node could not carry out the command of that number. It is sent again when the change goes on.
    Failed {
        /// The node.
        node: NodeId,
        /// Number of the command.
        seq: u32,
        /// What it says, as a sentence.
        why: String,
    },
    /// A node has judged its peers: the answer to [`crate::Action::Judge`], and to [`crate::Action::Enforce`] where it
    /// would refuse somebody.
    Judged {
        /// The node.
        node: NodeId,
        /// Number of the command.
        seq: u32,
        /// The peers that it would refuse.
        refuses: Vec<Refused>,
    },
    /// A node that was restarted has been looked at.
    Probed {
        /// The node.
        node: NodeId,
        /// Number of the command that restarted it, from [`crate::State::watched`].
        seq: u32,
        /// What was seen.
        probe: Probe,
    },
    /// A node does not answer any more.
    Away {
        /// The node.
        node: NodeId,
    },
    /// A node answers again.
    Back {
        /// The node.
        node: NodeId,
    },
    /// A node is no part of the cluster any more.
    Removed {
        /// The node.
        node: NodeId,
    },
    /// A node leads the change from now on; [`crate::State::outstanding`] says what it sends again.
    Elected {
        /// The node.
        node: NodeId,
    },
    /// Time has passed; [`crate::State::wake_at`] says when this is needed.
    Time,
    /// An administrator decides.
    Chosen {
        /// What.
        choice: Choice,
        /// The administrator's name.
        by: String,
    },
}

/// What was seen of a node after its restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Whether it answers.
    pub answers: bool,
    /// What it serves, for each port that was probed: the port, and the certificate.
    pub ports: Vec<(String, CredentialId)>,
    /// The live peers that do not verify it, with their reasons.
    pub refused: Vec<Refused>,
    /// The services whose probe fails.
    pub services: Vec<String>,
    /// What is wrong with the restart that the node's configuration names: it failed, or is not over.
    pub restart: Option<String>,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Choice {
    /// The canary is good: the others follow.
    Confirm,
    /// Try again what stopped the change.
    Retry,
    /// Go on without the node that stopped the change; it keeps its former certificate.
    Continue,
    /// Give every node its former certificate back, one at a time.
    RollBack {
        /// Whether the CAs that were appended are deleted again, as far as nothing needs them. Otherwise they stay.
        delete_appended: bool,
    },
    /// End the change with every recovered node as it is. A node that has not recovered gets its former certificate back.
    Abort,
    /// End at once. Permissive stays, if it could not be closed, and so does the alarm.
    EndHere,
}

/// A decision that is not open at present; [`crate::State::choices`] lists those that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow;
