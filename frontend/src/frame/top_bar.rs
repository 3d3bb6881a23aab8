//! The top bar: which node this is, its alarms, the theme, who is signed in.

use leptos::prelude::*;

use crate::api::SignedIn;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, live_if, parts};
use crate::route::{Route, page_link};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::{icon, untrusted};

pub(super) fn top_bar(rail_open: RwSignal<bool>) -> El {
    let app = App::here();
    let signed_in = move || app.api.signed_in.with(|who| matches!(who, SignedIn::Yes(_)));
    let who = Memo::new(move || match app.api.signed_in.get() {
        SignedIn::Yes(session) => Some(session.username),
        SignedIn::No(_) | SignedIn::Unknown => None,
    });
    let menu = el("button")
        .class("icon-button rail-button")
        .attr("aria-label", "Menu")
        .attr("aria-controls", "rail")
        .live_bool("aria-expanded", move || rail_open.get())
        .on_press(move || rail_open.update(|open| *open = !*open))
        .child(icon("menu"));
    el("header")
        .class("top-bar")
        .child(menu)
        .child(el("span").class("product").child(icon("product")).text(" Certway"))
        .child(el("span").class("node-name").child(live(move || app.node_name().map(|name| untrusted(&name)))))
        .child(el("span").class("space"))
        .child(live_if(signed_in, alarm_bell))
        .child(theme_switch())
        .child(live(move || who.get().map(|name| user(app, &name))))
}

fn alarm_bell() -> El {
    let app = App::here();
    let count = move || app.alarms.with(Vec::len);
    let label = move || match count() {
        0 => "No alarms".to_owned(),
        1 => "1 alarm".to_owned(),
        many => format!("{many} alarms"),
    };
    let number = move || el("span").class("count").attr("aria-hidden", "true").live_text(move || count().to_string());
    page_link(Route::Alarms)
        .class("bell")
        .child(icon("bell"))
        .child(el("span").class("sr-only").live_text(label))
        .child(live_if(move || count() > 0, number))
}

fn user(app: App, name: &str) -> View {
    parts()
        .child(el("span").class("user").child(icon("user")).text(" ").child(untrusted(name)))
        .child(el("button").class("button quiet").on_press(move || spawn(sign_out(app))).text("Sign out"))
}

async fn sign_out(app: App) {
    if let Err(error) = app.api.sign_out(Some("You are signed out.")).await {
        app.notices.failed(error);
    }
}

/// The key under which the browser keeps the choice.
const THEME: &str = "certway-theme";

/// Light, dark, or as the system has it.
fn theme_switch() -> El {
    let storage = || window().local_storage().ok().flatten();
    let kept = storage().and_then(|storage| storage.get_item(THEME).ok().flatten()).unwrap_or_default();
    let theme = RwSignal::new(kept);
    effect(move || {
        let theme = theme.get();
        if let Some(root) = document().document_element() {
            // A browser that refuses to keep the choice still shows it.
            let _ = if theme.is_empty() {
                root.remove_attribute("data-theme")
            } else {
                root.set_attribute("data-theme", &theme)
            };
        }
        if let Some(storage) = storage() {
            let _ = storage.set_item(THEME, &theme);
        }
    });
    let choices = [("", "System theme"), ("light", "Light"), ("dark", "Dark")];
    el("select")
        .class("theme")
        .attr("aria-label", "Theme")
        .children(choices.map(|(value, label)| el("option").attr("value", value).text(label)))
        .bound(theme)
}
