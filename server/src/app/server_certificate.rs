//! The server certificate: judged, stored, loaded, brought back, reset.

use certway_core::{
    Accepted, AcceptedCertificate, AcceptedKey, Context, Kind, Report, Upload, decode_certificates, judge, pem,
};
use certway_wire::node::{CertificateStored, ServerCertificate, StoredCertificate};
use certway_wire::{self as wire, Decision, Severity};
use zeroize::Zeroizing;

use super::alarms::ACTIVE_DAMAGED;
use super::error::Error;
use super::{App, Changing};
use crate::clock;
use crate::store::{Certificate, Entry, Load, Origin, Slot, Slots};
use crate::tls::{NotUsable, Usable};

/// A rule about uploads. The temporary certificate is none, and `localhost` is its purpose.
const NAMES_OF_UPLOADS: &str = "san-not-fqdn";

impl App {
    /// What stands in the slots, each judged now.
    pub(crate) fn server_certificate(&self) -> Result<ServerCertificate, Error> {
        let slots = self.store().slots()?;
        Ok(ServerCertificate {
            active: self.show(&slots.active),
            pending: slots.pending.as_ref().and_then(|certificate| self.show(certificate)),
            previous: slots.previous.as_ref().and_then(|certificate| self.show(certificate)),
            temporary: self.show(&slots.temporary),
        })
    }

    /// The active certificate and its chain, PEM.
    pub(crate) fn server_certificate_pem(&self) -> Result<String, Error> {
        Ok(self.store().slots()?.active.chain_pem)
    }

    /// Judges an upload and keeps nothing.
    pub(crate) fn check_server_certificate(
        &self,
        certificate: &[u8],
        private_key: Option<&[u8]>,
    ) -> Result<wire::Report, Error> {
        let slots = self.store().slots()?;
        Ok(wire::Report::from(&self.judge_upload(&slots, certificate, private_key)))
    }

    /// Judges an upload, stores it if it is accepted, and loads it if nothing stands against that.
    pub(crate) fn upload_server_certificate(
        &self,
        actor: &str,
        certificate: &[u8],
        private_key: Option<&[u8]>,
    ) -> Result<CertificateStored, Error> {
        let change = self.changing();
        let slots = self.store().slots()?;
        let judged = self.judge_upload(&slots, certificate, private_key);
        let report = wire::Report::from(&judged);
        let Some(Accepted::Certificate(accepted)) = judged.into_accepted() else {
            self.metrics.uploads_refused.add();
            self.record_refusal(actor, "server-certificate-refused", broken_rules(&report));
            return Err(Error::Refused(Box::new(report)));
        };
        if let Err(error) = self.keep(actor, &slots, &accepted) {
            return Err(match error {
                Error::NotUsable { reason, .. } => {
                    self.metrics.uploads_refused.add();
                    self.record_refusal(actor, "server-certificate-refused", reason.clone());
                    Error::NotUsable { reason, report: Some(Box::new(report)) }
                }
                other => other,
            });
        }
        self.metrics.uploads_accepted.add();
        self.refresh_or_log(&change);
        Ok(CertificateStored { loaded: accepted.loadable(), report })
    }

    /// Stores an accepted pair, and serves it from the next handshake on if it is loadable. The last upload counts:
    /// what was pending before is gone, lest it load itself over this one.
    fn keep(&self, actor: &str, slots: &Slots, accepted: &AcceptedCertificate) -> Result<(), Error> {
        let current = slots.active.key.as_deref().map(Vec::as_slice);
        let key = match accepted.key() {
            AcceptedKey::Uploaded(key) => Some(key.as_slice()),
            AcceptedKey::Current | AcceptedKey::Csr => current,
        };
        if key.is_none() {
            return Err(NotUsable::without_key().into());
        }
        let name = describe(accepted.chain_der().first().map_or(&[][..], Vec::as_slice));
        let usable = accepted.loadable().then(|| Usable::from_der(accepted.served_der(), key)).transpose()?;
        let chain_pem: String = accepted.chain_der().iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        // An upload that is repeated must not push out the certificate that was active before it.
        let active_again = slots.active.chain_pem == chain_pem && current.is_some() && key == current;
        self.store().change(clock::now(), actor, |change| {
            if usable.is_none() {
                let id = change.insert_upload(accepted, current)?;
                change.put(Slot::Pending, &id)?;
                return Ok::<_, Error>(((), Entry::new("server-certificate-stored", format!("{name}; pending"))));
            }
            let id = if active_again { slots.active.id.clone() } else { change.insert_upload(accepted, current)? };
            change.load(&id, Some(accepted.served_der()), Load::Sound)?;
            change.clear(Slot::Pending)?;
            Ok(((), Entry::new("server-certificate-loaded", name)))
        })?;
        if let Some(usable) = usable {
            self.serve(usable);
        }
        Ok(())
    }

    /// 'Load anyway'.
    pub(crate) fn load_pending(&self, actor: &str) -> Result<ServerCertificate, Error> {
        let change = self.changing();
        let slots = self.store().slots()?;
        let pending = slots.pending.as_ref().ok_or(Error::NothingPending)?;
        let judged = self.judge_stored(pending);
        let report = wire::Report::from(&judged);
        let Some(Accepted::Certificate(accepted)) = judged.into_accepted() else {
            return Err(Error::PendingRefused(Box::new(report)));
        };
        let load = if accepted.loadable() { Load::Sound } else { Load::Anyway };
        if let Err(error) = self.load_stored(actor, pending, &accepted, load) {
            self.record_refusal(actor, "load-anyway-refused", error.to_string());
            return Err(error);
        }
        self.refresh_or_log(&change);
        self.server_certificate()
    }

    fn load_stored(
        &self,
        actor: &str,
        certificate: &Certificate,
        accepted: &AcceptedCertificate,
        load: Load,
    ) -> Result<(), Error> {
        let usable = Usable::from_der(accepted.served_der(), certificate.key.as_deref().map(Vec::as_slice))?;
        let action =
            if load == Load::Anyway { "server-certificate-loaded-anyway" } else { "server-certificate-loaded" };
        self.store().change(clock::now(), actor, |change| {
            change.load(&certificate.id, Some(accepted.served_der()), load)?;
            Ok::<_, Error>(((), Entry::new(action, describe_pem(&certificate.chain_pem))))
        })?;
        self.serve(usable);
        Ok(())
    }

    /// Forgets the pending certificate and its key.
    pub(crate) fn discard_pending(&self, actor: &str) -> Result<(), Error> {
        let _change = self.changing();
        let pending = self.store().slots()?.pending.ok_or(Error::NothingPending)?;
        self.store().change(clock::now(), actor, |change| {
            change.clear(Slot::Pending)?;
            Ok(((), Entry::new("server-certificate-discarded", describe_pem(&pending.chain_pem))))
        })
    }

    /// Puts the previous certificate and the active one in each other's place.
    pub(crate) fn load_previous(&self, actor: &str) -> Result<ServerCertificate, Error> {
        let change = self.changing();
        let previous = self.store().slots()?.previous.ok_or(Error::NothingPrevious)?;
        self.bring_back(&change, actor, &previous, "server-certificate-brought-back")
    }

    /// Goes back to the temporary certificate; what was active becomes the previous one.
    pub(crate) fn reset_server_certificate(&self, actor: &str) -> Result<ServerCertificate, Error> {
        let change = self.changing();
        let temporary = self.store().slots()?.temporary;
        self.bring_back(&change, actor, &temporary, "server-certificate-reset")
    }

    fn bring_back(
        &self,
        change: &Changing<'_>,
        actor: &str,
        certificate: &Certificate,
        action: &'static str,
    ) -> Result<ServerCertificate, Error> {
        let usable = Usable::from_pem(&certificate.served_pem, certificate.key.as_deref().map(Vec::as_slice))?;
        let load = if certificate.loaded_anyway { Load::Anyway } else { Load::Sound };
        self.store().change(clock::now(), actor, |change| {
            change.load(&certificate.id, None, load)?;
            Ok::<_, Error>(((), Entry::new(action, describe_pem(&certificate.chain_pem))))
        })?;
        self.serve(usable);
        self.refresh_or_log(change);
        self.server_certificate()
    }

    fn serve(&self, usable: Usable) {
        self.tls.load(usable);
        self.metrics.loads.add();
        self.found_at_start().retain(|alarm| alarm.id != ACTIVE_DAMAGED);
    }

    /// Loads a pending certificate that nothing stands against any more, and puts the alarms right. Says whether it
    /// has loaded one.
    pub(super) fn refresh(&self, change: &Changing<'_>) -> Result<bool, Error> {
        let mut slots = self.store().slots()?;
        let mut loaded = false;
        if let Some(pending) = &slots.pending
            && let Some(Accepted::Certificate(accepted)) = self.judge_stored(pending).into_accepted()
            && accepted.loadable()
        {
            match self.load_stored("node", pending, &accepted, Load::Sound) {
                Ok(()) => {
                    loaded = true;
                    slots = self.store().slots()?;
                }
                // It stays pending; the alarms are put right all the same.
                Err(error) => tracing::error!(%error, "the pending certificate could not be loaded"),
            }
        }
        self.refresh_alarms(&slots, change)?;
        Ok(loaded)
    }

    /// As [`App::refresh`], after a change that has been made and acknowledged whatever comes of this.
    pub(super) fn refresh_or_log(&self, change: &Changing<'_>) -> bool {
        self.refresh(change).unwrap_or_else(|error| {
            tracing::error!(%error, "pending certificate and alarms could not be looked at; tried again in a minute");
            false
        })
    }

    fn judge_upload(&self, slots: &Slots, certificate: &[u8], private_key: Option<&[u8]>) -> Report {
        let upload = Upload { private_key, ..Upload::of(Kind::ServerCertificate, certificate) };
        self.judge(&upload, Some(slots.active.chain_pem.as_bytes()))
    }

    /// A stored certificate, judged now against the list as it stands.
    pub(super) fn judge_stored(&self, certificate: &Certificate) -> Report {
        let key = certificate.key.as_ref().map(|key| Zeroizing::new(pem::encode("PRIVATE KEY", key)));
        let upload = Upload {
            private_key: key.as_ref().map(|key| key.as_bytes()),
            ..Upload::of(Kind::ServerCertificate, certificate.chain_pem.as_bytes())
        };
        self.judge(&upload, None)
    }

    fn judge(&self, upload: &Upload<'_>, current_key: Option<&[u8]>) -> Report {
        let trust = self.trust.load();
        let files = trust.files();
        let context =
            Context { trusted_cas: Some(&files), current_key, wildcards: self.wildcards, ..Context::at(clock::now()) };
        judge(upload, &context)
    }

    fn show(&self, certificate: &Certificate) -> Option<StoredCertificate> {
        let mut report = wire::Report::from(&self.judge_stored(certificate));
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

/// A certificate, as the event log names it.
fn describe(der: &[u8]) -> String {
    decode_certificates(der)
        .first()
        .map(|(_, certificate)| format!("{}, serial {}", certificate.subject, certificate.serial))
        .unwrap_or_default()
}
