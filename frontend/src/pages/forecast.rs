//! What happens when: a clock to move ahead, and what has turned by then.

mod timeline;

use certway_wire::trust::{OtherNode, Turn, Turning};
use leptos::prelude::Track as _;

use crate::app::App;
use crate::dom::{El, View, each, effect, el, live, live_if, parts, set_if_new, value_of};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, spoken, time};

const DAY: i64 = 86_400;
/// Roots live for decades; what turns in thirty years is not moved to, but listed.
const LONGEST_DAYS: i64 = 3653;

#[derive(Clone, Copy)]
struct Page {
    app: App,
    /// `None` until the node has answered.
    turns: RwSignal<Option<Vec<Turn>>>,
    /// The other nodes of the cluster.
    others: RwSignal<Vec<OtherNode>>,
    error: RwSignal<Option<String>>,
    /// The time that it would be, in seconds since 1970.
    at: RwSignal<i64>,
    /// When that was set: as long as it stands, it is told from there.
    set_at: RwSignal<i64>,
}

pub(crate) fn forecast() -> View {
    let now = time_text::now();
    let page = Page {
        app: App::here(),
        turns: RwSignal::new(None),
        others: RwSignal::new(Vec::new()),
        error: RwSignal::new(None),
        at: RwSignal::new(now),
        set_at: RwSignal::new(now),
    };
    effect(move || {
        page.app.node_back.track();
        page.ask();
    });
    let nothing = move || page.turns.with(|turns| turns.as_ref().is_some_and(Vec::is_empty));
    let some = move || page.turns.with(|turns| turns.as_ref().is_some_and(|turns| !turns.is_empty()));
    parts()
        .child(el("h1").text("What happens when"))
        .child(el("p").text("Move the clock ahead: which certificate, CA, revocation list or alarm turns when, if nothing else changes. The node judges everything that it shows at each of these times."))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(live_if(nothing, || el("p").text("Nothing turns: the node shows its temporary certificate, which it renews by itself.")))
        .child(live_if(some, move || page.clock()))
        .child(live_if(some, move || page.then()))
        .child(live(move || page.timeline()))
        .child(live_if(some, move || page.list()))
}

impl Page {
    fn ask(self) {
        spawn(async move {
            match self.app.api.forecast().await {
                Ok(answer) => {
                    if self.at.get_untracked() == self.set_at.get_untracked() {
                        self.go(|now| now);
                    }
                    set_if_new(self.error, None);
                    set_if_new(self.others, answer.others);
                    self.turns.set(Some(answer.turns));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
    }

    fn clock(self) -> El {
        let days = move || (self.at.get() - self.set_at.get() + DAY / 2) / DAY;
        let longest = move || {
            let last = self.turns.with(|turns| turns.as_ref().and_then(|turns| unix(turns.last()?)));
            let days = (last.unwrap_or(0) - time_text::now()) / DAY + 1;
            days.clamp(1, LONGEST_DAYS)
        };
        let slider = el("input")
            .attr("type", "range")
            .attr("min", "0")
            .attr("aria-label", "Days from now")
            .live_attr("max", move || Some(longest().to_string()))
            .live_attr("aria-valuetext", move || Some(self.written()))
            .live_prop("value", move || days().to_string().into())
            .on("input", move |event| {
                let days = value_of(&event).parse::<i64>().unwrap_or(0);
                self.go(|now| now + days * DAY);
            });
        let next = button(ButtonKind::Plain, move || self.jump(true)).text("To the next turn");
        let back = button(ButtonKind::Plain, move || self.jump(false)).text("Back by one turn");
        let now = button(ButtonKind::Plain, move || self.go(|now| now)).text("Back to now");
        el("section")
            .class("panel")
            .attr("aria-labelledby", "clock")
            .child(el("h2").attr("id", "clock").text("The clock"))
            .child(el("p").attr("role", "status").child(el("strong").live_text(move || self.written())))
            .child(slider.class("clock-slider"))
            .child(el("p").class("actions").child(back).child(next).child(now))
    }

    fn written(self) -> String {
        let at = self.at.get();
        let distance = time_text::distance(at - self.set_at.get());
        format!("{}, {distance}", time_text::written(&time_text::rfc3339(at)))
    }

    /// Moves the clock to the next turn, or to just before the last one that has been.
    fn jump(self, ahead: bool) {
        let at = self.at.get_untracked();
        let target = self.turns.with_untracked(|turns| {
            let mut times = turns.iter().flatten().filter_map(unix);
            if ahead { times.find(|time| *time > at) } else { times.rfind(|time| *time <= at).map(|time| time - 1) }
        });
        self.go(|now| target.unwrap_or(at).max(now));
    }

    /// Sets the clock.
    fn go(self, to: impl FnOnce(i64) -> i64) {
        let now = time_text::now();
        self.set_at.set(now);
        self.at.set(to(now));
    }

    /// What stands then.
    fn then(self) -> El {
        let alarms = move || {
            let mut alarms: Vec<(String, String)> = self
                .app
                .alarms
                .with(|alarms| alarms.iter().map(|alarm| (alarm.id.clone(), alarm.message.clone())).collect());
            self.passed(|turn| {
                if turn.what == Turning::Alarm {
                    alarms.retain(|(id, _)| *id != turn.name);
                    if turn.begins {
                        alarms.push((turn.name.clone(), turn.message.trim_start_matches("Alarm: ").to_owned()));
                    }
                }
            });
            let list = alarms.iter().map(|(_, message)| el("li").child(spoken(message)));
            match alarms.len() {
                0 => el("p").child(badge(State::Loaded, "No alarms")),
                _ => el("ul").children(list),
            }
        };
        let ended = move || {
            let mut ended = Vec::new();
            self.passed(|turn| {
                if turn.what != Turning::Alarm {
                    ended.push(turn.message.clone());
                }
            });
            match ended.len() {
                0 => el("p").text("No certificate, CA or revocation list has turned."),
                _ => el("ul").children(ended.iter().map(|message| el("li").child(spoken(message)))),
            }
        };
        el("section")
            .class("panel")
            .attr("aria-labelledby", "then")
            .child(el("h2").attr("id", "then").text("What stands then"))
            .child(el("h3").text("Alarms"))
            .child(live(alarms))
            .child(el("h3").text("Turned since now"))
            .child(live(ended))
    }

    fn passed(self, mut take: impl FnMut(&Turn)) {
        let at = self.at.get();
        self.turns.with(|turns| {
            for turn in turns.iter().flatten().filter(|turn| unix(turn).is_some_and(|time| time <= at)) {
                take(turn);
            }
        });
    }

    /// What expires when, at this node and the others.
    fn timeline(self) -> Option<El> {
        let turns = self.turns.get()?;
        let others = self.others.get();
        let own = self.app.node.with(|node| node.as_ref().map(|node| node.name.clone())).unwrap_or_default();
        let ends = timeline::ends(&turns, &own, &others);
        (!ends.is_empty() || !others.is_empty()).then(|| timeline::timeline(&ends, &others))
    }

    fn list(self) -> El {
        let rows = move || self.turns.get().unwrap_or_default();
        let key = |turn: &Turn| format!("{} {} {}", turn.at, turn.message, turn.name);
        let download = el("a")
            .class("button")
            .attr("href", &App::here().api.address("/forecast.ics"))
            .attr("download", "certificates.ics")
            .text("Download as calendar (.ics)");
        el("section")
            .class("panel")
            .attr("aria-labelledby", "turns")
            .child(el("h2").attr("id", "turns").text("Everything that turns"))
            .child(el("p").class("actions").child(download))
            .child(el("ol").class("turns").child(each(rows, key, row)))
    }
}

fn row(turn: Turn) -> El {
    let state = if turn.begins == (turn.what == Turning::Alarm) { State::Warning } else { State::Advice };
    let word = match turn.what {
        Turning::Certificate => "Certificate",
        Turning::TrustedCa => "Trusted CA",
        Turning::Crl => "Revocation list",
        Turning::Alarm => "Alarm",
    };
    let at = el("p").child(badge(state, word)).text(" ").child(time(&turn.at));
    el("li").child(at).child(el("p").child(spoken(&turn.message)))
}

fn unix(turn: &Turn) -> Option<i64> {
    time_text::unix(&turn.at)
}
