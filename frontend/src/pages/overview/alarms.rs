//! What an administrator should mend. The node raises and clears alarms itself.

use certway_wire::alarms::Alarm;

use crate::app::App;
use crate::dom::{El, el, live};
use crate::ui::{State, badge, help_link, spoken, time};

pub(super) fn alarms() -> El {
    let app = App::here();
    let list = move || {
        app.alarms.with(|alarms| match alarms.as_slice() {
            [] => el("p").class("muted").text("There are no alarms."),
            alarms => el("ul").class("rows").children(alarms.iter().map(alarm_view)),
        })
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "alarms")
        .child(el("h2").attr("id", "alarms").text("Alarms"))
        .child(live(list))
}

fn alarm_view(alarm: &Alarm) -> El {
    let (state, word) = match alarm.severity.as_str() {
        "critical" => (State::Refused, "Critical"),
        "alert" => (State::Refused, "Alert"),
        "warning" => (State::Warning, "Warning"),
        _ => (State::Advice, "Notice"),
    };
    let message = el("strong").child(spoken(&alarm.message));
    el("li")
        .child(el("p").child(badge(state, word)).text(" ").child(message))
        .child(el("p").child(spoken(&alarm.remedy)).text(" ").child(help_link("alarms", &alarm.id)))
        .child(el("p").class("muted").text("Since ").child(time(&alarm.raised_at)))
}
