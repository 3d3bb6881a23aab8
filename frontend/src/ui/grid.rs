//! A table of any length that keeps only the visible rows in the document, for mouse, keyboard and screen reader.
//!
//! It is one stop for the tabulator. Up, Down, Page Up, Page Down, Home and End move; Enter opens, Space ticks.

use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, KeyboardEvent};

use crate::dom::{El, View, each, effect, el, on_window};
use crate::signal::{Memo, RwSignal};

/// Rows beyond the visible ones, on either side, so that scrolling shows no gaps.
const SPARE: usize = 8;
/// Height of the sticky head, in pixels, as in the style.
const HEAD_PX: usize = 40;

/// Height of a row in pixels: two lines, or one.
const ROOMY_PX: usize = 56;
const DENSE_PX: usize = 36;

/// One column's head. A column with a `sort` key is a button that sorts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) label: &'static str,
    pub(crate) class: &'static str,
    pub(crate) sort: Option<&'static str>,
}

/// By which column the rows stand, and whether backwards.
pub(crate) type Sort = (&'static str, bool);

/// The table.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) label: &'static str,
    pub(crate) columns: &'static [Column],
    /// What names the rows, in their order.
    pub(crate) keys: Memo<Vec<String>>,
    /// Whether a row has one line instead of two.
    pub(crate) dense: RwSignal<bool>,
    pub(crate) sort: RwSignal<Sort>,
}

/// What the rows of a table do.
pub(crate) trait Rows {
    fn selected(&self, key: &str) -> bool;
    fn open(&self, key: &str);
    fn tick(&self, key: &str);
    /// The cells: elements with the role `gridcell`.
    fn cells(&self, key: &str) -> View;
}

/// What is seen of the table.
#[derive(Clone, Copy)]
struct Shown {
    top: RwSignal<usize>,
    height: RwSignal<usize>,
    /// The row that the keyboard is at.
    active: RwSignal<usize>,
}

impl Shown {
    fn measure(self, element: &Element) {
        self.top.set(usize::try_from(element.scroll_top()).unwrap_or(0));
        self.height.set(usize::try_from(element.client_height()).unwrap_or(0));
    }
}

impl Grid {
    pub(crate) fn view(self, rows: Rc<dyn Rows>) -> El {
        let Self { label, keys, sort, .. } = self;
        let shown = Shown { top: RwSignal::new(0), height: RwSignal::new(800), active: RwSignal::new(0) };
        let table = el("div");
        self.keep_measured(shown, table.element());
        let visible = Memo::new(move || {
            let (row, count) = (self.row_px(), self.count());
            let first = (shown.top.get() / row).saturating_sub(SPARE) / 4 * 4;
            (first.min(count), (first + shown.height.get() / row + 2 * SPARE + 4).min(count))
        });
        let seen = move || {
            let (first, last) = visible.get();
            keys.with(|keys| (first..last.min(keys.len())).map(|index| (index, keys[index].clone())).collect())
        };
        let name = |(index, key): &(usize, String)| format!("{index} {key}");
        let (acts, element, scrolled) = (rows.clone(), table.element(), table.element());
        let active_id = move || (self.count() > 0).then(|| row_id(shown.active.get()));
        let above = move || visible.get().0 * self.row_px();
        let below = move || (self.count() - visible.get().1.min(self.count())) * self.row_px();
        table
            .class("grid")
            .live_class("dense", move || self.dense.get())
            .attr("role", "grid")
            .attr("tabindex", "0")
            .attr("aria-label", label)
            .attr("aria-multiselectable", "true")
            .live_attr("aria-rowcount", move || Some((self.count() + 1).to_string()))
            .live_attr("aria-activedescendant", active_id)
            .live_style("--row-height", move || format!("{}px", self.row_px()))
            .on("scroll", move |_| shown.measure(&scrolled))
            .on("keydown", move |event| self.key_down(&event, shown, &element, &*acts))
            .child(head(self.columns, sort))
            .child(
                el("div")
                    .attr("role", "rowgroup")
                    .class("grid-body")
                    .live_style("padding-top", move || format!("{}px", above()))
                    .live_style("padding-bottom", move || format!("{}px", below()))
                    .child(each(seen, name, move |(index, key)| row(index, key, shown.active, rows.clone()))),
            )
    }

    fn row_px(self) -> usize {
        if self.dense.get() { DENSE_PX } else { ROOMY_PX }
    }

    fn count(self) -> usize {
        self.keys.with(Vec::len)
    }

    fn keep_measured(self, shown: Shown, element: Element) {
        let resized = element.clone();
        on_window("resize", move |_| shown.measure(&resized));
        effect(move || {
            self.dense.get();
            shown.measure(&element);
        });
        // Filtering makes the list shorter: the active row must stay one of it.
        effect(move || {
            let last = self.count().saturating_sub(1);
            if shown.active.get_untracked() > last {
                shown.active.set(last);
            }
        });
    }

    fn key_down(self, event: &Event, shown: Shown, element: &Element, rows: &dyn Rows) {
        let key = event.unchecked_ref::<KeyboardEvent>().key();
        let (row_px, count) = untrack(|| (self.row_px(), self.count()));
        let page = (shown.height.get_untracked().saturating_sub(HEAD_PX) / row_px).max(1);
        let active = shown.active.get_untracked();
        if let Some(to) = target(&key, active, page, count) {
            shown.active.set(to);
            show(element, to, row_px);
        } else if let Some(name) = self.keys.with_untracked(|keys| keys.get(active).cloned()) {
            match key.as_str() {
                "Enter" if !on_control(event) => rows.open(&name),
                " " if !on_control(event) => rows.tick(&name),
                _ => return,
            }
        } else {
            return;
        }
        event.prevent_default();
    }
}

fn row(index: usize, key: String, active: RwSignal<usize>, rows: Rc<dyn Rows>) -> El {
    let cells = rows.cells(&key);
    let (to_select, selected) = (key.clone(), rows.clone());
    el("div")
        .attr("role", "row")
        .class("grid-row")
        .attr("id", &row_id(index))
        .attr("aria-rowindex", &(index + 2).to_string())
        .live_bool("aria-selected", move || selected.selected(&to_select))
        .live_class("active", move || active.get() == index)
        .on("click", move |event| {
            active.set(index);
            if !on_control(&event) {
                rows.open(&key);
            }
        })
        .child(cells)
}

fn head(columns: &[Column], sort: RwSignal<Sort>) -> El {
    let cells = columns.iter().map(|column| {
        let cell = el("div").attr("role", "columnheader").class(column.class);
        match column.sort {
            Some(key) => sorting(cell, column.label, key, sort),
            None => cell.text(column.label),
        }
    });
    el("div")
        .attr("role", "rowgroup")
        .class("grid-head")
        .child(el("div").attr("role", "row").class("grid-row").attr("aria-rowindex", "1").children(cells))
}

/// A head whose button sorts by `key`.
fn sorting(cell: El, label: &str, key: &'static str, sort: RwSignal<Sort>) -> El {
    let order = move || match sort.get() {
        (by, false) if by == key => ("ascending", " ▲"),
        (by, true) if by == key => ("descending", " ▼"),
        _ => ("none", ""),
    };
    cell.live_attr("aria-sort", move || Some(order().0.to_owned())).child(
        el("button")
            .attr("type", "button")
            .on_press(move || sort.update(|sort| *sort = (key, sort.0 == key && !sort.1)))
            .text(label)
            .child(el("span").attr("aria-hidden", "true").live_text(move || order().1.to_owned())),
    )
}

fn row_id(index: usize) -> String {
    format!("grid-row-{index}")
}

/// Where a key moves the active row to; `None` if it does not move it.
fn target(key: &str, active: usize, page: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowDown" => Some((active + 1).min(last)),
        "ArrowUp" => Some(active.saturating_sub(1)),
        "PageDown" => Some((active + page).min(last)),
        "PageUp" => Some(active.saturating_sub(page)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// Scrolls as little as needed to show a row.
fn show(element: &Element, index: usize, row_px: usize) {
    let (begin, view) = (index * row_px, usize::try_from(element.client_height()).unwrap_or(0).saturating_sub(HEAD_PX));
    let top = usize::try_from(element.scroll_top()).unwrap_or(0);
    let to = if begin < top {
        begin
    } else if begin + row_px > top + view {
        begin + row_px - view
    } else {
        return;
    };
    element.set_scroll_top(i32::try_from(to).unwrap_or(i32::MAX));
}

/// Whether an event is about a button or box in the table, which has a use of its own for it.
fn on_control(event: &Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| element.closest("button, input, a, label").is_ok_and(|found| found.is_some()))
}
