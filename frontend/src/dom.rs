//! How the page is drawn.
//!
//! [`el`] makes an element of the document, its methods add what it has and what it holds, and the code of a view is
//! indented as its HTML is. What is built stands; only the parts that are said to be `live` follow signals, each with
//! an effect of Leptos' own. All closures are boxed at the border, so that whatever draws is compiled once: a page
//! costs little more than its texts (docs/decisions/0014).

mod listen;
mod live;

pub(crate) use listen::{on_window, value_of};
pub(crate) use live::{each, effect, live, live_if, live_text, set_if_new};

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use web_sys::{Element, Event, HtmlElement, Node};

use crate::language::{HUMAN, said};
use crate::signal::RwSignal;

/// An element that is being built.
#[must_use = "an element shows only where it is put"]
#[derive(Clone)]
pub(crate) struct El(Element);

/// A part of the page: an element, a text, several of them, or nothing.
#[must_use = "a view shows only where it is put"]
pub(crate) struct View(Node);

/// Begins an element.
pub(crate) fn el(tag: &str) -> El {
    // It fails only for what is not a name.
    El(document().create_element(tag).unwrap_throw())
}

/// Begins an element of a picture.
pub(crate) fn svg(tag: &str) -> El {
    // It fails only for what is not a name.
    El(document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag).unwrap_throw())
}

/// Text that stands by itself, in the language of the page.
pub(crate) fn text(text: &str) -> View {
    data(&said(text))
}

/// Text as it is: what comes out of files and from strangers has no language.
pub(crate) fn data(text: &str) -> View {
    View(document().create_text_node(text).into())
}

/// Several parts beside each other, with no element around them.
pub(crate) fn parts() -> View {
    View(document().create_document_fragment().into())
}

impl El {
    /// The element itself, for what is done to it later.
    pub(crate) fn element(&self) -> Element {
        self.0.clone()
    }

    /// The element itself, where it is used as HTML's.
    pub(crate) fn html(&self) -> HtmlElement {
        self.0.clone().unchecked_into()
    }

    pub(crate) fn class(self, names: &str) -> Self {
        self.attr("class", names)
    }

    /// An attribute. All that are used here are names, so setting one cannot fail.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        let value = if HUMAN.contains(&name) { said(value) } else { value.into() };
        let _ = self.0.set_attribute(name, &value);
        self
    }

    /// An attribute that is there or not, such as `required`.
    pub(crate) fn flag(self, name: &str, on: bool) -> Self {
        if on { self.attr(name, "") } else { self }
    }

    /// An attribute that follows signals; `None` takes it away.
    pub(crate) fn live_attr(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        live::attribute(&self.0, name, Box::new(value));
        self
    }

    /// An attribute that is 'true' or 'false', as those of ARIA are, and follows signals.
    pub(crate) fn live_bool(self, name: &'static str, value: impl Fn() -> bool + 'static) -> Self {
        live::attribute(&self.0, name, Box::new(move || Some(if value() { "true" } else { "false" }.to_owned())));
        self
    }

    /// An attribute that comes and goes with signals, such as `disabled`.
    pub(crate) fn live_flag(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        live::attribute(&self.0, name, Box::new(move || on().then(String::new)));
        self
    }

    /// A class that comes and goes with signals.
    pub(crate) fn live_class(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        live::class(&self.0, name, Box::new(on));
        self
    }

    /// A property of the style that follows signals.
    pub(crate) fn live_style(self, name: &'static str, value: impl Fn() -> String + 'static) -> Self {
        live::style(&self.html(), name, Box::new(value));
        self
    }

    /// A property of the element, such as `checked`, that follows signals.
    pub(crate) fn live_prop(self, name: &'static str, value: impl Fn() -> JsValue + 'static) -> Self {
        live::property(&self.0, name, Box::new(value));
        self
    }

    /// Does something when an event comes.
    pub(crate) fn on(self, event: &'static str, handler: impl Fn(Event) + 'static) -> Self {
        listen::listen(self.0.as_ref(), event, Box::new(handler));
        self
    }

    /// Does something when the element is pressed.
    pub(crate) fn on_press(self, handler: impl Fn() + 'static) -> Self {
        self.on("click", move |_| handler())
    }

    /// Keeps a field and a signal the same. A `select` has its options by then.
    pub(crate) fn bound(self, value: RwSignal<String>) -> Self {
        self.live_prop("value", move || value.get().into()).on("input", move |event| value.set(value_of(&event)))
    }

    /// Text inside.
    pub(crate) fn text(self, inside: impl AsRef<str>) -> Self {
        append(&self.0, &text(inside.as_ref()).0);
        self
    }

    /// Text inside that follows signals.
    pub(crate) fn live_text(self, inside: impl Fn() -> String + 'static) -> Self {
        self.child(live_text(inside))
    }

    pub(crate) fn child(self, child: impl Into<View>) -> Self {
        append(&self.0, &child.into().0);
        self
    }

    pub(crate) fn children(self, children: impl IntoIterator<Item = impl Into<View>>) -> Self {
        for child in children {
            append(&self.0, &child.into().0);
        }
        self
    }
}

impl View {
    pub(crate) fn text(self, beside: &str) -> Self {
        append(&self.0, &text(beside).0);
        self
    }

    pub(crate) fn child(self, child: impl Into<View>) -> Self {
        append(&self.0, &child.into().0);
        self
    }

    pub(crate) fn children(self, children: impl IntoIterator<Item = impl Into<View>>) -> Self {
        for child in children {
            append(&self.0, &child.into().0);
        }
        self
    }

    /// Puts it into the document, after what `parent` holds already.
    pub(crate) fn show_in(self, parent: &Node) {
        append(parent, &self.0);
    }
}

impl From<El> for View {
    fn from(element: El) -> Self {
        Self(element.0.into())
    }
}

impl<V: Into<Self>> From<Option<V>> for View {
    fn from(view: Option<V>) -> Self {
        view.map_or_else(parts, Into::into)
    }
}

/// It would fail only for a node inside itself, and what is built here is new.
fn append(parent: &Node, child: &Node) {
    let _ = parent.append_child(child);
}
