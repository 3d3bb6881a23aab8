//! The ACME certificate service: who signs, what for and when, how it went, and the signed certificate that waits.

mod account;
mod draft;
mod order;
mod pending;
mod provider;
mod revoke;
mod status;
mod terms;

use certway_wire::acme::{Acme, AcmeDirectory};
use certway_wire::users::Role;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::Page;
use crate::api::{Api, ApiError, Call};
use crate::app::App;
use crate::dom::{El, View, effect, el, live_if, parts, set_if_new};
use crate::signal::{Memo, RwSignal};
use crate::task::{later, spawn};
use crate::ui::{ButtonKind, button, error_line, untrusted};
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
    /// The settings in it.
    saved: Memo<Option<Draft>>,
    /// Why there is no answer.
    error: RwSignal<String>,
    /// Whether a change is under way.
    busy: RwSignal<bool>,
    /// Whether the node is to be asked again in a moment.
    polling: RwSignal<bool>,
    /// How many changes were answered: what was asked before one is old when it is answered after it.
    changes: RwSignal<u32>,
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
    Set {
        /// The fields of `certway_wire::acme::AcmeSettings`.
        json: String,
        /// What stood in the forms. A field that is another by the time of the answer was typed into, and stays.
        typed: Box<Draft>,
    },
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
            Self::Set { json, .. } => ("PUT", "/settings", json.clone()),
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
            Self::Set { .. } => "The settings of the ACME certificate service are saved.",
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
        let acme: RwSignal<Option<Acme>> = RwSignal::new(None);
        Self {
            app: page.app,
            page,
            acme,
            saved: Memo::new(move || acme.with(|acme| acme.as_ref().map(|acme| Draft::of(&acme.settings)))),
            error: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            polling: RwSignal::new(false),
            changes: RwSignal::new(0),
            found: RwSignal::new(None),
            provider: provider::Form::new(),
            account: account::Form::new(),
            order: order::Form::new(),
        }
    }

    fn ask(self) {
        let changes = self.changes.get_untracked();
        spawn(async move {
            let answer = self.app.api.acme().await;
            // The page may be left before the answer comes.
            if self.changes.try_get_untracked() != Some(changes) {
                return;
            }
            match answer {
                Ok(acme) => {
                    set_if_new(self.error, String::new());
                    self.show(acme, None);
                }
                Err(error) => {
                    set_if_new(self.error, error.to_string());
                    if self.runs() {
                        self.ask_later();
                    }
                }
            }
        });
    }

    fn ask_later(self) {
        if !self.polling.get_untracked() {
            self.polling.set(true);
            later(POLL_MS, move || {
                if self.polling.try_get_untracked().is_some() {
                    self.polling.set(false);
                    self.ask();
                }
            });
        }
    }

    /// Whether the provider was being asked when the node was.
    fn runs(self) -> bool {
        self.acme.with_untracked(|acme| acme.as_ref().is_some_and(|acme| acme.status.running.is_some()))
    }

    /// Shows the service as it stands. Fields that hold what `typed` has, or what was saved, are filled anew; others were
    /// typed into, and stay.
    fn show(self, acme: Acme, typed: Option<&Draft>) {
        let (ran, runs) = (self.runs(), acme.status.running.is_some());
        let (before, saved) = (self.saved.get_untracked(), Draft::of(&acme.settings));
        self.provider.fill(typed.or(before.as_ref()), &saved);
        self.order.fill(typed.or(before.as_ref()), &saved);
        set_if_new(self.acme, Some(acme));
        if runs {
            self.ask_later();
        } else if ran {
            self.page.changed();
        }
    }

    /// What is saved; `None` until the node has answered.
    fn saved(self) -> Option<Draft> {
        self.saved.get()
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
            if self.busy.try_get_untracked().is_none() {
                // The page was left.
                return;
            }
            self.busy.set(false);
            self.changes.update(|changes| *changes += 1);
            match answer {
                Ok(acme) => self.taken(&step, acme),
                Err(error) => {
                    place.set(error.to_string());
                    self.ask();
                }
            }
            focus_if_lost(match step {
                Step::Register(_) | Step::RollOver | Step::GiveUp => "acme-account",
                _ => "acme-status",
            });
        });
    }

    fn taken(self, step: &Step, acme: Acme) {
        self.app.notices.done(step.done());
        let typed = match step {
            Step::Set { typed, .. } => {
                // The node may write it in another way: what that provider said holds for it all the same.
                self.found.update(|found| {
                    if let Some((asked, _)) = found.as_mut().filter(|(asked, _)| asked.same_provider(typed)) {
                        *asked = Draft::of(&acme.settings);
                    }
                });
                Some(&**typed)
            }
            Step::Register(_) => {
                self.account.registered();
                None
            }
            _ => None,
        };
        self.show(acme, typed);
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
            focus_if_lost("acme-account");
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

/// A part with a heading of its own.
fn part(id: &str, title: &str) -> El {
    el("section").class("stack acme-part").attr("aria-labelledby", id).child(heading(id).text(title))
}

/// A heading that can have the focus when what had it is gone.
fn heading(id: &str) -> El {
    el("h3").attr("id", id).attr("tabindex", "-1")
}

/// Gives the focus to a heading if what had it was taken away: else the keyboard would begin at the top of the page.
fn focus_if_lost(id: &'static str) {
    // By then what has changed is drawn.
    later(0, move || {
        let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        let heading = document().get_element_by_id(id).filter(|_| lost);
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
            // It fails only for what is not on the page.
            let _ = heading.focus();
        }
    });
}

fn fact(label: &str, value: impl Into<View>) -> El {
    el("div").child(el("dt").text(label)).child(el("dd").child(value))
}

/// A link to what a provider says elsewhere: `http` or `https`.
fn link(url: &str) -> El {
    el("a").attr("href", url).attr("target", "_blank").attr("rel", "noopener noreferrer").child(untrusted(url))
}

fn tick(label: &str, on: RwSignal<bool>) -> El {
    tick_of(label, move || on.get(), move |ticked| on.set(ticked))
}

fn tick_of(label: &str, on: impl Fn() -> bool + Copy + 'static, set: impl Fn(bool) + 'static) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || on().into())
        .on("change", move |_| set(!untrack(on)));
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

/// A field to choose from. The options are no part of its name.
fn choose(label: &str, select: El) -> El {
    el("label").class("field").child(el("span").text(label)).child(select.attr("aria-label", label))
}

/// A button that waits while the node is at work. It is not `disabled`: then it would lose the focus.
fn act_button(service: Service, kind: ButtonKind, label: &str, press: impl Fn() + 'static) -> El {
    let press = move || {
        if !service.busy.get_untracked() {
            press();
        }
    };
    button(kind, press).needs(Role::Operator).live_bool("aria-disabled", move || service.busy.get()).text(label)
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
    let line = el("p").attr("id", id).class("muted").live_text(line);
    el("div").class("send").needs(Role::Operator).child(button).child(line)
}
