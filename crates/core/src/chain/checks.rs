//! Checking one path, certificate by certificate, for everything that RFC 5280 section 6.1 asks; all faults, not the first.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Fault, Pool, Problem, Settings, constraints, revocation};
use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::extensions::KeyUsage;

/// The extensions that path validation here takes into account (RFC 5280 4.2: others must not be critical).
const UNDERSTOOD: &[&[u8]] = &[
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CERTIFICATE_POLICIES,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFO_ACCESS,
];

/// The critical extensions of a certificate that are not understood.
pub(crate) fn unknown_critical<'a>(certificate: &Certificate<'a>) -> impl Iterator<Item = &'a [u8]> {
    let extensions = certificate.extensions.all.clone();
    extensions.into_iter().filter(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid)).map(|e| e.oid)
}

/// Everything that stands against a path (leaf first), and the count of name comparisons so far.
pub(super) fn check_path(
    pool: &Pool<'_, '_>,
    path: &[usize],
    settings: &Settings<'_, '_>,
    comparisons: u32,
) -> (Vec<Problem>, u32) {
    let mut check = Check { pool, path, settings, problems: Vec::new() };
    let mut issued_below = 0;
    for position in 0..path.len() {
        check.validity(position);
        check.critical_extensions(position);
        check.algorithms(position);
        if position > 0 {
            check.may_issue(position, issued_below);
            check.purpose(position);
            // RFC 5280 6.1.4 (l): self-issued certificates do not count, and neither does the leaf.
            if !check.certificate(position).is_self_issued() {
                issued_below += 1;
            }
        }
        check.revocation(position);
    }
    check.length();
    let comparisons = check.names(comparisons);
    (check.problems, comparisons)
}

struct Check<'p, 's, 'a> {
    pool: &'p Pool<'s, 'a>,
    path: &'p [usize],
    settings: &'p Settings<'p, 'a>,
    problems: Vec<Problem>,
}

impl<'s, 'a> Check<'_, 's, 'a> {
    fn certificate(&self, position: usize) -> &'s Certificate<'a> {
        self.pool.get(self.path[position])
    }

    fn is_anchor(&self, position: usize) -> bool {
        position + 1 == self.path.len() && self.pool.is_anchor(self.path[position], self.settings.anchors)
    }

    fn report(&mut self, fault: Fault, position: usize, message: String) {
        let index = self.path[position];
        let certificate = self.pool.get(index).subject.text();
        self.problems.push(Problem { fault, message, certificate, index: Some(index) });
    }

    fn validity(&mut self, position: usize) {
        let certificate = self.certificate(position);
        let now = self.settings.now;
        if now > certificate.not_after {
            self.report(Fault::Expired, position, alloc::format!("it expired at {}", certificate.not_after));
        }
        if now < certificate.not_before {
            self.report(
                Fault::NotYetValid,
                position,
                alloc::format!("it is valid only from {}", certificate.not_before),
            );
        }
    }

    fn critical_extensions(&mut self, position: usize) {
        for unknown in unknown_critical(self.certificate(position)) {
            let message = alloc::format!("its critical extension {} is not understood", oid::name(unknown));
            self.report(Fault::UnknownCriticalExtension, position, message);
        }
    }

    fn algorithms(&mut self, position: usize) {
        let certificate = self.certificate(position);
        // The signature of an anchor is nobody's proof.
        if !self.is_anchor(position) && certificate.inner_algorithm != certificate.signature_algorithm.raw {
            let message = String::from("its signature algorithm is stated twice, and differently");
            self.report(Fault::AlgorithmMismatch, position, message);
        }
    }

    fn may_issue(&mut self, position: usize, issued_below: u32) {
        let certificate = self.certificate(position);
        if !certificate.is_ca() {
            let message = String::from("it issued a certificate, but its basicConstraints do not say that it is a CA");
            self.report(Fault::NotACa, position, message);
        }
        if certificate.extensions.key_usage.is_some_and(|usage| !usage.has(KeyUsage::KEY_CERT_SIGN)) {
            let message = String::from("it issued a certificate, but its keyUsage lacks keyCertSign");
            self.report(Fault::KeyUsage, position, message);
        }
        let limit = certificate.extensions.basic_constraints.and_then(|constraints| constraints.path_length);
        if let Some(limit) = limit.filter(|&limit| issued_below > limit) {
            let message = alloc::format!("its path length allows {limit} CAs below it, and there are {issued_below}");
            self.report(Fault::PathLength, position, message);
        }
    }

    fn purpose(&mut self, position: usize) {
        let Some(purpose) = self.settings.purpose else { return };
        if !self.certificate(position).extensions.allows(purpose) {
            let message = alloc::format!("its extended key usage does not allow {}", oid::name(purpose));
            self.report(Fault::Purpose, position, message);
        }
    }

    fn revocation(&mut self, position: usize) {
        if self.is_anchor(position) {
            return;
        }
        let certificate = self.certificate(position);
        let issuer = self.path.get(position + 1).map(|&index| self.pool.get(index));
        for (fault, message) in revocation::check(certificate, issuer, self.settings) {
            self.report(fault, position, message);
        }
    }

    fn length(&mut self) {
        let intermediates = self.path.len().saturating_sub(2);
        if let Some(limit) = self.settings.maximum_intermediates.filter(|&limit| intermediates > limit) {
            let message = alloc::format!("the path has {intermediates} intermediates, and {limit} are allowed");
            self.report(Fault::TooLong, self.path.len() - 1, message);
        }
    }

    /// Every certificate against the name constraints of every CA above it.
    fn names(&mut self, mut comparisons: u32) -> u32 {
        for upper in 1..self.path.len() {
            let Some(subtrees) = self.certificate(upper).extensions.name_constraints else { continue };
            for lower in 0..upper {
                // RFC 5280 6.1.3 (b): self-issued certificates are exempt, unless they are the last.
                if lower > 0 && self.certificate(lower).is_self_issued() {
                    continue;
                }
                match constraints::check(self.certificate(lower), subtrees, &mut comparisons) {
                    Ok(()) => {}
                    Err(constraints::Breach::Budget) => {
                        let message =
                            String::from("its names take more than 250,000 comparisons with name constraints");
                        self.report(Fault::BudgetExhausted, lower, message);
                        return comparisons;
                    }
                    Err(constraints::Breach::Name(name)) => {
                        let ca = self.certificate(upper).subject.text();
                        let message = alloc::format!("its name {name} is outside the name constraints of '{ca}'");
                        self.report(Fault::NameConstraints, lower, message);
                    }
                }
            }
        }
        comparisons
    }
}
