//! What the node does: decides, orders the steps, and keeps store, TLS and alarms in agreement. Knows no HTTP.

pub(crate) mod error;
mod first_boot;
mod renewal;
mod certificates;
mod csr;
mod reception;
mod client_certificates;
mod configuration;
mod user_name;
mod sign_in_rules;
mod backup;
mod trusted_cas;
mod trust_list;
mod against;
mod what_breaks;
mod forecast;
mod calendar_feed;
mod crls;
mod security_level;
mod tls_profile;
mod revocation_sources;
mod ocsp;
mod acme;
mod responders;
mod services;
mod cluster;
mod change;
mod alarms;
mod expiry;
mod delivery;
mod events;
mod origin;
mod check;
mod sign_in;
mod sessions;
mod users;
mod second_factor;
mod tokens;
mod throttle;
mod passwords;
mod status;
pub(crate) mod metrics;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod upgrade;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use certway_core::{SecurityLevel, Wildcards};
use certway_wire::alarms::ExpiryWarnings;
use tokio::sync::Semaphore;

use crate::clock;
use crate::config::ConfigFile;
use crate::csr_files::CsrFiles;
use crate::publish::Service;
use crate::sealed_key;
use crate::store::{Alarm, Entry, Slots, Store};
use crate::tls::{Presented, Served, Usable};
use client_certificates::Judged;
use crls::CrlList;
use error::Error;
use metrics::Metrics;
use responders::Responders;
use sessions::Sessions;
use sign_in_rules::SignIn;
use throttle::Throttle;
use trust_list::TrustList;

pub(crate) use crate::cluster::Token;
pub(crate) use crate::store::{Identity, Wanted as WantedEvents};
pub(crate) use acme::AcmeRefusal;
pub(crate) use against::Against;
pub(crate) use alarms::AlarmRefusal;
pub(crate) use change::{Asked, ChangeRefusal, Order};
pub(crate) use check::CheckUpload;
pub(crate) use client_certificates::TestRules;
pub(crate) use client_certificates::test_client_certificate_in_store;
pub(crate) use cluster::{ClusterRefusal, ClusterSettings, is_address, take_again};
pub(crate) use csr::{discard_csr, make_csr, refresh_csr_files, shown as show_csr};
pub(crate) use first_boot::{ADMINISTRATOR, FirstBoot, set_password};
pub(crate) use origin::{address, asked_from};
pub(crate) use passwords::{NewPassword, Unacceptable};
pub(crate) use second_factor::SecondFactorRefusal;
pub(crate) use sessions::{SignedIn, TERMINAL};
pub(crate) use sign_in::{Begun, Caller, blocking};
pub(crate) use sign_in_rules::SignInRefusal;
pub(crate) use throttle::Source;
pub(crate) use tokens::TokenRefusal;
pub(crate) use users::UserRefusal;
pub(crate) use what_breaks::what_breaks_in_store;

/// Passwords checked at once: 19 MiB each.
const HASHING: usize = 2;
/// Uploads of administrators judged at once: with those of anyone, the worst of them stay below 256 MiB together.
const UPLOADS: usize = 2;
/// Uploads of anyone, to `/check`, judged at once. A room of their own, so that they cannot keep administrators out.
const CHECKS: usize = 2;

/// One node at work.
pub(crate) struct App {
    name: String,
    /// What it was started with.
    config_file: Option<ConfigFile>,
    wildcards: Wildcards,
    default_trusted_cas: Option<PathBuf>,
    /// What is an acceptable level of security.
    security_level: ArcSwap<SecurityLevel>,
    /// On which days it is warned of what ends.
    expiry: ArcSwap<ExpiryWarnings>,
    temporary_ca: ArcSwap<Vec<u8>>,
    store: Mutex<Store>,
    changes: Mutex<()>,
    /// Held while the sources of revocation are asked.
    updating: tokio::sync::Mutex<()>,
    trust: ArcSwap<TrustList>,
    crls: ArcSwap<CrlList>,
    tls: Arc<Served>,
    sign_in: SignIn,
    judged: Judged,
    /// The ACME certificate service.
    acme: acme::Service,
    /// The cluster, if the node is in one.
    cluster: cluster::Cluster,
    /// The change of the cluster's certificates.
    change: change::Change,
    /// Servers beside the node.
    services: services::Services,
    responders: Responders,
    /// Alarms on their way to people.
    deliveries: delivery::Deliveries,
    /// What the node shows where it connects as a client.
    presented: Arc<Presented>,
    /// For private keys that come through another node.
    sealing: sealed_key::KeyPair,
    csr_files: CsrFiles,
    scratch: PathBuf,
    /// What was found wrong at start, as alarms.
    found_at_start: Mutex<Vec<Alarm>>,
    serves_temporary: AtomicBool,
    sessions: Sessions,
    passwords: Throttle,
    /// Of codes of second factors, by user.
    codes: Throttle,
    checked: Throttle,
    /// Of refusals that are recorded.
    strangers: Throttle,
    hashing: Semaphore,
    /// Room for uploads of administrators.
    pub(crate) uploads: Arc<Semaphore>,
    /// Room for uploads of anyone.
    pub(crate) checks: Arc<Semaphore>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
}

/// The certificate that is shown where the node connects as a client; the temporary one, if the active one cannot be used.
fn shown_as_client(slots: &Slots) -> Option<Usable> {
    [&slots.active, &slots.temporary].into_iter().find_map(|certificate| {
        let usable = Usable::from_pem(&certificate.served_pem, certificate.key.as_deref().map(Vec::as_slice));
        usable.inspect_err(|reason| tracing::error!(%reason, "the client certificate cannot be used")).ok()
    })
}

/// How a node is called and how it judges.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) wildcards: Wildcards,
    pub(crate) default_trusted_cas: Option<PathBuf>,
    /// Where copies of the request in progress lie.
    pub(crate) csr_folder: PathBuf,
    /// Where a copy of the store is put together for a backup.
    pub(crate) scratch: PathBuf,
    /// Where any browser is asked for its certificate.
    pub(crate) own_certificate_port: u16,
    /// The command that puts records into the DNS.
    pub(crate) acme_dns_hook: Option<PathBuf>,
    /// How it takes part in a cluster.
    pub(crate) cluster: ClusterSettings,
    /// The servers beside the node.
    pub(crate) services: Vec<Service>,
    /// What all this stands in, if it stands in a file.
    pub(crate) config_file: Option<ConfigFile>,
}

/// The right to change something: changes are made one after the other, so that nothing is judged against a state
/// that is gone when the change is made.
struct Changing<'a> {
    _guard: MutexGuard<'a, ()>,
}

impl App {
    /// A node with a store that has been through a first boot.
    pub(crate) fn open(settings: Settings, store: Store) -> Result<Self, Error> {
        let slots = store.slots(Identity::Server)?;
        let mut found_at_start = Vec::new();
        let active = Usable::from_pem(&slots.active.served_pem, slots.active.key.as_deref().map(Vec::as_slice));
        let usable = match active {
            Ok(usable) => usable,
            Err(reason) => {
                tracing::error!(%reason, "the active certificate cannot be served; serving the temporary one");
                found_at_start.push(alarms::active_damaged(&reason));
                Usable::from_pem(&slots.temporary.served_pem, slots.temporary.key.as_deref().map(Vec::as_slice))?
            }
        };
        let client = store.slots(Identity::Client)?;
        let client = shown_as_client(&client);
        if let Err(what) = store.check_events()? {
            tracing::error!(what, "the event log was changed");
            found_at_start.push(alarms::events_changed(&what));
        }
        let sealed_elsewhere = store.keys_that_do_not_unseal()?;
        if !sealed_elsewhere.is_empty() {
            tracing::error!(?sealed_elsewhere, "private keys do not unseal");
            found_at_start.push(alarms::keys_damaged(&sealed_elsewhere));
        }
        let security_level = security_level::of(&store, &mut found_at_start)?;
        let expiry = expiry::of(&store, &mut found_at_start)?;
        let cluster = cluster::Cluster::open(settings.cluster, &store, &mut found_at_start)?;
        let profile = tls_profile::of(&store, &mut found_at_start)?;
        let tls = Served::new(usable)?;
        let (sign_in, whole) = SignIn::open(&store, &tls, profile, settings.own_certificate_port)?;
        if !whole {
            found_at_start.push(alarms::sign_in_damaged());
        }
        let app = Self {
            name: settings.name,
            config_file: settings.config_file,
            wildcards: settings.wildcards,
            default_trusted_cas: settings.default_trusted_cas,
            security_level: ArcSwap::from_pointee(security_level),
            expiry: ArcSwap::from_pointee(expiry),
            temporary_ca: ArcSwap::from_pointee(store.temporary_ca()?),
            trust: ArcSwap::from_pointee(TrustList::new(store.trusted_cas()?, security_level)),
            crls: ArcSwap::from_pointee(CrlList::new(store.crls()?)),
            store: Mutex::new(store),
            changes: Mutex::new(()),
            tls,
            sign_in,
            judged: Judged::default(),
            acme: acme::Service::new(settings.acme_dns_hook.as_deref()),
            cluster,
            change: change::Change::default(),
            services: services::Services::new(settings.services),
            responders: Responders::default(),
            deliveries: delivery::Deliveries::default(),
            updating: tokio::sync::Mutex::new(()),
            presented: Presented::new(client),
            sealing: sealed_key::KeyPair::generate().map_err(|_| Error::NoRandomness)?,
            csr_files: CsrFiles::new(settings.csr_folder),
            scratch: settings.scratch,
            found_at_start: Mutex::new(found_at_start),
            serves_temporary: AtomicBool::new(true),
            sessions: Sessions::default(),
            passwords: Throttle::new(throttle::PASSWORDS),
            codes: Throttle::new(throttle::CODES),
            checked: Throttle::new(throttle::CHECKS),
            strangers: Throttle::new(throttle::STRANGERS),
            hashing: Semaphore::new(HASHING),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            checks: Arc::new(Semaphore::new(CHECKS)),
            metrics: Arc::default(),
        };
        app.look_again();
        Ok(app)
    }

    /// How the node is called.
    fn name(&self) -> &str {
        &self.name
    }

    /// Whether the temporary certificate is served, which no browser should hold on to.
    pub(crate) fn serves_temporary(&self) -> bool {
        self.serves_temporary.load(Ordering::Relaxed)
    }

    /// Looks whether time has changed anything: a temporary certificate near its end, a pending one that is valid by now,
    /// alarms to raise or clear.
    pub(crate) fn look_again(&self) {
        let change = self.changing();
        if let Err(error) = self.settle(&change) {
            tracing::error!(%error, "how administrators sign in could not be looked at again");
        }
        if let Err(error) = self.refresh(&change) {
            tracing::error!(%error, "the state of the node could not be looked at again");
        }
    }

    fn changing(&self) -> Changing<'_> {
        // The guarded state is nothing; a panic while it was held left the store to its transaction.
        Changing { _guard: self.changes.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // A panic inside a change has rolled its transaction back.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.asked_from(origin::address());
        store
    }

    fn found_at_start(&self) -> MutexGuard<'_, Vec<Alarm>> {
        // A list is whole whatever happened to its holder.
        self.found_at_start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that somebody was refused whom the node does not know, but of one source no more than [`throttle::STRANGERS`] says, so that nobody
    /// fills the log.
    fn record_stranger(&self, action: &str, details: impl Into<String>) {
        let source = origin::address().and_then(|address| address.parse().ok()).map(Source::of);
        if source.is_none_or(|source| self.strangers.may(source)) {
            self.record_refusal("unknown", action, details);
        }
    }

    /// Records a refusal. Nothing was changed, so a full disk is no reason to keep the answer back.
    pub(crate) fn record_refusal(&self, actor: &str, action: impl Into<String>, details: impl Into<String>) {
        if let Err(error) = self.store().record(clock::now(), actor, Entry::new(action, details)) {
            tracing::error!(%error, "a refusal could not be recorded");
        }
    }
}
