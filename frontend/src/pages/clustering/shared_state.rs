//! etcd, where the nodes keep what they share.

use certway_wire::cluster::Plane;
use leptos::prelude::*;

use super::{Page, banner, panel};
use crate::dom::{El, View, el, live};
use crate::time_text;
use crate::ui::{State, badge, spoken, time, untrusted};

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
    live(move || plane.get().flatten().map(|plane| untrack(|| described(&plane))))
}

fn described(plane: &Plane) -> El {
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
    panel("shared-state", "Shared state (etcd)")
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
