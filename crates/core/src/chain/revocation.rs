//! Revocation by the lists at hand (RFC 5280 section 6.3, complete CRLs of the certificate's own issuer).

use alloc::string::String;
use alloc::vec::Vec;

use super::{Fault, Revocation, Settings};
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::extensions::KeyUsage;
use crate::signature;

/// What the lists say against a certificate. Without its issuer at hand no list can be believed.
pub(super) fn check(
    certificate: &Certificate<'_>,
    issuer: Option<&Certificate<'_>>,
    settings: &Settings<'_, '_>,
) -> Vec<(Fault, String)> {
    let mut faults = Vec::new();
    let mut current = false;
    let mut expired = None;
    let own = settings.crls.iter().filter(|crl| crl.issuer.matches(&certificate.issuer));
    for crl in own.filter(|crl| issuer.is_some_and(|issuer| is_signed_by(crl, issuer))) {
        if crl.revoked_serials().any(|serial| serial == certificate.serial) {
            let message =
                alloc::format!("it was revoked by the list of '{}' of {}", crl.issuer.text(), crl.this_update);
            faults.push((Fault::Revoked, message));
        }
        match crl.next_update {
            Some(next) if next < settings.now => expired = Some(next),
            _ if crl.this_update > settings.now => {}
            _ => current = true,
        }
    }
    if settings.revocation == Revocation::Required && !current && issuer.is_some() {
        let issuer = certificate.issuer.text();
        let message = match expired {
            Some(next) => alloc::format!("the revocation list of '{issuer}' expired at {next}"),
            None => alloc::format!("no valid revocation list of '{issuer}' is at hand"),
        };
        faults.push((Fault::RevocationUnknown, message));
    }
    faults
}

/// Whether a certificate's key made a list, and may make lists.
pub(crate) fn is_signed_by(crl: &Crl<'_>, issuer: &Certificate<'_>) -> bool {
    issuer.subject.matches(&crl.issuer)
        && issuer.extensions.key_usage.is_none_or(|usage| usage.has(KeyUsage::CRL_SIGN))
        && signature::verify(&issuer.public_key, &crl.signature_algorithm, crl.tbs, crl.signature).is_ok()
}
