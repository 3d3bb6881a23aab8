//! What nodes are told. Every command says what shall be, so that it may be carried out again.

use serde::{Deserialize, Serialize};

use crate::cluster::NodeId;
use crate::time::Time;
use crate::verifier::{Serving, Trust};

/// A command to one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Command {
    /// Number of the change.
    pub change: u64,
    /// Number of the command at this node: an older one is void as soon as a newer one has come ([`crate::Agent`]).
    pub seq: u32,
    /// The node.
    pub node: NodeId,
    /// What to do.
    pub action: Action,
}

/// What a node does. Its answer is [`crate::Event::Done`], `Failed` or `Judged`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// Have the CAs in the trusted CA list that [`crate::Plan::cas`] says, and not those that it says it has not.
    Trust {
        /// The list that shall be.
        list: Trust,
    },
    /// Be Permissive, and note until when.
    Permissive {
        /// The dead-man timer.
        until: Time,
    },
    /// Put the new certificate in place. It is served after the next restart.
    Stage,
    /// Take the new certificate out of its place again; nothing restarts.
    Discard,
    /// Restart with that certificate: what a restart is, the node's configuration says. A node that serves it already
    /// does nothing.
    Serve {
        /// Which; the former one takes the new one out of its place as well.
        serving: Serving,
    },
    /// Say whom it would refuse under Enforce, of what [`crate::State::presents`] lists in the state that the command
    /// came with. Asked again until it refuses nobody.
    Judge,
    /// Be in Enforce, if it would refuse nobody in the same sense; otherwise say whom.
    Enforce,
}
