//! What the page and the judge in its worker say to each other.
//!
//! A message is a JavaScript array: the JSON text of one of these types, then the files it refers to by their
//! position, as `Uint8Array`. Files stay bytes: an upload may be UTF-16 or DER, and base64 would cost time.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::decoded::Certificate;
use crate::node::{NewCsr, Wildcards};
use crate::repair::RepairReport;
use crate::report::{Finding, Report};
use crate::security::SecurityLevel;
use crate::verify::Verification;

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Chosen by the page; every answer repeats it.
    pub id: u32,
    /// Into which box the file was dropped: a `KIND` of `certway check`.
    pub kind: String,
    /// The time to judge at, RFC 3339.
    pub at: String,
    /// Position of the file to judge.
    pub file: u32,
    /// Position of the private key uploaded with it.
    pub key: Option<u32>,
    /// Position of the certificate that an uploaded key must match.
    pub certificate: Option<u32>,
    /// Positions of the files of the trusted CA list; null if the list is not known.
    pub trusted: Option<Vec<u32>>,
    /// Positions of the revocation lists.
    pub crls: Vec<u32>,
    /// Position of the request in progress.
    pub csr: Option<u32>,
    /// Position of the key now in use, as a public key or a certificate.
    pub current_key: Option<u32>,
    /// What the node does with wildcards.
    #[serde(default)]
    pub wildcards: Wildcards,
    /// The level of security that the node asks.
    #[serde(default)]
    pub security_level: SecurityLevel,
}

/// What the page asks about the fields of a request while they are typed. The answer is one `Fields`, then `Done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldsQuestion {
    /// Chosen by the page; every answer repeats it.
    pub id: u32,
    /// The request as it would be sent to the node.
    pub request: NewCsr,
    /// What the node does with wildcards.
    #[serde(default)]
    pub wildcards: Wildcards,
}

/// What stands against one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// The field, by its name in the HTTP interface: `alternative_names`.
    pub field: String,
    /// Which entry of the field, from 0, if it has several.
    pub index: Option<u32>,
    /// What is wrong, and what is wanted.
    pub message: String,
}

/// What the page asks to be repaired. The answer is one `Repaired`, then `Done`. The work is bounded (about three seconds
/// for the most that is allowed); a page that will not wait ends the worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairQuestion {
    /// Chosen by the page; every answer repeats it.
    pub id: u32,
    /// The time to judge at, RFC 3339.
    pub at: String,
    /// The files: the name of each, and its position.
    pub repair: Vec<(String, u32)>,
    /// Position of the passphrase, as UTF-8; like every file it is overwritten once it was used.
    pub passphrase: Option<u32>,
    /// Positions of the files of the trusted CA list; null if the list is not known.
    pub trusted: Option<Vec<u32>>,
    /// Position of the request in progress.
    pub csr: Option<u32>,
    /// Position of the key now in use, as a public key or a certificate.
    pub current_key: Option<u32>,
}

/// What the page asks to be sealed: a private key that goes to a node through another one. The answer is one `Sealed`, then
/// `Done`. It may be asked beside another question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealQuestion {
    /// Chosen by the page; every answer repeats it.
    pub id: u32,
    /// Position of the private key.
    pub seal: u32,
    /// The node that it is for, and what it is sealed with: the fields of [`crate::node::SealingKey`].
    pub node: String,
    /// The node's public key, base64.
    pub public_key: String,
}

/// What the page asks about a path: `certway verify` in the browser. The answer is one `Verified`, then `Done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyQuestion {
    /// Chosen by the page; every answer repeats it.
    pub id: u32,
    /// The time to validate at, RFC 3339.
    pub at: String,
    /// Position of the certificate.
    pub verify: u32,
    /// Positions of the files of trust anchors.
    pub trusted: Vec<u32>,
    /// Positions of files of certificates that may help to build the path.
    pub untrusted: Vec<u32>,
    /// Positions of the revocation lists.
    pub crls: Vec<u32>,
    /// `any`, `server` or `client`.
    pub purpose: String,
    /// The name that it shall be for: an address, a mail address, or a DNS name. Empty: none is checked.
    pub name: String,
    /// The policies of which one must be valid; none: all are accepted.
    pub policies: Vec<String>,
}

/// What the judge answers, in this order: `Ready` once; then for each question `Progress` (none or more), `Report`,
/// `Rows` (none or more), `Done`. Rows come in slices so that no single message keeps the page's thread busy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// The judge is loaded and takes questions.
    Ready,
    /// How far the work is.
    Progress {
        /// The question's.
        id: u32,
        /// Certificates done.
        done: u32,
        /// Certificates in all.
        total: u32,
    },
    /// The report, with at most [`ROWS`] certificates and [`ROWS`] findings; the others follow as `Rows`.
    Report {
        /// The question's.
        id: u32,
        /// The report.
        report: Report,
        /// Certificates in all.
        certificates: u32,
        /// Findings in all.
        findings: u32,
    },
    /// The next certificates and findings, in order.
    Rows {
        /// The question's.
        id: u32,
        /// Certificates that follow those already sent.
        certificates: Vec<Certificate>,
        /// Findings that follow those already sent.
        findings: Vec<Finding>,
    },
    /// What a repair gave. It may hold a private key.
    Repaired {
        /// The question's.
        id: u32,
        /// The boxes, the steps and the problems.
        repair: RepairReport,
    },
    /// Whether a path was found, and every reason why not.
    Verified {
        /// The question's.
        id: u32,
        /// The path, the reasons, and every path that was tried.
        verification: Verification,
    },
    /// A private key, sealed.
    Sealed {
        /// The question's.
        id: u32,
        /// The part `sealed_private_key` of an upload; none if the public key is not one.
        sealed: Option<String>,
    },
    /// What stands against the fields of a request.
    Fields {
        /// The question's.
        id: u32,
        /// The faults; none if the request can be made.
        faults: Vec<FieldFault>,
        /// The alternative names as they will appear.
        alternative_names: Vec<String>,
    },
    /// The question is answered.
    Done {
        /// The question's.
        id: u32,
        /// Milliseconds spent judging, in the worker.
        elapsed_ms: u32,
    },
}

/// How many certificates or findings one answer carries at most: 25 rows of about 1.5 KB are read and drawn in ten
/// milliseconds, and within 50 on a machine that is four times slower.
pub const ROWS: usize = 25;
