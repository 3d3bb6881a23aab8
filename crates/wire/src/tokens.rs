//! Tokens, by which programs call the node in the name of a user.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::users::Role;

/// The tokens of a user; an administrator sees those of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// In the order in which they were made.
    pub tokens: Vec<Token>,
}

/// A token, without what opens the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// What it is called in this interface.
    pub id: String,
    /// What its user calls it; events name it so.
    pub name: String,
    /// The user in whose name it calls.
    pub username: String,
    /// The most that it may do. It never does what its user may not.
    pub scope: Role,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
    /// Whether it has ended.
    pub expired: bool,
}

/// A token to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// What to call it: 1 to 64 letters, digits and `. - _ @ +`, the first a letter or a digit.
    pub name: String,
    /// Whose it is; absent: who makes it. Only the terminal of the node's own machine names another user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The most that it may do: at most the role of its user.
    pub scope: Role,
    /// After how many days it ends: 1 to 365.
    pub expires_in_days: u16,
}

/// A token that was made.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeToken {
    /// What comes after `Authorization: Bearer`. It is not shown again.
    pub secret: String,
    /// The token.
    pub token: Token,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeToken").field("token", &self.token).finish_non_exhaustive()
    }
}
