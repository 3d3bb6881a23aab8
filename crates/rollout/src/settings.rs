//! What an administrator sets for a change.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::CaId;

/// What is wanted of a change, and how it is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Number of the change, larger than that of any before: it is how a node tells an old command from a new one.
    pub change: u64,
    /// New CAs to append.
    pub append: Vec<CaId>,
    /// CAs that are ticked for deletion at the end.
    pub delete: Vec<CaId>,
    /// Times, sizes and the canary.
    pub settings: Settings,
}

/// Times, sizes and the canary; [`Settings::default`] suits nodes that restart within minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The node that is changed first; the primary if none is named.
    pub canary: Option<String>,
    /// How long the canary is observed after it has recovered, in seconds.
    pub observe_s: u32,
    /// What must happen before the other nodes follow the canary.
    pub confirm: Confirm,
    /// The most nodes that restart at once after the canary.
    pub wave: u16,
    /// How long everything must be right before a node counts as recovered, in seconds.
    pub settle_s: u32,
    /// How long a restarted node may take to recover, in seconds.
    pub recover_s: u32,
    /// How long a node may take to answer a command other than a restart, in seconds.
    pub answer_s: u32,
    /// How long Permissive lasts at most, in seconds.
    pub permissive_s: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            canary: None,
            observe_s: 60,
            confirm: Confirm::Within { seconds: 900 },
            wave: 1,
            settle_s: 10,
            recover_s: 600,
            answer_s: 60,
            permissive_s: 4 * 3600,
        }
    }
}

/// Confirm or revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confirm {
    /// The others follow when the canary has been observed.
    ByItself,
    /// An administrator confirms within this time, or everything is rolled back.
    Within {
        /// The time, in seconds.
        seconds: u32,
    },
}
