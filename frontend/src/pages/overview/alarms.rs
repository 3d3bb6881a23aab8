//! What an administrator should mend. The node raises and clears alarms itself.

use certway_wire::node::Alarm;
use leptos::prelude::*;

use crate::app::App;
use crate::ui::{Badge, State, TimeText, Untrusted, live};

#[component]
pub(super) fn Alarms() -> AnyView {
    let app = App::here();
    view! {
        <section class="panel" aria-labelledby="alarms">
            <h2 id="alarms">"Alarms"</h2>
            {live(move || Some({
                let alarms = app.alarms.get();
                if alarms.is_empty() {
                    view! { <p class="muted">"There are no alarms."</p> }.into_any()
                } else {
                    view! { <ul class="rows">{alarms.into_iter().map(alarm_view).collect_view()}</ul> }.into_any()
                }
            }))}
        </section>
    }
    .into_any()
}

fn alarm_view(alarm: Alarm) -> AnyView {
    let (state, word) = match alarm.severity.as_str() {
        "critical" => (State::Refused, "Critical"),
        "alert" => (State::Refused, "Alert"),
        "warning" => (State::Warning, "Warning"),
        _ => (State::Advice, "Notice"),
    };
    view! {
        <li>
            <p><Badge state=state word=word/> <strong><Untrusted text=alarm.message/></strong></p>
            <p><Untrusted text=alarm.remedy/></p>
            <p class="muted">"Since " <TimeText at=alarm.raised_at/></p>
        </li>
    }
    .into_any()
}
