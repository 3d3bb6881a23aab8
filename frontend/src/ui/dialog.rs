//! Dialogs: the browser's own `<dialog>`, which keeps the focus inside, closes on Escape and gives the focus back.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::{Icon, live, live_text};

/// A question, or a small form, in the middle of the page. Its content is made when it opens and dropped when it closes.
#[component]
pub(crate) fn Dialog(open: RwSignal<bool>, #[prop(into)] title: Signal<String>, children: ChildrenFn) -> AnyView {
    modal("dialog", open, title, children)
}

/// Details of one thing, at the side of the page. It closes when the page beside it is clicked.
#[component]
pub(crate) fn Drawer(open: RwSignal<bool>, #[prop(into)] title: Signal<String>, children: ChildrenFn) -> AnyView {
    modal("dialog drawer", open, title, children)
}

fn modal(class: &'static str, open: RwSignal<bool>, title: Signal<String>, children: ChildrenFn) -> AnyView {
    let element = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            // It fails only for a dialog that is open already or not on the page.
            let _ = dialog.show_modal();
        }
    });
    let beside = move |event: web_sys::MouseEvent| {
        let on_shade = event.target().is_some_and(|target| target.dyn_ref::<web_sys::HtmlDialogElement>().is_some());
        if on_shade && class.contains("drawer") {
            open.set(false);
        }
    };
    // A closed dialog has no name, so that nobody finds it who looks for what is on the page.
    let label = move || open.get().then(|| title.get());
    view! {
        <dialog class=class node_ref=element aria-label=label on:close=move |_| open.set(false) on:click=beside>
            <div class="dialog-box">
                <header>
                    <h2>{live_text(move || label().unwrap_or_default())}</h2>
                    <button type="button" class="icon-button" aria-label="Close" on:click=move |_| open.set(false)>
                        <Icon name="close"/>
                    </button>
                </header>
                <div class="dialog-content">
                    {live(move || open.get().then(|| children()))}
                </div>
            </div>
        </dialog>
    }
    .into_any()
}
