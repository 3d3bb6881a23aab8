//! Finding paths (RFC 4158): depth first, likely issuers first, under a budget.

use alloc::string::String;
use alloc::vec::Vec;

use super::work::Work;
use super::{Anchors, Fault, Outcome, Pool, Problem, Settings, checks};
use crate::parsed::certificate::Certificate;
use crate::signature::SignatureFault;
use crate::text::hex;
use crate::{decode, limits, oid};

/// Finds the path from the leaf of the pool to an anchor.
pub(crate) fn build(pool: &Pool<'_, '_>, settings: &Settings<'_, '_>) -> Outcome {
    search(pool, settings, 0, &mut Work::default())
}

/// Finds the path from one certificate of the pool to an anchor.
pub(super) fn search(pool: &Pool<'_, '_>, settings: &Settings<'_, '_>, start: usize, work: &mut Work) -> Outcome {
    let mut search = Search { pool, settings, work, best: None, broken_links: Vec::new(), attempts: Vec::new() };
    let mut path = alloc::vec![start];
    let found = search.extend(&mut path);
    if !found && search.work.is_exhausted() {
        let message = String::from("the chain needs more work than is allowed (100 signatures, 200,000 steps)");
        search.broken_links.insert(0, search.problem(Fault::BudgetExhausted, start, message));
    }
    let Search { best, broken_links, attempts, .. } = search;
    let mut outcome = best.unwrap_or_default();
    if !found {
        outcome.attempts = attempts;
        for problem in broken_links {
            if !outcome.problems.contains(&problem) {
                outcome.problems.push(problem);
            }
        }
    }
    outcome
}

struct Search<'w, 'p, 's, 'a> {
    pool: &'p Pool<'s, 'a>,
    settings: &'p Settings<'p, 'a>,
    work: &'w mut Work,
    best: Option<Outcome>,
    broken_links: Vec<Problem>,
    attempts: Vec<Outcome>,
}

impl Search<'_, '_, '_, '_> {
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
            if self.work.is_exhausted() {
                return false;
            }
        }
        false
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
            self.work.steps = self.work.steps.saturating_add(1);
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
        let outcome = self.work.link(self.pool, subject, issuer);
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
        let problems = checks::check_path(self.pool, path, self.settings, self.work);
        // Past its budget a check has looked at less than it should, revocation lists above all.
        let sound = problems.is_empty() && !self.work.is_exhausted();
        self.keep(Outcome { path: path.to_vec(), anchored: true, problems, attempts: Vec::new() });
        sound
    }

    /// A path that ends before an anchor.
    fn note(&mut self, path: &[usize], problem: Problem) {
        let mut problems = alloc::vec![problem];
        problems.extend(checks::check_path(self.pool, path, self.settings, self.work));
        self.keep(Outcome { path: path.to_vec(), anchored: false, problems, attempts: Vec::new() });
    }

    /// Reaching an anchor beats not reaching one; then fewer problems, then more certificates.
    fn keep(&mut self, attempt: Outcome) {
        if self.attempts.len() < limits::ATTEMPTS {
            self.attempts.push(attempt.clone());
        }
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
        let id = certificate.extensions.authority_key_id.map(|id| alloc::format!(" (key identifier {})", hex(id)));
        // RFC 5280 does not say which it is; how CAs are built does.
        let which = if certificate.is_ca() {
            "as the issuer of a CA it is a root, or an intermediate below one"
        } else {
            "as the issuer of a certificate that is no CA's it is an intermediate, or the root of a small CA"
        };
        let mut message = alloc::format!(
            "no certificate of its issuer '{}'{} is at hand; {which}",
            certificate.issuer.text(),
            id.unwrap_or_default()
        );
        let access = certificate.extensions.find(oid::AUTHORITY_INFO_ACCESS).map(|extension| extension.value);
        if let Some(url) = decode::access_urls(access, oid::CA_ISSUERS).first() {
            message.push_str(&alloc::format!("; the certificate says that it is at {url}"));
        }
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
