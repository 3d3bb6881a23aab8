//! The event log: what was done and refused, by whom and from where; found, exported, verified.

use certway_wire::events::ACTIONS;
use certway_wire::node::{Event, EventLog};
use leptos::prelude::Track as _;

use super::overview::events::in_words;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, live_if, parts, set_if_new};
use crate::language::said;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, fingerprint, spoken, time, untrusted};

/// How many come at once.
const PORTION: usize = 100;

#[derive(Clone, Copy)]
struct Page {
    app: App,
    /// Latest first; `None` until the node has answered.
    events: RwSignal<Option<Vec<Event>>>,
    /// Whether there are older ones.
    more: RwSignal<bool>,
    log: RwSignal<Option<EventLog>>,
    verifying: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    /// What is shown is what was asked for with these.
    query: RwSignal<String>,
    filter: Filter,
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Filter {
    text: RwSignal<String>,
    actor: RwSignal<String>,
    action: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
}

pub(crate) fn event_log() -> View {
    let empty = || RwSignal::new(String::new());
    let page = Page {
        app: App::here(),
        events: RwSignal::new(None),
        more: RwSignal::new(false),
        log: RwSignal::new(None),
        verifying: RwSignal::new(false),
        error: RwSignal::new(None),
        query: empty(),
        filter: Filter { text: empty(), actor: empty(), action: empty(), from: empty(), to: empty() },
    };
    effect(move || {
        page.app.node_back.track();
        page.ask();
        page.verify();
    });
    parts()
        .child(el("p").class("path").text("Status › Logs"))
        .child(el("h1").text("Event log"))
        .child(el("p").text("What was done on this node and what was refused, by whom, and from where. Each record is written together with what it tells, and signed over the one before, so that an edit or a deletion shows. The latest 100,000 are kept."))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(page.state())
        .child(page.form())
        .child(live(move || page.list()))
        .child(live_if(
            move || page.more.get(),
            move || el("p").class("actions").child(button(ButtonKind::Plain, move || page.ask_older()).text("Older events")),
        ))
}

impl Page {
    /// Asks for the latest events that the form describes.
    fn ask(self) {
        let query = self.filter.query();
        self.query.set(query.clone());
        spawn(async move {
            let answer = self.app.api.events_matching(&query, PORTION, None).await;
            if self.query.try_get_untracked() != Some(query) {
                return;
            }
            match answer {
                Ok(events) => {
                    set_if_new(self.error, None);
                    self.more.set(events.len() == PORTION);
                    self.events.set(Some(events));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
    }

    fn ask_older(self) {
        let query = self.query.get_untracked();
        let oldest = move || self.events.try_with_untracked(|events| events.as_ref()?.last().map(|event| event.number));
        let before = oldest();
        spawn(async move {
            let answer = self.app.api.events_matching(&query, PORTION, before.flatten()).await;
            // Something else may have been asked for meanwhile, or the same twice; or the page was left.
            if self.query.try_get_untracked() != Some(query) || oldest() != before {
                return;
            }
            match answer {
                Ok(older) => {
                    self.more.set(older.len() == PORTION);
                    self.events.update(|events| events.get_or_insert_default().extend(older));
                }
                Err(error) => self.app.notices.failed(error),
            }
        });
    }

    fn verify(self) {
        self.verifying.set(true);
        spawn(async move {
            match self.app.api.event_log().await {
                Ok(log) => self.log.set(Some(log)),
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
            self.verifying.set(false);
        });
    }

    /// Whether the log is whole.
    fn state(self) -> El {
        let said = move || match self.log.with(Clone::clone) {
            None => parts().child(el("p").class("muted").text("The log is being verified.")),
            Some(log) => {
                let (state, word) = if log.whole { (State::Loaded, "Whole") } else { (State::Refused, "Changed") };
                let fact = |name: &str, value: El| el("div").child(el("dt").text(name)).child(el("dd").child(value));
                let cluster = log.cluster.as_ref().map(|text| fact("Cluster", el("span").text(text)));
                let digest = format!("Digest of event {}", log.last);
                parts().child(el("p").child(badge(state, word)).text(" ").child(spoken(&log.message))).child(
                    el("dl").class("facts").child(fact(&digest, fingerprint(&digest, &log.digest))).children(cluster),
                )
            }
        };
        let again = button(ButtonKind::Plain, move || self.verify())
            .live_flag("disabled", move || self.verifying.get())
            .text("Verify again");
        el("section")
            .class("panel")
            .attr("aria-labelledby", "whole")
            .child(el("h2").attr("id", "whole").text("Is it whole"))
            .child(el("div").class("stack").attr("role", "status").child(live(said)))
            .child(el("p").class("actions").child(again))
    }

    fn form(self) -> El {
        let Filter { text, actor, action, from, to } = self.filter;
        let submit = move |event: web_sys::Event| {
            event.prevent_default();
            self.ask();
        };
        let everything = move || {
            for signal in [text, actor, action, from, to] {
                signal.set(String::new());
            }
            self.ask();
        };
        let field = |label: &str, kind: &str, value: RwSignal<String>| {
            let input = el("input").attr("type", kind).attr("autocomplete", "off").attr("spellcheck", "false");
            el("label").class("field").child(el("span").text(label)).child(input.bound(value))
        };
        let search = el("button").attr("type", "submit").class("button primary").text("Search");
        let export = |ending: &'static str, label: &str| {
            let address = move || Some(self.app.api.address(&format!("/events.{ending}?{}", self.query.get())));
            el("a").class("button").attr("download", "").live_attr("href", address).text(label)
        };
        el("form")
            .class("panel stack")
            .attr("role", "search")
            .attr("aria-label", "Events")
            .on("submit", submit)
            .child(field("Text in who, what, details or address", "search", text))
            .child(field("Who", "text", actor))
            .child(el("label").class("field").child(el("span").text("What")).child(actions().bound(action)))
            .child(field("From (UTC)", "date", from))
            .child(field("To (UTC)", "date", to))
            .child(
                el("div")
                    .class("actions")
                    .child(search)
                    .child(button(ButtonKind::Plain, everything).text("Show everything"))
                    .child(export("jsonl", "Export as JSON lines"))
                    .child(export("csv", "Export as CSV")),
            )
    }

    fn list(self) -> View {
        self.events.with(|events| match events.as_deref() {
            None => el("p").class("muted").text("Asking the node.").into(),
            Some([]) => el("p")
                .class("muted")
                .attr("role", "status")
                .text("No event is such. Search for less, or show everything.")
                .into(),
            Some(events) => table(events).into(),
        })
    }
}

impl Filter {
    /// What the form holds, as the node takes it.
    fn query(self) -> String {
        let day = |signal: RwSignal<String>, time: &str| match signal.get_untracked() {
            day if day.is_empty() => day,
            day => format!("{day}T{time}Z"),
        };
        let said = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let fields = [
            ("text", said(self.text)),
            ("actor", said(self.actor)),
            ("action", said(self.action)),
            ("from", day(self.from, "00:00:00")),
            ("to", day(self.to, "23:59:59")),
        ];
        let said = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let encoded = |value: &str| String::from(js_sys::encode_uri_component(value));
        said.map(|(name, value)| format!("{name}={}", encoded(&value))).collect::<Vec<_>>().join("&")
    }
}

/// What may have been done, in order of its words, to choose from.
fn actions() -> El {
    let in_language = |action: &str| js_sys::JsString::from(&*said(&in_words(action)));
    let mut actions: Vec<_> = ACTIONS.iter().map(|action| (in_language(action), action)).collect();
    let (browsers, usual) = (js_sys::Array::new(), js_sys::Object::new());
    actions.sort_by(|(one, _), (other, _)| one.locale_compare(&String::from(other), &browsers, &usual).cmp(&0));
    let options = actions.into_iter().map(|(_, action)| el("option").attr("value", action).text(in_words(action)));
    el("select").child(el("option").attr("value", "").text("Everything")).children(options)
}

fn table(events: &[Event]) -> El {
    let head =
        ["Number", "When", "Who", "From", "What", "Details"].map(|label| el("th").attr("scope", "col").text(label));
    let table = el("table")
        .class("cards")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(events.iter().map(row)));
    el("div")
        .class("scroll-x")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "Table of events")
        .child(table)
}

fn row(event: &Event) -> El {
    let address = event.address.as_deref().unwrap_or("the node itself");
    el("tr")
        .child(el("td").class("nowrap").text(event.number.to_string()))
        .child(el("td").class("nowrap").child(time(&event.at)))
        .child(el("td").child(untrusted(&event.actor)))
        .child(el("td").child(spoken(address)))
        .child(el("td").child(spoken(&in_words(&event.action)).attr("title", &event.action)))
        .child(el("td").class("long").child(spoken(&event.details)))
}
