//! A certificate, asked for: an order is kept with its key before the provider hears of it, and picked up wherever it stands
//! after a failure or a kill. What is signed is judged as an upload is, and waits to be deployed.

use std::sync::{Arc, PoisonError};

use certway_core::{Accepted, RequestFields, Upload, Wildcards, decode_certificates, fields_of, judge_fields, pem};
use certway_wire as wire;
use certway_wire::acme::Acme;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::super::certificates::{broken_rules, describe};
use super::super::error::Error;
use super::super::{App, Changing, blocking};
use super::settings::Set;
use super::state::{BETWEEN_ORDERS, State, failed};
use super::{AcmeRefusal, key_cannot_be_unsealed, to_its_end};
use crate::acme::{self, Failure, Issuing, Kind, Transport};
use crate::signing::SigningKey;
use crate::store::{self, AcmeOrder, Csr, Entry, Identity, Origin, Slot, Slots};
use crate::{clock, csr};

/// What an order needs, at hand.
struct Ready {
    transport: Transport,
    set: Set,
    account: store::AcmeAccount,
    order: AcmeOrder,
    /// What the certificate that is replaced is called by its provider (RFC 9773).
    replaces: Option<String>,
}

/// At whose wish something is asked of a provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Somebody's who presses Sign.
    Administrator,
    /// The node's own: only what is set to be done so, and at most one order an hour.
    Node,
}

/// Something is being done, as long as this is held.
struct Running(Arc<App>);

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.acme.step() = None;
    }
}

impl App {
    /// Begins to ask for a certificate, or goes on with the order in progress. Comes back once the order is kept: how it
    /// goes is in the status.
    pub(crate) async fn acme_sign(self: &Arc<Self>, actor: &str) -> Result<Acme, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        to_its_end(async move { app.begin_to_sign(&actor, Wish::Administrator).await }).await?;
        let app = Arc::clone(self);
        blocking(move || app.acme()).await
    }

    pub(super) async fn begin_to_sign(self: &Arc<Self>, actor: &str, wish: Wish) -> Result<(), Error> {
        let one_at_a_time = self.ask_alone()?;
        let (app, by) = (Arc::clone(self), actor.to_owned());
        if blocking(move || app.prepare_order(&by, wish)).await? {
            "Asking the provider".clone_into(self.acme.step().get_or_insert_default());
            let (app, actor) = (Arc::clone(self), actor.to_owned());
            tokio::spawn(async move { app.run_order(&actor, one_at_a_time).await });
        }
        Ok(())
    }

    async fn run_order(self: Arc<Self>, actor: &str, _one_at_a_time: OwnedMutexGuard<()>) {
        let _running = Running(Arc::clone(&self));
        let outcome = self.issue(actor).await;
        let (app, by) = (Arc::clone(&self), actor.to_owned());
        let ended = blocking(move || match outcome {
            Ok(chain) => app.keep_signed(&by, &chain).or_else(|error| app.keep_failure(&by, &in_words(error))),
            Err(failure) => app.keep_failure(&by, &failure),
        });
        if let Err(error) = ended.await {
            // The order is kept, and is picked up again.
            tracing::error!(%error, "what came of an order could not be kept");
        }
    }

    /// Keeps an order with its request and key, or finds the one in progress. Says whether there is one to go on with.
    fn prepare_order(&self, actor: &str, wish: Wish) -> Result<bool, Error> {
        let change = self.changing();
        let (set, mut state) = self.acme_set();
        let directory = set.directory().ok_or(Error::Acme(AcmeRefusal::NotSet))?;
        let (account, order, csr, slots) = {
            let store = self.store();
            (store.acme_account(&directory)?, store.acme_order()?, store.csr()?, store.slots(Identity::Server)?)
        };
        account.ok_or(Error::Acme(AcmeRefusal::NoAccount))?;
        let fitting = order.as_ref().filter(|order| self.order_fits(order, &set, csr.as_ref(), &slots));
        if fitting.is_some_and(|order| order.url.is_some()) {
            return Ok(true);
        }
        let now = clock::now();
        if wish == Wish::Node {
            if fitting.is_none() && !set.0.automatic {
                if order.is_some() {
                    self.give_order_up(&change, actor, state)?;
                }
                return Ok(false);
            }
            if now.unix() < state.next_order() || !self.has_waited() {
                return Ok(false);
            }
        }
        let fields = self.fields_to_order(&set, &slots);
        let (request_pem, key, uses_csr) = match &csr {
            Some(csr) => {
                let key = csr.key.clone().ok_or(Error::NoCurrentKey)?;
                (csr.request_pem.clone(), key, true)
            }
            None => {
                let (request, key) = make_request(&set, &state, &slots, &fields, self.wildcards)?;
                (request, key, false)
            }
        };
        state.ordered_at = Some(now.unix());
        self.store().change(now, actor, |change| {
            change.end_acme_order()?;
            change.begin_acme_order(&directory, &request_pem, &key, uses_csr)?;
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-order-begun", names_of(&request_pem).join(", "))))
        })?;
        *self.acme.last_order.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(true)
    }

    /// By a clock that nobody sets: at most one order an hour.
    fn has_waited(&self) -> bool {
        let last = *self.acme.last_order.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed().as_secs() >= BETWEEN_ORDERS.unsigned_abs())
    }

    /// Whether an order is what would be asked for today, and can be gone on with.
    pub(super) fn order_fits(&self, order: &AcmeOrder, set: &Set, csr: Option<&Csr>, slots: &Slots) -> bool {
        let names = || judge_fields(&self.fields_to_order(set, slots), self.wildcards).alternative_names;
        set.directory().as_ref() == Some(&order.directory)
            && order.key.is_some()
            && match csr {
                Some(csr) => order.request_pem == csr.request_pem,
                None => !order.uses_csr && names_of(&order.request_pem) == names(),
            }
    }

    /// Ends an order that no longer fits, where the node may not begin another.
    fn give_order_up(&self, change: &Changing<'_>, actor: &str, mut state: State) -> Result<(), Error> {
        let now = clock::now();
        state.last_sign = Some(failed(
            now,
            "The order that was begun was given up: it no longer fits what is set.",
            "Press Sign: what is set now is asked for.",
        ));
        self.store().change(now, actor, |change| {
            change.end_acme_order()?;
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-order-given-up", "it no longer fits what is set")))
        })?;
        self.refresh_or_log(change);
        Ok(())
    }

    /// The names that are set, else those of the active certificate, else the node's own.
    fn fields_to_order(&self, set: &Set, slots: &Slots) -> RequestFields {
        if let Some((first, rest)) = set.0.names.split_first() {
            return RequestFields {
                common_name: first.clone(),
                alternative_names: rest.to_vec(),
                ..RequestFields::default()
            };
        }
        let active = decode_certificates(slots.active.chain_pem.as_bytes()).into_iter().next();
        let active = active.filter(|_| slots.active.origin != Origin::Temporary).and_then(|(der, _)| fields_of(&der));
        active.unwrap_or_else(|| RequestFields { common_name: self.name.clone(), ..RequestFields::default() })
    }

    async fn issue(self: &Arc<Self>, actor: &str) -> Result<String, Failure> {
        let outcome = self.issue_once(actor).await;
        match outcome {
            Err(failure) if failure.kind == Kind::AccountUnknown && self.register_again(actor).await? => {
                self.issue_once(actor).await
            }
            other => other,
        }
    }

    async fn issue_once(self: &Arc<Self>, actor: &str) -> Result<String, Failure> {
        let app = Arc::clone(self);
        let ready = blocking(move || app.order_at_hand()).await.map_err(in_words)?;
        let Ready { transport, set, mut account, order, replaces } = ready;
        let key = account.key.clone().ok_or_else(key_cannot_be_unsealed)?;
        if account.url.is_none() {
            // A registration that was cut short; with the same key it is the same account.
            account.url = Some(acme::register(&transport, &key, &account.email).await?);
            account = self.keep_account(actor, account, "acme-account-registered").await.map_err(in_words)?;
        }
        let url = account.url.as_deref().unwrap_or_default();
        let issuing = Issuing {
            account: acme::connect(&transport, url, &key).await?,
            transport: transport.clone(),
            challenge: set.0.challenge,
            challenges: Arc::clone(&self.acme.challenges),
            served: Arc::clone(&self.tls),
            hook: self.acme.hook.clone(),
        };
        let begun = match &order.url {
            Some(url) => issuing.resume(url).await?,
            None => {
                let names = names_of(&order.request_pem);
                let begun = issuing.begin(&names, set.0.profile.as_deref(), replaces.as_deref()).await?;
                let (app, by, url) = (Arc::clone(self), actor.to_owned(), begun.url().to_owned());
                let kept = blocking(move || {
                    app.store().change(clock::now(), &by, |change| {
                        change.acme_order_is_at(&url)?;
                        Ok::<_, Error>(((), Entry::new("acme-order-accepted", url.clone())))
                    })
                });
                kept.await.map_err(in_words)?;
                begun
            }
        };
        let (_, request) = pem_rfc7468::decode_vec(order.request_pem.as_bytes())
            .map_err(|_| Failure::new(Kind::Final, "The order's request cannot be read.", "Sign again."))?;
        issuing.finish(begun, &request, &|step| *self.acme.step() = Some(step.to_owned())).await
    }

    fn order_at_hand(&self) -> Result<Ready, Error> {
        let (set, state) = self.acme_set();
        let directory = set.directory().ok_or(Error::Acme(AcmeRefusal::NotSet))?;
        let transport = self.acme_transport(&set)?;
        let store = self.store();
        let account = store.acme_account(&directory)?.ok_or(Error::Acme(AcmeRefusal::NoAccount))?;
        let order = store
            .acme_order()?
            .filter(|order| order.directory == directory)
            .ok_or(Error::Acme(AcmeRefusal::NoOrder))?;
        let active = store.slots(Identity::Server)?.active;
        drop(store);
        // Only what this provider has signed can be replaced there, and only if it has said so by its window.
        let leaf = decode_certificates(active.chain_pem.as_bytes()).into_iter().next().map(|(_, leaf)| leaf);
        let replaces = leaf.filter(|leaf| {
            let window = state.window_of(&directory, &leaf.fingerprint_sha256);
            active.origin == Origin::Acme && window.is_some_and(|window| window.between.is_some())
        });
        let replaces = replaces.and_then(|leaf| acme::renewal_id(leaf.authority_key_id.as_deref()?, &leaf.serial));
        Ok(Ready { transport, set, account, order, replaces })
    }

    /// Another account in place of one that the provider has forgotten, if its terms are those that were accepted. Says
    /// whether there is one now.
    async fn register_again(self: &Arc<Self>, actor: &str) -> Result<bool, Failure> {
        let (transport, account) = self.acme_account_now().map_err(in_words)?;
        let found = acme::look_up(&transport).await?;
        if account.external_key_id.is_some() || found.terms_of_service != account.terms {
            return Ok(false);
        }
        let account =
            store::AcmeAccount { url: None, key: Some(acme::new_key()?), created_at: clock::now(), ..account };
        let (app, by) = (Arc::clone(self), actor.to_owned());
        let kept = blocking(move || {
            app.store().change(clock::now(), &by, |change| {
                change.keep_acme_account(&account)?;
                change.acme_order_is_nowhere()?;
                Ok::<_, Error>(((), Entry::new("acme-account-begun", "the provider has forgotten the former one")))
            })
        });
        kept.await.map_err(in_words)?;
        Ok(true)
    }

    /// Judges what was signed, and keeps it to be looked at.
    fn keep_signed(&self, actor: &str, chain: &str) -> Result<(), Error> {
        let change = self.changing();
        let now = clock::now();
        let (order, csr) = {
            let store = self.store();
            (store.acme_order()?.ok_or(Error::Acme(AcmeRefusal::NoOrder))?, store.csr()?)
        };
        let key = order.key.as_ref().ok_or(Error::NoCurrentKey)?;
        let key_pem = Zeroizing::new(pem::encode("PRIVATE KEY", key));
        let upload = Upload {
            private_key: Some(key_pem.as_bytes()),
            ..Upload::of(certway_core::Kind::ServerCertificate, chain.as_bytes())
        };
        let judged = self.against().judge(now, &upload, None, None);
        let report = wire::Report::from(&judged);
        let Some(Accepted::Certificate(accepted)) = judged.into_accepted() else {
            drop(change);
            return self.keep_failure(
                actor,
                &Failure::new(
                    Kind::Final,
                    format!("The provider's certificate breaks the rules and was not taken: {}.", told(&report)),
                    "Ask the provider. Nothing was changed; the active certificate is served on.",
                ),
            );
        };
        let (set, mut state) = self.acme_set();
        let leaf = accepted.chain_der().first().map_or(&[][..], Vec::as_slice);
        let name = describe(leaf);
        state.signed(now, format!("{} signed {name}.", set.provider_name()));
        // What stood against the one before it says nothing about this one.
        state.last_deploy = state.last_deploy.filter(|last| last.ok);
        self.store().change(now, actor, |change| {
            change.end_acme_order()?;
            if order.uses_csr && csr.is_some_and(|csr| csr.request_pem == order.request_pem) {
                change.end_csr()?;
            }
            let id = change.insert_accepted(&accepted, key, Origin::Acme)?;
            change.put(Identity::Server, Slot::Signed, &id)?;
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-certificate-signed", name)))
        })?;
        self.refresh_csr_files();
        self.refresh_or_log(&change);
        Ok(())
    }

    fn keep_failure(&self, actor: &str, failure: &Failure) -> Result<(), Error> {
        let change = self.changing();
        let now = clock::now();
        let is_over = failure.kind != Kind::Passing;
        let has_order = !is_over && self.store().acme_order()?.is_some_and(|order| order.url.is_some());
        let (_, mut state): (_, State) = self.acme_set();
        let mut chance = [0];
        // Without chance the try is only less spread.
        let _ = aws_lc_rs::rand::fill(&mut chance);
        state.sign_failed(now, failure, has_order, chance[0]);
        self.store().change(now, actor, |change| {
            if is_over {
                change.end_acme_order()?;
            }
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-sign-failed", failure.message.clone())))
        })?;
        self.refresh_or_log(&change);
        Ok(())
    }
}

/// A request for the fields, and its key: the current one if it is to be used again, there is one, and its certificate was not
/// revoked.
fn make_request(
    set: &Set,
    state: &State,
    slots: &Slots,
    fields: &RequestFields,
    wildcards: Wildcards,
) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
    let judged = judge_fields(fields, wildcards);
    if !judged.faults.is_empty() {
        return Err(Error::CsrFields(judged.faults));
    }
    let given_up = |error: &dyn std::fmt::Display| Error::GivenUp(error.to_string());
    let active = &slots.active;
    let may_retain = !set.0.rotate_key && active.origin != Origin::Temporary && !state.has_revoked(active);
    let retained = active.key.as_ref().filter(|_| may_retain);
    let key = match retained {
        Some(key) => SigningKey::from_pkcs8(key, None),
        None => SigningKey::generate(set.0.key, None),
    };
    let key = key.map_err(|error| given_up(&error))?;
    let request = csr::make(fields, &judged, &key).map_err(|error| given_up(&error))?;
    Ok((request, key.pkcs8().clone()))
}

/// The DNS names that a request asks for.
fn names_of(request_pem: &str) -> Vec<String> {
    let items = certway_core::show::show(request_pem.as_bytes()).unwrap_or_default();
    let names = items.into_iter().find_map(|item| match item.object {
        certway_core::show::Object::Request(request) => Some(request.alternative_names),
        _ => None,
    });
    names.unwrap_or_default().into_iter().filter(|name| name.kind == "dNSName").map(|name| name.value).collect()
}

/// What stands against a certificate, in words; without them, its rules.
fn told(report: &wire::Report) -> String {
    let errors = report.findings.iter().filter(|finding| finding.severity == wire::Severity::Error);
    let messages: Vec<&str> = errors.map(|finding| finding.message.trim_end_matches('.')).collect();
    if messages.is_empty() { broken_rules(report) } else { messages.join("; ") }
}

fn in_words(error: Error) -> Failure {
    match error {
        Error::Acme(AcmeRefusal::Provider(failure)) => failure,
        other => Failure::of_ours(&format!("The node could not do it: {other}.")),
    }
}
