//! Maintenance > Security > Server certificate: what is served, what waits, and 'Upload new certificate'.

mod slot;
mod dangers;
mod outcome;

use certway_wire::node::{CertificateStored, Certificates};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::FormData;

use crate::app::App;
use crate::ui::{Untrusted, live, live_if};
use crate::upload::{Form, Panel, UploadPanel};
use dangers::{BringBack, PendingActions, ResetToTemporary};
use outcome::Outcome;
use slot::{SlotView, Which};

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
        spawn_local(async move {
            // The page may be left before the answer comes; then there is nobody to tell.
            match self.app.api.server_certificate().await {
                Ok(slots) => {
                    let _ = self.error.try_set(None);
                    let _ = self.slots.try_set(Some(slots));
                }
                Err(error) => drop(self.error.try_set(Some(error.to_string()))),
            }
        });
        self.panel.learn(self.app);
    }

    fn changed(self) {
        self.app.refresh();
        self.ask();
    }

    fn upload(self, body: FormData) {
        spawn_local(async move {
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

#[component]
pub(crate) fn ServerCertificatePage() -> impl IntoView {
    let page = Page {
        app: App::here(),
        slots: RwSignal::new(None),
        error: RwSignal::new(None),
        panel: Panel::new(Form::SERVER_CERTIFICATE),
        stored: RwSignal::new(None),
    };
    page.ask();
    let error = move || page.error.get().map(|text| view! { <Untrusted text=text/> }.into_any());
    let waiting = move || page.slots.with(Option::is_none) && page.error.with(Option::is_none);
    view! {
        <p class="path muted">"Maintenance > Security"</p>
        <h1>"Server certificate"</h1>
        <p class="field-error" role="alert">{live(error)}</p>
        {live_if(waiting, || view! { <p role="status">"Asking the node what it serves."</p> }.into_any())}
        <Slots page=page which=Which::Active/>
        <Slots page=page which=Which::Pending/>
        <Outcome stored=page.stored/>
        <section class="panel" aria-labelledby="upload-title">
            <h2 id="upload-title">"Upload new certificate"</h2>
            <p class="muted">
                "The files are judged here, in this browser, as soon as they are in the boxes. Nothing is sent before the button is pressed."
            </p>
            <UploadPanel panel=page.panel on_send=Callback::new(move |body| page.upload(body))/>
        </section>
        <Slots page=page which=Which::Previous/>
        <ResetToTemporary page=page/>
    }
}

/// One slot, if there is something in it.
#[component]
fn Slots(page: Page, which: Which) -> AnyView {
    let content = move || {
        let stored = page.slots.with(|slots| slots.as_ref().and_then(|slots| which.of(slots)))?;
        let actions = match which {
            Which::Active => ().into_any(),
            Which::Pending => view! { <PendingActions page=page stored=stored.clone()/> }.into_any(),
            Which::Previous => view! { <BringBack page=page stored=stored.clone()/> }.into_any(),
        };
        Some(view! { <SlotView which=which stored=stored actions=actions/> }.into_any())
    };
    live(content)
}
