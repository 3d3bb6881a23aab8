//! Dialogs: the browser's own `<dialog>`, which keeps the focus inside, closes on Escape and gives the focus back.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::HtmlDialogElement;

use super::{ButtonKind, button, icon};
use crate::dom::{El, View, effect, el, live_if};
use crate::signal::RwSignal;

/// A question, or a small form, in the middle of the page. Its content is made when it opens and dropped when it closes.
pub(crate) fn dialog<V: Into<View>>(
    open: RwSignal<bool>,
    title: impl Fn() -> String + 'static,
    content: impl Fn() -> V + 'static,
) -> El {
    modal("dialog", open, Rc::new(title), Box::new(move || content().into()))
}

/// Details of one thing, at the side of the page. It closes when the page beside it is clicked.
pub(crate) fn drawer<V: Into<View>>(
    open: RwSignal<bool>,
    title: impl Fn() -> String + 'static,
    content: impl Fn() -> V + 'static,
) -> El {
    modal("dialog drawer", open, Rc::new(title), Box::new(move || content().into()))
}

/// The buttons of a dialog: back, or do it, once.
pub(crate) fn choice(label: &str, open: RwSignal<bool>, act: impl Fn() + 'static) -> El {
    let busy = RwSignal::new(false);
    let press = move || {
        busy.set(true);
        act();
    };
    el("div")
        .class("dialog-buttons")
        .child(button(ButtonKind::Plain, move || open.set(false)).flag("autofocus", true).text("Cancel"))
        .child(button(ButtonKind::Danger, press).live_flag("disabled", move || busy.get()).text(label))
}

fn modal(
    class: &'static str,
    open: RwSignal<bool>,
    title: Rc<dyn Fn() -> String>,
    content: Box<dyn Fn() -> View>,
) -> El {
    // A closed dialog has no name, so that nobody finds it who looks for what is on the page.
    let name = move || open.get().then(|| title());
    let heading = name.clone();
    let close = el("button")
        .attr("type", "button")
        .class("icon-button")
        .attr("aria-label", "Close")
        .on_press(move || open.set(false))
        .child(icon("close"));
    let dialog = el("dialog");
    let element: HtmlDialogElement = dialog.element().unchecked_into();
    effect(move || {
        if !open.get() {
            element.close();
        } else if !element.open() {
            // It fails only for a dialog that is open already or not on the page.
            let _ = element.show_modal();
        }
    });
    dialog
        .class(class)
        .live_attr("aria-label", name)
        .on("close", move |_| open.set(false))
        .on("click", move |event| {
            let on_shade = event.target().is_some_and(|target| target.has_type::<HtmlDialogElement>());
            if on_shade && class.contains("drawer") {
                open.set(false);
            }
        })
        .child(
            el("div")
                .class("dialog-box")
                .child(el("header").child(el("h2").live_text(move || heading().unwrap_or_default())).child(close))
                .child(el("div").class("dialog-content").child(live_if(move || open.get(), content))),
        )
}
