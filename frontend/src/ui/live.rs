//! Parts of a view that follow signals.
//!
//! Every closure in a view has a type of its own, and with it a copy of everything that draws and redraws it. Boxed,
//! all closures of the page share one: that is worth a good part of its download.

use leptos::prelude::*;

/// A part that is drawn anew when a signal in it changes, or is not there.
pub(crate) fn live(content: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    erased(Box::new(content))
}

/// A text that follows signals.
pub(crate) fn live_text(text: impl Fn() -> String + Send + 'static) -> AnyView {
    let text: Box<dyn FnMut() -> String + Send> = Box::new(text);
    text.into_any()
}

/// A part that is there while a condition holds; it is made anew only when the condition changes.
pub(crate) fn live_if(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    content: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    conditional(Box::new(condition), Box::new(content))
}

fn conditional(condition: Box<dyn Fn() -> bool + Send + Sync>, content: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let holds = Memo::new(move |_| condition());
    erased(Box::new(move || holds.get().then(&content)))
}

fn erased(content: Box<dyn FnMut() -> Option<AnyView> + Send>) -> AnyView {
    content.into_any()
}
