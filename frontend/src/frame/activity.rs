//! Whether somebody is at the page.
//!
//! The node ends a session that is not used for 15 minutes. The page's own questions would keep it alive for ever, so
//! it stops asking when nobody is there, and ends the session itself when the time is up. All tabs of a browser have the
//! same session, so the last sign of life is that of all of them.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::api::{Reach, SignedIn};
use crate::app::App;
use crate::dom::{on_window, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;

/// The node's own limit.
const IDLE_S: i64 = 15 * 60;
/// When the page says that the session is about to end.
const WARN_S: i64 = IDLE_S - 60;
/// Questions are asked only this long after the last sign of life.
const ASKING_S: i64 = 2 * 60;
/// How far ahead another tab may read the clock.
const AHEAD_S: i64 = 30;
/// How often the page looks.
const TICK_MS: u32 = 10_000;
/// The key under which the browser keeps for all tabs when there last was a sign of life, in seconds since 1970.
const KEPT: &str = "certway-last-sign-of-life";

/// Whether somebody is at the page.
#[derive(Clone, Copy)]
pub(crate) struct Presence {
    /// Whether the session ends within a minute, unless somebody does something.
    pub(super) ends_soon: RwSignal<bool>,
    /// When there last was a sign of life in this tab.
    last: StoredValue<i64>,
}

impl Presence {
    /// Whether there is somebody for whom the node may be asked.
    pub(crate) fn is_there(self) -> bool {
        self.idle() < ASKING_S
    }

    fn idle(self) -> i64 {
        let now = time_text::now();
        // What is kept from a time when the clock was ahead would be good for too long.
        let elsewhere = kept().filter(|last| *last <= now + AHEAD_S);
        now - elsewhere.map_or(self.last.get_value(), |last| last.max(self.last.get_value()))
    }

    fn sign_of_life(self) {
        let now = time_text::now();
        if now == self.last.get_value() {
            return;
        }
        self.last.set_value(now);
        if let Some(storage) = storage() {
            // A browser that keeps nothing has each tab speak for itself.
            let _ = storage.set_item(KEPT, &now.to_string());
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The last sign of life in any tab, as far as this browser has kept it.
fn kept() -> Option<i64> {
    storage()?.get_item(KEPT).ok()??.parse().ok()
}

/// Watches for signs of life, asks the node for alarms meanwhile, and ends an idle session.
pub(crate) fn watch(app: App) {
    let presence = Presence { ends_soon: RwSignal::new(false), last: StoredValue::new(0) };
    presence.sign_of_life();
    provide_context(presence);
    let alive = move || {
        presence.sign_of_life();
        if presence.ends_soon.get_untracked() {
            presence.ends_soon.set(false);
            // The node hears of it too, or it would end the session all the same.
            app.refresh();
        }
    };
    on_window("pointerdown", move |_| alive());
    on_window("keydown", move |_| alive());
    on_window("storage", move |_| {
        if presence.idle() < WARN_S {
            set_if_new(presence.ends_soon, false);
        }
    });
    on_window("online", move |_| app.refresh());
    on_window("offline", move |_| app.api.reach.set(Reach::BrowserOffline));
    Interval::new(TICK_MS, move || tick(app, presence)).forget();
}

fn tick(app: App, presence: Presence) {
    let idle = presence.idle();
    let signed_in = matches!(app.api.signed_in.get_untracked(), SignedIn::Yes(_));
    let unknown = app.api.signed_in.get_untracked() == SignedIn::Unknown;
    let away = app.api.reach.get_untracked() != Reach::Here;
    set_if_new(presence.ends_soon, signed_in && idle >= WARN_S);
    if signed_in && idle >= IDLE_S {
        spawn(async move {
            // If the node does not hear it, its own clock ends the session.
            let _ = app.api.sign_out(Some("Your session has ended: nobody used it for 15 minutes.")).await;
        });
    } else if unknown {
        app.start();
    } else if away || (signed_in && presence.is_there()) {
        app.refresh();
    }
}
