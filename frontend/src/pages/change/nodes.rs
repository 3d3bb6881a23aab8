//! The nodes in a change: what each serves, and what it is busy with.

use certway_wire::change::ChangingNode;

use super::steps::mode_name;
use super::{Page, panel};
use crate::dom::{El, View, each, el, parts};
use crate::ui::{State, badge, spoken, untrusted};

pub(super) fn nodes(page: Page) -> El {
    let rows = page.part(|change| change.nodes.clone());
    let head = ["Node", "Serves", "Mode", "Outcome", "What it does now"];
    let head = head.map(|label| el("th").attr("scope", "col").text(label));
    // One that has changed in anything is drawn anew.
    let body = each(move || rows.get().unwrap_or_default(), |node| format!("{node:?}"), |node| row(&node));
    panel("changing-nodes", "Nodes").child(
        el("div")
            .class("scroll-x")
            .attr("tabindex", "0")
            .attr("role", "group")
            .attr("aria-label", "Table of nodes")
            .child(
                el("table")
                    .class("cards")
                    .child(el("thead").child(el("tr").children(head)))
                    .child(el("tbody").child(body)),
            ),
    )
}

fn row(node: &ChangingNode) -> El {
    // On a narrow page there is no head, so each cell says what it is of.
    let cell = |label: &str, content: View| el("td").attr("data-label", label).child(content);
    let said = |(state, word): (State, &str)| parts().child(badge(state, word));
    let away = (!node.answers).then(|| badge(State::Refused, "Does not answer"));
    let serves = match node.serves.as_str() {
        "former" => (State::Plain, "Former"),
        "new" => (State::Loaded, "New"),
        _ => (State::Warning, "Former or new, not known"),
    };
    let mode = match node.mode.as_str() {
        "enforce" => State::Loaded,
        _ => State::Warning,
    };
    let outcome = match node.outcome.as_str() {
        "changed" => (State::Loaded, "Changed"),
        "returned" => (State::Warning, "Got its former one back"),
        "kept" => (State::Plain, "Kept its former one"),
        "left-out" => (State::Plain, "Left out"),
        _ => (State::Plain, "To come"),
    };
    let work = if node.work.is_empty() { el("span").class("muted").text("Nothing") } else { spoken(&node.work) };
    let troubles = node.troubles.iter().map(|trouble| el("li").child(spoken(trouble)));
    let troubles = (!node.troubles.is_empty())
        .then(|| parts().child(badge(State::Warning, "Not right yet")).child(el("ul").children(troubles)));
    el("tr")
        .child(el("th").attr("scope", "row").child(untrusted(&node.name)).text(" ").children(away))
        .child(cell("Serves", said(serves)))
        .child(cell("Mode", said((mode, mode_name(&node.mode)))))
        .child(cell("Outcome", said(outcome)))
        .child(cell("What it does now", parts().child(el("div").child(work)).children(troubles)))
}
