//! Certificate revocation lists: uploaded, removed, shown, and what they do to what is served.

use std::sync::Arc;

use certway_core::{Accepted, AcceptedCrl, Kind, decode_crl, decoded, is_recognised, limits, pem};
use certway_wire as wire;
use certway_wire::node::{Crls, CrlsChanged, StoredCrl as Shown};

use super::error::Error;
use super::sessions::SignedIn;
use super::{App, Changing};
use crate::clock;
use crate::store::{Change, Entry, Kept, StoredCrl};

/// One state of the lists.
pub(super) struct CrlList {
    rows: Vec<StoredCrl>,
    pem: String,
}

impl CrlList {
    pub(super) fn new(rows: Vec<StoredCrl>) -> Self {
        let pem = rows.iter().map(|row| pem::encode("X509 CRL", &row.der)).collect();
        Self { rows, pem }
    }

    /// The lists, decoded.
    pub(super) fn decoded(&self) -> impl Iterator<Item = decoded::Crl> {
        self.rows.iter().filter_map(|row| decode_crl(&row.der))
    }

    /// The lists as the judge takes them.
    pub(super) fn files(&self) -> Vec<&[u8]> {
        if self.rows.is_empty() { Vec::new() } else { vec![self.pem.as_bytes()] }
    }
}

impl App {
    /// The lists, in the order in which they came.
    pub(crate) fn crls(&self) -> Crls {
        let lists = self.crls.load();
        let shown = |row: &StoredCrl| {
            Some(Shown {
                fingerprint: row.fingerprint.clone(),
                stored_at: row.stored_at.to_string(),
                decoded: wire::Crl::from(&decode_crl(&row.der)?),
            })
        };
        Crls { crls: lists.rows.iter().filter_map(shown).collect() }
    }

    /// The lists as one PEM file.
    pub(crate) fn crls_pem(&self) -> String {
        self.crls.load().pem.clone()
    }

    /// Stores the lists of `file`, each in the place of the former one of its issuer, or none if anything is refused.
    pub(crate) fn upload_crls(&self, session: &SignedIn, file: &[u8]) -> Result<CrlsChanged, Error> {
        let change = self.changing();
        let (report, accepted) = self.judge_list(&session.actor, Kind::Crl, "crls-refused", file)?;
        let Accepted::Crls(accepted) = accepted else { return Err(Error::Refused(Box::new(report))) };
        let changed = self.keep_crls(session, &accepted, report);
        let changed = self.record_lock_out(session, "crls-uploaded", changed)?;
        self.metrics.uploads_accepted.add();
        self.crls_changed(&change)?;
        Ok(changed)
    }

    fn keep_crls(
        &self,
        session: &SignedIn,
        accepted: &[AcceptedCrl],
        report: wire::Report,
    ) -> Result<CrlsChanged, Error> {
        let trust = self.trust.load();
        self.store().change(clock::now(), &session.actor, |change| {
            let changed = keep(change, accepted, &trust.ders())?;
            self.keep_in(session, change)?;
            let entry = Entry::new("crls-uploaded", in_words(&changed));
            Ok((CrlsChanged { report: Some(report), ..changed }, entry))
        })
    }

    /// Removes all that are named, or none.
    pub(crate) fn remove_crls(&self, session: &SignedIn, fingerprints: &[String]) -> Result<CrlsChanged, Error> {
        if fingerprints.is_empty() {
            return Err(Error::NothingNamed);
        }
        let mut fingerprints = fingerprints.to_vec();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        let change = self.changing();
        let total = self.store().change(clock::now(), &session.actor, |change| {
            if let Some(unknown) = change.remove_crls(&fingerprints)? {
                return Err(Error::UnknownCrl(unknown));
            }
            self.keep_in(session, change)?;
            let (count, _) = change.crls_size()?;
            Ok((count, Entry::new("crls-removed", fingerprints.join(", "))))
        });
        let total = self.record_lock_out(session, "crls-removed", total)?;
        self.crls_changed(&change)?;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(CrlsChanged { removed: number(fingerprints.len()), total: number(total), ..CrlsChanged::default() })
    }

    pub(super) fn crls_changed(&self, change: &Changing<'_>) -> Result<(), Error> {
        let lists = CrlList::new(self.store().crls()?);
        self.crls.store(Arc::new(lists));
        self.trust_changed();
        self.refresh_or_log(change);
        Ok(())
    }
}

/// Stores lists, each where it is better than what is there. `trusted` are the CAs, DER, that may have signed what is there.
pub(super) fn keep(change: &Change<'_>, accepted: &[AcceptedCrl], trusted: &[&[u8]]) -> Result<CrlsChanged, Error> {
    let mut changed = CrlsChanged::default();
    for list in accepted {
        let counter = match change.keep_crl(list, |former| is_recognised(former, trusted))? {
            Kept::New => &mut changed.added,
            Kept::Replaced => &mut changed.replaced,
            Kept::Known => &mut changed.known,
            Kept::Older => &mut changed.older,
            Kept::Unrecognised => &mut changed.unrecognised,
            Kept::Future => &mut changed.future,
        };
        *counter += 1;
    }
    let (count, bytes) = change.crls_size()?;
    if count > limits::CRLS || bytes > limits::CRLS_BYTES {
        return Err(Error::TooManyCrls);
    }
    changed.total = u32::try_from(count).unwrap_or(u32::MAX);
    Ok(changed)
}

/// What became of lists, for the event log.
pub(super) fn in_words(changed: &CrlsChanged) -> String {
    let CrlsChanged { added, replaced, known, older, unrecognised, future, .. } = changed;
    let mut words = format!("{added} new, {replaced} replaced, {known} known, {older} older than what is there");
    if *unrecognised > 0 {
        words += &format!(", {unrecognised} not recognised where a recognised one is there");
    }
    if *future > 0 {
        words += &format!(", {future} dated in the future");
    }
    words
}
