//! The cluster: its nodes, what they share, and who verifies whom.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// How a node stands to a cluster, and the cluster as that node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cluster {
    /// Whether it is in one.
    pub membership: Membership,
    /// Where the shared state is kept; absent if the configuration names no place.
    pub plane: Option<Plane>,
    /// TLS verification mode: what becomes of a peer that does not verify.
    pub mode: VerificationMode,
    /// All nodes by their names; only this one if there is no cluster.
    pub nodes: Vec<ClusterNode>,
    /// One for each ordered pair of two nodes, by verifier, then by the node that is presented.
    pub verdicts: Vec<PeerVerdict>,
    /// Connections of peers that did not verify and were let through, since this node was started.
    pub let_through: u64,
}

/// Whether a node is in a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Membership {
    /// The configuration names no etcd: the node is alone, and cannot be otherwise.
    #[default]
    NotConfigured,
    /// It can found a cluster, or join one.
    Alone,
    /// It is in one.
    Member,
}

/// Where the shared state is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plane {
    /// The addresses of etcd.
    pub endpoints: Vec<String>,
    /// Whether it answers. While it does not, every node serves on from its own copy, and what is shared cannot be changed.
    pub reachable: bool,
    /// Since when that is so, RFC 3339.
    pub since: String,
    /// What is wrong with it; absent if nothing is.
    pub message: Option<String>,
}

/// TLS verification mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VerificationMode {
    /// A peer that does not verify is let through, and counted.
    #[default]
    Permissive,
    /// A peer that does not verify is refused.
    Enforce,
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClusterNode {
    /// Its FQDN, by which peers verify it.
    pub name: String,
    /// `HOST:PORT`, where peers reach it.
    pub address: String,
    /// Whether it is the node that answers here.
    pub this: bool,
    /// Whether it is alive: it has said so within the last seconds.
    pub alive: bool,
    /// When it joined, RFC 3339.
    pub joined_at: String,
    /// How it stands, as it last said; absent if it is away.
    pub status: Option<NodeStatus>,
}

/// How a node of the cluster stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeStatus {
    /// When it said so, RFC 3339.
    pub at: String,
    /// Its version of Certway.
    pub version: String,
    /// What it serves.
    pub certificate: Option<NodeCertificate>,
    /// What it shows to those it connects to.
    #[serde(default)]
    pub client_certificate: Option<NodeCertificate>,
    /// Whether a certificate signing request is in progress.
    pub csr: bool,
    /// Whether a certificate is pending.
    pub pending: bool,
    /// Whether its certificate comes from the ACME certificate service.
    pub acme: bool,
    /// How many alarms it has.
    pub alarms: u32,
    /// SHA-256 of its trusted CA list, hexadecimal: nodes that have the same list say the same.
    pub trusted_cas_sha256: String,
    /// Its TLS verification mode.
    pub mode: VerificationMode,
    /// The number of its latest event.
    pub event: i64,
    /// Its digest, SHA-256, hexadecimal: it stands for the whole log up to it.
    #[serde(default)]
    pub event_digest: String,
}

/// A certificate that a node shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeCertificate {
    /// Subject distinguished name.
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// End of its validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of its DER, hexadecimal.
    pub fingerprint_sha256: String,
    /// Whether it is the temporary one.
    pub temporary: bool,
}

/// Whether one node verifies another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerVerdict {
    /// The node that looks.
    pub verifier: String,
    /// The node that is looked at.
    pub presented: String,
    /// What it sees.
    pub verdict: Verdict,
    /// When it last looked, RFC 3339; absent if it has not.
    pub at: Option<String>,
    /// Every reason, in sentences; none if it verifies.
    pub reasons: Vec<String>,
}

/// What a node thinks of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It verifies it.
    Verified,
    /// It does not verify it: let through under Permissive, refused under Enforce.
    Fails,
    /// It could not be reached, so nothing is known.
    Silent,
    /// It has not looked yet.
    NotYet,
}

/// With which a node joins.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinToken {
    /// The token; whoever has it can join once.
    pub token: String,
}

/// A token that was made; it is not shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewJoinToken {
    /// The token.
    pub token: String,
    /// Until when a node can join with it, RFC 3339.
    pub expires_at: String,
}

/// Another TLS verification mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewVerificationMode {
    /// The mode.
    pub mode: VerificationMode,
    /// Enforce although nodes refuse each other then.
    #[serde(default)]
    pub anyway: bool,
}

/// Where a node is reached: what the DNS does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeAddress {
    /// `HOST:PORT`.
    pub address: String,
}

impl core::fmt::Debug for JoinToken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("JoinToken")
    }
}

impl core::fmt::Debug for NewJoinToken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("NewJoinToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
