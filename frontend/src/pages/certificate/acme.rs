//! The ACME certificate service: who signs, what for and when, how it went, and the signed certificate that waits.

mod account;
mod draft;
mod order;
mod pending;
mod provider;
mod revoke;
mod status;

use certway_wire::acme::{Acme, AcmeDirectory};
use leptos::prelude::*;

use super::Page;
use crate::api::{Api, ApiError, Call};
use crate::app::App;
use crate::dom::{El, View, effect, el, live, live_if, parts, set_if_new};
use crate::signal::{Memo, RwSignal};
use crate::task::{later, spawn};
use crate::ui::{ButtonKind, button, untrusted};
use draft::Draft;

/// How often the node is asked while it asks the provider.
const POLL_MS: u32 = 1_000;

/// What the section holds.
#[derive(Clone, Copy)]
struct Service {
    app: App,
    page: Page,
    /// `None` until the node has answered.
    acme: RwSignal<Option<Acme>>,
    /// Why there is no answer.
    error: RwSignal<String>,
    /// Whether a change is under way.
    busy: RwSignal<bool>,
    /// Whether the node is to be asked again in a moment.
    polling: RwSignal<bool>,
    /// What a provider said about itself, and which one.
    found: RwSignal<Option<(Draft, AcmeDirectory)>>,
    provider: provider::Form,
    account: account::Form,
    order: order::Form,
}

/// What is asked of the node.
#[derive(Clone, PartialEq)]
enum Step {
    /// Saves the settings.
    Set(Draft),
    /// Registers, with the fields of `certway_wire::acme::AcmeRegistration`.
    Register(String),
    RollOver,
    GiveUp,
    Sign,
    Deploy,
    DeployAnyway,
    Discard,
    /// Revokes, with the fields of `certway_wire::acme::AcmeRevocation`.
    Revoke(String),
}

impl Step {
    fn call(&self, api: Api) -> Call<Acme> {
        let (method, path, json) = match self {
            Self::Set(draft) => ("PUT", "/settings", draft.json()),
            Self::Register(json) => ("POST", "/accounts", json.clone()),
            Self::RollOver => ("POST", "/accounts/roll-over", String::new()),
            Self::GiveUp => ("DELETE", "/accounts", String::new()),
            Self::Sign => ("POST", "/sign", String::new()),
            Self::Deploy => ("POST", "/pending/deploy", r#"{"anyway":false}"#.to_owned()),
            Self::DeployAnyway => ("POST", "/pending/deploy", r#"{"anyway":true}"#.to_owned()),
            Self::Discard => ("DELETE", "/pending", String::new()),
            Self::Revoke(json) => ("POST", "/revoke", json.clone()),
        };
        api.change_acme(method, path, &json)
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Set(_) => "The settings of the ACME certificate service are saved.",
            Self::Register(_) => "The node has an account with the provider.",
            Self::RollOver => "The account has another key.",
            Self::GiveUp => "The account is given up. Certificates stay as they are.",
            Self::Sign => "The node asks the provider for a certificate.",
            Self::Deploy | Self::DeployAnyway => {
                "The certificate is deployed: new connections get it, and open ones go on."
            }
            Self::Discard => "It is discarded. What is served did not change.",
            Self::Revoke(_) => "The provider has revoked the certificate.",
        }
    }
}

impl Service {
    fn new(page: Page) -> Self {
        Self {
            app: page.app,
            page,
            acme: RwSignal::new(None),
            error: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            polling: RwSignal::new(false),
            found: RwSignal::new(None),
            provider: provider::Form::new(),
            account: account::Form::new(),
            order: order::Form::new(),
        }
    }

    fn ask(self) {
        spawn(async move {
            match self.app.api.acme().await {
                Ok(acme) => {
                    set_if_new(self.error, String::new());
                    self.show(acme);
                }
                Err(error) => set_if_new(self.error, error.to_string()),
            }
        });
    }

    /// Shows the service as it stands. What was typed stays.
    fn show(self, acme: Acme) {
        let Some(before) = self.acme.try_with_untracked(|acme| acme.as_ref().map(|acme| acme.status.running.is_some()))
        else {
            // The page was left.
            return;
        };
        let runs = acme.status.running.is_some();
        if before.is_none() {
            self.fill(&Draft::of(&acme.settings));
        }
        set_if_new(self.acme, Some(acme));
        if runs && !self.polling.get_untracked() {
            self.polling.set(true);
            later(POLL_MS, move || {
                if self.polling.try_get_untracked().is_some() {
                    self.polling.set(false);
                    self.ask();
                }
            });
        }
        if before == Some(true) && !runs {
            self.page.changed();
        }
    }

    /// Puts what is saved into the forms.
    fn fill(self, saved: &Draft) {
        self.provider.fill(saved);
        self.order.fill(saved);
    }

    /// What is saved; `None` until the node has answered.
    fn saved(self) -> Option<Draft> {
        self.acme.with(|acme| acme.as_ref().map(|acme| Draft::of(&acme.settings)))
    }

    /// A part of the service that is drawn anew only when it has become another one.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, of: fn(&Acme) -> T) -> Memo<Option<T>> {
        Memo::new(move || self.acme.with(|acme| acme.as_ref().map(of)))
    }

    /// What people call the provider that is saved; empty for none.
    fn provider_name(self) -> String {
        self.acme.with(|acme| {
            let Some(Acme { providers, settings, .. }) = acme else { return String::new() };
            let known = providers.iter().find(|provider| provider.id == settings.provider);
            let other = || settings.directory.clone().unwrap_or_default();
            known.map_or_else(other, |provider| provider.name.clone())
        })
    }

    /// Does something; what stands against it is told in `place`.
    fn take(self, step: Step, place: RwSignal<String>) {
        place.set(String::new());
        self.busy.set(true);
        spawn(async move {
            let api = self.app.api;
            let answer = self.app.confirmed(async || step.call(api).await).await;
            self.busy.set(false);
            match answer {
                Ok(acme) => self.taken(&step, acme),
                Err(error) => {
                    place.set(error.to_string());
                    self.ask();
                }
            }
        });
    }

    fn taken(self, step: &Step, acme: Acme) {
        self.app.notices.done(step.done());
        match step {
            Step::Set(_) => self.fill(&Draft::of(&acme.settings)),
            Step::Register(_) => self.account.registered(),
            Step::RollOver | Step::GiveUp | Step::Sign | Step::Deploy | Step::DeployAnyway => {}
            Step::Discard | Step::Revoke(_) => {}
        }
        self.show(acme);
        self.page.changed();
    }

    /// Asks a provider about itself.
    fn look_up(self, whom: Draft, place: RwSignal<String>) {
        place.set(String::new());
        self.busy.set(true);
        spawn(async move {
            let question = whom.question();
            let answer: Result<AcmeDirectory, ApiError> =
                self.app.confirmed(async || self.app.api.acme_directory(&question).await).await;
            self.busy.set(false);
            match answer {
                Ok(found) => self.found.set(Some((whom, found))),
                Err(error) => place.set(error.to_string()),
            }
        });
    }

    /// What a provider said about itself, if it was asked.
    fn found_of(self, whom: &Draft) -> Option<AcmeDirectory> {
        self.found.with(|found| {
            let (asked, said) = found.as_ref()?;
            asked.same_provider(whom).then(|| said.clone())
        })
    }
}

/// The section.
pub(crate) fn acme(page: Page) -> View {
    let service = Service::new(page);
    effect(move || {
        page.app.node_back.track();
        // An upload, or what else changes the slots, changes what stands against a certificate that waits.
        page.slots.with(|_| ());
        service.ask();
    });
    let there = move || service.acme.with(Option::is_some);
    let all = move || {
        parts()
            .child(status::status(service))
            .child(pending::pending(service))
            .child(provider::provider(service))
            .child(account::account(service))
            .child(order::order(service))
            .child(revoke::revoke(service))
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "acme-title")
        .child(el("h2").attr("id", "acme-title").text("ACME Certificate Service"))
        .child(el("p").text("A provider signs the server certificate when the node asks it to: over ACME (RFC 8555), once it has seen that the names are the node's. What it signs is looked at before it is served, and needs no restart."))
        .child(error_line(service.error))
        .child(live_if(there, all))
        .into()
}

/// What stands against what is above it.
fn error_line(error: RwSignal<String>) -> El {
    let says = move || Some(error.get()).filter(|text| !text.is_empty()).map(|text| untrusted(&text));
    el("p").class("field-error").attr("role", "alert").child(live(says))
}

/// A part with a heading of its own.
fn part(id: &str, title: &str) -> El {
    el("section").class("stack acme-part").attr("aria-labelledby", id).child(el("h3").attr("id", id).text(title))
}

fn fact(label: &str, value: impl Into<View>) -> El {
    el("div").child(el("dt").text(label)).child(el("dd").child(value))
}

/// A link to what a provider says elsewhere. The node gives only `http` and `https` here.
fn link(url: &str) -> El {
    el("a").attr("href", url).attr("target", "_blank").attr("rel", "noopener noreferrer").child(untrusted(url))
}

fn tick(label: &str, on: RwSignal<bool>) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || on.get().into())
        .on("change", move |_| on.set(!on.get_untracked()));
    el("label").class("tick").child(input).child(el("span").text(label))
}

fn field(label: &str, text: RwSignal<String>) -> El {
    let input = el("input").attr("autocomplete", "off").attr("autocapitalize", "none").attr("spellcheck", "false");
    el("label").class("field").child(el("span").text(label)).child(input.bound(text))
}

/// A field with what is to be known about it beneath. The label alone is its name.
fn hinted(id: &str, label: &str, input: El, hint: impl Fn() -> String + 'static) -> El {
    el("label")
        .class("field")
        .child(el("span").text(label))
        .child(input.attr("aria-label", label).attr("aria-describedby", id))
        .child(el("span").class("muted").attr("id", id).live_text(hint))
}

/// A button with what it does, or why it is off, beneath. It is not `disabled`: then it could not say why.
fn said_button(
    id: &'static str,
    kind: ButtonKind,
    label: &str,
    off: impl Fn() -> Option<String> + Copy + 'static,
    says: impl Fn() -> String + 'static,
    press: impl Fn() + 'static,
) -> El {
    let press = move || {
        if untrack(off).is_none() {
            press();
        }
    };
    let button = button(kind, press)
        .live_bool("aria-disabled", move || off().is_some())
        .attr("aria-describedby", id)
        .text(label);
    let line = move || off().unwrap_or_else(&says);
    el("div").class("send").child(button).child(el("p").attr("id", id).class("muted").live_text(line))
}
