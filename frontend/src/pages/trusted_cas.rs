//! The trusted CA list: append, look, search, delete, reset.

mod append;
mod changes;
mod list;
mod rows;
mod show_all;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::App;
use crate::judge::trust_list;
use crate::ui::live;
use rows::{Row, rows};

/// The list as the page holds it.
#[derive(Clone, Copy)]
struct List {
    app: App,
    /// `None` until the node has answered.
    rows: RwSignal<Option<Arc<Vec<Row>>>>,
    maximum: RwSignal<u32>,
    error: RwSignal<Option<String>>,
    /// Fingerprints of the ticked rows.
    chosen: RwSignal<BTreeSet<String>>,
    /// Fingerprint of the row whose details are shown.
    viewed: RwSignal<Option<String>>,
}

impl List {
    fn new(app: App) -> Self {
        Self {
            app,
            rows: RwSignal::new(None),
            maximum: RwSignal::new(1000),
            error: RwSignal::new(None),
            chosen: RwSignal::new(BTreeSet::new()),
            viewed: RwSignal::new(None),
        }
    }

    /// Asks the node for the list. The page may be left before the answer comes; then there is nobody to tell.
    fn ask(self) {
        spawn_local(async move {
            match self.app.api.trusted_cas().await {
                Ok(answer) => {
                    let _ = self.maximum.try_set(answer.maximum);
                    let _ = self.error.try_set(None);
                    let _ = self.chosen.try_update(|chosen| {
                        chosen.retain(|one| answer.certificates.iter().any(|ca| ca.fingerprint == *one));
                    });
                    let _ = self.rows.try_set(Some(Arc::new(rows(answer.certificates))));
                }
                Err(error) => drop(self.error.try_set(Some(error.to_string()))),
            }
        });
    }

    /// Asks for everything that a change of the list may have changed.
    fn changed(self) {
        self.ask();
        self.app.refresh();
        spawn_local(async move {
            // What is kept for offline use is renewed; without an answer it is renewed at the next sign-in.
            let _ = trust_list::fetched(self.app.api).await;
        });
    }

    fn row(self, fingerprint: &str) -> Option<Row> {
        self.rows.with(|rows| rows.as_ref()?.iter().find(|row| row.ca.fingerprint == fingerprint).cloned())
    }
}

#[component]
pub(crate) fn TrustedCasPage() -> impl IntoView {
    let list = List::new(App::here());
    Effect::new(move |_| {
        list.app.node_back.track();
        list.ask();
    });
    // The table keeps its search and its place when the list changes.
    let empty = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().map(|rows| rows.is_empty())));
    view! {
        <p class="path">"Maintenance › Security"</p>
        <h1>"Trusted CA certificate"</h1>
        <append::AppendPanel list=list/>
        <section class="panel" aria-labelledby="list">
            <h2 id="list">"Trusted CA list"</h2>
            <div role="alert">{live(move || list.error.get().map(|error| view! { <p class="field-error">{error}</p> }.into_any()))}</div>
            {live(move || Some(match empty.get() {
                    None if list.error.get().is_some() => ().into_any(),
                    None => view! { <p class="muted" role="status">"Asking the node for the list."</p> }.into_any(),
                    Some(true) => view! {
                        <p>"The list is empty: no certificate can be verified. Append a CA certificate above, or bring the default one back."</p>
                        <changes::ResetButton list=list/>
                    }.into_any(),
                    Some(false) => view! { <list::CaList list=list/> }.into_any(),
            }))}
        </section>
        <view::ViewDrawer list=list/>
    }
}
