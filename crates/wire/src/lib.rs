//! Certway's messages, as serde types with a version.
//!
//! The command line prints them, the node answers with them, and the judge in the browser posts them, so that one
//! report has one form wherever it is made. Everything that says something about an upload is converted from a
//! `certway-core` type; nothing here judges.
//!
//! What it does not do: it neither reads nor writes JSON (its users choose when), and it opens no connection.

#![no_std]
#![deny(missing_docs, clippy::unwrap_used)]

extern crate alloc;
// What utoipa derives names std.
#[cfg(feature = "openapi")]
#[macro_use]
extern crate std;

mod report;
mod decoded;
mod verify;
mod repair;
pub mod acme;
pub mod alarms;
pub mod change;
pub mod cluster;
pub mod delivery;
pub mod events;
pub mod judge;
pub mod node;
pub mod revocation;
pub mod security;
pub mod services;
pub mod tls;
pub mod trust;
pub mod sign_in;
pub mod tokens;
pub mod users;

pub use decoded::{
    AlternativeName, Certificate, Crl, Extension, PathLink, PrivateKey, PublicKey, Request, TrustedCaChange,
    WeakestLink,
};
pub use repair::{Filled, RepairOutcome, RepairProblem, RepairReport, RepairStep};
pub use report::{Decision, Finding, Part, Place, Report, Severity};
pub use verify::{Attempt, Reason, Verification};

/// The version of every message of this crate. A change that is not an addition raises it.
pub const VERSION: u32 = 1;
