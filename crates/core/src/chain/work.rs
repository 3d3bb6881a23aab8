//! What one validation may cost, and what it has cost so far.

use alloc::vec::Vec;

use super::Pool;
use crate::limits;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::public_key::{KeyKind, PublicKey};
use crate::signature::{self, SignatureFault};

/// The work of one question, its nested searches for the signers of revocation lists included.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) signatures: u32,
    pub(super) steps: u32,
    pub(super) name_comparisons: u32,
    /// Links (certificate, issuer) whose signature was looked at, so that each costs once.
    links: Vec<(usize, usize, Result<(), SignatureFault>)>,
    /// The same of revocation lists (list, issuer).
    lists: Vec<(usize, usize, bool)>,
    /// The signers of lists whose own paths are being looked for: none may vouch for itself.
    pub(super) signers: Vec<usize>,
}

impl Work {
    pub(super) fn is_exhausted(&self) -> bool {
        self.signatures > limits::SIGNATURES || self.steps > limits::STEPS
    }

    /// Counts what takes time for its length alone: a hostile chain would have it read again for each of its paths.
    pub(super) fn read(&mut self, bytes: usize, bytes_per_step: usize) {
        let steps = u32::try_from(bytes / bytes_per_step).unwrap_or(u32::MAX);
        self.steps = self.steps.saturating_add(steps);
    }

    /// Whether one certificate of the pool signed another. A key that inherits its parameters is left for when the path
    /// is known.
    pub(super) fn link(&mut self, pool: &Pool<'_, '_>, subject: usize, issuer: usize) -> Result<(), SignatureFault> {
        if pool.get(issuer).public_key.inherits_parameters() {
            return Ok(());
        }
        if let Some((.., outcome)) = self.links.iter().find(|(s, i, _)| (*s, *i) == (subject, issuer)) {
            return *outcome;
        }
        let outcome = self.signed(pool.get(subject), &pool.get(issuer).public_key);
        self.links.push((subject, issuer, outcome));
        outcome
    }

    /// Whether a certificate was signed with a key.
    pub(super) fn signed(&mut self, certificate: &Certificate<'_>, key: &PublicKey<'_>) -> Result<(), SignatureFault> {
        self.signatures += 1;
        signature::verify(key, &certificate.signature_algorithm, certificate.tbs, certificate.signature)
    }

    /// Whether a certificate of the pool, with this key, signed the revocation list at `index`.
    pub(super) fn list(&mut self, index: usize, crl: &Crl<'_>, issuer: usize, key: &PublicKey<'_>) -> bool {
        if let Some((.., outcome)) = self.lists.iter().find(|(c, i, _)| (*c, *i) == (index, issuer)) {
            return *outcome;
        }
        self.signatures += 1;
        let outcome = signature::verify(key, &crl.signature_algorithm, crl.tbs, crl.signature).is_ok();
        // A DSA key may have its parameters from the path, so what it says counts for that path alone.
        if !matches!(key.kind, KeyKind::Dsa { .. }) {
            self.lists.push((index, issuer, outcome));
        }
        outcome
    }
}

/// The key of the certificate at one position of a path, with the parameters that it inherits from those above.
pub(super) fn working_key<'a>(pool: &Pool<'_, 'a>, path: &[usize], position: usize) -> PublicKey<'a> {
    let key = pool.get(path[position]).public_key;
    if !key.inherits_parameters() {
        return key;
    }
    let above = path[position + 1..].iter().map(|&index| pool.get(index).public_key);
    let mut stated = above.skip_while(PublicKey::inherits_parameters);
    stated.next().and_then(|stated| key.with_parameters_of(&stated)).unwrap_or(key)
}
