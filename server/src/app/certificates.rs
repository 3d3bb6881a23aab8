//! The certificates that the node shows, as a server and as a client: judged, stored, loaded, brought back, reset.

use certway_core::{Accepted, AcceptedCertificate, AcceptedKey, Report, Upload, decode_certificates, pem};
use certway_wire::node::{CertificateStored, Certificates, StoredCertificate};
use certway_wire::{self as wire, Decision, Severity};
use zeroize::Zeroizing;

use super::against::kind;
use super::alarms::ACTIVE_DAMAGED;
use super::change::{ChangeRefusal, Permits};
use super::error::Error;
use super::{App, Changing};
use crate::clock;
use crate::store::{Certificate, Csr, Entry, Identity, List, Load, Origin, Slot, Slots};
use crate::tls::{NotUsable, Usable};

/// A rule about uploads. The temporary certificate is none, and `localhost` is its purpose.
const NAMES_OF_UPLOADS: &str = "san-not-fqdn";

impl App {
    /// What stands in the slots, each judged now.
    pub(crate) fn certificates(&self, identity: Identity) -> Result<Certificates, Error> {
        let slots = self.store().slots(identity)?;
        let show = |certificate: &Certificate| self.show(identity, certificate);
        Ok(Certificates {
            active: show(&slots.active),
            pending: slots.pending.as_ref().and_then(show),
            previous: slots.previous.as_ref().and_then(show),
            temporary: show(&slots.temporary),
            ocsp: Vec::new(),
        })
    }

    /// The active certificate and its chain, PEM.
    pub(crate) fn certificate_pem(&self, identity: Identity) -> Result<String, Error> {
        Ok(self.store().slots(identity)?.active.chain_pem)
    }

    /// Judges an upload and keeps nothing.
    pub(crate) fn check_certificate(
        &self,
        identity: Identity,
        certificate: &[u8],
        private_key: Option<&[u8]>,
    ) -> Result<wire::Report, Error> {
        let standing = self.standing(identity)?;
        Ok(wire::Report::from(&self.judge_upload(&standing, certificate, private_key)))
    }

    /// Judges an upload, stores it if it is accepted, and loads it if nothing stands against that and it is not to wait for a change of the
    /// cluster's certificates.
    pub(crate) fn upload_certificate(
        &self,
        actor: &str,
        identity: Identity,
        certificate: &[u8],
        private_key: Option<&[u8]>,
        waits: bool,
    ) -> Result<CertificateStored, Error> {
        let change = self.changing();
        self.not_in_change(actor, identity)?;
        let standing = Standing { waits, ..self.standing(identity)? };
        let judged = self.judge_upload(&standing, certificate, private_key);
        self.keep_judged(&change, actor, &standing, judged)
    }

    /// 'Copy server certificate as client certificate'.
    pub(crate) fn copy_to_client(&self, actor: &str) -> Result<CertificateStored, Error> {
        self.not_in_change(actor, Identity::Client)?;
        self.copy_as_client(actor)
    }

    pub(super) fn copy_as_client(&self, actor: &str) -> Result<CertificateStored, Error> {
        let change = self.changing();
        let server = self.store().slots(Identity::Server)?.active;
        if server.origin == Origin::Temporary {
            // Judged, it would be refused for names that nobody can ask a CA to leave out.
            self.metrics.uploads_refused.add();
            self.record_refusal(actor, action(Identity::Client, "refused"), Error::TemporaryNotCopied.to_string());
            return Err(Error::TemporaryNotCopied);
        }
        let standing = Standing { csr: None, ..self.standing(Identity::Client)? };
        let key = server.key.as_ref().ok_or_else(NotUsable::without_key)?;
        let key = Zeroizing::new(pem::encode("PRIVATE KEY", key));
        let judged = self.judge_upload(&standing, server.chain_pem.as_bytes(), Some(key.as_bytes()));
        self.keep_judged(&change, actor, &standing, judged)
    }

    fn keep_judged(
        &self,
        change: &Changing<'_>,
        actor: &str,
        standing: &Standing,
        judged: Report,
    ) -> Result<CertificateStored, Error> {
        let refused = action(standing.identity, "refused");
        let report = wire::Report::from(&judged);
        let Some(Accepted::Certificate(accepted)) = judged.into_accepted() else {
            self.metrics.uploads_refused.add();
            self.record_refusal(actor, refused, broken_rules(&report));
            return Err(Error::Refused(Box::new(report)));
        };
        if let Err(error) = self.keep(actor, standing, &accepted) {
            return Err(match error {
                Error::NotUsable { reason, .. } => {
                    self.metrics.uploads_refused.add();
                    self.record_refusal(actor, refused, reason.clone());
                    Error::NotUsable { reason, report: Some(Box::new(report)) }
                }
                other => other,
            });
        }
        self.metrics.uploads_accepted.add();
        self.refresh_or_log(change);
        Ok(CertificateStored { loaded: accepted.loadable() && !standing.waits, report, ocsp: Vec::new() })
    }

    /// Stores an accepted pair, and serves it from the next handshake on if it is loadable. The last upload counts:
    /// what was pending before is gone, lest it load itself over this one. A certificate for the request in progress
    /// takes over its key, and the request ends, in the same transaction.
    fn keep(&self, actor: &str, standing: &Standing, accepted: &AcceptedCertificate) -> Result<(), Error> {
        let (identity, slots) = (standing.identity, &standing.slots);
        let completes_csr = matches!(accepted.key(), AcceptedKey::Csr);
        let key = match accepted.key() {
            AcceptedKey::Uploaded(key) => Some(key),
            AcceptedKey::Current => slots.active.key.as_ref(),
            AcceptedKey::Csr => standing.csr.as_ref().and_then(|csr| csr.key.as_ref()),
        };
        let key = key.ok_or_else(NotUsable::without_key)?;
        let leaf = accepted.chain_der().first().map(|der| fingerprint(der)).unwrap_or_default();
        let name = describe(accepted.chain_der().first().map_or(&[][..], Vec::as_slice));
        let usable = (accepted.loadable() && !standing.waits)
            .then(|| Usable::from_der(accepted.served_der(), Some(key)))
            .transpose()?;
        let chain_pem: String = accepted.chain_der().iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        // An upload that is repeated must not push out the certificate that was active before it.
        let active_again = slots.active.chain_pem == chain_pem && slots.active.key.as_ref() == Some(key);
        self.store().change(clock::now(), actor, |change| {
            if completes_csr {
                change.end_csr()?;
            }
            if usable.is_none() {
                let id = change.insert_accepted(accepted, key, Origin::Upload)?;
                change.put(identity, Slot::Pending, &id)?;
                if standing.waits {
                    let mut kept: Permits = change.setting()?;
                    kept.waits = Some(leaf.clone());
                    change.set(&kept)?;
                }
                return Ok::<_, Error>(((), Entry::new(action(identity, "stored"), format!("{name}; pending"))));
            }
            let id = if active_again {
                slots.active.id.clone()
            } else {
                change.insert_accepted(accepted, key, Origin::Upload)?
            };
            change.load(identity, &id, Some(accepted.served_der()), Load::Sound)?;
            change.clear(identity, Slot::Pending)?;
            Ok(((), Entry::new(action(identity, "loaded"), name)))
        })?;
        if let Some(usable) = usable {
            self.serve(identity, usable);
        }
        Ok(())
    }

    /// What a node shows that takes part in a change of the cluster's certificates is changed by that alone, since it was planned with what is shown.
    fn not_in_change(&self, actor: &str, identity: Identity) -> Result<(), Error> {
        if !self.takes_part_in_change() {
            return Ok(());
        }
        let refusal = ChangeRefusal::Runs;
        self.record_refusal(actor, action(identity, "refused"), refusal.to_string());
        Err(refusal.into())
    }

    /// 'Load anyway'.
    pub(crate) fn load_pending(&self, actor: &str, identity: Identity) -> Result<Certificates, Error> {
        let change = self.changing();
        self.not_in_change(actor, identity)?;
        let slots = self.store().slots(identity)?;
        let pending = slots.pending.as_ref().ok_or(Error::NothingPending)?;
        let judged = self.judge_stored(identity, pending);
        let report = wire::Report::from(&judged);
        let Some(Accepted::Certificate(accepted)) = judged.into_accepted() else {
            return Err(Error::PendingRefused(Box::new(report)));
        };
        let load = if accepted.loadable() { Load::Sound } else { Load::Anyway };
        if let Err(error) = self.load_stored(actor, identity, pending, &accepted, load) {
            self.record_refusal(actor, action(identity, "load-anyway-refused"), error.to_string());
            return Err(error);
        }
        self.refresh_or_log(&change);
        self.certificates(identity)
    }

    pub(super) fn load_stored(
        &self,
        actor: &str,
        identity: Identity,
        certificate: &Certificate,
        accepted: &AcceptedCertificate,
        load: Load,
    ) -> Result<(), Error> {
        let usable = Usable::from_der(accepted.served_der(), certificate.key.as_deref().map(Vec::as_slice))?;
        let what = if load == Load::Anyway { "loaded-anyway" } else { "loaded" };
        self.store().change(clock::now(), actor, |change| {
            change.load(identity, &certificate.id, Some(accepted.served_der()), load)?;
            Ok::<_, Error>(((), Entry::new(action(identity, what), describe_pem(&certificate.chain_pem))))
        })?;
        self.serve(identity, usable);
        Ok(())
    }

    /// Forgets the pending certificate and its key.
    pub(crate) fn discard_pending(&self, actor: &str, identity: Identity) -> Result<(), Error> {
        let _change = self.changing();
        self.not_in_change(actor, identity)?;
        let pending = self.store().slots(identity)?.pending.ok_or(Error::NothingPending)?;
        self.store().change(clock::now(), actor, |change| {
            change.clear(identity, Slot::Pending)?;
            Ok(((), Entry::new(action(identity, "discarded"), describe_pem(&pending.chain_pem))))
        })
    }

    /// Puts the previous certificate and the active one in each other's place.
    pub(crate) fn load_previous(&self, actor: &str, identity: Identity) -> Result<Certificates, Error> {
        let change = self.changing();
        self.not_in_change(actor, identity)?;
        let previous = self.store().slots(identity)?.previous.ok_or(Error::NothingPrevious)?;
        self.bring_back(&change, actor, identity, &previous, "brought-back")
    }

    /// Goes back to the temporary certificate; what was active becomes the previous one.
    pub(crate) fn reset_certificate(&self, actor: &str, identity: Identity) -> Result<Certificates, Error> {
        let change = self.changing();
        self.not_in_change(actor, identity)?;
        let temporary = self.store().slots(identity)?.temporary;
        self.bring_back(&change, actor, identity, &temporary, "reset")
    }

    fn bring_back(
        &self,
        change: &Changing<'_>,
        actor: &str,
        identity: Identity,
        certificate: &Certificate,
        what: &str,
    ) -> Result<Certificates, Error> {
        let usable = Usable::from_pem(&certificate.served_pem, certificate.key.as_deref().map(Vec::as_slice))?;
        let load = if certificate.loaded_anyway { Load::Anyway } else { Load::Sound };
        self.store().change(clock::now(), actor, |change| {
            change.load(identity, &certificate.id, None, load)?;
            Ok::<_, Error>(((), Entry::new(action(identity, what), describe_pem(&certificate.chain_pem))))
        })?;
        self.serve(identity, usable);
        self.refresh_or_log(change);
        self.certificates(identity)
    }

    fn serve(&self, identity: Identity, usable: Usable) {
        match identity {
            Identity::Server => {
                self.tls.load(usable);
                self.services.changed();
                self.found_at_start().retain(|alarm| alarm.id != ACTIVE_DAMAGED);
            }
            Identity::Client => self.presented.load(usable),
        }
        self.peers_changed();
        self.metrics.loads.add();
    }

    /// Renews the temporary certificate if need be, loads pending certificates that nothing stands against any more, and
    /// puts the alarms right. Says whether it has loaded a pending one.
    pub(super) fn refresh(&self, change: &Changing<'_>) -> Result<bool, Error> {
        if let Err(error) = self.renew_temporary(change) {
            // The old one is served on, and its alarms say what is the matter.
            tracing::error!(%error, "the temporary certificate could not be renewed; tried again in a minute");
        }
        let suspect = self.store().suspects()?.contains(&List::TrustedCas);
        if suspect && self.trust.load().len() > 0 {
            self.reload_trust(change)?;
        }
        let mut loaded = false;
        for identity in [Identity::Server, Identity::Client] {
            let pending = self.store().slots(identity)?.pending;
            if let Some(pending) = pending
                && !(identity == Identity::Server && self.waits_for_change(&pending)?)
                && let Some(Accepted::Certificate(accepted)) = self.judge_stored(identity, &pending).into_accepted()
                && accepted.loadable()
            {
                match self.load_stored("node", identity, &pending, &accepted, Load::Sound) {
                    Ok(()) => loaded = true,
                    // It stays pending; the alarms are put right all the same.
                    Err(error) => tracing::error!(%error, "a pending certificate could not be loaded"),
                }
            }
        }
        self.refresh_alarms(change)?;
        self.store().forget_deletions(clock::now())?;
        self.refresh_csr_files();
        Ok(loaded)
    }

    /// As [`App::refresh`], after a change that has been made and acknowledged whatever comes of this.
    pub(super) fn refresh_or_log(&self, change: &Changing<'_>) -> bool {
        self.refresh(change).unwrap_or_else(|error| {
            tracing::error!(%error, "pending certificate and alarms could not be looked at; tried again in a minute");
            false
        })
    }

    /// What an upload is judged against, beside the trusted CA list.
    fn standing(&self, identity: Identity) -> Result<Standing, Error> {
        let store = self.store();
        Ok(Standing { identity, slots: store.slots(identity)?, csr: store.csr()?, waits: false })
    }

    fn judge_upload(&self, standing: &Standing, certificate: &[u8], private_key: Option<&[u8]>) -> Report {
        let upload = Upload { private_key, ..Upload::of(kind(standing.identity), certificate) };
        let csr = standing.csr.as_ref().map(|csr| csr.request_pem.as_bytes());
        self.against().judge(clock::now(), &upload, Some(standing.slots.active.chain_pem.as_bytes()), csr)
    }

    /// A stored certificate, judged now against the list as it stands.
    pub(super) fn judge_stored(&self, identity: Identity, certificate: &Certificate) -> Report {
        self.against().judge_stored(clock::now(), identity, certificate)
    }

    /// The certificates of a stored certificate's path as far as it goes, leaf first, each DER and decoded.
    pub(super) fn path_of(
        &self,
        identity: Identity,
        certificate: &Certificate,
    ) -> Vec<(Vec<u8>, certway_core::decoded::Certificate)> {
        let report = wire::Report::from(&self.judge_stored(identity, certificate));
        let at_hand = decode_certificates(certificate.chain_pem.as_bytes());
        let trust = self.trust.load();
        let find = |fingerprint: &String| {
            let held = at_hand.iter().find(|(_, held)| held.fingerprint_sha256 == *fingerprint);
            held.cloned().or_else(|| decode_certificates(trust.find(fingerprint)?).into_iter().next())
        };
        report.path.iter().filter_map(|link| find(link.fingerprint_sha256.as_ref()?)).collect()
    }

    pub(super) fn show(&self, identity: Identity, certificate: &Certificate) -> Option<StoredCertificate> {
        let mut report = wire::Report::from(&self.judge_stored(identity, certificate));
        if certificate.origin == Origin::Temporary {
            without_rules_for_uploads(&mut report);
        }
        let leaf = report.leaf.and_then(|leaf| usize::try_from(leaf).ok()).unwrap_or(0);
        let decoded = report.certificates.get(leaf)?.clone();
        Some(StoredCertificate {
            pem: certificate.chain_pem.clone(),
            decoded,
            report,
            origin: certificate.origin.as_str().to_owned(),
            stored_at: certificate.stored_at.to_string(),
            loaded_at: certificate.loaded_at.map(|time| time.to_string()),
            loaded_anyway: certificate.loaded_anyway,
        })
    }
}

/// What stands in the slots of an identity, and the request in progress.
struct Standing {
    identity: Identity,
    slots: Slots,
    csr: Option<Csr>,
    /// It is not loaded before a change of the cluster's certificates says so.
    waits: bool,
}

/// What was done, as the event log names it: `server-certificate-loaded`.
fn action(identity: Identity, what: &str) -> String {
    format!("{}-certificate-{what}", identity.as_str())
}

fn without_rules_for_uploads(report: &mut wire::Report) {
    report.findings.retain(|finding| finding.rule != NAMES_OF_UPLOADS);
    report.decision = match report.findings.iter().map(|finding| finding.severity).min() {
        Some(Severity::Error) => Decision::Refuse,
        Some(Severity::Warning) => Decision::AcceptWithWarnings,
        Some(Severity::Advice) | None => Decision::Accept,
    };
    report.loadable = report.decision != Decision::Refuse;
}

/// The rules that a refused upload breaks, for the event log.
pub(super) fn broken_rules(report: &wire::Report) -> String {
    let broken = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut rules: Vec<&str> = broken.map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    rules.join(", ")
}

fn describe_pem(chain: &str) -> String {
    decode_certificates(chain.as_bytes()).first().map(|(der, _)| describe(der)).unwrap_or_default()
}

/// SHA-256 of the first certificate of a file, PEM or DER, hexadecimal.
pub(super) fn fingerprint(file: &[u8]) -> String {
    decode_certificates(file).into_iter().next().map(|(_, leaf)| leaf.fingerprint_sha256).unwrap_or_default()
}

/// A certificate, as the event log names it.
pub(super) fn describe(der: &[u8]) -> String {
    decode_certificates(der)
        .first()
        .map(|(_, certificate)| format!("{}, serial {}", certificate.subject, certificate.serial))
        .unwrap_or_default()
}
