//! Revocation by the lists at hand (RFC 5280 section 6.3): complete, delta and indirect lists, distribution points and
//! reasons; who signed a list must have a path to the same anchor.

use alloc::string::String;
use alloc::vec::Vec;

use super::work::{Work, working_key};
use super::{Fault, InitialPolicies, Pool, Profile, Revocation, Settings, build};
use crate::der;
use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::{Crl, Entry};
use crate::parsed::distribution_point::{DistributionPoint, PointName, Reasons};
use crate::parsed::extensions::KeyUsage;
use crate::signature;

/// How many signers of lists may have to be vouched for by lists of others; one is common, two is odd.
const NESTING: usize = 4;

/// A path, leaf first, whose certificates are held against the lists.
#[derive(Clone, Copy)]
pub(super) struct Subject<'p, 's, 'a> {
    pub(super) pool: &'p Pool<'s, 'a>,
    pub(super) path: &'p [usize],
    pub(super) settings: &'p Settings<'p, 'a>,
}

/// What the lists say against the certificate at one position of the path; nothing against an anchor. Without its issuer
/// at hand no list can be believed.
pub(super) fn check(subject: Subject<'_, '_, '_>, position: usize, work: &mut Work) -> Vec<(Fault, String)> {
    let lists = subject.settings.crls;
    if position + 1 >= subject.path.len() || (lists.is_empty() && subject.settings.revocation == Revocation::IfListed) {
        return Vec::new();
    }
    let certificate = subject.pool.get(subject.path[position]);
    let mut search = Search { subject, position, certificate, work, seen: Reasons::NONE, revoked: None, expired: None };
    search.run();
    let Search { seen, revoked, expired, .. } = search;
    if let Some(message) = revoked {
        return alloc::vec![(Fault::Revoked, message)];
    }
    let issuer = certificate.issuer.text();
    match (subject.settings.revocation, expired) {
        _ if Reasons::ALL.within(seen) => Vec::new(),
        // What an expired list does not name may have been revoked since.
        (Revocation::IfListed, Some(next)) => {
            let message = alloc::format!(
                "the revocation list of '{issuer}' expired at {next}: until there is a new one, its certificates count as revoked"
            );
            alloc::vec![(Fault::Revoked, message)]
        }
        (Revocation::IfListed, None) => Vec::new(),
        (Revocation::Required, Some(next)) => {
            let message = alloc::format!("the revocation list of '{issuer}' expired at {next}");
            alloc::vec![(Fault::RevocationUnknown, message)]
        }
        (Revocation::Required, None) if seen == Reasons::NONE => {
            let message = alloc::format!("no valid revocation list of '{issuer}' is at hand");
            alloc::vec![(Fault::RevocationUnknown, message)]
        }
        (Revocation::Required, None) => {
            let message =
                alloc::format!("the revocation lists of '{issuer}' that are at hand do not tell of every reason");
            alloc::vec![(Fault::RevocationUnknown, message)]
        }
    }
}

struct Search<'w, 'p, 's, 'a> {
    subject: Subject<'p, 's, 'a>,
    position: usize,
    certificate: &'s Certificate<'a>,
    work: &'w mut Work,
    /// The reasons for which the lists looked at so far would name the certificate.
    seen: Reasons,
    revoked: Option<String>,
    /// When the newest fitting list expired, if it did.
    expired: Option<crate::time::Time>,
}

impl<'p, 'a> Search<'_, 'p, '_, 'a> {
    fn run(&mut self) {
        let own = der::write(0xa4, self.certificate.issuer.raw);
        let by_issuer = DistributionPoint { name: Some(PointName::Full(&own)), reasons: None, crl_issuer: None };
        let stated = self.certificate.extensions.find(oid::CRL_DISTRIBUTION_POINTS);
        let length = stated.map_or(0, |extension| extension.value.len());
        let stated = stated.and_then(|extension| DistributionPoint::read_all(extension.value).ok()).unwrap_or_default();
        // RFC 5280 6.3.3: what the points do not settle, any list of the certificate's issuer may.
        for point in stated.iter().chain([&by_issuer]) {
            for (index, crl) in self.subject.settings.crls.iter().enumerate() {
                if self.revoked.is_some() || self.work.is_exhausted() {
                    return;
                }
                self.work.read(length, 64);
                if crl.base_number.is_none() && self.is_in_scope(crl, point) {
                    self.hold_against(index, crl, point);
                }
            }
        }
    }

    /// RFC 5280 6.3.3 (b).
    fn is_in_scope(&self, crl: &Crl<'_>, point: &DistributionPoint<'_>) -> bool {
        let scope = &crl.scope;
        let by_issuer = match point.crl_issuer {
            Some(names) => {
                scope.indirect
                    && PointName::Full(names).meets(PointName::Full(&der::write(0xa4, crl.issuer.raw)), &crl.issuer)
            }
            None => crl.issuer.matches(&self.certificate.issuer),
        };
        let by_name = scope.name.is_none_or(|own| match (point.name, point.crl_issuer) {
            (Some(name), _) => own.meets(name, &crl.issuer),
            (None, Some(names)) => own.meets(PointName::Full(names), &crl.issuer),
            (None, None) => false,
        });
        let is_ca = self.certificate.is_ca();
        by_issuer
            && by_name
            && (!scope.only_user_certificates || !is_ca)
            && (!scope.only_ca_certificates || is_ca)
            && !scope.only_attribute_certificates
    }

    /// RFC 5280 6.3.3 (c) to (l), for one complete list.
    fn hold_against(&mut self, index: usize, crl: &Crl<'a>, point: &DistributionPoint<'_>) {
        let mask = point.reasons.unwrap_or(Reasons::ALL).and(crl.scope.only_reasons.unwrap_or(Reasons::ALL));
        // Each list is looked at, also when others have told of every reason: a newer one may say more.
        if !self.is_trustworthy(index, crl) {
            return;
        }
        let delta = self.delta_of(crl);
        self.work.read(crl.size().saturating_add(delta.map_or(0, Crl::size)), 1024);
        let now = self.subject.settings.now;
        let current = |crl: &Crl<'_>| crl.this_update <= now && crl.next_update.is_none_or(|next| now <= next);
        let entry = |crl: &Crl<'a>| crl.entry(&self.certificate.issuer, self.certificate.serial);
        let by_delta = delta.and_then(entry);
        let found = match by_delta {
            Some(entry) if entry.is_removal() => None,
            Some(entry) => Some(entry),
            None => entry(crl),
        };
        if let Some(entry) = found {
            self.revoked = Some(revoked(crl, &entry));
        } else if (current(crl) || delta.is_some()) && !crl.has_unknown_critical {
            self.seen = self.seen.or(mask);
        } else if let Some(next) = crl.next_update.filter(|&next| next < now) {
            self.expired = self.expired.max(Some(next));
        }
    }

    /// The newest delta that is valid now and continues a complete list.
    fn delta_of(&mut self, complete: &Crl<'a>) -> Option<&'p Crl<'a>> {
        let Subject { settings, .. } = self.subject;
        let number = complete.number()?;
        let key = |number: &'a [u8]| (number.len(), number);
        let fits = |delta: &Crl<'a>| {
            let same_key = delta.authority_key_id.is_none()
                || complete.authority_key_id.is_none()
                || delta.authority_key_id == complete.authority_key_id;
            delta.base_number.is_some_and(|base| key(base) <= key(number))
                && delta.number().is_some_and(|own| key(own) > key(number))
                && delta.issuer.matches(&complete.issuer)
                && delta.scope == complete.scope
                && same_key
                && !delta.has_unknown_critical
                && delta.this_update <= settings.now
                && delta.next_update.is_none_or(|next| settings.now <= next)
        };
        let mut deltas: Vec<(usize, &'p Crl<'a>)> =
            settings.crls.iter().enumerate().filter(|(_, delta)| fits(delta)).collect();
        deltas.sort_by_key(|(_, delta)| core::cmp::Reverse(delta.number().map(key)));
        deltas.into_iter().find(|(index, delta)| self.is_trustworthy(*index, delta)).map(|(_, delta)| delta)
    }

    /// Whether the list was signed by a CA of the path, or by someone with a path of their own to the same anchor (6.3.3
    /// (f) and (g)).
    fn is_trustworthy(&mut self, index: usize, crl: &Crl<'_>) -> bool {
        let Subject { pool, path, .. } = self.subject;
        let above = &path[self.position + 1..];
        let others = (0..pool.len()).filter(|candidate| !above.contains(candidate));
        for candidate in above.iter().copied().chain(others) {
            self.work.steps = self.work.steps.saturating_add(1);
            // A signer whose own path is being looked for may say of itself that it is revoked (PKITS 4.14.30).
            let in_question = self.work.signers.contains(&candidate);
            let itself = candidate == path[self.position] && !in_question;
            if itself || !may_sign_lists(crl, pool.get(candidate)) || self.work.is_exhausted() {
                continue;
            }
            let position = path.iter().rposition(|&index| index == candidate);
            let vouched = in_question || above.contains(&candidate) || self.has_path(candidate);
            let key =
                position.map_or_else(|| pool.get(candidate).public_key, |position| working_key(pool, path, position));
            if vouched && self.work.list(index, crl, candidate, &key) {
                return true;
            }
        }
        false
    }

    fn has_path(&mut self, signer: usize) -> bool {
        let Subject { pool, path, settings } = self.subject;
        if self.work.signers.len() >= NESTING {
            return false;
        }
        let (purpose, profile, policies) = (None, Profile::Path, InitialPolicies::default());
        let settings = Settings { purpose, maximum_intermediates: None, profile, policies, ..*settings };
        self.work.signers.push(signer);
        let outcome = build::search(pool, &settings, signer, self.work);
        self.work.signers.pop();
        outcome.is_sound() && outcome.path.last() == path.last()
    }
}

fn revoked(crl: &Crl<'_>, entry: &Entry<'_>) -> String {
    let (issuer, reason) = (crl.issuer.text(), entry.reason());
    alloc::format!("it was revoked at {} ({reason}), says the list of '{issuer}' of {}", entry.at, crl.this_update)
}

/// Whether a list is stated to be signed in one way only, and a certificate is of its issuer, by name and key identifier,
/// and may make lists.
pub(crate) fn may_sign_lists(crl: &Crl<'_>, issuer: &Certificate<'_>) -> bool {
    let by_key = match (crl.authority_key_id, issuer.extensions.subject_key_id) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    };
    by_key
        && crl.inner_algorithm == crl.signature_algorithm.raw
        && issuer.subject.matches(&crl.issuer)
        && issuer.extensions.key_usage.is_none_or(|usage| usage.has(KeyUsage::CRL_SIGN))
}

/// Whether a certificate's key made a list, and may make lists.
pub(crate) fn is_signed_by(crl: &Crl<'_>, issuer: &Certificate<'_>) -> bool {
    may_sign_lists(crl, issuer)
        && signature::verify(&issuer.public_key, &crl.signature_algorithm, crl.tbs, crl.signature).is_ok()
}
