//! System > Clustering: the nodes, who verifies whom, the TLS verification mode, and the ways in and out.

mod begin;
mod matrix;
mod mode;
mod nodes;
mod shared_state;
mod token;

use certway_wire::cluster::{Cluster, Membership, PeerVerdict, Verdict, VerificationMode};
use leptos::prelude::*;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, parts, set_if_new};
use crate::frame::activity::Presence;
use crate::signal::{Memo, RwSignal};
use crate::task::{later, spawn};
use crate::ui::{State, badge};

/// How long after an answer the node is asked again.
const POLL_MS: u32 = 3_000;

/// What becomes of this node when it is in no cluster any more.
const THIS_LEAVES: &str = "This node leaves the cluster and is alone from then on. It keeps its copy of what is shared, its certificates and its private keys; what is changed later does not reach it. To come back it needs another join token.";

/// The cluster as the node last told it, and what is asked and changed here.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    presence: Presence,
    cluster: RwSignal<Option<Cluster>>,
    error: RwSignal<Option<String>>,
    /// How many changes were made here. The answer to a question from before the latest one is out of date.
    changes: RwSignal<u32>,
}

pub(crate) fn clustering() -> View {
    let page = Page {
        app: App::here(),
        presence: expect_context(),
        cluster: RwSignal::new(None),
        error: RwSignal::new(None),
        changes: RwSignal::new(0),
    };
    effect(move || {
        page.app.node_back.track();
        spawn(page.ask());
    });
    page.poll();
    let membership = page.part(|cluster| cluster.membership);
    let shown = move || {
        let membership = membership.get();
        untrack(|| match membership {
            None => el("p").class("muted").attr("role", "status").text("Asking the node.").into(),
            Some(Membership::NotConfigured) => begin::not_configured().into(),
            Some(Membership::Alone) => begin::alone(page).into(),
            Some(Membership::Member) => member(page),
        })
    };
    parts()
        .child(el("p").class("path").text("System"))
        .child(el("h1").text("Clustering"))
        .child(el("p").text("The nodes of a cluster have one trusted CA list, the same revocation lists, shared settings and users, and verify each other. Certificates and private keys never leave their node."))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(live(shown))
}

fn member(page: Page) -> View {
    parts()
        .child(shared_state::notice(page))
        .child(mode::notice(page))
        .child(nodes::nodes(page))
        .child(matrix::matrix(page))
        .child(mode::mode(page))
        .child(token::join_token(page))
        .child(shared_state::shared_state(page))
}

impl Page {
    async fn ask(self) {
        let asked_after = self.changes.try_get_untracked();
        let answer = self.app.api.cluster().await;
        if self.changes.try_get_untracked() != asked_after {
            return;
        }
        match answer {
            Ok(cluster) => self.show(cluster),
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    /// Asks again and again while the page is open and somebody is there.
    fn poll(self) {
        later(POLL_MS, move || {
            if self.changes.try_get_untracked().is_none() {
                return;
            }
            spawn(async move {
                if self.presence.is_there() {
                    self.ask().await;
                }
                self.poll();
            });
        });
    }

    fn show(self, cluster: Cluster) {
        set_if_new(self.error, None);
        set_if_new(self.cluster, Some(cluster));
    }

    /// Makes a change: `method` and path below `/cluster`, with the fields as JSON.
    async fn change(self, method: &'static str, path: &str, json: &str) -> Result<(), ApiError> {
        let api = self.app.api;
        let answer = self.app.confirmed(async || api.change_cluster(method, path, json).await).await;
        self.changes.update(|changes| *changes += 1);
        self.app.refresh();
        answer.map(|cluster| self.show(cluster))
    }

    /// A part of what the node told; what follows it is drawn anew only if that part has changed.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, of: fn(&Cluster) -> T) -> Memo<Option<T>> {
        Memo::new(move || self.cluster.with(|cluster| cluster.as_ref().map(of)))
    }
}

fn panel(id: &str, title: &str) -> El {
    el("section").class("panel").attr("aria-labelledby", id).child(el("h2").attr("id", id).text(title))
}

/// What is so for as long as it stands.
fn banner(word: &str, says: &str) -> El {
    el("div").class("banner warning").child(badge(State::Warning, word)).child(el("p").text(says))
}

fn command(line: &str) -> El {
    el("pre").class("pem").attr("tabindex", "0").child(el("code").text(line))
}

fn mode_name(mode: VerificationMode) -> &'static str {
    match mode {
        VerificationMode::Permissive => "Permissive",
        VerificationMode::Enforce => "Enforce",
    }
}

fn failing(verdicts: &[PeerVerdict]) -> usize {
    verdicts.iter().filter(|verdict| verdict.verdict == Verdict::Fails).count()
}
