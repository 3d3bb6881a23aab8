//! The delivery log: what was sent, what is to be sent, and what was said.

use certway_wire::delivery::{DeliveryRecord, DeliveryState};

use crate::app::App;
use crate::dom::{El, each, el, live_if, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, spoken, time, untrusted};

#[derive(Clone, Copy)]
pub(super) struct Log {
    app: App,
    records: RwSignal<Vec<DeliveryRecord>>,
    error: RwSignal<String>,
}

impl Log {
    pub(super) fn new(app: App) -> Self {
        Self { app, records: RwSignal::new(Vec::new()), error: RwSignal::new(String::new()) }
    }

    pub(super) fn ask(self) {
        spawn(async move {
            match self.app.api.deliveries().await {
                Ok(records) => {
                    set_if_new(self.records, records);
                    set_if_new(self.error, String::new());
                }
                Err(error) => set_if_new(self.error, error.to_string()),
            }
        });
    }
}

pub(super) fn section(log: Log) -> El {
    let rows = move || log.records.get();
    let key = |record: &DeliveryRecord| format!("{record:?}");
    let none = move || log.records.with(Vec::is_empty);
    let head = ["When", "By", "What", "State", "Outcome"].map(|label| el("th").attr("scope", "col").text(label));
    let table = el("table")
        .class("cards")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").child(each(rows, key, |record| row(&record))));
    el("section")
        .class("panel")
        .attr("aria-labelledby", "deliveries")
        .child(el("h2").attr("id", "deliveries").text("Delivery log"))
        .child(el("p").attr("role", "alert").live_text(move || log.error.get()))
        .child(live_if(none, || el("p").class("muted").text("No message was sent yet.")))
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Table of deliveries")
                .child(table),
        )
        .child(el("p").class("actions").child(button(ButtonKind::Plain, move || log.ask()).text("Show the latest")))
}

fn row(record: &DeliveryRecord) -> El {
    let (state, word) = match record.state {
        DeliveryState::Waiting => (State::Warning, "Waiting"),
        DeliveryState::Sent => (State::Loaded, "Sent"),
        DeliveryState::Failed => (State::Refused, "Not delivered"),
        DeliveryState::Dropped => (State::Refused, "Dropped"),
    };
    let tried = if record.attempts > 1 { format!(" Tried {} times.", record.attempts) } else { String::new() };
    let next = record.next_at.as_ref().map(|at| el("span").text(" Next ").child(time(at)));
    el("tr")
        .child(el("td").class("nowrap").child(time(&record.made_at)))
        .child(el("td").text(record.channel.name()))
        .child(el("td").text(format!("{} ", record.what)).child(untrusted(&record.alarm)))
        .child(el("td").class("nowrap").child(badge(state, word)))
        .child(el("td").class("long").child(spoken(&record.outcome)).text(tried).children(next))
}
