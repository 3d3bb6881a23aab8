//! System > Change of certificates: 'Changing an existing server certificate' across the cluster, planned, begun, watched and decided in.

mod choices;
mod form;
mod log;
mod nodes;
mod offer;
mod running;
mod steps;
mod times;
mod unwanted;

use certway_wire::change::{Changes, RunningChange};
use certway_wire::cluster::{Cluster, Membership};
use certway_wire::node::TrustedCa;
use leptos::prelude::*;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, parts, set_if_new};
use crate::frame::activity::Presence;
use crate::judge::trust_list;
use crate::route::{Route, page_link};
use crate::signal::{Memo, RwSignal};
use crate::task::{later, spawn};
use crate::time_text;
use crate::upload::{Known, level_of, wildcards_of};
use form::Form;

/// How long after an answer the node is asked again: while a change runs, and otherwise.
const RUNNING_MS: u32 = 1_000;
const IDLE_MS: u32 = 3_000;

/// The latest change as the node last told it, and what is wanted of the next one.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    presence: Presence,
    cluster: RwSignal<Option<Cluster>>,
    changes: RwSignal<Option<Changes>>,
    cas: RwSignal<Vec<TrustedCa>>,
    error: RwSignal<Option<String>>,
    /// The browser's clock when the node last answered.
    now: RwSignal<i64>,
    /// Nobody is at the page, so the node is not asked.
    paused: RwSignal<bool>,
    /// How many calls were made here that change something. The answer to a question from before the latest one is out of date.
    calls: RwSignal<u32>,
    /// The number of the change that has ended and is put away.
    put_away: RwSignal<u64>,
    form: Form,
}

/// What the page shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Asking,
    NotMember,
    Form,
    Change(u64),
}

pub(crate) fn change() -> View {
    let page = Page {
        app: App::here(),
        presence: expect_context(),
        cluster: RwSignal::new(None),
        changes: RwSignal::new(None),
        cas: RwSignal::new(Vec::new()),
        error: RwSignal::new(None),
        now: RwSignal::new(time_text::now()),
        paused: RwSignal::new(false),
        calls: RwSignal::new(0),
        put_away: RwSignal::new(0),
        form: Form::new(),
    };
    effect(move || {
        page.app.node_back.track();
        spawn(page.ask());
        page.learn();
    });
    page.poll();
    let shown = Memo::new(move || page.shown());
    let content = move || {
        let shown = shown.get();
        untrack(|| match shown {
            Shown::Asking => el("p").class("muted").attr("role", "status").text("Asking the node.").into(),
            Shown::NotMember => not_member().into(),
            Shown::Form => form::form(page),
            Shown::Change(_) => running::running(page),
        })
    };
    parts()
        .child(el("p").class("path").text("System"))
        .child(el("h1").text("Change of certificates"))
        .child(el("p").text("'Changing an existing server certificate' on all nodes of the cluster, one at a time. No connection is lost, TLS verification mode returns to Enforce by itself, and a node that does not recover gets its former certificate back. Private keys never leave their nodes."))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(live(content))
}

fn not_member() -> El {
    panel("no-cluster", "This node is in no cluster")
        .child(el("p").text("The change goes through all nodes of a cluster. A single node has no peers that could refuse it: upload its new certificate, and it is served from the next connection on."))
        .child(
            el("p")
                .class("actions")
                .child(page_link(Route::Clustering).text("Found or join a cluster"))
                .child(page_link(Route::ServerCertificate).text("Upload a server certificate")),
        )
}

impl Page {
    fn shown(self) -> Shown {
        let membership = self.cluster.with(|cluster| cluster.as_ref().map(|cluster| cluster.membership));
        let latest = self
            .changes
            .with(|changes| changes.as_ref().map(|changes| changes.latest.as_ref().map(|latest| latest.number)));
        match (membership, latest) {
            (Some(Membership::Alone | Membership::NotConfigured), _) => Shown::NotMember,
            (Some(Membership::Member), Some(Some(number))) if number != self.put_away.get() => Shown::Change(number),
            (Some(Membership::Member), Some(_)) => Shown::Form,
            _ => Shown::Asking,
        }
    }

    /// Asks for the change; and, while none runs, for the cluster in which one may begin.
    async fn ask(self) {
        let asked_after = self.calls.try_get_untracked();
        if !self.runs() {
            match self.app.api.cluster().await {
                Ok(cluster) => set_if_new(self.cluster, Some(cluster)),
                Err(error) => return set_if_new(self.error, Some(error.to_string())),
            }
        }
        let answer = self.app.api.changes().await;
        if self.calls.try_get_untracked() != asked_after {
            return;
        }
        match answer {
            Ok(changes) => self.show(changes),
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    /// Asks for what a change is planned on.
    fn learn(self) {
        let panel = self.form.panel;
        spawn(async move {
            // Without what is pending: that waits for the change, whatever is appended.
            let lists = trust_list::fetched(self.app.api).await.ok();
            let (wildcards, security_level) = (wildcards_of(self.app), level_of(self.app));
            let mut known = Known { wildcards, security_level, ..Known::default() };
            known.take(lists);
            panel.known.set(known);
        });
        spawn(async move {
            if let Ok(list) = self.app.api.trusted_cas().await {
                set_if_new(self.cas, list.certificates);
            }
        });
    }

    /// Asks again and again while the page is open and somebody is there.
    fn poll(self) {
        later(if self.runs() { RUNNING_MS } else { IDLE_MS }, move || {
            if self.calls.try_get_untracked().is_none() {
                return;
            }
            spawn(async move {
                let is_there = self.presence.is_there();
                set_if_new(self.paused, !is_there);
                if is_there {
                    self.ask().await;
                }
                self.poll();
            });
        });
    }

    fn runs(self) -> bool {
        let runs = |changes: &Option<Changes>| {
            changes.as_ref().and_then(|changes| changes.latest.as_ref()).is_some_and(|latest| latest.end.is_none())
        };
        self.changes.try_with_untracked(runs).unwrap_or_default()
    }

    fn show(self, changes: Changes) {
        set_if_new(self.error, None);
        set_if_new(self.now, time_text::now());
        let mark = |latest: &RunningChange| (latest.number, latest.stopped.is_some(), latest.end.is_some());
        let told = self.changes.try_with_untracked(|before| {
            before.as_ref().is_some_and(|before| before.latest.as_ref().map(mark) != changes.latest.as_ref().map(mark))
        });
        set_if_new(self.changes, Some(changes));
        if told == Some(true) {
            // There may be another alarm, or one less, and other CAs.
            self.app.refresh();
            self.learn();
        }
    }

    /// Makes a call that changes something.
    async fn call(self, call: impl AsyncFn() -> Result<Changes, ApiError>) -> Result<(), ApiError> {
        let answer = self.app.confirmed(call).await;
        self.calls.update(|calls| *calls += 1);
        self.app.refresh();
        answer.map(|changes| self.show(changes))
    }

    /// A part of the change; what follows it is drawn anew only if that part has changed.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, of: fn(&RunningChange) -> T) -> Memo<Option<T>> {
        Memo::new(move || {
            self.changes.with(|changes| changes.as_ref().and_then(|changes| changes.latest.as_ref()).map(of))
        })
    }

    /// What a CA is called: in the trusted CA list, in the file of new ones, or by the beginning of its SHA-256.
    fn ca_name(self, fingerprint: &str) -> String {
        let listed = self
            .cas
            .with_untracked(|cas| cas.iter().find(|ca| ca.fingerprint == fingerprint).map(|ca| ca.name.clone()));
        let given = || {
            self.form.panel.judgement().certificates.with_untracked(|certificates| {
                let found = certificates.iter().find(|ca| ca.fingerprint_sha256 == fingerprint)?;
                Some(found.common_name.clone().unwrap_or_else(|| found.subject.clone()))
            })
        };
        listed.or_else(given).unwrap_or_else(|| format!("SHA-256 {}", fingerprint.get(..16).unwrap_or(fingerprint)))
    }
}

fn panel(id: &str, title: &str) -> El {
    el("section").class("panel").attr("aria-labelledby", id).child(el("h2").attr("id", id).text(title))
}
