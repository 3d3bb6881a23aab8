//! The log of a change, as data that a second person can follow.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CaId, NodeId};
use crate::command::Action;
use crate::event::Choice;
use crate::plan::Step;
use crate::state::{End, Trouble, Why};
use crate::time::Time;
use crate::verifier::{Refused, Serving};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// In which step.
    pub step: Step,
    /// At which node, if at one.
    pub node: Option<NodeId>,
    /// What.
    pub what: What,
}

/// What happened, or was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// The node was told to do something.
    Told {
        /// What.
        action: Action,
    },
    /// The node has done it.
    Done {
        /// What.
        action: Action,
    },
    /// The node could not do it.
    Failed {
        /// What.
        action: Action,
        /// What it says.
        why: String,
    },
    /// The node would refuse peers under Enforce.
    WouldRefuse {
        /// Whom.
        refuses: Vec<Refused>,
    },
    /// The node has recovered from its restart.
    Recovered {
        /// What it serves.
        serving: Serving,
    },
    /// Something is not right at a restarted node.
    Troubled {
        /// What.
        troubles: Vec<Trouble>,
    },
    /// The step is complete.
    StepDone,
    /// CAs that were to be deleted stay, since a node would be refused without them.
    CasStay {
        /// Which.
        cas: Vec<CaId>,
    },
    /// The canary waits to be confirmed.
    AwaitsConfirmation {
        /// Until then; afterwards everything is rolled back.
        until: Time,
    },
    /// Nobody confirmed the canary in time: everything is rolled back.
    NotConfirmed,
    /// The change has stopped.
    Stopped {
        /// Why.
        why: Why,
    },
    /// The time of Permissive has run out.
    OutOfTime,
    /// The node does not answer.
    Away,
    /// The node answers again.
    Back,
    /// The node is no part of the cluster any more.
    Removed,
    /// The node leads the change.
    Elected,
    /// An administrator has decided.
    Chosen {
        /// What.
        choice: Choice,
        /// Who.
        by: String,
    },
    /// The change has ended.
    Ended {
        /// How.
        end: End,
    },
}
