//! CRL management: which revocation lists the node keeps, a new one uploaded, one removed.

mod updates;

use certway_wire::node::{CrlsChanged, StoredCrl};
use certway_wire::users::Role;
use leptos::prelude::*;
use web_sys::FormData;

use crate::api::Identity;
use crate::app::App;
use crate::dom::{El, View, each, effect, el, live_if, parts, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, time, untrusted};
use crate::upload::{Form, Panel, upload_panel};

#[derive(Clone, Copy)]
struct Page {
    app: App,
    panel: Panel,
    updates: updates::Updates,
    crls: RwSignal<Option<Vec<StoredCrl>>>,
    error: RwSignal<Option<String>>,
}

pub(crate) fn crls() -> View {
    let app = App::here();
    let page = Page {
        app,
        panel: Panel::new(Form::CRLS),
        updates: updates::Updates::new(app),
        crls: RwSignal::new(None),
        error: RwSignal::new(None),
    };
    page.panel.learn(app, Identity::Server);
    effect(move || {
        app.node_back.track();
        page.ask();
        page.updates.ask();
    });
    let empty = move || page.crls.with(|crls| crls.as_ref().is_some_and(Vec::is_empty));
    let rows = move || page.crls.get().unwrap_or_default();
    parts()
        .child(el("p").class("path").text("Maintenance › Security"))
        .child(el("h1").text("CRL management"))
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "upload-crl")
                .child(el("h2").attr("id", "upload-crl").text("Upload revocation list (CRL)"))
                .child(el("p").text("A list takes the place of the former one of its CA. One that is older than what is there is left out; so is one that no trusted CA signed, if a recognised one is there."))
                .child(upload_panel(page.panel, Some(Box::new(move |body| spawn(page.send(body)))))),
        )
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "crls")
                .child(el("h2").attr("id", "crls").text("Revocation lists"))
                .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
                .child(live_if(empty, || {
                    el("p").text("There is none: whether a certificate was revoked is not looked at.")
                }))
                .child(each(rows, |crl: &StoredCrl| crl.fingerprint.clone(), move |crl| page.row(&crl))),
        )
        .child(updates::section(page.updates, move || page.changed()))
}

impl Page {
    /// Asks the node for the lists. The page may be left before the answer comes; then there is nobody to tell.
    fn ask(self) {
        spawn(async move {
            match self.app.api.crls().await {
                Ok(answer) => {
                    set_if_new(self.error, None);
                    self.crls.set(Some(answer.crls));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
    }

    async fn send(self, body: FormData) {
        match self.app.confirmed(async || self.app.api.upload_crls(body.clone()).await).await {
            Ok(changed) => {
                self.panel.sent();
                said(self.app, &changed);
                self.changed();
            }
            Err(error) => self.panel.refused(&error),
        }
    }

    fn changed(self) {
        self.ask();
        self.app.refresh();
        // This asks for the lists too, and keeps them for offline use.
        self.panel.learn(self.app, Identity::Server);
    }

    fn row(self, crl: &StoredCrl) -> El {
        let open = RwSignal::new(false);
        let (decoded, fingerprint) = (&crl.decoded, crl.fingerprint.clone());
        let issuer = decoded.issuer.clone();
        let next = decoded.next_update.as_deref();
        let expired = next.and_then(time_text::unix).is_some_and(|next| next < time_text::now());
        let until = match next {
            None => el("span").text("for ever: it names no next update"),
            Some(next) => el("span").text("until ").child(time(next)),
        };
        let state = expired.then(|| badge(State::Refused, "Expired: its CA's certificates count as revoked"));
        el("div")
            .class("panel")
            .child(el("h3").child(untrusted(&decoded.issuer)))
            .child(
                el("p")
                    .text(format!("Revokes {}. Made ", certificates(decoded.revoked)))
                    .child(time(&decoded.this_update))
                    .text(", good ")
                    .child(until),
            )
            .children(state)
            .child(
                button(ButtonKind::Danger, move || open.set(true)).needs(Role::Operator).text("Remove revocation list"),
            )
            .child(dialog(
                open,
                || "Remove revocation list".to_owned(),
                move || self.question(open, &issuer, fingerprint.clone()),
            ))
    }

    fn question(self, open: RwSignal<bool>, issuer: &str, fingerprint: String) -> El {
        el("div")
            .class("stack")
            .child(el("p").text("What this list revokes counts as in force again: ").child(untrusted(issuer)))
            .child(choice("Remove revocation list", open, move || spawn(self.remove(open, fingerprint.clone()))))
    }

    async fn remove(self, open: RwSignal<bool>, fingerprint: String) {
        let answer = self.app.confirmed(async || self.app.api.remove_crl(&fingerprint).await).await;
        open.set(false);
        match answer {
            Ok(changed) => {
                self.app.notices.done(format!("The list was removed. {} kept now.", changed.total));
                self.changed();
            }
            Err(error) => self.app.notices.failed(error),
        }
    }
}

/// Tells what became of lists.
fn said(app: App, changed: &CrlsChanged) {
    let CrlsChanged { added, replaced, known, older, unrecognised, future, total, .. } = changed;
    app.notices.done(format!("{added} new, {replaced} replaced, {known} known already. {total} kept now."));
    let left_out = [
        (older, "a newer list of the same CA is there."),
        (unrecognised, "not recognised, while a recognised list of that name is there."),
        (future, "dated in the future, while a list of the same CA is there that is in force."),
    ];
    for (count, why) in left_out.into_iter().filter(|(count, _)| **count > 0) {
        app.notices.warn(format!("{count} left out: {why}"));
    }
}

fn certificates(count: u32) -> String {
    if count == 1 { "1 certificate".to_owned() } else { format!("{count} certificates") }
}
