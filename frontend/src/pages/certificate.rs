//! Maintenance > Security > Server certificate, and Client certificate: what is in use, what waits, and 'Upload new
//! certificate'.

mod slot;
mod csr;
mod acme;
mod dangers;
mod outcome;
mod wait;

use certway_wire::node::{CertificateStored, Certificates, CsrInProgress};
use certway_wire::users::Role;
use web_sys::FormData;

use crate::api::Identity;
use crate::app::App;
use crate::deferred::{self, Part};
use crate::dom::{El, View, el, live, live_if, parts, set_if_new};
use crate::route::{Route, page_link};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::{ButtonKind, button, spoken};
use crate::upload::{Form, Panel, upload_panel};
pub(crate) use acme::acme;
pub(crate) use csr::csr;
use dangers::{bring_back, pending_actions, reset_to_temporary};
use outcome::outcome;
use slot::{Which, slot_view};
pub(crate) use wait::wait;

/// What the page holds.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    app: App,
    identity: Identity,
    /// `None` until the node has answered.
    slots: RwSignal<Option<Certificates>>,
    error: RwSignal<Option<String>>,
    panel: Panel,
    csr: RwSignal<Option<CsrInProgress>>,
    /// What the last upload led to.
    stored: RwSignal<Option<CertificateStored>>,
    /// Whether the next upload waits for the change of the cluster's certificates.
    waits: RwSignal<bool>,
}

impl Page {
    /// Asks the node for everything that a change may have changed.
    fn ask(self) {
        spawn(async move {
            // The page may be left before the answer comes; then there is nobody to tell.
            match self.app.api.certificates(self.identity).await {
                Ok(slots) => {
                    set_if_new(self.error, None);
                    set_if_new(self.slots, Some(slots));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
        self.panel.learn(self.app, self.identity);
        spawn(async move {
            if let Ok(csr) = self.app.api.csr().await {
                set_if_new(self.csr, Some(csr));
            }
        });
    }

    fn changed(self) {
        self.app.refresh();
        self.ask();
    }

    fn upload(self, body: FormData) {
        spawn(async move {
            let api = self.app.api;
            let answer = if self.waits.get_untracked() {
                api.upload_for_change(body).await
            } else {
                api.upload_certificate(self.identity, body).await
            };
            match answer {
                Ok(stored) => self.stored(stored),
                Err(error) => self.panel.refused(&error),
            }
        });
    }

    fn copy(self) {
        spawn(async move {
            match self.app.api.copy_to_client().await {
                Ok(stored) => self.stored(stored),
                Err(error) => self.panel.refused(&error),
            }
        });
    }

    fn stored(self, stored: CertificateStored) {
        self.panel.sent();
        self.stored.set(Some(stored));
        self.changed();
    }
}

pub(crate) fn page(identity: Identity) -> View {
    let (route, form) = match identity {
        Identity::Server => (Route::ServerCertificate, Form::SERVER_CERTIFICATE),
        Identity::Client => (Route::ClientCertificate, Form::CLIENT_CERTIFICATE),
    };
    let page = Page {
        app: App::here(),
        identity,
        slots: RwSignal::new(None),
        error: RwSignal::new(None),
        panel: Panel::new(form),
        csr: RwSignal::new(None),
        stored: RwSignal::new(None),
        waits: RwSignal::new(false),
    };
    page.ask();
    let error = move || page.error.get().map(|text| spoken(&text));
    let waiting = move || page.slots.with(Option::is_none) && page.error.with(Option::is_none);
    let asking = || el("p").attr("role", "status").text("Asking the node what it has.");
    parts()
        .child(el("p").class("path muted").text("Maintenance > Security"))
        .child(el("h1").text(route.label()))
        .children((identity == Identity::Client).then(about_clients))
        .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
        .child(live_if(waiting, asking))
        .child(slot(page, Which::Active))
        .child(slot(page, Which::Pending))
        .child(outcome(page.stored, page.waits))
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "upload-title")
                .child(el("h2").attr("id", "upload-title").text("Upload new certificate"))
                .child(el("p").class("muted").text(
                    "The files are judged here, in this browser, as soon as they are in the boxes. Nothing is sent before the button is pressed.",
                ))
                .child(about_acme(page))
                .children((identity == Identity::Server).then(|| deferred::part(Part::Wait(page))))
                .child(upload_panel(page.panel, Some(Box::new(move |body| page.upload(body))))),
        )
        .children((identity == Identity::Client).then(|| copy(page)))
        .children((identity == Identity::Client).then(to_testing))
        .child(deferred::part(Part::Csr(page)))
        .children((identity == Identity::Server).then(|| deferred::part(Part::Acme(page))))
        .child(slot(page, Which::Previous))
        .child(reset_to_temporary(page))
}

/// What came from the ACME certificate service is not changed as others are.
fn about_acme(page: Page) -> View {
    let from_acme = move || {
        let is = |slots: &Certificates| slots.active.as_ref().is_some_and(|active| active.origin == "acme");
        page.identity == Identity::Server && page.slots.with(|slots| slots.as_ref().is_some_and(is))
    };
    live_if(from_acme, || {
        el("p").class("panel-note").text("The active certificate came from the ACME certificate service. The procedure for changing a server certificate does not apply to it: such certificates are signed and deployed below, and need no restart.")
    })
}

fn about_clients() -> El {
    el("p").text("The node shows this certificate where it connects to others and is asked for one. Public certificate authorities no longer issue certificates for clients (clientAuth), so it stands apart from the server certificate, and may come from your own.")
}

fn to_testing() -> El {
    el("p").text("How a server receives it: ").child(page_link(Route::ClientTesting).text(Route::ClientTesting.label()))
}

fn copy(page: Page) -> El {
    el("section")
        .class("panel")
        .attr("aria-label", "Copy")
        .child(el("p").text("The server certificate can be used here too, if it is for clients as well."))
        .child(
            el("p").class("actions").child(
                button(ButtonKind::Plain, move || page.copy())
                    .needs(Role::Operator)
                    .text("Copy server certificate as client certificate"),
            ),
        )
}

/// One slot, if there is something in it.
fn slot(page: Page, which: Which) -> View {
    let stored = Memo::new(move || page.slots.with(|slots| slots.as_ref().and_then(|slots| which.of(slots))));
    live(move || {
        stored.with(|stored| {
            let stored = stored.as_ref()?;
            let actions = match which {
                Which::Active => parts(),
                Which::Pending => pending_actions(page, stored),
                Which::Previous => bring_back(page, stored),
            };
            Some(slot_view(page.identity, which, stored, actions))
        })
    })
}
