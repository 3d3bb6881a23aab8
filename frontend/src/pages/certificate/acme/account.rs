//! The account with the provider that is saved, and *Register*.

use certway_wire::acme::{AcmeAccount, AcmeDirectory};
use certway_wire::users::Role;
use leptos::prelude::*;
use web_sys::Event;

use super::terms::terms;
use super::{Service, Step, act_button, fact, field, hinted, part, tick_of};
use crate::dom::{El, View, el, live, live_if, parts, text};
use crate::json::quoted;
use crate::signal::{Memo, RwSignal};
use crate::ui::{ButtonKind, button, choice, dialog, error_line, time, untrusted};

/// What is filled in.
#[derive(Clone, Copy)]
pub(super) struct Form {
    email: RwSignal<String>,
    key_id: RwSignal<String>,
    hmac_key: RwSignal<String>,
    /// The terms of service that are ticked: others are not accepted by it.
    accepted: RwSignal<Option<String>>,
    /// Whether an account is to be had in place of the one that there is.
    again: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Form {
    pub(super) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        let (accepted, again) = (RwSignal::new(None), RwSignal::new(false));
        Self { email: text(), key_id: text(), hmac_key: text(), accepted, again, error: text() }
    }

    /// The key is used once: nothing of it stays.
    pub(super) fn registered(self) {
        self.hmac_key.set(String::new());
        self.key_id.set(String::new());
        self.accepted.set(None);
        self.again.set(false);
    }

    /// `certway_wire::acme::AcmeRegistration`.
    fn json(self, found: &AcmeDirectory) -> String {
        let terms = found.terms_of_service.as_deref().map_or("null".to_owned(), quoted);
        let (key_id, hmac_key) = (self.key_id.get_untracked(), self.hmac_key.get_untracked());
        let bound = if found.external_account_required || !key_id.trim().is_empty() {
            format!(r#"{{"key_id":{},"hmac_key":{}}}"#, quoted(key_id.trim()), quoted(hmac_key.trim()))
        } else {
            "null".to_owned()
        };
        let email = quoted(self.email.get_untracked().trim());
        format!(r#"{{"email":{email},"terms_of_service":{terms},"external_account":{bound}}}"#)
    }
}

pub(super) fn account(service: Service) -> El {
    let account =
        service.part(|acme| (acme.settings.provider.clone(), acme.settings.directory.clone(), acme.account.clone()));
    let found = Memo::new(move || service.found_of(&service.saved()?));
    let form = move |other: bool| live(move || found.with(|found| asked_or_form(service, found.as_ref(), other)));
    let shown = move || {
        let (provider, _, account) = account.get()?;
        service.account.again.set(false);
        Some(match account {
            _ if provider.is_empty() => parts().child(el("p").text("Save a provider first: an account is with one.")),
            Some(account) if account.url.is_some() => parts()
                .child(untrack(|| registered(service, &account)))
                .child(live_if(move || service.account.again.get(), move || form(true))),
            unfinished => parts()
                .children(unfinished.map(|_| {
                    el("p").text("The registration was begun, and the provider has not answered yet. Register again.")
                }))
                .child(form(false)),
        })
    };
    part("acme-account", "Account").child(live(shown)).child(error_line(service.account.error))
}

/// The form, once it is known what the provider wants. `other`: there is an account already.
fn asked_or_form(service: Service, found: Option<&AcmeDirectory>, other: bool) -> View {
    let name = untrack(|| service.provider_name());
    match found {
        Some(found) => register(service, found, &name, other),
        None => {
            let says = if other { String::new() } else { format!("There is no account with {name} yet. ") };
            parts()
                .child(el("p").text(format!("{says}What it wants is looked up first.")))
                .child(el("p").class("actions").child(look_up(service)))
        }
    }
}

/// Asks the provider that is saved.
fn look_up(service: Service) -> El {
    act_button(service, ButtonKind::Plain, "Look up what it wants", move || ask(service))
}

fn ask(service: Service) {
    if let Some(saved) = service.saved.get_untracked() {
        service.look_up(saved, service.account.error);
    }
}

fn register(service: Service, found: &AcmeDirectory, name: &str, other: bool) -> View {
    let form = service.account;
    let known = found.clone();
    let submit = move |event: Event| {
        event.prevent_default();
        if service.busy.get_untracked() {
            return;
        }
        if known.terms_of_service.is_some() && form.accepted.get_untracked() != known.terms_of_service {
            form.error
                .set("Read the terms of service, and tick that you accept them. Nothing was registered.".to_owned());
            return;
        }
        service.take(Step::Register(form.json(&known)), form.error);
    };
    let wanted = StoredValue::new(found.terms_of_service.clone());
    let terms = found.terms_of_service.as_ref().map(|given| {
        let is_accepted = move || form.accepted.with(|accepted| wanted.with_value(|wanted| accepted == wanted));
        let accept = move |ticked: bool| form.accepted.set(wanted.get_value().filter(|_| ticked));
        parts().child(el("div").child(el("p").text("Terms of service:")).child(terms(given))).child(tick_of(
            "I accept the terms of service",
            is_accepted,
            accept,
        ))
    });
    let bound = found.external_account_required.then(|| {
        let key = el("input").attr("type", "password").attr("autocomplete", "off").bound(form.hmac_key);
        parts()
            .child(el("p").text(format!("{name} wants an account of its own first. It gives out a key identifier and an HMAC key, on its website.")))
            .child(field("Key identifier", form.key_id))
            .child(hinted("acme-hmac-hint", "HMAC key (base64url)", key, || "It is used once, and not kept.".to_owned()))
    });
    let email = el("input").attr("type", "email").attr("autocomplete", "email").bound(form.email);
    let press = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Operator)
        .live_bool("aria-disabled", move || service.busy.get())
        .attr("aria-describedby", "acme-register-says")
        .text("Register");
    let cancel = other.then(|| button(ButtonKind::Plain, move || form.again.set(false)).text("Cancel"));
    let says = if other {
        format!(
            "The node makes a key of its own and registers it with {name}. That account is used in place of the one above."
        )
    } else {
        format!("The node makes a key of its own and registers it with {name}.")
    };
    el("form")
        .class("stack")
        .flag("novalidate", true)
        .on("submit", submit)
        .children(bound)
        .child(hinted("acme-email-hint", "E-mail (optional)", email, || {
            "Where the provider writes to about the account.".to_owned()
        }))
        .children(terms)
        .child(
            el("div")
                .class("send")
                .child(el("p").class("actions").child(press).children(cancel))
                .child(el("p").attr("id", "acme-register-says").class("muted").text(says)),
        )
        .into()
}

/// The account as it is.
fn registered(service: Service, account: &AcmeAccount) -> View {
    let (change_open, give_up_open) = (RwSignal::new(false), RwSignal::new(false));
    let error = service.account.error;
    let url = account.url.clone().unwrap_or_default();
    let whose = service.provider_name();
    let taken = move |step: Step, open: RwSignal<bool>| {
        move || {
            open.set(false);
            service.take(step.clone(), error);
        }
    };
    let change = move || {
        parts()
            .child(el("p").text(
                "The node makes another key and tells the provider. The account and the certificates stay as they are.",
            ))
            .child(choice("Change the account's key", change_open, taken(Step::RollOver, change_open)))
    };
    let give_up = move || {
        parts()
            .child(el("p").text(format!("{whose} closes the account for good, and the node forgets its key. An order in progress ends. Certificates stay as they are and are not renewed until the node is registered again.")))
            .child(choice("Give the account up", give_up_open, taken(Step::GiveUp, give_up_open)))
    };
    let again = move || {
        service.account.again.set(true);
        // Its terms may be others by now.
        ask(service);
    };
    let email = if account.email.is_empty() { text("None given") } else { untrusted(&account.email).into() };
    let accepted = account.terms_of_service.as_ref().map(|given| fact("Terms accepted", terms(given)));
    let bound = account.external_key_id.as_ref().map(|id| fact("External account", untrusted(id)));
    parts()
        .child(
            el("dl")
                .class("facts")
                .child(fact("Registered", time(&account.created_at)))
                .child(fact("E-mail", email))
                .child(fact("Account URL", untrusted(&url)))
                .children(accepted)
                .children(bound),
        )
        .child(
            el("div")
                .class("send")
                .child(
                    el("p")
                        .class("actions")
                        .child(act_button(service, ButtonKind::Plain, "Change the account's key", move || {
                            change_open.set(true);
                        }))
                        .child(
                            act_button(service, ButtonKind::Plain, "Register again", again)
                                .attr("aria-describedby", "acme-again-says"),
                        )
                        .child(act_button(service, ButtonKind::Quiet, "Give the account up", move || {
                            give_up_open.set(true);
                        })),
                )
                .child(el("p").attr("id", "acme-again-says").class("muted").text(
                    "Register again if the provider has forgotten the account, if its key cannot be used any more, or if the terms of service are others now.",
                )),
        )
        .child(dialog(change_open, || "Change the account's key".to_owned(), change))
        .child(dialog(give_up_open, || "Give the account up".to_owned(), give_up))
}
