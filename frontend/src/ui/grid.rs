//! A table of any length that keeps only the visible rows in the document, for mouse, keyboard and screen reader.
//!
//! It is one stop for the tabulator. Up, Down, Page Up, Page Down, Home and End move; Enter opens, Space ticks.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::live_text;

/// Rows beyond the visible ones, on either side, so that scrolling shows no gaps.
const SPARE: usize = 8;
/// Height of the sticky head, in pixels, as in the style.
const HEAD_PX: usize = 40;

/// Rows of less than this have one line.
const TWO_LINES_PX: usize = 48;

/// One column's head. A column with a `sort` key is a button that sorts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) label: &'static str,
    pub(crate) class: &'static str,
    pub(crate) sort: Option<&'static str>,
}

/// By which column the rows stand, and whether backwards.
pub(crate) type Sort = (&'static str, bool);

/// The table. `row` makes the cells (elements with the role `gridcell`) of the row with a given key.
#[component]
pub(crate) fn Grid(
    label: &'static str,
    columns: Vec<Column>,
    #[prop(into)] keys: Signal<Vec<String>>,
    #[prop(into)] row_px: Signal<usize>,
    sort: RwSignal<Sort>,
    #[prop(into)] selected: Callback<(String,), bool>,
    #[prop(into)] on_open: Callback<(String,)>,
    #[prop(into)] on_tick: Callback<(String,)>,
    #[prop(into)] row: Callback<(String,), AnyView>,
) -> AnyView {
    let element = NodeRef::<leptos::html::Div>::new();
    let top = RwSignal::new(0_usize);
    let height = RwSignal::new(800_usize);
    let active = RwSignal::new(0_usize);
    let measure = move || {
        if let Some(element) = element.get_untracked() {
            top.set(usize::try_from(element.scroll_top()).unwrap_or(0));
            height.set(usize::try_from(element.client_height()).unwrap_or(0));
        }
    };
    Effect::new(move |_| {
        element.track();
        row_px.track();
        measure();
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    // Filtering makes the list shorter: the active row must stay one of it.
    Effect::new(move |_| {
        let last = keys.with(Vec::len).saturating_sub(1);
        if active.get_untracked() > last {
            active.set(last);
        }
    });
    let count = move || keys.with(Vec::len);
    let visible = Memo::new(move |_| {
        let (row, count) = (row_px.get(), count());
        let first = (top.get() / row).saturating_sub(SPARE) / 4 * 4;
        (first.min(count), (first + height.get() / row + 2 * SPARE + 4).min(count))
    });
    let rows = move || {
        let (first, last) = visible.get();
        keys.with(|keys| (first..last.min(keys.len())).map(|index| (index, keys[index].clone())).collect::<Vec<_>>())
    };
    let key_down = move |event: KeyboardEvent| {
        let page = (height.get_untracked().saturating_sub(HEAD_PX) / row_px.get_untracked()).max(1);
        if let Some(to) = target(&event, active.get_untracked(), page, count()) {
            active.set(to);
            if let Some(element) = element.get_untracked() {
                show(&element, to, row_px.get_untracked());
            }
        } else if let Some(key) = keys.with_untracked(|keys| keys.get(active.get_untracked()).cloned()) {
            match event.key().as_str() {
                "Enter" if !on_control(&event) => on_open.run((key,)),
                " " if !on_control(&event) => on_tick.run((key,)),
                _ => return,
            }
        } else {
            return;
        }
        event.prevent_default();
    };
    let acts = Acts { selected, on_open, row };
    view! {
        <div
            class="grid"
            class:dense=move || row_px.get() < TWO_LINES_PX
            role="grid"
            tabindex="0"
            aria-label=label
            aria-multiselectable="true"
            aria-rowcount=move || count() + 1
            aria-activedescendant=move || (count() > 0).then(|| row_id(active.get()))
            node_ref=element
            style:--row-height=move || format!("{}px", row_px.get())
            on:scroll=move |_| measure()
            on:keydown=key_down
        >
            <Head columns=columns sort=sort/>
            <div
                role="rowgroup"
                class="grid-body"
                style:padding-top=move || format!("{}px", visible.get().0 * row_px.get())
                style:padding-bottom=move || format!("{}px", (count() - visible.get().1.min(count())) * row_px.get())
            >
                <For each=rows key=|item| item.clone() let((index, key))>
                    {grid_row(index, key, active, acts)}
                </For>
            </div>
        </div>
    }
    .into_any()
}

/// What a row does.
#[derive(Clone, Copy)]
struct Acts {
    selected: Callback<(String,), bool>,
    on_open: Callback<(String,)>,
    row: Callback<(String,), AnyView>,
}

fn grid_row(index: usize, key: String, active: RwSignal<usize>, acts: Acts) -> AnyView {
    let (to_select, to_open) = (key.clone(), key.clone());
    let press = move |event: web_sys::MouseEvent| {
        active.set(index);
        if !on_control(&event) {
            acts.on_open.run((to_open.clone(),));
        }
    };
    view! {
        <div
            role="row"
            class="grid-row"
            id=row_id(index)
            aria-rowindex=index + 2
            aria-selected=move || acts.selected.run((to_select.clone(),)).to_string()
            class:active=move || active.get() == index
            on:click=press
        >
            {acts.row.run((key,))}
        </div>
    }
    .into_any()
}

#[component]
fn Head(columns: Vec<Column>, sort: RwSignal<Sort>) -> AnyView {
    let cells = columns
        .into_iter()
        .map(|column| {
            let Some(key) = column.sort else {
                return view! { <div role="columnheader" class=column.class>{column.label}</div> }.into_any();
            };
            let order = move || match sort.get() {
                (by, false) if by == key => "ascending",
                (by, true) if by == key => "descending",
                _ => "none",
            };
            let press = move |_| sort.update(|sort| *sort = (key, sort.0 == key && !sort.1));
            let arrow = move || match order() {
                "ascending" => " ▲".to_owned(),
                "descending" => " ▼".to_owned(),
                _ => String::new(),
            };
            view! {
                <div role="columnheader" class=column.class aria-sort=order>
                    <button type="button" on:click=press>{column.label}<span aria-hidden="true">{live_text(arrow)}</span></button>
                </div>
            }
            .into_any()
        })
        .collect_view();
    view! { <div role="rowgroup" class="grid-head"><div role="row" class="grid-row" aria-rowindex="1">{cells}</div></div> }
        .into_any()
}

fn row_id(index: usize) -> String {
    format!("grid-row-{index}")
}

/// Where a key moves the active row to; `None` if it does not move it.
fn target(event: &KeyboardEvent, active: usize, page: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match event.key().as_str() {
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
fn show(element: &web_sys::Element, index: usize, row_px: usize) {
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
fn on_control(event: &web_sys::Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.closest("button, input, a, label").is_ok_and(|found| found.is_some()))
}
