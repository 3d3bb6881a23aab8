//! What an acceptable level of security is, as the node says it.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use certway_core as core_types;
use serde::{Deserialize, Serialize};

/// The level of security that is asked of certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SecurityLevel {
    /// 80 bits.
    Legacy,
    /// 112 bits.
    #[default]
    Standard,
    /// 112 bits, and no longer than a public CA may make a certificate.
    Public,
    /// 128 bits, and no longer than a public CA may make a certificate.
    High,
}

impl From<SecurityLevel> for core_types::SecurityLevel {
    fn from(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::Legacy => Self::Legacy,
            SecurityLevel::Standard => Self::Standard,
            SecurityLevel::Public => Self::Public,
            SecurityLevel::High => Self::High,
        }
    }
}

impl From<core_types::SecurityLevel> for SecurityLevel {
    fn from(level: core_types::SecurityLevel) -> Self {
        match level {
            core_types::SecurityLevel::Legacy => Self::Legacy,
            core_types::SecurityLevel::Standard => Self::Standard,
            core_types::SecurityLevel::Public => Self::Public,
            core_types::SecurityLevel::High => Self::High,
        }
    }
}

/// What an acceptable level of security is: every level, and the one in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityLevels {
    /// The level in force.
    pub level: SecurityLevel,
    /// Every level, the lowest first.
    pub levels: Vec<SecurityRequirements>,
}

/// What one level asks of every certificate of a chain. The signature of a root is not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityRequirements {
    /// The level.
    pub level: SecurityLevel,
    /// For whom it is.
    pub purpose: String,
    /// The keys that are taken.
    pub keys: String,
    /// The lowest public exponent of RSA.
    pub rsa_exponent: u32,
    /// The hashes of signatures that are taken.
    pub hashes: String,
    /// How long a server or client certificate may live, by the day on which it begins; empty: as long as its CA likes.
    pub lifetimes: Vec<Lifetime>,
    /// Where that is written.
    pub source: String,
}

/// How long a certificate may live that begins on or after a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lifetime {
    /// The first day, RFC 3339.
    pub from: String,
    /// The longest validity, in days.
    pub days: u32,
}

impl SecurityLevels {
    /// Every level, with `level` in force.
    #[must_use]
    pub fn with(level: core_types::SecurityLevel) -> Self {
        Self { level: level.into(), levels: core_types::SecurityLevel::ALL.map(SecurityRequirements::from).to_vec() }
    }
}

impl From<core_types::SecurityLevel> for SecurityRequirements {
    fn from(level: core_types::SecurityLevel) -> Self {
        let asked = level.requirements();
        let lifetime = |lifetime: &core_types::Lifetime| Lifetime {
            from: lifetime.from.to_string(),
            days: u32::try_from(lifetime.days).unwrap_or(u32::MAX),
        };
        Self {
            level: level.into(),
            purpose: asked.purpose.to_owned(),
            keys: asked.keys.to_owned(),
            rsa_exponent: asked.rsa_exponent,
            hashes: asked.hashes.to_owned(),
            lifetimes: asked.lifetimes.iter().map(lifetime).collect(),
            source: asked.source.to_owned(),
        }
    }
}

/// The level of security to ask from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSecurityLevel {
    /// The level.
    pub level: SecurityLevel,
}
