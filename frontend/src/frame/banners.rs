//! Banners: what is so for as long as they stand.

use leptos::prelude::*;

use super::activity::EndsSoon;
use crate::api::Reach;
use crate::app::{App, OfflineUse};
use crate::ui::{Badge, Dialog, DownloadButton, Fingerprint, State, live, live_if, live_text};

#[component]
pub(super) fn Banners() -> impl IntoView {
    let app = App::here();
    let EndsSoon(ends_soon) = expect_context();
    let temporary = move || app.node.with(|node| node.as_ref().is_some_and(|node| node.temporary_certificate));
    view! {
        <div class="banners" role="status">
            {live(move || match app.api.reach.get() {
                Reach::Here => None,
                Reach::BrowserOffline => Some(banner(
                    State::Warning,
                    "Offline",
                    "This browser has no network. Judging still works; loading waits.",
                )),
                Reach::NodeAway => Some(banner(
                    State::Warning,
                    "Node away",
                    "The node does not answer. Judging still works; loading waits. The page tries again every 10 seconds.",
                )),
            })}
            {live_if(move || ends_soon.get(), || banner(
                State::Warning,
                "Session",
                "Your session ends in less than a minute, because nobody uses it. Press any key to stay signed in.",
            ))}
            {live_if(temporary, || view! { <TemporaryCertificate/> }.into_any())}
        </div>
    }
}

fn banner(state: State, word: &'static str, text: &'static str) -> AnyView {
    view! {
        <div class=format!("banner {}", state.class())>
            <Badge state=state word=word/>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

/// The node serves its own temporary certificate, and what that means for this browser.
#[component]
fn TemporaryCertificate() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <div class="banner warning">
            <Badge state=State::Warning word="Temporary"/>
            <p>
                "This node serves its temporary certificate. Upload a server certificate of your own to replace it. "
                <button class="link" on:click=move |_| open.set(true)>"Trust the temporary CA in this browser"</button>
            </p>
        </div>
        <Dialog open=open title="Trust the temporary CA">
            <TemporaryCa/>
        </Dialog>
    }
}

#[component]
fn TemporaryCa() -> impl IntoView {
    let app = App::here();
    let offline = move || match app.offline_use.get() {
        OfflineUse::Ready => "Offline use: available. The page and the judge are kept in this browser.".to_owned(),
        OfflineUse::Unknown => "Offline use: the browser has not said yet whether it is available.".to_owned(),
        OfflineUse::Unavailable(why) => format!("Offline use: not available. {why}"),
    };
    view! {
        <div class="stack">
            <p>
                "Until the browser trusts the issuer of the node's certificate it warns, and it keeps no page for offline use. "
                "Compare this fingerprint with the one on the node's terminal, download the CA and add it to the authorities that your browser trusts. "
                "Remove it from there when the node has a certificate of your own."
            </p>
            {live(move || app.node.get().map(|node| view! {
                <Fingerprint label="SHA-256 of the temporary CA" hex=node.temporary_ca_fingerprint/>
                <p><DownloadButton file_name="certway-temporary-ca.pem" text=node.temporary_ca_pem>"Download temporary CA (PEM file)"</DownloadButton></p>
            }.into_any()))}
            <p class="muted">{live_text(offline)}</p>
        </div>
    }
}
