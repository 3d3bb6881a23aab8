//! The table, and what stands above it.

use std::rc::Rc;

use super::List;
use super::changes::{delete_button, reset_button};
use super::rows::{Filter, Row, shown};
use super::show_all::{show_all_decoded, show_all_pem};
use crate::app::App;
use crate::dom::{El, View, el, live_if, parts};
use crate::language::named;
use crate::signal::{Memo, RwSignal};
use crate::time_text;
use crate::ui::{Column, Grid, Rows, Sort, State, badge, time, untrusted, validity_state};

const COLUMNS: &[Column] = &[
    Column { label: "Chosen", class: "pick", sort: None },
    Column { label: "Name", class: "name", sort: Some("name") },
    Column { label: "Issuer", class: "issuer", sort: Some("issuer") },
    Column { label: "Valid until", class: "ends", sort: Some("ends") },
    Column { label: "Key", class: "key", sort: Some("key") },
    Column { label: "Details", class: "details", sort: None },
];

pub(super) fn ca_list(list: List) -> View {
    let search = RwSignal::new(String::new());
    let filter = RwSignal::new(Filter::All);
    let sort = RwSignal::new(("", false) as Sort);
    let dense = RwSignal::new(false);
    let keys = Memo::new(move || {
        let (search, filter, sort) = (search.get(), filter.get(), sort.get());
        list.rows.with(|rows| {
            rows.as_ref().map_or_else(Vec::new, |rows| shown(rows, &search, filter, sort, time_text::now()))
        })
    });
    let grid = Grid { label: "Trusted CA certificates", columns: COLUMNS, keys, dense, sort };
    let none = || el("p").class("muted").text("No CA certificate matches. Search for less, or choose the filter All.");
    let download = el("a")
        .class("button")
        .attr("href", &App::here().api.address("/trusted-cas.pem"))
        .attr("download", "trusted-cas.pem")
        .text("Download (PEM file)");
    parts()
        .child(narrowing(list, search, filter, dense))
        .child(choosing(list, keys))
        .child(grid.view(Rc::new(list)))
        .child(live_if(move || keys.with(Vec::is_empty), none))
        .child(
            el("div")
                .class("toolbar")
                .child(show_all_decoded(list))
                .child(show_all_pem(list))
                .child(download)
                .child(el("span").class("space"))
                .child(reset_button(list)),
        )
}

/// Search, filters, and how dense the rows stand.
fn narrowing(list: List, search: RwSignal<String>, filter: RwSignal<Filter>, dense: RwSignal<bool>) -> El {
    let field =
        el("input").attr("type", "search").attr("placeholder", "Search name, issuer, key, fingerprint").bound(search);
    let tick = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || dense.get().into())
        .on("change", move |_| dense.update(|dense| *dense = !*dense));
    el("div")
        .class("toolbar")
        .child(el("label").class("search").child(el("span").class("sr-only").text("Search the list")).child(field))
        .child(filters(list, filter))
        .child(el("label").class("check").child(tick).text(" Dense"))
}

/// The filters, each with how many it would leave.
fn filters(list: List, filter: RwSignal<Filter>) -> El {
    let chip = |choice: Filter| {
        let count = move || {
            let now = time_text::now();
            let left = |rows: &Vec<Row>| rows.iter().filter(|row| row.is(choice, now)).count();
            list.rows.with(|rows| rows.as_ref().map_or(0, |rows| left(rows))).to_string()
        };
        el("button")
            .attr("type", "button")
            .class("chip")
            .live_bool("aria-pressed", move || filter.get() == choice)
            .on_press(move || filter.set(choice))
            .text(choice.label())
            .text(" ")
            .child(el("span").class("number").live_text(count))
    };
    el("div").class("chips").attr("role", "group").attr("aria-label", "Filter").children(Filter::ALL.map(chip))
}

/// How many there are, and what is done with those that are chosen.
fn choosing(list: List, keys: Memo<Vec<String>>) -> El {
    let small = || el("button").attr("type", "button").class("button small");
    let all = move || list.chosen.update(|chosen| chosen.extend(keys.get_untracked()));
    let none = move || list.chosen.update(|chosen| chosen.clear());
    let count = move || count_text(list, keys.with(Vec::len));
    el("div")
        .class("toolbar")
        .child(el("span").class("count").attr("role", "status").live_text(count))
        .child(small().on_press(all).text("Choose all shown"))
        .child(
            small()
                .live_flag("disabled", move || list.chosen.with(|chosen| chosen.is_empty()))
                .on_press(none)
                .text("Choose none"),
        )
        .child(el("span").class("space"))
        .child(delete_button(list))
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

impl Rows for List {
    fn selected(&self, key: &str) -> bool {
        self.chosen.with(|chosen| chosen.contains(key))
    }

    fn open(&self, key: &str) {
        self.viewed.set(Some(key.to_owned()));
    }

    fn tick(&self, key: &str) {
        self.chosen.update(|chosen| {
            if !chosen.remove(key) {
                chosen.insert(key.to_owned());
            }
        });
    }

    fn cells(&self, key: &str) -> View {
        self.row(key).map(|row| cells(*self, &row)).into()
    }
}

fn cells(list: List, row: &Row) -> View {
    let cell = |class: &str| el("div").attr("role", "gridcell").class(class);
    let ca = &row.ca;
    let issuer = if ca.root { "Self-signed" } else { &ca.issuer };
    let (ticked, to_tick, to_view) = (ca.fingerprint.clone(), ca.fingerprint.clone(), ca.fingerprint.clone());
    let tick = el("input")
        .attr("type", "checkbox")
        .attr("tabindex", "-1")
        .attr("aria-label", &format!("Choose {}", named(&ca.name)))
        .live_prop("checked", move || list.selected(&ticked).into())
        .on("change", move |_| list.tick(&to_tick));
    let view = el("button")
        .attr("type", "button")
        .class("button small")
        .attr("tabindex", "-1")
        .on_press(move || list.open(&to_view))
        .text("View (decoded)");
    let name = el("strong").class("cell-line").child(untrusted(&ca.name));
    let subject = el("span").class("subject").child(untrusted(&ca.subject));
    parts()
        .child(cell("pick").child(el("label").child(tick)))
        .child(cell("name").child(name).child(el("span").class("cell-line second").children(marks(row)).child(subject)))
        .child(cell("issuer").child(el("span").class("cell-line").child(untrusted(issuer))))
        .child(cell("ends").child(time(&ca.not_after)))
        .child(cell("key").text(&ca.key))
        .child(cell("details").child(view))
}

/// What is to be known of a CA at a glance.
fn marks(row: &Row) -> Vec<El> {
    let ca = &row.ca;
    let (state, word) = validity_state(&ca.not_before, &ca.not_after);
    let all = [
        (state != State::Loaded, state, word),
        (ca.weak, State::Warning, "Weak"),
        (row.same_name, State::Advice, "Same name"),
        (!ca.root, State::Plain, "Intermediate"),
        (ca.in_use, State::Loaded, "In use"),
    ];
    all.iter().filter(|(holds, ..)| *holds).map(|(_, state, word)| badge(*state, word)).collect()
}
