//! The temporary certificate, made anew by the node itself as long as it is the one that is served.

use std::sync::Arc;

use certway_core::{Time, decode_certificates, limits};

use super::certificates::describe;
use super::error::Error;
use super::{App, Changing};
use crate::clock;
use crate::store::{Entry, Identity};
use crate::temporary::{self, Temporary};
use crate::tls::Usable;

/// How long before its end it is renewed. Nine days before its report warns of an end that is near, which asks an administrator
/// for what the node does by itself; and no earlier, since whoever trusts the old temporary CA must trust the new one.
const MARGIN_DAYS: i64 = limits::EXPIRES_SOON_DAYS + 9;

impl App {
    /// Makes another temporary CA and certificate, if the temporary one is served and has ended, ends soon, or has not
    /// begun: the clock may have been wrong at first boot. The CA's key is gone, so the CA changes with it.
    pub(super) fn renew_temporary(&self, change: &Changing<'_>) -> Result<(), Error> {
        let now = clock::now();
        let slots = self.store().slots(Identity::Server)?;
        if !self.serves_temporary_now(&slots.active) || !is_due(&slots.temporary.chain_pem, now) {
            return Ok(());
        }
        let is_shown_as_client = self.store().slots(Identity::Client)?.active.id == slots.temporary.id;
        let made =
            Temporary::make(&self.name, now).map_err(|error: temporary::Error| Error::GivenUp(error.to_string()))?;
        let usable = || Usable::from_der(std::slice::from_ref(&made.certificate), Some(&made.key));
        let (served, shown) = (usable()?, usable()?);
        self.store().change(now, "node", |change| {
            change.replace_temporary(&slots.temporary.id, &made)?;
            Ok::<_, Error>(((), Entry::new("temporary-certificate-renewed", describe(&made.certificate))))
        })?;
        self.tls.load(served);
        if is_shown_as_client {
            self.presented.load(shown);
        }
        self.metrics.loads.add();
        self.temporary_ca.store(Arc::new(made.ca));
        self.reload_trust(change)
    }
}

fn is_due(chain: &str, now: Time) -> bool {
    // One that cannot be read is no better than one that has ended.
    decode_certificates(chain.as_bytes()).first().is_none_or(|(_, certificate)| {
        now < certificate.not_before || now.plus_days(MARGIN_DAYS) > certificate.not_after
    })
}
