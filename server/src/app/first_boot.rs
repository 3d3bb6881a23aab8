//! What a node does once in its life: make its temporary certificate, its default trusted CA list, its administrator.

use certway_core::{Accepted, AcceptedCas, Context, Kind, Upload, judge, pem};

use super::error::Error;
use super::passwords::{NewPassword, PasswordHash};
use super::{App, Settings, TERMINAL, sign_in_rules};
use crate::clock;
use crate::store::{Entry, Store};
use crate::temporary::{self, Temporary};

/// The first user, and the one whom `certway reset-password` lets in again.
pub(crate) const ADMINISTRATOR: &str = "admin";

/// A node's founding, ready to be written.
pub(crate) struct FirstBoot {
    temporary: Temporary,
    trusted: AcceptedCas,
    hash: PasswordHash,
    name: String,
}

impl FirstBoot {
    /// Makes everything that a new node needs, and changes nothing yet.
    pub(crate) fn prepare(settings: &Settings, password: &NewPassword) -> Result<Self, Error> {
        let temporary = Temporary::make(&settings.name, clock::now())
            .map_err(|error: temporary::Error| Error::GivenUp(error.to_string()))?;
        let trusted = default_list(&temporary.ca, settings.default_trusted_cas.as_deref())?;
        Ok(Self { temporary, trusted, hash: password.hash()?, name: settings.name.clone() })
    }

    /// Writes it: all, or nothing.
    pub(crate) fn write(self, store: &mut Store) -> Result<(), Error> {
        store.change(clock::now(), "node", |change| {
            change.found_node(&self.temporary.ca)?;
            change.insert_temporary(&self.temporary)?;
            change.reset_trusted_cas(&self.trusted)?;
            change.set_administrator(ADMINISTRATOR, &self.hash.salt, &self.hash.hash)?;
            Ok(((), Entry::new("node-founded", format!("{} with a temporary certificate", self.name))))
        })
    }
}

/// What becomes of a node whose administrator was given another password.
pub(crate) struct Reset {
    /// A second factor was switched off.
    pub(crate) had_factor: bool,
    /// How many API tokens there are, which stay good.
    pub(crate) tokens: usize,
}

/// Gives the administrator another password, ends every session of everybody, and asks for no client certificate and no second factor any more.
pub(crate) fn set_password(store: &mut Store, password: &NewPassword) -> Result<Reset, Error> {
    let hash = password.hash()?;
    let reset = sign_in_rules::reset(store);
    store.change(clock::now(), TERMINAL, |change| {
        change.forget_suspect_users()?;
        let had_factor = change.user(ADMINISTRATOR)?.is_some_and(|user| user.second_factor.is_some());
        change.set_administrator(ADMINISTRATOR, &hash.salt, &hash.hash)?;
        change.end_all_sessions()?;
        let mut details = ADMINISTRATOR.to_owned();
        if had_factor {
            details.push_str(", and the second factor is off");
        }
        if let Some(reset) = reset {
            reset(change)?;
            details.push_str(", and client certificates are NotRequired");
        }
        let tokens = change.tokens()?.len();
        Ok((Reset { had_factor, tokens }, Entry::new("password-reset", details)))
    })
}

impl App {
    /// The list that a reset goes back to.
    pub(super) fn default_list(&self) -> Result<AcceptedCas, Error> {
        default_list(&self.temporary_ca.load(), self.default_trusted_cas.as_deref())
    }
}

/// The temporary CA, then the certificates of the file that the configuration names; judged as any upload.
fn default_list(temporary_ca: &[u8], file: Option<&std::path::Path>) -> Result<AcceptedCas, Error> {
    let mut bundle = pem::encode("CERTIFICATE", temporary_ca).into_bytes();
    if let Some(path) = file {
        let text = std::fs::read(path)
            .map_err(|error| Error::DefaultTrustedCas(format!("{} cannot be read: {error}", path.display())))?;
        bundle.extend(text);
    }
    let report = judge(&Upload::of(Kind::TrustedCa, &bundle), &Context::at(clock::now()));
    let reasons: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.severity == certway_core::Severity::Error)
        .map(|finding| finding.message.to_string())
        .collect();
    match report.into_accepted() {
        Some(Accepted::TrustedCas(accepted)) => Ok(accepted),
        _ => Err(Error::DefaultTrustedCas(reasons.join("; "))),
    }
}
