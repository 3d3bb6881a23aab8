//! The account with the provider that is saved, and *Register*.

use certway_wire::acme::{AcmeAccount, AcmeDirectory};
use leptos::prelude::untrack;
use web_sys::Event;

use super::provider::look_up_saved;
use super::{Service, Step, error_line, fact, field, hinted, link, part, tick};
use crate::dom::{El, View, el, live, parts, text};
use crate::json::quoted;
use crate::signal::{Memo, RwSignal};
use crate::ui::{ButtonKind, button, choice, dialog, time, untrusted};

/// What is filled in.
#[derive(Clone, Copy)]
pub(super) struct Form {
    email: RwSignal<String>,
    key_id: RwSignal<String>,
    hmac_key: RwSignal<String>,
    accepted: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Form {
    pub(super) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self { email: text(), key_id: text(), hmac_key: text(), accepted: RwSignal::new(false), error: text() }
    }

    /// The key is used once: nothing of it stays.
    pub(super) fn registered(self) {
        self.hmac_key.set(String::new());
        self.key_id.set(String::new());
        self.accepted.set(false);
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
    let account = service.part(|acme| (acme.settings.provider.clone(), acme.account.clone()));
    let found = Memo::new(move || service.found_of(&service.saved()?));
    let shown = move || {
        let (provider, account) = account.get()?;
        Some(match account {
            _ if provider.is_empty() => parts().child(el("p").text("Save a provider first: an account is with one.")),
            Some(account) if account.url.is_some() => registered(service, &account),
            unfinished => parts()
                .children(unfinished.map(|_| {
                    el("p").text("The registration was begun, and the provider has not answered yet. Register again.")
                }))
                .child(live(move || found.with(|found| asked_or_form(service, found.as_ref())))),
        })
    };
    part("acme-account", "Account").child(live(shown)).child(error_line(service.account.error))
}

fn asked_or_form(service: Service, found: Option<&AcmeDirectory>) -> View {
    let name = untrack(|| service.provider_name());
    match found {
        Some(found) => register(service, found, &name),
        None => parts()
            .child(el("p").text(format!("There is no account with {name} yet. What it wants is looked up first.")))
            .child(el("p").class("actions").child(look_up_saved(service, service.account.error))),
    }
}

fn register(service: Service, found: &AcmeDirectory, name: &str) -> View {
    let form = service.account;
    let known = found.clone();
    let submit = move |event: Event| {
        event.prevent_default();
        if known.terms_of_service.is_some() && !form.accepted.get_untracked() {
            form.error
                .set("Read the terms of service, and tick that you accept them. Nothing was registered.".to_owned());
            return;
        }
        service.take(Step::Register(form.json(&known)), form.error);
    };
    let terms = found.terms_of_service.as_ref().map(|url| {
        parts()
            .child(el("p").text("Terms of service: ").child(link(url)))
            .child(tick("I have read and accept the terms of service", form.accepted))
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
        .live_flag("disabled", move || service.busy.get())
        .text("Register");
    el("form")
        .class("stack")
        .flag("novalidate", true)
        .on("submit", submit)
        .children(bound)
        .child(hinted("acme-email-hint", "E-mail (optional)", email, || {
            "Where the provider writes to about the account.".to_owned()
        }))
        .children(terms)
        .child(el("div").class("send").child(press).child(
            el("p").class("muted").text(format!("The node makes a key of its own and registers it with {name}.")),
        ))
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
    let email = if account.email.is_empty() { text("None given") } else { untrusted(&account.email).into() };
    let terms = account.terms_of_service.as_ref().map(|url| fact("Terms accepted", link(url)));
    let bound = account.external_key_id.as_ref().map(|id| fact("External account", untrusted(id)));
    parts()
        .child(
            el("dl")
                .class("facts")
                .child(fact("Registered", time(&account.created_at)))
                .child(fact("E-mail", email))
                .child(fact("Account URL", untrusted(&url)))
                .children(terms)
                .children(bound),
        )
        .child(
            el("p")
                .class("actions")
                .child(button(ButtonKind::Plain, move || change_open.set(true)).text("Change the account's key"))
                .child(button(ButtonKind::Quiet, move || give_up_open.set(true)).text("Give the account up")),
        )
        .child(dialog(change_open, || "Change the account's key".to_owned(), change))
        .child(dialog(give_up_open, || "Give the account up".to_owned(), give_up))
}
