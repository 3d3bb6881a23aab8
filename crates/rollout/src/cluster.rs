//! The cluster as it stands before a change: its nodes, its trusted CA list, its TLS verification mode.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A CA certificate of the trusted CA list, by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaId(pub String);

/// A server certificate together with its chain and key, by its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(pub String);

impl From<&str> for CaId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<&str> for CredentialId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

/// TLS verification mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A peer that does not verify is let through, and counted.
    Permissive,
    /// A peer that does not verify is refused.
    Enforce,
}

/// Why a node keeps the certificate that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Its certificate comes from the ACME certificate service, to which the procedure does not apply.
    Acme,
    /// An administrator wants it so.
    Chosen,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, by which peers connect to it; unique in the cluster.
    pub name: String,
    /// Whether it answers at present.
    pub answers: bool,
    /// Why it takes no part with a new certificate; it verifies its peers all the same.
    pub left_out: Option<LeftOut>,
    /// What it serves.
    pub serves: CredentialId,
    /// Whether a certificate signing request was generated for it.
    pub csr: bool,
    /// The new certificate that waits for it.
    pub waits: Option<CredentialId>,
}

/// What a change begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// All nodes; the primary is restarted first, the others in this order.
    pub nodes: Vec<Node>,
    /// The name of the primary.
    pub primary: String,
    /// The shared trusted CA list.
    pub trusted: Vec<CaId>,
    /// The shared TLS verification mode.
    pub mode: Mode,
}

/// A node of a plan: its place in [`crate::Plan::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    pub(crate) fn at(index: usize) -> Self {
        // A plan refuses clusters of more nodes.
        Self(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// Its place as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
