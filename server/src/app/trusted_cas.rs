//! The trusted CA list: appended, deleted from, reset, shown.

use std::sync::Arc;

use certway_core::{Accepted, Context, Kind, Report, Upload, decode_certificates, judge, limits, pem};
use certway_wire as wire;
use certway_wire::node::{TrustedCaDetails, TrustedCas, TrustedCasAppended, TrustedCasChanged};
use certway_wire::trust::Undo;

use super::certificates::broken_rules;
use super::crls::{self, CrlList};
use super::error::Error;
use super::sessions::SignedIn;
use super::trust_list::TrustList;
use super::{App, Changing, alarms};
use crate::clock;
use crate::store::{self, Entry, Identity, TrustedCa, Undoable};

/// How many CAs are called by their names where there may be many.
const NAMED: usize = 3;

impl App {
    /// The list, in its order.
    pub(crate) fn trusted_cas(&self) -> Result<TrustedCas, Error> {
        let slots = self.store().slots(Identity::Server)?;
        let path = wire::Report::from(&self.judge_stored(Identity::Server, &slots.active)).path;
        let mut certificates = self.trust.load().summaries().to_vec();
        for certificate in &mut certificates {
            certificate.in_use =
                path.iter().any(|link| link.fingerprint_sha256.as_ref() == Some(&certificate.fingerprint));
        }
        let undo = self.store().undoable(clock::now())?.map(|undoable| Undo {
            names: names(&undoable.back).into_iter().take(NAMED).collect(),
            count: count(undoable.back.len()),
            goes: count(undoable.goes.len()),
            until: undoable.until.to_string(),
        });
        Ok(TrustedCas { maximum: count(limits::TRUSTED_CAS), certificates, undo })
    }

    /// The list as one PEM file.
    pub(crate) fn trusted_cas_pem(&self) -> String {
        self.trust.load().pem().to_owned()
    }

    /// One certificate of the list, decoded.
    pub(crate) fn trusted_ca(&self, fingerprint: &str) -> Result<TrustedCaDetails, Error> {
        let unknown = || Error::UnknownTrustedCa(fingerprint.to_owned());
        let summary = self
            .trusted_cas()?
            .certificates
            .into_iter()
            .find(|certificate| certificate.fingerprint == fingerprint)
            .ok_or_else(unknown)?;
        let trust = self.trust.load();
        let pem = pem::encode("CERTIFICATE", trust.find(fingerprint).ok_or_else(unknown)?);
        let decoded = decode_certificates(pem.as_bytes());
        let decoded =
            decoded.first().map(|(_, certificate)| wire::Certificate::from(certificate)).ok_or_else(unknown)?;
        Ok(TrustedCaDetails { summary, decoded, pem })
    }

    /// Appends what is new in `file`, or nothing if anything in it is refused.
    /// Lists in it after which whoever is signed in could not sign in again refuse it.
    pub(crate) fn append_trusted_cas(
        &self,
        actor: &str,
        session: Option<&SignedIn>,
        file: &[u8],
    ) -> Result<TrustedCasAppended, Error> {
        let change = self.changing();
        let (report, accepted) = self.judge_list(actor, Kind::TrustedCa, "trusted-cas-refused", file)?;
        let known = report.trusted_cas.map_or(0, |change| change.known);
        let Accepted::TrustedCas(accepted) = accepted else { return Err(Error::Refused(Box::new(report))) };
        let before = self.trust.load();
        let trusted = [before.ders(), accepted.added_der().iter().map(Vec::as_slice).collect()].concat();
        let outcome = self.store().change(clock::now(), actor, |change| {
            let added = change.append_trusted_cas(&accepted)?;
            let mut details = format!("{added} new, {known} known");
            let kept = (!accepted.crls().is_empty()).then(|| crls::keep(change, accepted.crls(), &trusted));
            let kept = kept.transpose()?;
            if let Some(kept) = &kept {
                details += &format!("; revocation lists: {}", crls::in_words(kept));
                session.map_or(Ok(()), |session| self.keep_in(session, change))?;
            }
            Ok::<_, Error>(((added, kept), Entry::new("trusted-cas-appended", details)))
        });
        let outcome = self.unless_suspect(&change, outcome);
        let (added, crls) = match session {
            Some(session) => self.record_lock_out(session, "trusted-cas-appended", outcome)?,
            None => outcome?,
        };
        self.metrics.uploads_accepted.add();
        if crls.is_some() {
            self.crls.store(Arc::new(CrlList::new(self.store().crls()?)));
        }
        // What was judged before is forgotten here, so the lists come first.
        self.reload_trust(&change)?;
        let pending_loaded = self.refresh_or_log(&change);
        Ok(TrustedCasAppended { added: count(added), known, total: self.total(), pending_loaded, crls, report })
    }

    /// Judges an uploaded list against the trusted CAs as they stand; a refusal is counted and recorded.
    pub(super) fn judge_list(
        &self,
        actor: &str,
        kind: Kind,
        refusal: &str,
        file: &[u8],
    ) -> Result<(wire::Report, Accepted), Error> {
        let judged = self.judge_for_list(kind, file);
        let report = wire::Report::from(&judged);
        let Some(accepted) = judged.into_accepted() else {
            self.metrics.uploads_refused.add();
            self.record_refusal(actor, refusal, broken_rules(&report));
            return Err(Error::Refused(Box::new(report)));
        };
        Ok((report, accepted))
    }

    fn judge_for_list(&self, kind: Kind, file: &[u8]) -> Report {
        let trust = self.trust.load();
        let files = trust.files();
        let context =
            Context { trusted_cas: Some(&files), security_level: self.security_level(), ..Context::at(clock::now()) };
        judge(&Upload::of(kind, file), &context)
    }

    /// Refuses what could not be appended.
    pub(super) fn could_append(&self, file: &[u8]) -> Result<(), Error> {
        let judged = self.judge_for_list(Kind::TrustedCa, file);
        let report = wire::Report::from(&judged);
        judged.into_accepted().map(drop).ok_or_else(|| Error::Refused(Box::new(report)))
    }

    /// Deletes all that are named, or none. While a change of the cluster's certificates is under way the list loses nothing by hand, since nodes may
    /// refuse each other then.
    pub(crate) fn delete_trusted_cas(
        &self,
        session: &SignedIn,
        fingerprints: &[String],
    ) -> Result<TrustedCasChanged, Error> {
        self.no_change_runs()?;
        self.take_from_list(session, fingerprints)
    }

    pub(super) fn take_from_list(
        &self,
        session: &SignedIn,
        fingerprints: &[String],
    ) -> Result<TrustedCasChanged, Error> {
        if fingerprints.is_empty() {
            return Err(Error::NothingNamed);
        }
        let mut fingerprints = fingerprints.to_vec();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        let change = self.changing();
        let removed = self.store().change(clock::now(), &session.actor, |change| {
            let removed = change.delete_trusted_cas(&fingerprints)??;
            self.keep_in(session, change)?;
            Ok::<_, Error>((removed, Entry::new("trusted-cas-deleted", fingerprints.join(", "))))
        });
        let removed = self.unless_suspect(&change, removed);
        let removed = self.record_lock_out(session, "trusted-cas-deleted", removed)?;
        self.changed_trust(&change, removed, 0)
    }

    /// Puts the default list in place of the whole list.
    pub(crate) fn reset_trusted_cas(&self, session: &SignedIn) -> Result<TrustedCasChanged, Error> {
        self.no_change_runs()?;
        let change = self.changing();
        let defaults = self.default_list()?;
        let changed = self.store().change(clock::now(), &session.actor, |change| {
            let (removed, added) = change.reset_trusted_cas(&defaults)?;
            self.keep_in(session, change)?;
            let entry = Entry::new("trusted-cas-reset", format!("{removed} removed, {added} added"));
            Ok::<_, Error>(((removed, added), entry))
        });
        let (removed, added) = self.record_lock_out(session, "trusted-cas-reset", changed)?;
        self.changed_trust(&change, removed, added)
    }

    /// Undoes the latest deletion, or reset, of the last ten minutes.
    pub(crate) fn undo_deletion(&self, session: &SignedIn) -> Result<TrustedCasChanged, Error> {
        self.no_change_runs()?;
        let change = self.changing();
        let undone = self.store().change(clock::now(), &session.actor, |change| {
            let undone = change.undo()?.ok_or(Error::NothingToUndo)?;
            if change.trusted_cas_count()? > limits::TRUSTED_CAS {
                return Err(Error::NoRoomToUndo);
            }
            self.keep_in(session, change)?;
            let details = format!("back: {}; gone: {}", in_words(&undone.back), in_words(&undone.goes));
            Ok((undone, Entry::new("trusted-cas-deletion-undone", details)))
        });
        let Undoable { back, goes, stays, .. } =
            self.record_lock_out(session, "trusted-cas-deletion-undone", undone)?;
        let changed = self.changed_trust(&change, goes.len(), back.len())?;
        let note = (!stays.is_empty())
            .then(|| format!("What the reset added stays, since the list was changed after it: {}.", in_words(&stays)));
        Ok(TrustedCasChanged { names: names(&back).into_iter().take(NAMED).collect(), note, ..changed })
    }

    /// A list that was found changed behind the node's back is not trusted from then on, and an alarm says so.
    fn unless_suspect<T>(&self, change: &Changing<'_>, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Store(store::Error::Suspect(_))) = &outcome {
            self.refresh_or_log(change);
        }
        outcome
    }

    fn changed_trust(&self, change: &Changing<'_>, removed: usize, added: usize) -> Result<TrustedCasChanged, Error> {
        self.reload_trust(change)?;
        self.refresh_or_log(change);
        let active = self.store().slots(Identity::Server)?.active;
        Ok(TrustedCasChanged {
            removed: count(removed),
            added: count(added),
            total: self.total(),
            active_trusted: alarms::is_trusted(&self.judge_stored(Identity::Server, &active)),
            names: Vec::new(),
            note: None,
        })
    }

    pub(super) fn reload_trust(&self, _change: &Changing<'_>) -> Result<(), Error> {
        let rows = self.store().trusted_cas();
        let (rows, outcome) = match rows {
            Ok(rows) => (rows, Ok(())),
            // A list that cannot be read trusts nobody, rather than those of whom some were just removed.
            Err(error) => (Vec::new(), Err(error)),
        };
        self.trust.store(Arc::new(TrustList::new(rows, self.security_level())));
        self.trust_changed();
        self.services.changed();
        Ok(outcome?)
    }

    fn total(&self) -> u32 {
        count(self.trust.load().len())
    }
}

/// What CAs are called.
fn names(cas: &[TrustedCa]) -> Vec<String> {
    let decoded = cas.iter().filter_map(|ca| decode_certificates(&ca.der).into_iter().next());
    decoded.map(|(_, ca)| ca.common_name.unwrap_or(ca.subject)).collect()
}

/// The first of them, and how many more there are.
fn in_words(cas: &[TrustedCa]) -> String {
    let names = names(cas);
    let (first, more) = names.split_at(names.len().min(NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    if first.is_empty() { "none".to_owned() } else { format!("{}{more}", first.join(", ")) }
}

/// The list ends at 1000, far below what a `u32` counts.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
