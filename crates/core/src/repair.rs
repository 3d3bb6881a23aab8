//! Repair: what an administrator has to what the boxes take, with every step told.
//!
//! ```text
//! files -> text and DER -> unlocked -> certificates, keys, requests, revocation lists -> sorted into boxes
//! ```
//!
//! Everything is done where it runs, under budgets that are checked before work begins ([`limits`](crate::limits)); no
//! address is asked. What came out of a repair needs none: the boxes of the boxes are the same.

mod ber;
mod boxes;
mod lock;
mod pkcs12;
mod pkcs7;
mod stock;
mod text;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::judge::Context;
use crate::text::printable;
use stock::Stock;

/// One file to repair.
#[derive(Clone, Copy)]
pub struct RepairFile<'a> {
    /// Its name, for telling files apart; it decides nothing.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl fmt::Debug for RepairFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepairFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a repair gives: the boxes filled, what was done for it, and what could not be done.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// What was changed, in order; empty if nothing had to be.
    pub steps: Vec<RepairStep>,
    /// What could not be repaired, and who or what can help.
    pub problems: Vec<RepairProblem>,
    /// Whether a passphrase is needed and was not given, or does not fit.
    pub needs_passphrase: bool,
    /// The server certificate, then its intermediate CA certificates in the order of the chain, without the root.
    pub certificate: Option<Filled>,
    /// Its private key: PKCS#8, not encrypted.
    pub private_key: Option<Filled>,
    /// CA certificates that are not in the trusted CA list yet, roots first.
    pub trusted_cas: Option<Filled>,
    /// Certificate revocation lists.
    pub crl: Option<Filled>,
    /// A certificate signing request.
    pub csr: Option<Filled>,
}

/// What goes into one box. Its `Debug` shows no PEM, which may be a key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The PEM, overwritten when it is dropped.
    pub pem: Zeroizing<String>,
    /// What it holds, one line each, printable.
    pub contents: Vec<String>,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled").field("contents", &self.contents).finish_non_exhaustive()
    }
}

/// One thing that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairStep {
    /// Its name in every interface, kebab-case.
    pub id: &'static str,
    /// The file it is about, printable.
    pub file: String,
    /// What was done, one sentence.
    pub message: &'static str,
    /// What there was.
    pub before: String,
    /// What there is now.
    pub after: String,
}

/// One thing that could not be repaired here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairProblem {
    /// Its name in every interface, kebab-case.
    pub id: &'static str,
    /// The file it is about, printable; empty if it is about all of them.
    pub file: String,
    /// What stands in the way.
    pub message: String,
    /// The command or the person that can help.
    pub remedy: String,
}

/// How a repair went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Repair {
    /// How it went.
    #[must_use]
    pub fn outcome(&self) -> RepairOutcome {
        let boxes = [&self.certificate, &self.private_key, &self.trusted_cas, &self.crl, &self.csr];
        match (self.problems.is_empty(), boxes.iter().any(|filled| filled.is_some())) {
            (true, _) if self.steps.is_empty() => RepairOutcome::NothingToDo,
            (true, _) => RepairOutcome::Repaired,
            (false, true) => RepairOutcome::SomethingRemains,
            (false, false) => RepairOutcome::CannotBeRepaired,
        }
    }
}

/// Repairs some files together. It never fails: what cannot be repaired is in the answer.
///
/// One passphrase serves all that is protected. Without one, PKCS#12 files are tried with an empty passphrase. Of the
/// context, the time, the trusted CA list, the key in use and the request in progress count.
///
/// ```
/// use certway_core::{Context, RepairFile, RepairOutcome, repair};
///
/// let context = Context::at("2026-11-24T00:00:00Z".parse().unwrap());
/// let files = [RepairFile { name: "key.ppk", bytes: b"PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\n" }];
/// let repair = repair(&files, None, &context);
/// assert_eq!(repair.outcome(), RepairOutcome::CannotBeRepaired);
/// assert!(repair.problems[0].remedy.contains("puttygen"));
/// ```
#[must_use]
pub fn repair(files: &[RepairFile<'_>], passphrase: Option<&str>, context: &Context<'_>) -> Repair {
    let names = files.iter().map(|file| printable(file.name)).collect();
    let mut log = Log { names, repair: Repair::default() };
    let stock = Stock::read(files, passphrase, &mut log);
    boxes::fill(&stock, context, &mut log);
    let filled = [&log.repair.certificate, &log.repair.private_key, &log.repair.trusted_cas, &log.repair.crl];
    let empty = filled.iter().all(|filled| filled.is_none()) && log.repair.csr.is_none();
    if empty && log.repair.problems.is_empty() && !stock.is_known() {
        let remedy = "Choose the files that the certificate authority sent, and the private key.";
        log.problem("nothing-found", None, "There is no certificate and no private key in the files", remedy);
    }
    log.repair
}

/// What is told while the work goes on.
struct Log {
    names: Vec<String>,
    repair: Repair,
}

impl Log {
    fn step(
        &mut self,
        id: &'static str,
        file: usize,
        message: &'static str,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        let (before, after) = (before.into(), after.into());
        self.repair.steps.push(RepairStep { id, file: self.name(Some(file)), message, before, after });
    }

    fn problem(
        &mut self,
        id: &'static str,
        file: Option<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let file = self.name(file);
        self.repair.problems.push(RepairProblem { id, file, message: message.into(), remedy: remedy.into() });
    }

    fn name(&self, file: Option<usize>) -> String {
        file.and_then(|file| self.names.get(file)).cloned().unwrap_or_default()
    }
}
