//! The ACME certificate service: what is set, with whom the node has an account, what comes next. Signing is in `sign`,
//! what is done with a signed certificate in `deploy`, what the node does by itself in `schedule`.

mod deploy;
mod refusal;
mod schedule;
mod settings;
mod sign;
mod state;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use certway_wire::acme::{
    Acme, AcmeAccount, AcmeDirectory, AcmeDirectoryQuestion, AcmeProvider, AcmeRegistration, AcmeSettings, AcmeStatus,
};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::error::Error;
use super::{App, Changing, alarms, blocking};
use crate::acme::{self, Challenges, DnsHook, Failure, Transport};
use crate::clock;
use crate::fetch::Fetcher;
use crate::store::{self, Alarm, Entry, Identity, Origin, Setting};
use settings::Set;
use state::State;

pub(crate) use refusal::AcmeRefusal;

/// The longest key identifier of an external account, in characters.
const LONGEST_KEY_ID: usize = 256;

/// What the service has beside the store.
pub(super) struct Service {
    /// What plain HTTP answers to a provider.
    challenges: Arc<Challenges>,
    hook: Option<DnsHook>,
    /// Held while a certificate is asked for.
    signing: Arc<tokio::sync::Mutex<()>>,
    /// What is being done, in words.
    step: Mutex<Option<String>>,
    /// When an order was last begun, by a clock that nobody sets.
    last_order: Mutex<Option<Instant>>,
}

impl Service {
    pub(super) fn new(hook: Option<&Path>) -> Self {
        Self {
            challenges: Arc::default(),
            hook: hook.map(DnsHook::new),
            signing: Arc::default(),
            step: Mutex::default(),
            last_order: Mutex::default(),
        }
    }

    fn step(&self) -> MutexGuard<'_, Option<String>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// What plain HTTP answers to an ACME provider that asks for a token.
    pub(crate) fn acme_answer(&self, token: &str) -> Option<String> {
        self.acme.challenges.answer(token)
    }

    /// The service as it stands.
    pub(crate) fn acme(&self) -> Result<Acme, Error> {
        // First: what ends meanwhile is seen twice, and not neither at work nor done.
        let running = self.acme.step().clone();
        let (set, state) = self.acme_set();
        let directory = set.directory();
        let (account, slots, has_order) = {
            let store = self.store();
            let account = directory.as_ref().map(|directory| store.acme_account(directory)).transpose()?.flatten();
            (account, store.slots(Identity::Server)?, store.acme_order()?.is_some())
        };
        let next = self.next_steps()?;
        Ok(Acme {
            providers: acme::providers().iter().map(shown_provider).collect(),
            account: account.as_ref().map(shown_account),
            status: AcmeStatus {
                running,
                has_order,
                last_sign: state.last_sign,
                last_deploy: state.last_deploy,
                next_sign: next.sign.shown(),
                next_deploy: next.deploy.shown(),
            },
            pending: slots.signed.as_ref().and_then(|signed| self.shown_pending(&slots, signed)),
            has_dns_hook: self.acme.hook.is_some(),
            active_is_acme: slots.active.origin == Origin::Acme,
            settings: set.0,
        })
    }

    /// What is set and how it went. What was changed behind the node's back counts as not set: nobody is asked.
    fn acme_set(&self) -> (Set, State) {
        fn or_default<S: Setting>(read: Result<S, store::Error>) -> S {
            read.unwrap_or_else(|error| {
                tracing::error!(%error, "the settings of the ACME certificate service cannot be read; nobody is asked");
                S::default()
            })
        }
        let store = self.store();
        (or_default(store.setting()), or_default(store.setting()))
    }

    /// The accounts with all providers.
    pub(crate) fn acme_accounts(&self) -> Result<Vec<AcmeAccount>, Error> {
        Ok(self.store().acme_accounts()?.iter().map(shown_account).collect())
    }

    /// Sets who signs, what for and when. Another provider ends the order in progress, but not while it is being asked for.
    pub(crate) fn set_acme(&self, actor: &str, settings: AcmeSettings) -> Result<Acme, Error> {
        let change = self.changing();
        let set = Set::checked(settings, self.wildcards, self.acme.hook.is_some())?;
        let order = self.store().acme_order()?;
        let elsewhere = order.is_some_and(|order| set.directory().as_ref() != Some(&order.directory));
        let _one_at_a_time = elsewhere.then(|| self.ask_alone()).transpose()?;
        let (before, mut state) = self.acme_set();
        let is_another = before.directory() != set.directory();
        self.store().change(clock::now(), actor, |change| {
            change.set(&set)?;
            if is_another {
                state.provider_changed();
                change.set(&state)?;
            }
            let mut details = set.described();
            if elsewhere {
                // Nobody has asked the new provider for anything.
                change.end_acme_order()?;
                details += "; the order in progress is given up";
            }
            Ok::<_, Error>(((), Entry::new("acme-settings-set", details)))
        })?;
        self.refresh_or_log(&change);
        drop(change);
        self.acme()
    }

    /// Asks a provider about itself. Nothing is kept.
    pub(crate) async fn acme_directory(&self, asked: AcmeDirectoryQuestion) -> Result<AcmeDirectory, Error> {
        let settings = AcmeSettings {
            provider: asked.provider,
            directory: asked.directory,
            ca_pem: asked.ca_pem,
            ..AcmeSettings::default()
        };
        let transport = self.acme_transport(&Set::checked(settings, self.wildcards, true)?)?;
        acme::look_up(&transport).await.map_err(Error::from)
    }

    /// To the server of the provider that is set.
    fn acme_transport(&self, set: &Set) -> Result<Transport, Error> {
        let directory = set.directory().ok_or(Error::Acme(AcmeRefusal::NotSet))?;
        let given = set.cas();
        let trust = self.trust.load();
        let known = acme::roots();
        let roots: Vec<&[u8]> = if given.is_empty() {
            trust.roots().into_iter().chain(known.iter().map(|(der, _)| der.as_slice())).collect()
        } else {
            given.iter().map(Vec::as_slice).collect()
        };
        let fetcher = Fetcher::new(&roots).map_err(|fault| Error::from(Failure::from(fault)))?;
        Transport::new(fetcher, &directory).map_err(|fault| Error::from(Failure::from(fault)))
    }

    /// To be held while a provider is asked.
    fn ask_alone(&self) -> Result<OwnedMutexGuard<()>, Error> {
        self.acme.signing.clone().try_lock_owned().map_err(|_| Error::Acme(AcmeRefusal::Busy))
    }

    /// Registers with the provider that is set.
    pub(crate) async fn acme_register(self: &Arc<Self>, actor: &str, asked: AcmeRegistration) -> Result<Acme, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        to_its_end(async move { app.register(&actor, asked).await }).await
    }

    /// An account's first key is kept before the provider hears of it, but for an account that is bound to another: there the
    /// library makes the key. An account that works is kept until there is one in its place.
    async fn register(self: &Arc<Self>, actor: &str, asked: AcmeRegistration) -> Result<Acme, Error> {
        let email = asked.email.trim().to_owned();
        if !email.is_empty() && !looks_like_an_address(&email) {
            return Err(Error::Acme(AcmeRefusal::Registration(
                "this is no e-mail address; give one, or none".to_owned(),
            )));
        }
        let bound_to = asked.external_account.as_ref().map(|bound| bound.key_id.trim());
        if bound_to.is_some_and(|key_id| key_id.chars().count() > LONGEST_KEY_ID) {
            return Err(Error::Acme(AcmeRefusal::Registration(
                "the key identifier is longer than 256 characters; copy it from the provider's website".to_owned(),
            )));
        }
        let _one_at_a_time = self.ask_alone()?;
        let (set, _) = self.acme_set();
        let transport = self.acme_transport(&set)?;
        let former = self.store().acme_account(transport.directory().as_str())?;
        let found = acme::look_up(&transport).await.map_err(Error::from)?;
        if found.terms_of_service != asked.terms_of_service {
            return Err(Error::Acme(AcmeRefusal::Registration(match found.terms_of_service {
                Some(terms) => format!("the provider's terms of service must be accepted first: {terms}"),
                None => "the provider has no terms of service, and others were accepted".to_owned(),
            })));
        }
        let mut account = store::AcmeAccount {
            directory: transport.directory().to_string(),
            url: None,
            key: None,
            email,
            terms: found.terms_of_service,
            external_key_id: None,
            created_at: clock::now(),
        };
        if let Some(bound) = asked.external_account {
            let hmac_key = acme::read_hmac_key(&bound.hmac_key).ok_or_else(|| {
                Error::Acme(AcmeRefusal::Registration(
                    "the HMAC key is not base64url of at least 16 bytes; copy it from the provider's website"
                        .to_owned(),
                ))
            })?;
            let key_id = bound.key_id.trim().to_owned();
            let made = acme::register_bound(&transport, &account.email, &key_id, &hmac_key).await;
            let (url, key) = made.map_err(Error::from)?;
            account = store::AcmeAccount { url: Some(url), key: Some(key), external_key_id: Some(key_id), ..account };
        } else if found.external_account_required {
            return Err(Error::Acme(AcmeRefusal::Registration(
                "the provider wants an account of its own first: give the key identifier and the HMAC key from its website".to_owned(),
            )));
        } else {
            let works = former.as_ref().is_some_and(|former| former.url.is_some() && former.key.is_some());
            let begun = former.filter(|former| former.url.is_none()).and_then(|former| former.key);
            account.key = Some(begun.map_or_else(acme::new_key, Ok).map_err(Error::from)?);
            if !works {
                account = self.keep_account(actor, account, "acme-account-begun").await?;
            }
            let key = account.key.as_deref().ok_or(Error::NoCurrentKey)?;
            let made = acme::register(&transport, key, &account.email).await;
            account.url = Some(made.map_err(Error::from)?);
        }
        self.keep_account(actor, account, "acme-account-registered").await?;
        let app = Arc::clone(self);
        blocking(move || app.acme()).await
    }

    async fn keep_account(
        self: &Arc<Self>,
        actor: &str,
        account: store::AcmeAccount,
        what: &'static str,
    ) -> Result<store::AcmeAccount, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || {
            let former = app.store().acme_account(&account.directory)?.and_then(|former| former.url);
            app.store().change(clock::now(), &actor, |change| {
                change.keep_acme_account(&account)?;
                if former.is_some() && former != account.url {
                    // An order is its account's.
                    change.acme_order_is_nowhere()?;
                }
                Ok::<_, Error>(((), Entry::new(what, account.directory.clone())))
            })?;
            Ok(account)
        })
        .await
    }

    /// Gives the account another key (RFC 8555 section 7.3.5).
    pub(crate) async fn acme_roll_over(self: &Arc<Self>, actor: &str) -> Result<Acme, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        to_its_end(async move { app.roll_over(&actor).await }).await
    }

    async fn roll_over(self: &Arc<Self>, actor: &str) -> Result<Acme, Error> {
        let _one_at_a_time = self.ask_alone()?;
        let (transport, stored) = self.acme_account_now()?;
        let mut account = connected(&transport, &stored).await?;
        let key = acme::roll_over(&transport, &mut account).await.map_err(Error::from)?;
        self.keep_account(actor, store::AcmeAccount { key: Some(key), ..stored }, "acme-account-key-changed").await?;
        let app = Arc::clone(self);
        blocking(move || app.acme()).await
    }

    /// Gives the account up, at the provider and here (RFC 8555 section 7.3.6).
    pub(crate) async fn acme_deactivate(self: &Arc<Self>, actor: &str) -> Result<Acme, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        to_its_end(async move { app.deactivate(&actor).await }).await
    }

    async fn deactivate(self: &Arc<Self>, actor: &str) -> Result<Acme, Error> {
        let _one_at_a_time = self.ask_alone()?;
        let (transport, stored) = self.acme_account_now()?;
        let mut details = stored.directory.clone();
        if stored.key.is_none() {
            // Nobody can speak for it any more, so it would stay for ever.
            details += "; the provider was not told, since the account's key cannot be unsealed";
        } else {
            match connected(&transport, &stored).await {
                Ok(account) => acme::deactivate(&transport, account).await.map_err(Error::from)?,
                // What the provider never heard of, or has forgotten, is given up here alone.
                Err(Error::Acme(AcmeRefusal::Provider(Failure { kind: acme::Kind::AccountUnknown, .. }))) => {}
                Err(other) => return Err(other),
            }
        }
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || {
            app.store().change(clock::now(), &actor, |change| {
                change.forget_acme_account(&stored.directory)?;
                change.end_acme_order()?;
                Ok::<_, Error>(((), Entry::new("acme-account-deactivated", details)))
            })?;
            app.acme()
        })
        .await
    }

    /// The account with the provider that is set, and the way there.
    fn acme_account_now(&self) -> Result<(Transport, store::AcmeAccount), Error> {
        let (set, _) = self.acme_set();
        let directory = set.directory().ok_or(Error::Acme(AcmeRefusal::NotSet))?;
        let account = self.store().acme_account(&directory)?.ok_or(Error::Acme(AcmeRefusal::NoAccount))?;
        Ok((self.acme_transport(&set)?, account))
    }

    /// The alarms of the service.
    pub(super) fn acme_alarms(&self, _change: &Changing<'_>, active: &store::Certificate) -> Result<Vec<Alarm>, Error> {
        let read = self.store().setting::<Set>();
        if matches!(read, Err(store::Error::Damaged(_))) {
            return Ok(vec![alarms::setting_changed(Set::NAME, "Nobody is asked for certificates.")]);
        }
        Ok(self.acme_set().1.alarms(active))
    }
}

/// An account as the provider knows it.
async fn connected(transport: &Transport, stored: &store::AcmeAccount) -> Result<instant_acme::Account, Error> {
    let key = stored.key.as_deref().ok_or_else(key_cannot_be_unsealed).map_err(Error::from)?;
    let unknown = || Failure::new(acme::Kind::AccountUnknown, "The registration was not finished.", "Register again.");
    let url = stored.url.as_deref().ok_or_else(unknown).map_err(Error::from)?;
    acme::connect(transport, url, key).await.map_err(Error::from)
}

/// Of an account.
fn key_cannot_be_unsealed() -> Failure {
    Failure::new(
        acme::Kind::Final,
        "The account's key cannot be unsealed.",
        "Register again, or give the account up: the provider cannot be told then.",
    )
}

/// Brings to its end what a provider is asked for, even if nobody waits for the answer any more: what it has done is kept.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::GivenUp(error.to_string())),
    }
}

fn looks_like_an_address(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b",;<>()?#&".contains(&byte));
    plain && text.len() <= 254 && text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
}

fn shown_provider(provider: &acme::Provider) -> AcmeProvider {
    AcmeProvider {
        id: provider.id.clone(),
        name: provider.name.clone(),
        directory: provider.directory.clone(),
        website: provider.website.clone(),
        external_account: provider.external_account,
    }
}

fn shown_account(account: &store::AcmeAccount) -> AcmeAccount {
    AcmeAccount {
        directory: account.directory.clone(),
        url: account.url.clone(),
        email: account.email.clone(),
        terms_of_service: account.terms.clone(),
        external_key_id: account.external_key_id.clone(),
        created_at: account.created_at.to_string(),
    }
}
