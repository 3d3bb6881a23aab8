//! etcd, where the nodes keep what they share.

use certway_wire::cluster::Plane;
use certway_wire::users::Role;
use leptos::prelude::*;

use super::{Page, THIS_LEAVES, banner, panel};
use crate::dom::{El, View, el, live, live_if, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, needed, spoken, time, untrusted};

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

pub(super) fn shared_state(page: Page) -> El {
    let plane = page.part(|cluster| cluster.plane.clone());
    let shown = move || {
        let plane = plane.get()?;
        Some(untrack(|| plane.as_ref().map_or_else(not_configured, described)))
    };
    let is_away = move || plane.get().is_some_and(|plane| plane.is_none_or(|plane| !plane.reachable));
    // What is opened stays open, whatever etcd says next.
    panel("shared-state", "Shared state (etcd)").child(live(shown)).child(live_if(is_away, move || ways_out(page)))
}

fn not_configured() -> View {
    parts().child(el("p").text("The node's configuration names no etcd any more, so it serves on from its own copy of what is shared. Start it with --cluster etcd=URL, or write [cluster] into the configuration file."))
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
    let way = move |path: &'static str, label: &'static str, says: &str, does: &'static str, done: &'static str| {
        let open = RwSignal::new(false);
        let act = move || {
            spawn(async move {
                let answer = page.change("POST", path, "").await;
                open.set(false);
                match answer {
                    Ok(()) => page.app.notices.done(done),
                    Err(error) => page.app.notices.failed(error),
                }
            });
        };
        let press = button(ButtonKind::Plain, move || open.set(true)).needs(Role::Administrator).text(label);
        let question = move || parts().child(el("p").text(does)).child(choice(label, open, act));
        parts().child(el("p").text(says)).child(el("p").class("actions").child(press)).child(dialog(
            open,
            move || label.to_owned(),
            question,
        ))
    };
    let has_etcd =
        page.cluster.with_untracked(|cluster| cluster.as_ref().is_some_and(|cluster| cluster.plane.is_some()));
    let given = has_etcd.then(|| {
        way(
            "/shared",
            "Give etcd what this node has",
            "If an empty etcd runs in its place: every node takes what this node has, so do it at the node that has the latest state, one that was running when etcd was lost.",
            "The trusted CA list, revocation lists, users and shared settings of this node take the place of those of every other node.",
            "etcd has what is shared again, as this node has it, and every node takes that.",
        )
    });
    let content = el("div").class("stack").child(needed(Role::Administrator)).children(given).child(way(
        "/leave",
        "Leave the cluster",
        "If this node is to go on alone, or join another cluster: it keeps its certificates, users, settings and trusted CA list. The other nodes are not told; remove it there when etcd is back.",
        THIS_LEAVES,
        "This node is in no cluster any more. It serves on with what it has.",
    ));
    el("details").child(el("summary").text("etcd does not come back with its data")).child(content)
}
