//! Parts that follow signals.

use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use web_sys::{Comment, Element, HtmlElement, Node};

use super::{El, View, append, parts};
use crate::language::{HUMAN, said};
use crate::signal::RwSignal;

/// Does something now, and again whenever a signal changes that it reads. It ends with the part of the page that is
/// being built.
fn follow(update: impl FnMut() + 'static) {
    follow_boxed(Box::new(update));
}

fn follow_boxed(mut update: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| update());
    on_cleanup(move || drop(effect));
}

/// Does something a moment later, when what is being built stands in the document, and again whenever a signal
/// changes that it reads.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

/// Sets a signal if that makes it another one: what follows it is not drawn anew for nothing. A signal that is gone
/// with its page is left alone.
pub(crate) fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}

/// A part that is drawn anew when a signal in it changes.
pub(crate) fn live<V: Into<View>>(content: impl Fn() -> V + 'static) -> View {
    live_boxed(Box::new(move || content().into()))
}

fn live_boxed(content: Box<dyn Fn() -> View>) -> View {
    let (place, view) = Place::new();
    follow(move || {
        let new = content();
        place.clear();
        place.put(&new.0);
    });
    view
}

/// A part that is there while a condition holds; it is made anew only when the condition changes.
pub(crate) fn live_if<V: Into<View>>(
    condition: impl Fn() -> bool + 'static,
    content: impl Fn() -> V + 'static,
) -> View {
    live_if_boxed(Box::new(condition), Box::new(move || content().into()))
}

fn live_if_boxed(condition: Box<dyn Fn() -> bool>, content: Box<dyn Fn() -> View>) -> View {
    let (place, view) = Place::new();
    let owner = Owner::new();
    let mut there = false;
    follow(move || {
        let wanted = condition();
        if wanted == there {
            return;
        }
        there = wanted;
        if wanted {
            place.put(&untrack(|| owner.with(&content)).0);
        } else {
            place.clear();
            owner.cleanup();
        }
    });
    view
}

/// A text that follows signals.
pub(crate) fn live_text(content: impl Fn() -> String + 'static) -> View {
    live_text_boxed(Box::new(content))
}

fn live_text_boxed(content: Box<dyn Fn() -> String>) -> View {
    let node = document().create_text_node("");
    let view = View(node.clone().into());
    follow(move || node.set_data(&said(&content())));
    view
}

/// One element for each item of a list that follows signals. `key` tells an item from all others: an element is kept
/// for as long as there is an item with its key.
pub(crate) fn each<T: 'static>(
    items: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> String + 'static,
    draw: impl Fn(T) -> El + 'static,
) -> View {
    let make = move || {
        let item = |item: T| (key(&item), Some(item));
        items().into_iter().map(item).unzip::<String, Option<T>, Vec<_>, Vec<_>>()
    };
    let mut list = List::new();
    let view = View::from(None::<El>);
    append(&view.0, &list.end);
    follow(move || {
        let (keys, mut items) = make();
        list.update(keys, &mut |index| {
            // `update` draws each index of `keys` at most once.
            draw(items.get_mut(index).and_then(Option::take).unwrap_throw())
        });
    });
    view
}

/// A row of a list, with what belongs to it.
struct Row {
    key: String,
    element: Element,
    owner: Owner,
}

struct List {
    rows: Vec<Row>,
    /// The rows stand before it.
    end: Comment,
    /// Rows outlive the run of the effect that made them, so they belong to what is around it.
    owner: Owner,
}

impl List {
    fn new() -> Self {
        Self { rows: Vec::new(), end: document().create_comment(""), owner: Owner::new() }
    }

    /// Makes the rows those of `keys`.
    fn update(&mut self, keys: Vec<String>, draw: &mut dyn FnMut(usize) -> El) {
        let kept = self.rows.iter().zip(&keys).take_while(|(row, key)| row.key == **key).count();
        let mut old = self.rows.split_off(kept);
        for (index, key) in keys.into_iter().enumerate().skip(kept) {
            let row = match old.iter().position(|row| row.key == key) {
                Some(place) => old.remove(place),
                None => self.drawn(key, index, draw),
            };
            self.rows.push(row);
        }
        for row in old {
            row.element.remove();
            row.owner.cleanup();
        }
        self.arrange(kept);
    }

    fn drawn(&self, key: String, index: usize, draw: &mut dyn FnMut(usize) -> El) -> Row {
        let owner = self.owner.child();
        let element = untrack(|| owner.with(|| draw(index))).0;
        Row { key, element, owner }
    }

    /// Moves the rows from `first` on to their places, from the last to the first.
    fn arrange(&self, first: usize) {
        let Some(parent) = self.end.parent_node() else { return };
        let mut next: Node = self.end.clone().into();
        for row in self.rows.iter().skip(first).rev() {
            if row.element.next_sibling().as_ref() != Some(&next) {
                let _ = parent.insert_before(&row.element, Some(&next));
            }
            next = row.element.clone().into();
        }
    }
}

/// Where content comes and goes: between two comments.
struct Place {
    begin: Comment,
    end: Comment,
}

impl Place {
    fn new() -> (Self, View) {
        let place = Self { begin: document().create_comment(""), end: document().create_comment("") };
        let view = parts();
        append(&view.0, &place.begin);
        append(&view.0, &place.end);
        (place, view)
    }

    fn clear(&self) {
        let Some(parent) = self.end.parent_node() else { return };
        while let Some(node) = self.begin.next_sibling().filter(|node| *node != **self.end) {
            let _ = parent.remove_child(&node);
        }
    }

    fn put(&self, content: &Node) {
        if let Some(parent) = self.end.parent_node() {
            let _ = parent.insert_before(content, Some(&self.end));
        }
    }
}

pub(super) fn attribute(element: &Element, name: &'static str, value: Box<dyn Fn() -> Option<String>>) {
    let element = element.clone();
    follow(move || {
        let _ = match value() {
            Some(value) if HUMAN.contains(&name) => element.set_attribute(name, &said(&value)),
            Some(value) => element.set_attribute(name, &value),
            None => element.remove_attribute(name),
        };
    });
}

pub(super) fn class(element: &Element, name: &'static str, on: Box<dyn Fn() -> bool>) {
    let classes = element.class_list();
    follow(move || {
        let _ = classes.toggle_with_force(name, on());
    });
}

pub(super) fn style(element: &HtmlElement, name: &'static str, value: Box<dyn Fn() -> String>) {
    let style = element.style();
    follow(move || {
        let _ = style.set_property(name, &value());
    });
}

pub(super) fn property(element: &Element, name: &'static str, value: Box<dyn Fn() -> JsValue>) {
    let element: JsValue = element.clone().unchecked_into();
    let name = JsValue::from_str(name);
    follow(move || {
        let _ = js_sys::Reflect::set(&element, &name, &value());
    });
}
