//! Users: who may do what.

use core::fmt;
use core::str::FromStr;

// What utoipa derives names them.
#[cfg(feature = "openapi")]
use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

/// What a user may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Looks at everything but secrets, and changes nothing.
    Auditor,
    /// Works with certificates: server and client certificate, trusted CA list, revocation lists, requests, ACME, services, the change across a
    /// cluster.
    Operator,
    /// Everything: users, how they sign in, the cluster, backups.
    Administrator,
}

impl Role {
    /// All roles, from the one that may do least.
    pub const ALL: [Self; 3] = [Self::Auditor, Self::Operator, Self::Administrator];

    /// The role in a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }
}

/// No role is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the roles are auditor, operator and administrator")
    }
}

impl core::error::Error for UnknownRole {}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
