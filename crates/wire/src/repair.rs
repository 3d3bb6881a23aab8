//! What a repair gives.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use certway_core as core_types;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// The boxes filled, what was done for it, and what could not be done. It may hold a private key: it goes from the judge
/// to the page, or to the command line's standard output when that was asked for, and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// The version of this message.
    pub version: u32,
    /// How it went.
    pub outcome: RepairOutcome,
    /// What was changed, in order.
    pub steps: Vec<RepairStep>,
    /// What could not be repaired, and who or what can help.
    pub problems: Vec<RepairProblem>,
    /// Whether a passphrase is needed and was not given, or does not fit.
    pub needs_passphrase: bool,
    /// The server certificate, then its intermediates, without the root.
    pub certificate: Option<Filled>,
    /// Its private key: PKCS#8, not encrypted.
    pub private_key: Option<Filled>,
    /// CA certificates that are not in the trusted CA list yet. They go first.
    pub trusted_cas: Option<Filled>,
    /// Certificate revocation lists.
    pub crl: Option<Filled>,
    /// A certificate signing request.
    pub csr: Option<Filled>,
}

/// How a repair went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairOutcome {
    /// The files are as they should be.
    NothingToDo,
    /// Everything was repaired.
    Repaired,
    /// Some of it was, and something remains to be done.
    SomethingRemains,
    /// Nothing of use came out.
    CannotBeRepaired,
}

/// One thing that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairStep {
    /// Its name, kebab-case.
    pub id: String,
    /// The file it is about.
    pub file: String,
    /// What was done, one sentence.
    pub message: String,
    /// What there was.
    pub before: String,
    /// What there is now.
    pub after: String,
}

/// One thing that could not be repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairProblem {
    /// Its name, kebab-case.
    pub id: String,
    /// The file it is about; empty if it is about all of them.
    pub file: String,
    /// What stands in the way.
    pub message: String,
    /// The command or the person that can help.
    pub remedy: String,
}

/// What goes into one box. Its `Debug` shows no PEM, which may be a key.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// The PEM, overwritten when it is dropped.
    #[serde(serialize_with = "in_the_clear")]
    pub pem: Zeroizing<String>,
    /// What it holds, one line each.
    pub contents: Vec<String>,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled").field("contents", &self.contents).finish_non_exhaustive()
    }
}

fn in_the_clear<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl From<&core_types::Repair> for RepairReport {
    fn from(repair: &core_types::Repair) -> Self {
        let filled = |filled: &Option<core_types::Filled>| filled.as_ref().map(Filled::from);
        Self {
            version: crate::VERSION,
            outcome: repair.outcome().into(),
            steps: repair.steps.iter().map(RepairStep::from).collect(),
            problems: repair.problems.iter().map(RepairProblem::from).collect(),
            needs_passphrase: repair.needs_passphrase,
            certificate: filled(&repair.certificate),
            private_key: filled(&repair.private_key),
            trusted_cas: filled(&repair.trusted_cas),
            crl: filled(&repair.crl),
            csr: filled(&repair.csr),
        }
    }
}

impl From<&core_types::Filled> for Filled {
    fn from(filled: &core_types::Filled) -> Self {
        Self { pem: filled.pem.clone(), contents: filled.contents.clone() }
    }
}

impl From<core_types::RepairOutcome> for RepairOutcome {
    fn from(outcome: core_types::RepairOutcome) -> Self {
        match outcome {
            core_types::RepairOutcome::NothingToDo => Self::NothingToDo,
            core_types::RepairOutcome::Repaired => Self::Repaired,
            core_types::RepairOutcome::SomethingRemains => Self::SomethingRemains,
            core_types::RepairOutcome::CannotBeRepaired => Self::CannotBeRepaired,
        }
    }
}

impl From<&core_types::RepairStep> for RepairStep {
    fn from(step: &core_types::RepairStep) -> Self {
        Self {
            id: step.id.to_owned(),
            file: step.file.clone(),
            message: step.message.to_owned(),
            before: step.before.clone(),
            after: step.after.clone(),
        }
    }
}

impl From<&core_types::RepairProblem> for RepairProblem {
    fn from(problem: &core_types::RepairProblem) -> Self {
        Self {
            id: problem.id.to_owned(),
            file: problem.file.clone(),
            message: problem.message.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}
