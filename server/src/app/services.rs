//! Servers beside the node: given the active certificate whenever that or the trusted CA list changes, one after the other,
//! in the order of the configuration file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use certway_core::{Time, decode_certificates};
use certway_wire::services as wire;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, OwnedMutexGuard};

use super::certificates::describe;
use super::error::Error;
use super::{App, alarms, blocking};
use crate::clock;
use crate::publish::{Content, Material, Occasion, Published, Service};
use crate::store::{self, Alarm, Entry, Identity, Origin, Setting};

/// What there is beside the store.
pub(super) struct Services {
    services: Arc<[Service]>,
    /// Something may have changed.
    changed: Notify,
    /// Held while services are given something.
    publishing: Arc<tokio::sync::Mutex<()>>,
    /// Which of them is.
    now: Mutex<Option<String>>,
}

impl Services {
    pub(super) fn new(services: Vec<Service>) -> Self {
        Self { services: services.into(), changed: Notify::new(), publishing: Arc::default(), now: Mutex::default() }
    }

    /// The certificate or the list may have changed.
    pub(super) fn changed(&self) {
        self.changed.notify_one();
    }

    fn now(&self) -> MutexGuard<'_, Option<String>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the services stand, kept between starts, by their names.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Standing(BTreeMap<String, Record>);

impl Setting for Standing {
    const NAME: &'static str = "services";
}

/// How one service stands.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    /// What was last tried: see [`mark`].
    tried: Option<String>,
    /// Files were being written; what was kept of the former ones is from before.
    begun: bool,
    serves: Option<wire::ServiceCertificate>,
    last: Option<wire::ServiceOutcome>,
}

/// The service is being given something as long as this is held.
struct Publishing<'a>(&'a Services);

impl Drop for Publishing<'_> {
    fn drop(&mut self) {
        *self.0.now() = None;
    }
}

impl App {
    /// The services as they stand.
    pub(crate) fn services(&self) -> Result<wire::Services, Error> {
        let material = self.material()?;
        let standing = self.standing_of_services();
        let now = self.services.now().clone();
        let shown = |service: &Service| {
            let record = standing.0.get(&service.name).cloned().unwrap_or_default();
            let state = match &material {
                _ if now.as_ref() == Some(&service.name) => wire::ServiceState::Publishing,
                None => wire::ServiceState::NoCertificate,
                Some(material) if record.tried.as_ref() != Some(&mark(service, material)) => wire::ServiceState::Due,
                Some(_) if record.last.as_ref().is_some_and(|last| !last.ok) => wire::ServiceState::Failed,
                Some(_) => wire::ServiceState::Current,
            };
            show(service, record, state)
        };
        Ok(wire::Services { services: self.services.services.iter().map(shown).collect() })
    }

    /// Gives one service what it is to have, although it was tried or has it already. Comes back at once: how it goes is in
    /// its state.
    pub(crate) async fn publish(self: &Arc<Self>, actor: &str, name: &str) -> Result<wire::Services, Error> {
        let known = self.services.services.iter().find(|service| service.name == name);
        let service = known.cloned().ok_or_else(|| Error::UnknownService(name.to_owned()))?;
        let one_at_a_time = self.services.publishing.clone().try_lock_owned().map_err(|_| Error::Publishing)?;
        let app = Arc::clone(self);
        if blocking(move || app.material()).await?.is_none() {
            return Err(Error::NothingToPublish);
        }
        *self.services.now() = Some(service.name.clone());
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        tokio::spawn(async move { app.publish_one(&actor, &service, Occasion::Asked, one_at_a_time).await });
        let app = Arc::clone(self);
        blocking(move || app.services()).await
    }

    /// Gives every service what it is to have as soon as that changes; what failed is not tried again by itself.
    pub(crate) async fn publish_again_and_again(self: Arc<Self>) {
        loop {
            for service in self.services.services.iter() {
                let one_at_a_time = self.services.publishing.clone().lock_owned().await;
                let (app, asked) = (Arc::clone(&self), service.clone());
                let due = blocking(move || app.is_due(&asked)).await;
                if due.inspect_err(|error| tracing::error!(%error, "a service could not be looked at")).unwrap_or(false)
                {
                    *self.services.now() = Some(service.name.clone());
                    self.publish_one("node", service, Occasion::Changed, one_at_a_time).await;
                }
            }
            self.services.changed.notified().await;
        }
    }

    fn is_due(&self, service: &Service) -> Result<bool, Error> {
        let Some(material) = self.material()? else { return Ok(false) };
        let standing = self.standing_of_services();
        let Some(record) = standing.0.get(&service.name) else { return Ok(true) };
        let is_new = record.begun || record.tried != Some(mark(service, &material));
        // Files that are gone, as on a machine where a backup was brought back, or that somebody has changed.
        let worked = record.last.as_ref().is_some_and(|last| last.ok);
        Ok(is_new || worked && !service.has(&material))
    }

    async fn publish_one(
        self: &Arc<Self>,
        actor: &str,
        service: &Service,
        occasion: Occasion,
        _one_at_a_time: OwnedMutexGuard<()>,
    ) {
        let _publishing = Publishing(&self.services);
        if let Err(error) = self.give(actor, service, occasion).await {
            // It is tried again at the next start or change, or when somebody asks for it.
            tracing::error!(%error, service = service.name, "what came of a publication could not be kept");
        }
    }

    async fn give(self: &Arc<Self>, actor: &str, service: &Service, occasion: Occasion) -> Result<(), Error> {
        let (app, name) = (Arc::clone(self), service.name.clone());
        let (material, mut record) = blocking(move || {
            let record = app.standing_of_services().0.remove(&name).unwrap_or_default();
            Ok::<_, Error>((app.material()?, record))
        })
        .await?;
        let Some(material) = &material else { return Ok(()) };
        let begun = Record { begun: true, ..record.clone() };
        let begin = || self.keep_record(&service.name, begun, None).map_err(|error| error.to_string());
        let occasion = if record.begun { Occasion::Resumed } else { occasion };
        let outcome = service.publish(material, occasion, begin).await;
        let now = clock::now();
        (record.begun, record.tried) = (false, Some(mark(service, material)));
        let entry = match outcome {
            Ok(published) => {
                let leaf = material.served.first().map_or(&[][..], Vec::as_slice);
                let name = describe(leaf);
                let how = match published {
                    Published::Written => "was given",
                    Published::Unchanged => "had already",
                };
                record.last = Some(outcome_of(now, true, format!("It {how} {name}."), String::new()));
                record.serves = serves(leaf, record.serves.take(), now);
                Entry::new("service-published", format!("{}: {name}", service.name))
            }
            Err(failure) => {
                let entry = Entry::new("service-failed", format!("{}: {}", service.name, failure.message));
                record.last = Some(outcome_of(now, false, failure.message, failure.remedy));
                entry
            }
        };
        let (app, actor, name) = (Arc::clone(self), actor.to_owned(), service.name.clone());
        blocking(move || {
            let change = app.changing();
            app.keep_record(&name, record, Some((&actor, entry)))?;
            app.refresh_or_log(&change);
            Ok(())
        })
        .await
    }

    fn keep_record(&self, name: &str, record: Record, entry: Option<(&str, Entry)>) -> Result<(), Error> {
        let mut standing = self.standing_of_services();
        // What the configuration names no more is forgotten.
        standing.0.retain(|known, _| self.services.services.iter().any(|service| service.name == *known));
        standing.0.insert(name.to_owned(), record);
        let (actor, entry) =
            entry.unwrap_or_else(|| ("node", Entry::new("service-publication-begun", name.to_owned())));
        self.store().change(clock::now(), actor, |change| {
            change.set(&standing)?;
            Ok::<_, Error>(((), entry))
        })
    }

    /// How the services stand. What was changed behind the node's back says nothing: all of them are looked at anew.
    fn standing_of_services(&self) -> Standing {
        self.store().setting().unwrap_or_else(|error: store::Error| {
            tracing::error!(%error, "how the services stand cannot be read; all are looked at anew");
            Standing::default()
        })
    }

    /// The services whose probe does not see the active certificate now.
    pub(super) async fn services_that_do_not_serve(self: &Arc<Self>) -> Result<Vec<String>, Error> {
        let app = Arc::clone(self);
        let Some(material) = blocking(move || app.material()).await? else { return Ok(Vec::new()) };
        let mut silent = Vec::new();
        for service in self.services.services.iter() {
            if !service.serves(&material).await {
                silent.push(service.name.clone());
            }
        }
        Ok(silent)
    }

    /// What there is to give; nothing while the active certificate is the temporary one, which is nobody's but the node's.
    fn material(&self) -> Result<Option<Material>, Error> {
        let active = self.store().slots(Identity::Server)?.active;
        let key = active.key.as_ref().filter(|_| active.origin != Origin::Temporary);
        Ok(key.map(|key| Material {
            served: decode_certificates(active.served_pem.as_bytes()).into_iter().map(|(der, _)| der).collect(),
            key: key.clone(),
            ca_bundle: self.trusted_cas_pem(),
        }))
    }

    /// An alarm for each service that could not be given what it is to have.
    pub(super) fn service_alarms(&self) -> Vec<Alarm> {
        let standing = self.standing_of_services();
        let failed = self.services.services.iter().filter_map(|service| {
            let last = standing.0.get(&service.name)?.last.as_ref().filter(|last| !last.ok)?;
            Some(alarms::alarm(
                &format!("service-failed-{}", service.name),
                "critical",
                &format!("The service '{}' does not have the active certificate. {}", service.name, last.message),
                &last.remedy,
            ))
        });
        failed.collect()
    }
}

/// What a service is to be given, in short: another one is another publication. Of the key nothing is in it; a key changes
/// with its certificate.
fn mark(service: &Service, material: &Material) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    material.served.iter().for_each(|der| hash.update(der));
    for file in &service.files {
        hash.update(format!("{file:?}\n").as_bytes());
        if file.content == Content::CaBundle {
            hash.update(material.ca_bundle.as_bytes());
        }
    }
    hash.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn outcome_of(now: Time, ok: bool, message: String, remedy: String) -> wire::ServiceOutcome {
    wire::ServiceOutcome { at: now.to_string(), ok, message, remedy }
}

/// What is served from now on, or has been before.
fn serves(leaf: &[u8], before: Option<wire::ServiceCertificate>, now: Time) -> Option<wire::ServiceCertificate> {
    let (_, leaf) = decode_certificates(leaf).into_iter().next()?;
    let since = before.filter(|before| before.fingerprint_sha256 == leaf.fingerprint_sha256).map(|before| before.since);
    Some(wire::ServiceCertificate {
        subject: leaf.subject,
        serial: leaf.serial,
        not_after: leaf.not_after.to_string(),
        fingerprint_sha256: leaf.fingerprint_sha256,
        since: since.unwrap_or_else(|| now.to_string()),
    })
}

fn show(service: &Service, record: Record, state: wire::ServiceState) -> wire::Service {
    wire::Service {
        name: service.name.clone(),
        files: service
            .files
            .iter()
            .map(|file| wire::ServiceFile {
                path: file.path.display().to_string(),
                content: file.content.as_str().to_owned(),
                mode: format!("{:04o}", file.mode),
                owner: file.owner.clone(),
            })
            .collect(),
        reload: service.reload.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        probe: service.probe.as_ref().map(|probe| format!("{}:{} ({})", probe.host, probe.port, probe.server_name)),
        state,
        serves: record.serves,
        last: record.last,
    }
}
