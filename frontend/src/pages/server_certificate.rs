//! Maintenance > Security > Server certificate: what is served, what waits, and 'Upload new certificate'.

mod slot;
mod dangers;
mod outcome;

use certway_wire::node::{CertificateStored, Certificates};
use web_sys::FormData;

use crate::app::App;
use crate::dom::{View, el, live, live_if, parts, set_if_new};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::untrusted;
use crate::upload::{Form, Panel, upload_panel};
use dangers::{bring_back, pending_actions, reset_to_temporary};
use outcome::outcome;
use slot::{Which, slot_view};

/// What the page holds.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    /// `None` until the node has answered.
    slots: RwSignal<Option<Certificates>>,
    error: RwSignal<Option<String>>,
    panel: Panel,
    /// What the last upload led to.
    stored: RwSignal<Option<CertificateStored>>,
}

impl Page {
    /// Asks the node for everything that a change may have changed.
    fn ask(self) {
        spawn(async move {
            // The page may be left before the answer comes; then there is nobody to tell.
            match self.app.api.server_certificate().await {
                Ok(slots) => {
                    set_if_new(self.error, None);
                    set_if_new(self.slots, Some(slots));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
        self.panel.learn(self.app);
    }

    fn changed(self) {
        self.app.refresh();
        self.ask();
    }

    fn upload(self, body: FormData) {
        spawn(async move {
            match self.app.api.upload_server_certificate(body).await {
                Ok(stored) => {
                    self.panel.sent();
                    self.stored.set(Some(stored));
                    self.changed();
                }
                Err(error) => self.panel.refused(&error),
            }
        });
    }
}

pub(crate) fn server_certificate() -> View {
    let page = Page {
        app: App::here(),
        slots: RwSignal::new(None),
        error: RwSignal::new(None),
        panel: Panel::new(Form::SERVER_CERTIFICATE),
        stored: RwSignal::new(None),
    };
    page.ask();
    let error = move || page.error.get().map(|text| untrusted(&text));
    let waiting = move || page.slots.with(Option::is_none) && page.error.with(Option::is_none);
    let asking = || el("p").attr("role", "status").text("Asking the node what it serves.");
    parts()
        .child(el("p").class("path muted").text("Maintenance > Security"))
        .child(el("h1").text("Server certificate"))
        .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
        .child(live_if(waiting, asking))
        .child(slot(page, Which::Active))
        .child(slot(page, Which::Pending))
        .child(outcome(page.stored))
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "upload-title")
                .child(el("h2").attr("id", "upload-title").text("Upload new certificate"))
                .child(el("p").class("muted").text(
                    "The files are judged here, in this browser, as soon as they are in the boxes. Nothing is sent before the button is pressed.",
                ))
                .child(upload_panel(page.panel, Some(Box::new(move |body| page.upload(body))))),
        )
        .child(slot(page, Which::Previous))
        .child(reset_to_temporary(page))
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
            Some(slot_view(which, stored, actions))
        })
    })
}
