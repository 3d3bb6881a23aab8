//! Banners: what is so for as long as they stand.

use certway_wire::users::Role;
use leptos::prelude::*;

use super::activity::Presence;
use crate::api::{Reach, SignedIn};
use crate::app::{App, OfflineUse};
use crate::dom::{El, View, el, live, live_if, parts};
use crate::route::{Route, address};
use crate::signal::{Memo, RwSignal};
use crate::ui::{State, badge, dialog, download_button, fingerprint, untrusted};

pub(super) fn banners() -> El {
    let app = App::here();
    let Presence { ends_soon, .. } = expect_context();
    let reach = Memo::new(move || app.api.reach.get());
    let away = move || match reach.get() {
        Reach::Here => None,
        Reach::BrowserOffline => {
            Some(banner("Offline", "This browser has no network. Judging still works; loading waits."))
        }
        Reach::NodeAway => Some(banner(
            "Node away",
            "The node does not answer. Judging still works; loading waits. The page tries again every 10 seconds.",
        )),
    };
    let ending = || {
        banner(
            "Session",
            "Your session ends in less than a minute, because nobody uses it. Press any key to stay signed in.",
        )
    };
    let temporary = move || app.node.with(|node| node.as_ref().is_some_and(|node| node.temporary_certificate));
    let role = Memo::new(move || {
        app.api.signed_in.with(|who| match who {
            SignedIn::Yes(session) => Some(session.role),
            SignedIn::No(_) | SignedIn::Unknown => None,
        })
    });
    el("div")
        .class("banners")
        .attr("role", "status")
        .children(app.api.other_node.get_untracked().map(|node| another_node(&node)))
        .child(live(away))
        .child(live_if(move || ends_soon.get(), ending))
        .child(live_if(temporary, temporary_certificate))
        .child(live(move || role.get().and_then(limits)))
}

/// Whose pages these are, if not those of the node that answers here.
fn another_node(node: &str) -> El {
    let app = App::here();
    let here = move || untrusted(&app.asked.get().map_or_else(String::new, |asked| asked.name));
    let says = el("p")
        .text("These are the pages of ")
        .child(el("strong").child(untrusted(node)))
        .text(", asked through ")
        .child(live(here))
        .text(". What is uploaded and changed here is that node's; a private key is sealed for it in this browser. ")
        .child(el("a").attr("href", &address(Route::Overview, None)).text("Back to ").child(live(here)));
    el("div").class("banner warning").child(badge(State::Warning, "Another node")).child(says)
}

fn banner(word: &str, text: &str) -> El {
    el("div").class("banner warning").child(badge(State::Warning, word)).child(el("p").text(text))
}

/// What a role may not do is not offered; this says why.
fn limits(role: Role) -> Option<El> {
    let says = match role {
        Role::Auditor => "You see everything and change nothing. What your role may not do is not offered.",
        Role::Operator => {
            "You work with certificates. Users, how they sign in, the cluster, the security level and backups are an administrator's, and not offered."
        }
        Role::Administrator => return None,
    };
    Some(el("div").class("banner plain").child(badge(State::Plain, role.word())).child(el("p").text(says)))
}

/// The node serves its own temporary certificate, and what that means for this browser.
fn temporary_certificate() -> View {
    let open = RwSignal::new(false);
    let trust =
        el("button").class("link").on_press(move || open.set(true)).text("Trust the temporary CA in this browser");
    parts()
        .child(
            el("div").class("banner warning").child(badge(State::Warning, "Temporary")).child(
                el("p")
                    .text("This node serves its temporary certificate. Upload a server certificate of your own to replace it. ")
                    .child(trust),
            ),
        )
        .child(dialog(open, || "Trust the temporary CA".to_owned(), temporary_ca))
}

fn temporary_ca() -> El {
    let app = App::here();
    let offline = move || match app.offline_use.get() {
        OfflineUse::Ready => "Offline use: available. The page and the judge are kept in this browser.".to_owned(),
        OfflineUse::Unknown => "Offline use: the browser has not said yet whether it is available.".to_owned(),
        OfflineUse::Unavailable(why) => format!("Offline use: not available. {why}"),
    };
    let ca = move || {
        let node = app.node.get()?;
        let download = download_button("certway-temporary-ca.pem", &node.temporary_ca_pem);
        Some(
            parts()
                .child(fingerprint("SHA-256 of the temporary CA", &node.temporary_ca_fingerprint))
                .child(el("p").child(download.text("Download temporary CA (PEM file)"))),
        )
    };
    el("div")
        .class("stack")
        .child(el("p").text(
            "Until the browser trusts the issuer of the node's certificate it warns, and it keeps no page for offline use. \
             Compare this fingerprint with the one on the node's terminal, download the CA and add it to the authorities that your browser trusts. \
             Remove it from there when the node has a certificate of your own.",
        ))
        .child(live(ca))
        .child(el("p").class("muted").live_text(offline))
}
