//! Events.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget, HtmlInputElement};

/// A handler in use. It ends with the part of the page that it belongs to.
struct Listener {
    target: EventTarget,
    event: &'static str,
    handler: Closure<dyn Fn(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let handler = self.handler.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, handler);
    }
}

/// Does something when an event comes to the window, for as long as the part of the page that is being built stands.
pub(crate) fn on_window(event: &'static str, handler: impl Fn(Event) + 'static) {
    listen(window().as_ref(), event, Box::new(handler));
}

/// What stands in the field that an event is about.
pub(crate) fn value_of(event: &Event) -> String {
    // Text areas and selects have the property as well.
    event.target().map(|field| field.unchecked_into::<HtmlInputElement>().value()).unwrap_or_default()
}

pub(super) fn listen(target: &EventTarget, event: &'static str, handler: Box<dyn Fn(Event)>) {
    let handler = Closure::wrap(handler);
    let _ = target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
    let listener = Listener { target: target.clone(), event, handler };
    // It is kept by the owner that builds, and dropped with all that belongs to it.
    let _kept = StoredValue::new_local(listener);
}
