//! The report on one upload.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use certway_core as core_types;
use serde::Serialize;

use crate::decoded::{Certificate, Crl, PathLink, PrivateKey, TrustedCaChange, WeakestLink};

/// The whole answer to one upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The version of this message.
    pub version: u32,
    /// What becomes of the upload.
    pub decision: Decision,
    /// Whether the node would serve (or use) it at once.
    pub loadable: bool,
    /// All findings, by severity, then place.
    pub findings: Vec<Finding>,
    /// The certificates of the judged file, in file order.
    pub certificates: Vec<Certificate>,
    /// The server (or client) certificate among them: an index into `certificates`.
    pub leaf: Option<u32>,
    /// Public facts of the key that goes with it.
    pub private_key: Option<PrivateKey>,
    /// The path from the leaf towards a root, as far as there is one.
    pub path: Vec<PathLink>,
    /// The link of that path that costs an attacker least; null without a path, or with none whose strength is known.
    pub weakest_link: Option<WeakestLink>,
    /// For a trusted CA file: how the list would change.
    pub trusted_cas: Option<TrustedCaChange>,
    /// For a revocation list: what it says.
    pub crls: Vec<Crl>,
}

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is stored; nothing stands against it.
    Accept,
    /// It is stored; the warnings say what will not work as wished.
    AcceptWithWarnings,
    /// It is not stored; nothing changes.
    Refuse,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The upload is refused.
    Error,
    /// The upload is stored; something will not work as wished.
    Warning,
    /// Nothing is wrong for TLS.
    Advice,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The rule that was broken.
    pub rule: String,
    /// Its weight.
    pub severity: Severity,
    /// Whether a node that takes the upload raises an alarm as well.
    pub alarm: bool,
    /// What is wrong.
    pub message: String,
    /// Where it is wrong.
    pub place: Place,
    /// The value that was found, printable.
    pub found: Option<String>,
    /// The value that would have been right.
    pub wanted: Option<String>,
    /// What to do about it.
    pub remedy: String,
    /// The paragraph or RFC section that makes it a fault.
    pub source: String,
}

/// Where in an upload a finding sits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// The file.
    pub part: Part,
    /// The PEM block in that file, counted from 0.
    pub block: Option<u32>,
    /// The line in that file, counted from 1.
    pub line: Option<u32>,
    /// The field of the certificate, as a path.
    pub field: Option<String>,
}

/// Which of the files a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The certificate file.
    Certificate,
    /// The private key file.
    PrivateKey,
    /// A file of trusted CA certificates.
    TrustedCa,
    /// A certificate revocation list.
    Crl,
    /// The certificate signing request in progress.
    Csr,
}

impl From<&core_types::Report> for Report {
    fn from(report: &core_types::Report) -> Self {
        Self {
            version: crate::VERSION,
            decision: report.decision.into(),
            loadable: report.loadable,
            findings: report.findings.iter().map(Finding::from).collect(),
            certificates: report.certificates.iter().map(Certificate::from).collect(),
            leaf: report.leaf.and_then(|index| u32::try_from(index).ok()),
            private_key: report.private_key.as_ref().map(PrivateKey::from),
            path: report.path.iter().map(PathLink::from).collect(),
            weakest_link: report.weakest_link.as_ref().map(WeakestLink::from),
            trusted_cas: report.trusted_cas.map(TrustedCaChange::from),
            crls: report.crls.iter().map(Crl::from).collect(),
        }
    }
}

impl From<core_types::Decision> for Decision {
    fn from(decision: core_types::Decision) -> Self {
        match decision {
            core_types::Decision::Accept => Self::Accept,
            core_types::Decision::AcceptWithWarnings => Self::AcceptWithWarnings,
            core_types::Decision::Refuse => Self::Refuse,
        }
    }
}

impl From<core_types::Severity> for Severity {
    fn from(severity: core_types::Severity) -> Self {
        match severity {
            core_types::Severity::Error => Self::Error,
            core_types::Severity::Warning => Self::Warning,
            core_types::Severity::Advice => Self::Advice,
        }
    }
}

impl From<core_types::Part> for Part {
    fn from(part: core_types::Part) -> Self {
        match part {
            core_types::Part::Certificate => Self::Certificate,
            core_types::Part::PrivateKey => Self::PrivateKey,
            core_types::Part::TrustedCa => Self::TrustedCa,
            core_types::Part::Crl => Self::Crl,
            core_types::Part::Csr => Self::Csr,
        }
    }
}

impl From<&core_types::Finding> for Finding {
    fn from(finding: &core_types::Finding) -> Self {
        Self {
            rule: finding.rule.id.to_owned(),
            severity: finding.rule.severity.into(),
            alarm: finding.rule.alarm,
            message: finding.message.clone().into_owned(),
            place: Place {
                part: finding.place.part.into(),
                block: finding.place.block,
                line: finding.place.line,
                field: finding.place.field.clone(),
            },
            found: finding.found.clone(),
            wanted: finding.wanted.clone().map(alloc::borrow::Cow::into_owned),
            remedy: finding.remedy.clone().into_owned(),
            source: finding.rule.source.to_owned(),
        }
    }
}
