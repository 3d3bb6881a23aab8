//! Checking one path, certificate by certificate, for everything that RFC 5280 section 6.1 asks; all faults, not the first.

use alloc::string::String;
use alloc::vec::Vec;

use super::profile::Role;
use super::revocation::Subject;
use super::work::{Work, working_key};
use super::{Fault, Pool, Problem, Profile, Settings, constraints, policies, profile, revocation};
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
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFO_ACCESS,
];

/// The critical extensions of a certificate that are not understood.
pub(crate) fn unknown_critical<'a>(certificate: &Certificate<'a>) -> impl Iterator<Item = &'a [u8]> {
    let extensions = certificate.extensions.all.clone();
    extensions.into_iter().filter(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid)).map(|e| e.oid)
}

/// Everything that stands against a path, leaf first.
pub(super) fn check_path(
    pool: &Pool<'_, '_>,
    path: &[usize],
    settings: &Settings<'_, '_>,
    work: &mut Work,
) -> Vec<Problem> {
    let mut check = Check { pool, path, settings, work, problems: Vec::new() };
    let mut issued_below = 0;
    for position in 0..path.len() {
        check.validity(position);
        check.critical_extensions(position);
        check.algorithms(position);
        if position > 0 {
            check.may_issue(position, issued_below);
            check.inherited_key(position);
            check.purpose(position);
            // RFC 5280 6.1.4 (l): self-issued certificates do not count, and neither does the leaf.
            if !check.certificate(position).is_self_issued() {
                issued_below += 1;
            }
        }
        check.profile(position);
        check.revocation(position);
    }
    check.length();
    check.names();
    check.policies();
    check.problems
}

struct Check<'w, 'p, 's, 'a> {
    pool: &'p Pool<'s, 'a>,
    path: &'p [usize],
    settings: &'p Settings<'p, 'a>,
    work: &'w mut Work,
    problems: Vec<Problem>,
}

impl<'s, 'a> Check<'_, '_, 's, 'a> {
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
        // RFC 5280 6.1.4 (k): before version 3 a certificate cannot say so itself, and only trust in it says it instead.
        let says_so = certificate.extensions.basic_constraints.is_some_and(|constraints| constraints.ca);
        let is_taken_for_one = says_so || (self.is_anchor(position) && certificate.is_ca());
        if !is_taken_for_one {
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

    /// A signature that could not be verified before the path was known.
    fn inherited_key(&mut self, position: usize) {
        if !self.certificate(position).public_key.inherits_parameters() {
            return;
        }
        let key = working_key(self.pool, self.path, position);
        if self.work.signed(self.certificate(position - 1), &key).is_err() {
            let message =
                String::from("its signature was not made with its issuer's DSA key and the parameters above it");
            self.report(Fault::SignatureInvalid, position - 1, message);
        }
    }

    fn purpose(&mut self, position: usize) {
        let Some(purpose) = self.settings.purpose else { return };
        if !self.certificate(position).extensions.allows(purpose) {
            let message = alloc::format!("its extended key usage does not allow {}", oid::name(purpose));
            self.report(Fault::Purpose, position, message);
        }
    }

    fn profile(&mut self, position: usize) {
        if self.settings.profile == Profile::Path {
            return;
        }
        let role = match (position, self.is_anchor(position)) {
            (0, false) => Role::Leaf,
            (0, true) => Role::TrustedLeaf,
            (_, false) => Role::Issuer,
            (_, true) => Role::Anchor,
        };
        for (fault, message) in profile::check(self.certificate(position), role) {
            self.report(fault, position, message);
        }
    }

    fn revocation(&mut self, position: usize) {
        let subject = Subject { pool: self.pool, path: self.path, settings: self.settings };
        for (fault, message) in revocation::check(subject, position, self.work) {
            self.report(fault, position, message);
        }
    }

    /// Policies count along the whole path, so only for one that reaches an anchor.
    fn policies(&mut self) {
        if !self.is_anchor(self.path.len() - 1) {
            return;
        }
        let certificates: Vec<&Certificate<'a>> = self.path.iter().map(|&index| self.pool.get(index)).collect();
        let stated = [oid::CERTIFICATE_POLICIES, oid::POLICY_MAPPINGS];
        let stated = certificates.iter().flat_map(|certificate| stated.map(|oid| certificate.extensions.find(oid)));
        self.work.read(stated.flatten().map(|extension| extension.value.len()).sum(), 64);
        if let Err((position, message)) = policies::check(&certificates, &self.settings.policies) {
            self.report(Fault::Policy, position, message);
        }
    }

    fn length(&mut self) {
        // As with path lengths, a CA that issued itself a certificate is one and the same.
        let between = 1..self.path.len().saturating_sub(1);
        let intermediates = between.filter(|&position| !self.certificate(position).is_self_issued()).count();
        if let Some(limit) = self.settings.maximum_intermediates.filter(|&limit| intermediates > limit) {
            let message = alloc::format!("the path has {intermediates} intermediates, and {limit} are allowed");
            self.report(Fault::TooLong, self.path.len() - 1, message);
        }
    }

    /// Every certificate against the name constraints of every CA above it.
    fn names(&mut self) {
        for upper in 1..self.path.len() {
            let Some(subtrees) = self.certificate(upper).extensions.name_constraints else { continue };
            for lower in 0..upper {
                // RFC 5280 6.1.3 (b): self-issued certificates are exempt, unless they are the last.
                if lower > 0 && self.certificate(lower).is_self_issued() {
                    continue;
                }
                match constraints::check(self.certificate(lower), subtrees, &mut self.work.name_comparisons) {
                    Ok(()) => {}
                    Err(constraints::Breach::Budget) => {
                        let message =
                            String::from("its names take more than 250,000 comparisons with name constraints");
                        return self.report(Fault::BudgetExhausted, lower, message);
                    }
                    Err(constraints::Breach::Name(name)) => {
                        let ca = self.certificate(upper).subject.text();
                        let message = alloc::format!("its name {name} is outside the name constraints of '{ca}'");
                        self.report(Fault::NameConstraints, lower, message);
                    }
                }
            }
        }
    }
}
