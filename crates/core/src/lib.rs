//! Certway's judge: PEM bytes in, a report out.
//!
//! ```text
//! bytes -> blocks -> parsed -> linked -> findings -> decision
//! ```
//!
//! The same code runs in the browser, on the node and on the command line, so that all three say the same, byte for
//! byte. [`judge`] takes one upload and everything it depends on (the time, the trusted CA list, revocation lists, the
//! key in use, the request in progress) and answers with a [`Report`]: every finding, and what becomes of the upload.
//! Only an accepted report yields an [`Accepted`], and only an `Accepted` can be stored.
//!
//! What it does not do: no input or output, no clock, no randomness, no JSON, no private-key operation. It never
//! panics on any input, and its work is bounded by [`limits`].
//!
//! ```
//! use certway_core::{Context, Decision, Kind, Upload, judge};
//!
//! let context = Context::at("2026-11-24T00:00:00Z".parse().unwrap());
//! let report = judge(&Upload::of(Kind::ServerCertificate, b"no certificate"), &context);
//! assert_eq!(report.decision, Decision::Refuse);
//! assert_eq!(report.findings[0].rule.id, "not-pem");
//! ```

#![no_std]
#![deny(missing_docs, clippy::unwrap_used)]

extern crate alloc;

mod judge;
mod decision;
mod report;
mod rules;
mod security;
mod material;
mod chain;
mod verify;
mod ocsp;
mod request;
mod repair;
pub mod show;
pub mod decoded;
mod decode;
pub mod pem;
mod parsed;
mod signature;
mod fqdn;
mod der;
mod oid;
mod text;
mod time;
pub mod limits;

pub use chain::{Fault as ChainFault, InitialPolicies, Problem, Profile, Revocation};
pub use decision::{Accepted, AcceptedCas, AcceptedCertificate, AcceptedCrl, AcceptedKey, Decision};
pub use decode::{decode_certificates, decode_crl, is_recognised};
pub use fqdn::is_fqdn;
pub use judge::{Context, Kind, Upload, Wildcards, judge, judge_with_progress};
pub use ocsp::{OcspAnswer, OcspFault, OcspHash, OcspRequest, OcspStatus, ocsp_request, ocsp_response};
pub use repair::{Filled, Repair, RepairFile, RepairOutcome, RepairProblem, RepairStep, repair};
pub use report::{Finding, Part, Place, Report, Rule, Severity};
pub use request::{FieldFault, JudgedFields, RequestFields, fields_of, judge_fields};
pub use rules::catalogue;
pub use security::{Lifetime, Requirements, SecurityLevel};
pub use time::{NotATime, Time};
pub use verify::{Attempt, PeerName, Purpose, Verification, VerifyRequest, verify};
