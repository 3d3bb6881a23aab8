//! Why the ACME certificate service did not do what was asked.

use certway_wire::acme::AcmeObjection;

use super::super::error::Error;
use crate::acme::Failure;

/// Why it did not. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcmeRefusal {
    /// The settings are not as they must be.
    #[error("the settings were not taken: {0}")]
    Settings(String),
    /// No provider is chosen.
    #[error("no ACME provider is chosen; choose one first")]
    NotSet,
    /// There is no account with the provider.
    #[error("there is no account with the provider; register first")]
    NoAccount,
    /// The registration is not as it must be.
    #[error("nothing was registered: {0}")]
    Registration(String),
    /// Something is asked of the provider already.
    #[error("the provider is being asked already; wait until that is done")]
    Busy,
    /// What the provider said, or that it said nothing.
    #[error("{} {}", .0.message, .0.remedy.trim_end_matches('.'))]
    Provider(Failure),
    /// There is no order in progress.
    #[error("there is no order in progress")]
    NoOrder,
    /// No signed certificate waits.
    #[error("no signed certificate waits to be deployed")]
    NothingSigned,
    /// All CAs of the chain that are at hand are in the trusted CA list.
    #[error("no CA certificate is at hand that the trusted CA list does not have")]
    NoCas,
    /// Something stands against deploying a certificate.
    #[error("the signed certificate was not deployed. {}", in_words(.0).trim_end_matches('.'))]
    Objections(Vec<AcmeObjection>),
    /// The certificate to be revoked did not come from a provider, or is not there.
    #[error("there is no such certificate from an ACME provider; others are revoked by the CA that issued them")]
    NotOurs,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Acme(AcmeRefusal::Provider(failure))
    }
}

/// Objections as one sentence after another.
fn in_words(objections: &[AcmeObjection]) -> String {
    let each = objections.iter().map(|objection| format!("{} {}", objection.message, objection.remedy));
    each.collect::<Vec<_>>().join(" ")
}
