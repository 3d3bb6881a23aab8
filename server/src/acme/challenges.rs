//! What is open to a provider's look, and only as long as it is to look: each is closed when its guard is dropped.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::tls::Served;

use super::alpn;
use super::words::Failure;

/// The answers over plain HTTP (RFC 8555 section 8.3): token to key authorisation.
#[derive(Debug, Default)]
pub(crate) struct Challenges(RwLock<HashMap<String, String>>);

/// Open until it is dropped.
pub(super) enum Open {
    Http(Arc<Challenges>, String),
    Tls(Arc<Served>, String),
}

impl Challenges {
    /// What is answered to a token.
    pub(crate) fn answer(&self, token: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(super) fn open(self: &Arc<Self>, token: &str, key_authorisation: &str) -> Open {
        let mut open = self.0.write().unwrap_or_else(PoisonError::into_inner);
        open.insert(token.to_owned(), key_authorisation.to_owned());
        Open::Http(Arc::clone(self), token.to_owned())
    }
}

/// Shows a certificate for `name` to whoever asks by the protocol `acme-tls/1` (RFC 8737).
pub(super) fn open_tls(served: &Arc<Served>, name: &str, digest: &[u8]) -> Result<Open, Failure> {
    let usable = alpn::certificate(name, digest)
        .map_err(|why| Failure::of_ours(&format!("the certificate for the challenge could not be made: {why}")))?;
    served.open_challenge(name, usable);
    Ok(Open::Tls(Arc::clone(served), name.to_owned()))
}

impl Drop for Open {
    fn drop(&mut self) {
        match self {
            Self::Http(challenges, token) => {
                challenges.0.write().unwrap_or_else(PoisonError::into_inner).remove(token);
            }
            Self::Tls(served, name) => served.close_challenge(name),
        }
    }
}
