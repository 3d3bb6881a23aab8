//! etcd, where the nodes keep what they share.

use certway_wire::cluster::Plane;
use certway_wire::users::Role;
use leptos::prelude::*;

use super::{Page, banner, panel};
use crate::dom::{El, View, el, live, live_if, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, error_line, needed, spoken, time, untrusted};

/// What stands above everything while etcd is away.
pub(super) fn notice(page: Page) -> El {
    let away = page.part(|cluster| cluster.plane.clone().filter(|plane| !plane.reachable).map(|plane| plane.since));
    let shown = move || {
        let since = time_text::written(&away.get().flatten()?);
        Some(banner(
            "etcd away",
            &format!(
                "etcd has not answered since {since}. Every node serves on from its own copy; what is shared cannot be changed."
            ),
        ))
    };
    el("div").class("banners").attr("role", "status").child(live(shown))
}

pub(super) fn shared_state(page: Page) -> View {
    let plane = page.part(|cluster| cluster.plane.clone());
    let is = move |so: fn(&Plane) -> bool| plane.get().flatten().is_some_and(|plane| so(&plane));
    let shown = move || plane.get().flatten().map(|plane| untrack(|| described(&plane)));
    // What is opened stays open, whatever etcd says next.
    let content = move || {
        panel("shared-state", "Shared state (etcd)")
            .child(live(shown))
            .child(live_if(move || is(|plane| !plane.reachable), move || ways_out(page)))
    };
    live_if(move || is(|_| true), content)
}

fn described(plane: &Plane) -> View {
    let (state, word, means) = if plane.reachable {
        (
            State::Loaded,
            "Reachable",
            "Every node keeps a copy of what is shared there, and takes a change of it over, usually within a second.",
        )
    } else {
        (
            State::Warning,
            "Away",
            "Every node serves on from its own copy, with the TLS verification mode that it has. What is shared cannot be changed, no node can join, and who is alive is not known until etcd is back.",
        )
    };
    let endpoints = plane.endpoints.iter().map(|endpoint| el("li").child(el("code").child(untrusted(endpoint))));
    let message =
        plane.message.as_ref().map(|message| el("p").child(el("strong").text("It says: ")).child(spoken(message)));
    parts()
        .child(el("p").child(badge(state, word)).text(" since ").child(time(&plane.since)))
        .children(message)
        .child(el("p").text(means))
        .child(
            el("dl").class("facts").child(
                el("div")
                    .child(el("dt").text("Endpoints"))
                    .child(el("dd").child(el("ul").class("names").children(endpoints))),
            ),
        )
}

/// What is left to do if etcd does not come back with its data.
fn ways_out(page: Page) -> El {
    let (busy, error) = (RwSignal::new(false), RwSignal::new(String::new()));
    let way = move |path: &'static str, label: &str, done: &'static str, says: &str| {
        let press = move || {
            busy.set(true);
            spawn(async move {
                match page.change("POST", path, "").await {
                    Ok(()) => page.app.notices.done(done),
                    Err(refusal) => error.set(refusal.to_string()),
                }
                busy.set(false);
            });
        };
        let press = button(ButtonKind::Plain, press)
            .needs(Role::Administrator)
            .live_flag("disabled", move || busy.get())
            .text(label);
        parts().child(el("p").text(says)).child(el("p").class("actions").child(press))
    };
    let content = el("div")
        .class("stack")
        .child(needed(Role::Administrator))
        .child(way(
            "/shared",
            "Give etcd what this node has",
            "etcd has what is shared again, as this node has it, and every node takes that.",
            "If an empty etcd runs in its place: every node takes what this node has, so do it at the node that has the latest state, one that was running when etcd was lost.",
        ))
        .child(way(
            "/leave",
            "Leave the cluster",
            "This node is in no cluster any more. It serves on with what it has.",
            "If this node is to go on alone, or join another cluster: it keeps its certificates, users, settings and trusted CA list. The other nodes are not told; remove it there when etcd is back.",
        ))
        .child(error_line(error));
    el("details").child(el("summary").text("etcd does not come back with its data")).child(content)
}
