//! Whether somebody is at the page.
//!
//! The node ends a session that is not used for 15 minutes. The page's own questions would keep it alive for ever, so
//! it stops asking when nobody is there, and ends the session itself when the time is up.

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
/// How often the page looks.
const TICK_MS: u32 = 10_000;

/// Whether the session ends within a minute, unless somebody does something.
#[derive(Clone, Copy)]
pub(crate) struct EndsSoon(pub(crate) RwSignal<bool>);

/// Watches for signs of life, asks the node for alarms meanwhile, and ends an idle session.
pub(crate) fn watch(app: App) {
    let ends_soon = EndsSoon(RwSignal::new(false));
    provide_context(ends_soon);
    let last = StoredValue::new(time_text::now());
    let alive = move || {
        last.set_value(time_text::now());
        if ends_soon.0.get_untracked() {
            ends_soon.0.set(false);
            // The node hears of it too, or it would end the session all the same.
            app.refresh();
        }
    };
    on_window("pointerdown", move |_| alive());
    on_window("keydown", move |_| alive());
    on_window("online", move |_| app.refresh());
    on_window("offline", move |_| app.api.reach.set(Reach::BrowserOffline));
    Interval::new(TICK_MS, move || tick(app, last.get_value(), ends_soon.0)).forget();
}

fn tick(app: App, last: i64, ends_soon: RwSignal<bool>) {
    let idle = time_text::now() - last;
    let signed_in = matches!(app.api.signed_in.get_untracked(), SignedIn::Yes(_));
    let away = app.api.reach.get_untracked() != Reach::Here;
    set_if_new(ends_soon, signed_in && idle >= WARN_S);
    if signed_in && idle >= IDLE_S {
        spawn(async move {
            // If the node does not hear it, its own clock ends the session.
            let _ = app.api.sign_out(Some("Your session has ended: nobody used it for 15 minutes.")).await;
        });
    } else if away || (signed_in && idle < ASKING_S) {
        app.refresh();
    }
}
