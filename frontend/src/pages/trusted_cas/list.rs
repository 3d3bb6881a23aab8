//! The table, and what stands above it.

use leptos::prelude::*;

use super::List;
use super::changes::{DeleteButton, ResetButton};
use super::rows::{Filter, Row, shown};
use super::show_all::{ShowAllDecoded, ShowAllPem};
use crate::time_text;
use crate::ui::{Badge, Column, Grid, Sort, State, TimeText, Untrusted, live_if, live_text, validity_state};

/// Height of a row in pixels: two lines, or one.
const ROOMY_PX: usize = 56;
const DENSE_PX: usize = 36;

const COLUMNS: [Column; 6] = [
    Column { label: "Chosen", class: "pick", sort: None },
    Column { label: "Name", class: "name", sort: Some("name") },
    Column { label: "Issuer", class: "issuer", sort: Some("issuer") },
    Column { label: "Valid until", class: "ends", sort: Some("ends") },
    Column { label: "Key", class: "key", sort: Some("key") },
    Column { label: "Details", class: "details", sort: None },
];

#[component]
pub(super) fn CaList(list: List) -> AnyView {
    let search = RwSignal::new(String::new());
    let filter = RwSignal::new(Filter::All);
    let sort = RwSignal::new(("", false) as Sort);
    let dense = RwSignal::new(false);
    let keys = Memo::new(move |_| {
        let (search, filter, sort) = (search.get(), filter.get(), sort.get());
        list.rows.with(|rows| {
            rows.as_ref().map_or_else(Vec::new, |rows| shown(rows, &search, filter, sort, time_text::now()))
        })
    });
    view! {
        <div class="toolbar">
            <label class="search">
                <span class="sr-only">"Search the list"</span>
                <input type="search" placeholder="Search name, issuer, key, fingerprint" bind:value=search/>
            </label>
            <Filters list=list filter=filter/>
            <label class="check"><input type="checkbox" bind:checked=dense/> "Dense"</label>
        </div>
        <div class="toolbar">
            <span class="count" role="status">{live_text(move || count_text(list, keys.with(Vec::len)))}</span>
            <button type="button" class="button small" on:click=move |_| list.chosen.update(|chosen| chosen.extend(keys.get_untracked()))>
                "Choose all shown"
            </button>
            <button
                type="button"
                class="button small"
                disabled=move || list.chosen.with(|chosen| chosen.is_empty())
                on:click=move |_| list.chosen.update(|chosen| chosen.clear())
            >
                "Choose none"
            </button>
            <span class="space"></span>
            <DeleteButton list=list/>
        </div>
        <Grid
            label="Trusted CA certificates"
            columns=COLUMNS.to_vec()
            keys=keys
            row_px=Signal::derive(move || if dense.get() { DENSE_PX } else { ROOMY_PX })
            sort=sort
            selected=move |key: String| list.chosen.with(|chosen| chosen.contains(&key))
            on_open=move |key: String| list.viewed.set(Some(key))
            on_tick=move |key: String| tick(list, key)
            row=move |key: String| cells(list, key)
        />
        {live_if(move || keys.with(Vec::is_empty), || view! {
            <p class="muted">"No CA certificate matches. Search for less, or choose the filter All."</p>
        }.into_any())}
        <div class="toolbar">
            <ShowAllDecoded list=list/>
            <ShowAllPem list=list/>
            <a class="button" href="/api/v1/trusted-cas.pem" download="trusted-cas.pem">"Download (PEM file)"</a>
            <span class="space"></span>
            <ResetButton list=list/>
        </div>
    }
    .into_any()
}

/// The filters, each with how many it would leave.
#[component]
fn Filters(list: List, filter: RwSignal<Filter>) -> AnyView {
    let choices = Filter::ALL.map(|choice| {
        let count = move || {
            let now = time_text::now();
            list.rows
                .with(|rows| rows.as_ref().map_or(0, |rows| rows.iter().filter(|row| row.is(choice, now)).count()))
                .to_string()
        };
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || (filter.get() == choice).to_string()
                on:click=move |_| filter.set(choice)
            >
                {choice.label()} " " <span class="number">{live_text(count)}</span>
            </button>
        }
    });
    view! { <div class="chips" role="group" aria-label="Filter">{choices.into_iter().collect_view()}</div> }.into_any()
}

fn count_text(list: List, shown: usize) -> String {
    let total = list.rows.with(|rows| rows.as_ref().map_or(0, |rows| rows.len()));
    let chosen = list.chosen.with(|chosen| chosen.len());
    let mut text = format!("{total} of {}", list.maximum.get());
    if shown < total {
        text.push_str(&format!(", {shown} shown"));
    }
    if chosen > 0 {
        text.push_str(&format!(", {chosen} chosen"));
    }
    text
}

fn tick(list: List, key: String) {
    list.chosen.update(|chosen| {
        if !chosen.remove(&key) {
            chosen.insert(key);
        }
    });
}

fn cells(list: List, key: String) -> AnyView {
    let Some(Row { ca, same_name, .. }) = list.row(&key) else { return ().into_any() };
    let (state, word) = validity_state(&ca.not_before, &ca.not_after);
    let marks = [
        (state != State::Loaded).then_some((state, word)),
        ca.weak.then_some((State::Warning, "Weak")),
        same_name.then_some((State::Advice, "Same name")),
        (!ca.root).then_some((State::Plain, "Intermediate")),
        ca.in_use.then_some((State::Loaded, "In use")),
    ];
    let marks =
        marks.into_iter().flatten().map(|(state, word)| view! { <Badge state=state word=word/> }).collect_view();
    let issuer = if ca.root { "Self-signed".to_owned() } else { ca.issuer };
    let (ticked, to_tick, to_view) = (key.clone(), key.clone(), key);
    let checked = Memo::new(move |_| list.chosen.with(|chosen| chosen.contains(&ticked)));
    view! {
        <div role="gridcell" class="pick">
            <label>
                <input
                    type="checkbox"
                    tabindex="-1"
                    aria-label=format!("Choose {}", crate::ui::visible(&ca.name))
                    prop:checked=checked
                    on:change=move |_| tick(list, to_tick.clone())
                />
            </label>
        </div>
        <div role="gridcell" class="name">
            <strong class="cell-line"><Untrusted text=ca.name/></strong>
            <span class="cell-line second">{marks}<span class="subject"><Untrusted text=ca.subject/></span></span>
        </div>
        <div role="gridcell" class="issuer"><span class="cell-line"><Untrusted text=issuer/></span></div>
        <div role="gridcell" class="ends"><TimeText at=ca.not_after/></div>
        <div role="gridcell" class="key">{ca.key}</div>
        <div role="gridcell" class="details">
            <button type="button" class="button small" tabindex="-1" on:click=move |_| list.viewed.set(Some(to_view.clone()))>
                "View (decoded)"
            </button>
        </div>
    }
    .into_any()
}
