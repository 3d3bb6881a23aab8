//! Finding paths (RFC 4158): depth first, likely issuers first, under a budget.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Anchors, Fault, Outcome, Pool, Problem, Settings, checks};
use crate::limits;
use crate::parsed::certificate::Certificate;
use crate::signature::{self, SignatureFault};
use crate::text::hex;

/// Finds the path from the leaf of the pool to an anchor.
pub(crate) fn build(pool: &Pool<'_, '_>, settings: &Settings<'_, '_>) -> Outcome {
    let mut search = Search {
        pool,
        settings,
        signatures: 0,
        steps: 0,
        name_comparisons: 0,
        verified: Vec::new(),
        best: None,
        broken_links: Vec::new(),
    };
    let mut path = alloc::vec![0];
    let found = search.extend(&mut path);
    let Search { best, broken_links, .. } = search;
    let mut outcome = best.unwrap_or_default();
    if !found {
        for problem in broken_links {
            if !outcome.problems.contains(&problem) {
                outcome.problems.push(problem);
            }
        }
    }
    outcome
}

struct Search<'p, 's, 'a> {
    pool: &'p Pool<'s, 'a>,
    settings: &'p Settings<'p, 'a>,
    signatures: u32,
    steps: u32,
    name_comparisons: u32,
    /// Links (certificate, issuer) whose signature was looked at, so that each costs once.
    verified: Vec<(usize, usize, Result<(), SignatureFault>)>,
    best: Option<Outcome>,
    broken_links: Vec<Problem>,
}

impl<'s, 'a> Search<'_, 's, 'a> {
    /// Extends a path at its end; `true` when a sound path was found (it is then `best`).
    fn extend(&mut self, path: &mut Vec<usize>) -> bool {
        let Some(&end) = path.last() else { return false };
        if self.pool.is_anchor(end, self.settings.anchors) {
            match self.own_signature(end) {
                Ok(()) => return self.complete(path),
                Err(problem) => self.note(path, problem),
            }
        }
        // The leaf itself may be an anchor, though it was handed in beside the list.
        if path.len() == 1
            && let Some(listed) = self.listed_twin(end)
        {
            return self.complete(&[listed]);
        }
        if path.len() >= limits::PATH_LENGTH {
            self.note(path, self.problem(Fault::TooLong, end, String::from("the path is longer than 16 certificates")));
            return false;
        }
        let issuers = self.issuers(end, path);
        if issuers.is_empty() {
            let problem = self.dead_end(end);
            self.note(path, problem);
        }
        for issuer in issuers {
            match self.link(end, issuer) {
                Ok(()) => {
                    path.push(issuer);
                    let found = self.extend(path);
                    path.pop();
                    if found {
                        return true;
                    }
                }
                Err(problem) => {
                    self.broken_links.push(problem.clone());
                    self.note(path, problem);
                }
            }
            if self.exhausted() {
                let message = String::from("the chain needs more work than is allowed (100 signatures, 200,000 steps)");
                self.note(path, self.problem(Fault::BudgetExhausted, end, message));
                return false;
            }
        }
        false
    }

    fn exhausted(&self) -> bool {
        self.signatures > limits::SIGNATURES || self.steps > limits::STEPS
    }

    fn listed_twin(&self, index: usize) -> Option<usize> {
        let der = self.pool.get(index).der;
        let first_listed = 1 + self.pool.beside.len();
        (first_listed..self.pool.len())
            .find(|&listed| self.pool.is_anchor(listed, self.settings.anchors) && self.pool.get(listed).der == der)
    }

    /// The certificates that may have issued the one at the end: the name fits, the key identifiers do not contradict,
    /// and no certificate of the path has the same name and key (RFC 4158 section 2.4.2). Likely ones come first.
    fn issuers(&mut self, end: usize, path: &[usize]) -> Vec<usize> {
        let subject = self.pool.get(end);
        let mut issuers = Vec::new();
        // A certificate that is in the list and beside the leaf counts as listed: only there can it be an anchor.
        let first_listed = 1 + self.pool.beside.len();
        for index in (first_listed..self.pool.len()).chain(1..first_listed) {
            self.steps = self.steps.saturating_add(1);
            let candidate = self.pool.get(index);
            if !candidate.subject.matches(&subject.issuer) {
                continue;
            }
            let same = |&used: &usize| {
                let used = self.pool.get(used);
                used.public_key.raw == candidate.public_key.raw && used.subject.matches(&candidate.subject)
            };
            if path.iter().any(same) || issuers.iter().any(|&known| self.pool.get(known).der == candidate.der) {
                continue;
            }
            issuers.push(index);
        }
        let rank = |&index: &usize| {
            let candidate = self.pool.get(index);
            let key_fits = fits_key_id(subject, candidate);
            let valid = candidate.not_before <= self.settings.now && self.settings.now <= candidate.not_after;
            (!key_fits, !self.pool.is_anchor(index, self.settings.anchors), !valid)
        };
        issuers.sort_by_key(rank);
        issuers
    }

    fn link(&mut self, subject: usize, issuer: usize) -> Result<(), Problem> {
        let known =
            self.verified.iter().find(|(s, i, _)| (*s, *i) == (subject, issuer)).map(|(_, _, outcome)| *outcome);
        let outcome = known.unwrap_or_else(|| {
            self.signatures += 1;
            let certificate = self.pool.get(subject);
            let outcome = signature::verify(
                &self.pool.get(issuer).public_key,
                &certificate.signature_algorithm,
                certificate.tbs,
                certificate.signature,
            );
            self.verified.push((subject, issuer, outcome));
            outcome
        });
        let algorithm = || crate::oid::name(self.pool.get(subject).signature_algorithm.oid);
        let issuer = self.pool.get(issuer);
        outcome.map_err(|fault| match fault {
            SignatureFault::Mismatch => {
                let key = issuer.public_key.fingerprint();
                let message = alloc::format!(
                    "its signature was not made with the key of '{}' (key SHA-256 {key})",
                    issuer.subject.text()
                );
                self.problem(Fault::SignatureInvalid, subject, message)
            }
            SignatureFault::Unsupported => {
                let message = alloc::format!("its signature algorithm {} is not accepted", algorithm());
                self.problem(Fault::SignatureUnsupported, subject, message)
            }
        })
    }

    /// A root must have signed itself; an entry of the list that only bears its own name as issuer's anchors nothing. An
    /// algorithm that is not verified here may stand: the signature of a root is nobody's proof.
    fn own_signature(&mut self, index: usize) -> Result<(), Problem> {
        if self.settings.anchors == Anchors::Listed {
            return Ok(());
        }
        match self.link(index, index) {
            Err(problem) if problem.fault == Fault::SignatureInvalid => Err(problem),
            _ => Ok(()),
        }
    }

    /// A path that reached an anchor: checked, and kept if it is the best so far.
    fn complete(&mut self, path: &[usize]) -> bool {
        let (problems, comparisons) = checks::check_path(self.pool, path, self.settings, self.name_comparisons);
        self.name_comparisons = comparisons;
        let sound = problems.is_empty();
        self.keep(Outcome { path: path.to_vec(), anchored: true, problems });
        sound
    }

    /// A path that ends before an anchor.
    fn note(&mut self, path: &[usize], problem: Problem) {
        let mut problems = alloc::vec![problem];
        let (others, comparisons) = checks::check_path(self.pool, path, self.settings, self.name_comparisons);
        self.name_comparisons = comparisons;
        problems.extend(others);
        self.keep(Outcome { path: path.to_vec(), anchored: false, problems });
    }

    /// Reaching an anchor beats not reaching one; then fewer problems, then more certificates.
    fn keep(&mut self, attempt: Outcome) {
        let merit =
            |outcome: &Outcome| (outcome.anchored, core::cmp::Reverse(outcome.problems.len()), outcome.path.len());
        if self.best.as_ref().is_none_or(|best| merit(best) < merit(&attempt)) {
            self.best = Some(attempt);
        }
    }

    fn dead_end(&self, end: usize) -> Problem {
        let certificate = self.pool.get(end);
        if certificate.is_root() {
            let message = String::from(if certificate.is_ca() {
                "it is a root (self-signed) that is not in the trusted CA list"
            } else {
                "it is self-signed and not a CA, so it vouches for nothing"
            });
            return self.problem(Fault::RootNotTrusted, end, message);
        }
        let key_id = match certificate.extensions.authority_key_id {
            Some(id) => alloc::format!(" (key identifier {})", hex(id)),
            None => String::new(),
        };
        let issuer = certificate.issuer.text();
        let message = alloc::format!("no certificate of its issuer '{issuer}'{key_id} is at hand");
        self.problem(Fault::IssuerMissing, end, message)
    }

    fn problem(&self, fault: Fault, index: usize, message: String) -> Problem {
        Problem { fault, message, certificate: self.pool.get(index).subject.text(), index: Some(index) }
    }
}

/// Whether the authority key identifier of one is the subject key identifier of the other; `true` if either has none.
fn fits_key_id(subject: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
    match (subject.extensions.authority_key_id, issuer.extensions.subject_key_id) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}
