//! The answer to `certway verify`.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use certway_core as core_types;
use serde::{Deserialize, Serialize};

use crate::decoded::PathLink;

/// Does a certificate chain to a trusted CA, and if not, every reason why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verification {
    /// The version of this message.
    pub version: u32,
    /// The answer.
    pub valid: bool,
    /// The path that was found, or the best attempt at one.
    pub path: Vec<PathLink>,
    /// Why the certificate is not valid; empty if it is.
    pub reasons: Vec<Reason>,
    /// If there is no path: each that was tried (the first 16), and what stands against it.
    pub attempts: Vec<Attempt>,
}

/// One path that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Its certificates, leaf first; the last may be a missing one.
    pub path: Vec<PathLink>,
    /// What stands against it.
    pub reasons: Vec<Reason>,
}

/// One reason why a certificate is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The rule that was broken.
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// The subject of the certificate at fault.
    pub certificate: String,
    /// The RFC section.
    pub source: String,
}

impl From<&core_types::Verification> for Verification {
    fn from(verification: &core_types::Verification) -> Self {
        Self {
            version: crate::VERSION,
            valid: verification.reasons.is_empty(),
            path: verification.path.iter().map(PathLink::from).collect(),
            reasons: reasons(&verification.reasons),
            attempts: verification
                .attempts
                .iter()
                .map(|attempt| Attempt {
                    path: attempt.path.iter().map(PathLink::from).collect(),
                    reasons: reasons(&attempt.reasons),
                })
                .collect(),
        }
    }
}

fn reasons(problems: &[core_types::Problem]) -> Vec<Reason> {
    let reason = |problem: &core_types::Problem| Reason {
        rule: problem.fault.rule().to_owned(),
        message: problem.message.clone(),
        certificate: problem.certificate.clone(),
        source: problem.fault.source().to_owned(),
    };
    problems.iter().map(reason).collect()
}
