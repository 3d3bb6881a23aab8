//! What a judgement says: findings, each with its place and its remedy, and the decision that follows from them.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::{Accepted, Decision};
use crate::decoded;

/// How much a finding weighs. It belongs to the rule, never to the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The upload is refused; nothing changes.
    Error,
    /// The upload is stored; something will not work as wished.
    Warning,
    /// Nothing is wrong for TLS; this could be tidier or safer.
    Advice,
}

impl Severity {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// Which of the uploaded (or consulted) files a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl Part {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::PrivateKey => "private_key",
            Self::TrustedCa => "trusted_ca",
            Self::Crl => "crl",
            Self::Csr => "csr",
        }
    }
}

/// Where in an upload a finding sits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub part: Part,
    /// The PEM block in that file, counted from 0.
    pub block: Option<u32>,
    /// The line in that file, counted from 1. For a block it is that of its `-----BEGIN`.
    pub line: Option<u32>,
    /// The field of the certificate, as a path: `subjectAltName.dNSName[1]`, counted from 0 among the entries of that kind.
    pub field: Option<String>,
}

impl Place {
    /// A whole file.
    pub(crate) const fn file(part: Part) -> Self {
        Self { part, block: None, line: None, field: None }
    }

    /// A block of a file.
    pub(crate) const fn block(part: Part, block: u32, line: u32) -> Self {
        Self { part, block: Some(block), line: Some(line), field: None }
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// What every finding of one rule has in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kebab-case sentence of the fault. Stable: programs rely on it.
    pub id: &'static str,
    /// The weight of the fault.
    pub severity: Severity,
    /// Whether a node that takes the upload raises an alarm as well.
    pub alarm: bool,
    /// What to do about it.
    pub remedy: &'static str,
    /// The paragraph or RFC section that makes it a fault.
    pub source: &'static str,
}

/// One fault, in words that a person can act on.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// What is wrong; the specification's exact words where it has them.
    pub message: Cow<'static, str>,
    /// Where it is wrong.
    pub place: Place,
    /// The value that was found, printable (hostile characters are escaped).
    pub found: Option<String>,
    /// The value that would have been right.
    pub wanted: Option<Cow<'static, str>>,
    /// What to do about it: the rule's remedy, or a better one for this case.
    pub remedy: Cow<'static, str>,
}

impl Finding {
    pub(crate) fn new(rule: &'static Rule, message: impl Into<Cow<'static, str>>, place: Place) -> Self {
        Self { rule, message: message.into(), place, found: None, wanted: None, remedy: Cow::Borrowed(rule.remedy) }
    }

    pub(crate) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    pub(crate) fn wanted(mut self, wanted: impl Into<Cow<'static, str>>) -> Self {
        self.wanted = Some(wanted.into());
        self
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

/// The whole answer to one upload.
#[derive(Debug)]
pub struct Report {
    /// What becomes of the upload.
    pub decision: Decision,
    /// Whether the node would serve (or use) it at once.
    pub loadable: bool,
    /// All findings, by severity, then place.
    pub findings: Vec<Finding>,
    /// The certificates of the judged file, in file order.
    pub certificates: Vec<decoded::Certificate>,
    /// The server (or client) certificate among them: an index into `certificates`.
    pub leaf: Option<usize>,
    /// Public facts of the key that goes with it.
    pub private_key: Option<decoded::PrivateKey>,
    /// The path from the leaf towards a root, as far as there is one.
    pub path: Vec<decoded::PathLink>,
    /// The link of that path that costs an attacker least.
    pub weakest_link: Option<decoded::WeakestLink>,
    /// For a trusted CA file: how the list would change.
    pub trusted_cas: Option<decoded::TrustedCaChange>,
    /// For a revocation list: what it says.
    pub crls: Vec<decoded::Crl>,
    pub(crate) accepted: Option<Accepted>,
}

impl Report {
    /// The validated material, if the decision was to accept it. There is no other way to make an [`Accepted`].
    #[must_use]
    pub fn into_accepted(self) -> Option<Accepted> {
        self.accepted
    }
}
