//! The top bar: which node this is, its alarms, the theme, who is signed in.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::SignedIn;
use crate::app::App;
use crate::route::{PageLink, Route};
use crate::ui::{Icon, Untrusted, live, live_if, live_text};

#[component]
pub(super) fn TopBar(rail_open: RwSignal<bool>) -> impl IntoView {
    let app = App::here();
    let name = live(move || app.node.get().map(|node| view! { <Untrusted text=node.name/> }.into_any()));
    let signed_in = move || matches!(app.api.signed_in.get(), SignedIn::Yes(_));
    let user = live(move || match app.api.signed_in.get() {
        SignedIn::Yes(session) => Some(view! { <User name=session.username/> }.into_any()),
        SignedIn::No(_) | SignedIn::Unknown => None,
    });
    view! {
        <header class="top-bar">
            <button
                class="icon-button rail-button"
                aria-label="Menu"
                aria-controls="rail"
                aria-expanded=move || rail_open.get().to_string()
                on:click=move |_| rail_open.update(|open| *open = !*open)
            >
                <Icon name="menu"/>
            </button>
            <span class="product"><Icon name="product"/> "Certway"</span>
            <span class="node-name">{name}</span>
            <span class="space"></span>
            {live_if(signed_in, || view! { <AlarmBell/> }.into_any())}
            <ThemeSwitch/>
            {user}
        </header>
    }
}

#[component]
fn AlarmBell() -> impl IntoView {
    let app = App::here();
    let count = move || app.alarms.get().len();
    let label = move || match count() {
        0 => "No alarms".to_owned(),
        1 => "1 alarm".to_owned(),
        many => format!("{many} alarms"),
    };
    view! {
        <PageLink to=Route::Overview class="bell">
            <Icon name="bell"/>
            <span class="sr-only">{live_text(label)}</span>
            {live_if(move || count() > 0, move || view! {
                <span class="count" aria-hidden="true">{live_text(move || count().to_string())}</span>
            }.into_any())}
        </PageLink>
    }
}

#[component]
fn User(name: String) -> impl IntoView {
    let app = App::here();
    let sign_out = move |_| {
        spawn_local(async move {
            if let Err(error) = app.api.sign_out(Some("You are signed out.")).await {
                app.notices.failed(error);
            }
        });
    };
    view! {
        <span class="user"><Icon name="user"/> <Untrusted text=name/></span>
        <button class="button quiet" on:click=sign_out>"Sign out"</button>
    }
}

/// The key under which the browser keeps the choice.
const THEME: &str = "certway-theme";

/// Light, dark, or as the system has it.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let storage = || window().local_storage().ok().flatten();
    let kept = storage().and_then(|storage| storage.get_item(THEME).ok().flatten()).unwrap_or_default();
    let theme = RwSignal::new(kept);
    Effect::new(move |_| {
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
    view! {
        <select class="theme" aria-label="Theme" bind:value=theme>
            <option value="">"System theme"</option>
            <option value="light">"Light"</option>
            <option value="dark">"Dark"</option>
        </select>
    }
}
