//! Who would verify whom: asked of the caller, since path validation is not done here.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CaId, CredentialId, NodeId};

/// Why a peer is not verified, as one sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(pub String);

/// What a node shows when a peer connects to it, or when it connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The name under which peers know the node.
    pub node: &'a str,
    /// The certificate that it shows.
    pub credential: &'a CredentialId,
}

/// Answers whether a peer would be verified under Enforce.
pub trait Verifier {
    /// Whether the node `verifier`, with that trusted CA list, verifies what is presented.
    ///
    /// # Errors
    ///
    /// Every reason why it does not.
    fn verifies(&self, trusted: &[CaId], verifier: &str, presented: Presented<'_>) -> Result<(), Vec<Reason>>;

    /// Verifiers with the same number judge alike, and one is asked for all of them. All judge alike unless this says
    /// otherwise, since the list, the revocation lists and the names are shared.
    fn alike(&self, verifier: &str) -> u32 {
        let _ = verifier;
        0
    }
}

/// A peer that a node does not verify, or would not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Refused {
    /// The node that refuses.
    pub verifier: NodeId,
    /// The node that is refused.
    pub presented: NodeId,
    /// Which of its certificates.
    pub serving: Serving,
    /// Every reason.
    pub reasons: Vec<Reason>,
}

/// One of the two certificates of a node in a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serving {
    /// The one from before the change.
    Former,
    /// The one that takes its place.
    New,
}

/// The trusted CA list at a stage of the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// As it was.
    Before,
    /// With the new CAs.
    Appended,
    /// With the new CAs, without those that are no longer needed.
    Pruned,
}
