//! What stands around every page: the top bar, the rail, banners and messages.

pub(crate) mod activity;
mod banners;
pub(crate) mod confirm;
pub(crate) mod notices;
mod rail;
mod top_bar;

use leptos::prelude::*;

use crate::app::App;
use crate::dom::{View, effect, el, parts};
use crate::language::said;
use crate::signal::RwSignal;

/// The frame with the page in it.
pub(crate) fn frame(page: View) -> View {
    let app = App::here();
    let rail_open = RwSignal::new(false);
    let main = el("main");
    let element = main.html();
    effect(move || {
        let node = app.node_name().map_or_else(String::new, |name| format!(" - {name}"));
        document().set_title(&format!("{} - Certway{node}", said(app.router.current().label())));
    });
    // A screen reader is told of a new page by the focus on it. The first page comes by itself.
    let mut before = None;
    effect(move || {
        let route = app.router.current();
        rail_open.set(false);
        if before.is_some_and(|before| before != route) {
            app.notices.clear();
            // It fails only if the element is not on the page, and then there is nothing to focus.
            let _ = element.focus();
        }
        before = Some(route);
    });
    parts()
        .child(el("a").class("skip").attr("href", "#main").text("Skip to the page"))
        .child(top_bar::top_bar(rail_open))
        .child(
            el("div").class("body").child(rail::rail(rail_open)).child(
                main.attr("id", "main")
                    .attr("tabindex", "-1")
                    .child(banners::banners())
                    .child(notices::notice_list())
                    .child(page),
            ),
        )
        .child(confirm::confirm_dialog())
}
