//! The log of a change: what happened, newest last, so that a second person can follow it.

use certway_wire::change::ChangeLogLine;
use leptos::prelude::*;

use super::steps::title;
use super::{Page, panel};
use crate::dom::{El, each, effect, el};
use crate::ui::{spoken, untrusted};

/// Whoever is so near to the end, in pixels, follows it.
const NEAR: i32 = 48;

pub(super) fn log(page: Page) -> El {
    let lines = page.part(|change| change.log.clone());
    // The log only grows, so its lines are told apart by their places.
    let numbered = move || lines.get().unwrap_or_default().into_iter().enumerate().collect::<Vec<_>>();
    let list =
        el("ol").class("log-lines").child(each(numbered, |(index, _)| index.to_string(), |(_, line)| drawn(&line)));
    let box_of_log =
        el("div").class("log").attr("tabindex", "0").attr("role", "log").attr("aria-label", "Log of the change");
    let (element, scrolled) = (box_of_log.element(), box_of_log.element());
    let follows = StoredValue::new(true);
    effect(move || {
        lines.with(|_| ());
        if follows.get_value() {
            element.set_scroll_top(element.scroll_height());
        }
    });
    let scroll = move |_| {
        let below = scrolled.scroll_height() - scrolled.scroll_top() - scrolled.client_height();
        follows.set_value(below < NEAR);
    };
    panel("log", "Log")
        .child(el("p").class("muted").text("Newest last; times are UTC."))
        .child(box_of_log.on("scroll", scroll).child(list))
}

fn drawn(line: &ChangeLogLine) -> El {
    let clock = line.at.get(11..19).unwrap_or(&line.at);
    let node = line.node.as_ref().map(|node| el("strong").child(untrusted(node)));
    el("li").child(el("time").attr("datetime", &line.at).attr("title", &line.at).text(clock)).child(
        el("div")
            .children(node)
            .text(" ")
            .child(spoken(&line.what))
            .child(el("div").class("muted").text(title(&line.step))),
    )
}
