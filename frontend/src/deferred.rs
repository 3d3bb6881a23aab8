//! The parts of the page that come a moment later, in a WebAssembly module of their own (docs/decisions/0019).
//!
//! [`Part`] is the whole list. Signing in, the overview, the certificates with their upload, and *Check* do without
//! them. `tools/split.mjs` puts into the second module what only `draw` can reach, so nothing else may call what `draw`
//! calls. The second module is fetched as soon as the page has nothing more urgent to do.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::app::App;
use crate::dom::{View, el, live, parts};
use crate::pages::{
    alarms, backup, certificate, change, check, client_testing, clustering, crls, event_log, forecast, help,
    security_level, services, tls_profile, trusted_cas, users, verify,
};
use crate::signal::RwSignal;
use crate::task::{later, spawn};
use crate::ui::{ButtonKind, button};
use crate::upload::{self, Panel};

/// The page and the judge come first.
const IDLE_MS: u32 = 500;

/// A part that is not needed at once, with what it is drawn from.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Alarms,
    TrustedCas,
    Crls,
    SecurityLevel,
    TlsProfile,
    Forecast,
    Verify,
    Backup,
    Services,
    EventLog,
    Clustering,
    Change,
    Help,
    Users,
    Samples(Panel),
    Csr(certificate::Page),
    Acme(certificate::Page),
    Wait(certificate::Page),
    ClientTesting,
    Repair(Panel),
}

impl Part {
    /// A part that is a page of its own says that it is coming; others come when they do.
    fn is_page(self) -> bool {
        matches!(
            self,
            Self::Alarms
                | Self::TrustedCas
                | Self::Crls
                | Self::ClientTesting
                | Self::SecurityLevel
                | Self::TlsProfile
                | Self::Forecast
                | Self::Verify
                | Self::Backup
                | Self::Services
                | Self::EventLog
                | Self::Clustering
                | Self::Change
                | Self::Help
                | Self::Users
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::TrustedCas => "The trusted CA list",
            Self::Alarms
            | Self::Crls
            | Self::ClientTesting
            | Self::SecurityLevel
            | Self::TlsProfile
            | Self::Forecast
            | Self::Verify
            | Self::Backup
            | Self::Services
            | Self::EventLog
            | Self::Clustering
            | Self::Change
            | Self::Help
            | Self::Users => "This page",
            Self::Samples(_) => "The list of samples",
            Self::Csr(_) => "The part about certificate signing requests",
            Self::Acme(_) => "The ACME certificate service",
            Self::Wait(_) => "The choice to keep a certificate pending",
            Self::Repair(_) => "Repair",
        }
    }
}

/// The one way into the second module.
#[inline(never)]
fn draw(part: Part) -> View {
    match part {
        Part::Alarms => alarms::alarms(),
        Part::TrustedCas => trusted_cas::trusted_cas(),
        Part::Crls => crls::crls(),
        Part::SecurityLevel => security_level::security_level(),
        Part::TlsProfile => tls_profile::tls_profile(),
        Part::Forecast => forecast::forecast(),
        Part::Verify => verify::verify(),
        Part::Backup => backup::backup(),
        Part::Services => services::services(),
        Part::EventLog => event_log::event_log(),
        Part::Clustering => clustering::clustering(),
        Part::Change => change::change(),
        Part::Help => help::help(),
        Part::Users => users::users(),
        Part::Samples(panel) => check::samples(panel).into(),
        Part::Csr(page) => certificate::csr(page),
        Part::Acme(page) => certificate::acme(page),
        Part::Wait(page) => certificate::wait(page),
        Part::ClientTesting => client_testing::client_testing(),
        Part::Repair(panel) => upload::mend(panel),
    }
}

/// How far the second module is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Away,
    Coming,
    Here,
    /// The node did not give it.
    Missed,
    /// The node has another page by now.
    Outdated,
}

/// The second module, as the page waits for it.
#[derive(Clone, Copy)]
pub(crate) struct Deferred {
    state: RwSignal<State>,
}

impl Deferred {
    pub(crate) fn new() -> Self {
        Self { state: RwSignal::new(State::Away) }
    }

    /// Fetches it as soon as the page has nothing more urgent to do.
    pub(crate) fn fetch_when_idle(self) {
        later(IDLE_MS, move || self.fetch());
    }

    /// Fetches it, unless it is there or coming.
    pub(crate) fn fetch(self) {
        if matches!(self.state.get_untracked(), State::Coming | State::Here) {
            return;
        }
        self.state.set(State::Coming);
        spawn(async move {
            let fetched = fetched().await;
            self.state.set(match fetched {
                Ok(()) => State::Here,
                Err(status) if status.as_f64() == Some(404.0) => State::Outdated,
                Err(_) => State::Missed,
            });
        });
    }
}

/// Calls what `tools/split.mjs` has put beside the page. A page in one piece has no such thing, and lacks nothing.
async fn fetched() -> Result<(), JsValue> {
    let Ok(fetch) = Reflect::get(&js_sys::global(), &"fetchDeferred".into())?.dyn_into::<Function>() else {
        return Ok(());
    };
    JsFuture::from(fetch.call0(&JsValue::UNDEFINED)?.unchecked_into::<Promise>()).await.map(drop)
}

/// A part, as soon as it is there.
pub(crate) fn part(part: Part) -> View {
    let app = App::here();
    let deferred = app.deferred;
    deferred.fetch();
    live(move || match deferred.state.get() {
        State::Here => untrack(|| draw(part)),
        State::Outdated => {
            el("p").attr("role", "alert").text("The node has a newer page by now. Load this one again to go on.").into()
        }
        State::Missed => missed(app, part),
        State::Away | State::Coming if part.is_page() => {
            el("p").class("muted").attr("role", "status").text("Fetching this page.").into()
        }
        State::Away | State::Coming => parts(),
    })
}

fn missed(app: App, part: Part) -> View {
    let says = format!("{} is missing: the node did not give this part of the page. Nothing was changed.", part.name());
    let again = button(ButtonKind::Plain, move || app.deferred.fetch()).text("Fetch it again");
    parts().child(el("p").attr("role", "alert").text(says)).child(el("p").class("actions").child(again))
}
