//! The trusted CA list: append, look, search, delete, reset.

mod append;
mod changes;
mod list;
mod rows;
mod show_all;
mod view;
pub(super) mod what_breaks;

use std::collections::BTreeSet;
use std::sync::Arc;

use certway_wire::trust::Undo;
use leptos::prelude::*;

use crate::app::App;
use crate::dom::{View, effect, el, live, parts, set_if_new};
use crate::judge::trust_list;
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use rows::{Row, rows};

/// The list as the page holds it.
#[derive(Clone, Copy)]
struct List {
    app: App,
    /// `None` until the node has answered.
    rows: RwSignal<Option<Arc<Vec<Row>>>>,
    maximum: RwSignal<u32>,
    error: RwSignal<Option<String>>,
    /// What can be brought back.
    undo: RwSignal<Option<Undo>>,
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
            undo: RwSignal::new(None),
            chosen: RwSignal::new(BTreeSet::new()),
            viewed: RwSignal::new(None),
        }
    }

    /// Asks the node for the list. The page may be left before the answer comes; then there is nobody to tell.
    fn ask(self) {
        spawn(async move {
            match self.app.api.trusted_cas().await {
                Ok(answer) => {
                    set_if_new(self.maximum, answer.maximum);
                    set_if_new(self.error, None);
                    set_if_new(self.undo, answer.undo);
                    self.chosen.update(|chosen| {
                        chosen.retain(|one| answer.certificates.iter().any(|ca| ca.fingerprint == *one));
                    });
                    self.rows.set(Some(Arc::new(rows(answer.certificates))));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
    }

    /// Asks for everything that a change of the list may have changed.
    fn changed(self) {
        self.ask();
        self.app.refresh();
        spawn(async move {
            // What is kept for offline use is renewed; without an answer it is renewed at the next sign-in.
            let _ = trust_list::fetched(self.app.api).await;
        });
    }

    fn row(self, fingerprint: &str) -> Option<Row> {
        self.rows.with(|rows| rows.as_ref()?.iter().find(|row| row.ca.fingerprint == fingerprint).cloned())
    }
}

pub(crate) fn trusted_cas() -> View {
    let list = List::new(App::here());
    effect(move || {
        list.app.node_back.track();
        list.ask();
    });
    // The table keeps its search and its place when the list changes.
    let empty = Memo::new(move || list.rows.with(|rows| rows.as_ref().map(|rows| rows.is_empty())));
    let error = move || list.error.get().map(|error| el("p").class("field-error").text(error));
    let content = move || {
        match empty.get() {
        None if list.error.with(Option::is_some) => parts(),
        None => el("p").class("muted").attr("role", "status").text("Asking the node for the list.").into(),
        Some(true) => parts()
            .child(el("p").text("The list is empty: no certificate can be verified. Append a CA certificate above, or bring the default one back."))
            .child(changes::reset_button(list)),
        Some(false) => list::ca_list(list),
    }
    };
    parts()
        .child(el("p").class("path").text("Maintenance › Security"))
        .child(el("h1").text("Trusted CA certificate"))
        .child(what_breaks::undo(list))
        .child(append::append_panel(list))
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "list")
                .child(el("h2").attr("id", "list").text("Trusted CA list"))
                .child(el("div").attr("role", "alert").child(live(error)))
                .child(live(content)),
        )
        .child(view::view_drawer(list))
}
