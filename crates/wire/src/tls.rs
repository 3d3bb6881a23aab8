//! Which handshakes the node takes from browsers and programs.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A named set of TLS versions, cipher suites and key exchange groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TlsProfile {
    /// TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only.
    #[default]
    Intermediate,
    /// TLS 1.3 only.
    Modern,
    /// TLS 1.3 with AES-256 only.
    High,
}

impl TlsProfile {
    /// All of them, what takes most first.
    pub const ALL: [Self; 3] = [Self::Intermediate, Self::Modern, Self::High];

    /// Its name in every interface.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intermediate => "intermediate",
            Self::Modern => "modern",
            Self::High => "high",
        }
    }
}

/// Every profile, and the one in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TlsProfiles {
    /// The profile in force.
    pub profile: TlsProfile,
    /// Every profile, what takes most first.
    pub profiles: Vec<TlsProfileDetails>,
}

/// What a profile takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TlsProfileDetails {
    /// The profile.
    pub profile: TlsProfile,
    /// For whom it is.
    pub purpose: String,
    /// The lowest version of TLS, such as `TLS 1.2`.
    pub minimum_version: String,
    /// Names of IANA's registry, in the node's order of preference.
    pub cipher_suites: Vec<String>,
    /// The key exchange groups, by their names in IANA's registry.
    pub groups: Vec<String>,
    /// Where that is written.
    pub source: String,
}

/// The profile to take from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetTlsProfile {
    /// The profile.
    pub profile: TlsProfile,
}
