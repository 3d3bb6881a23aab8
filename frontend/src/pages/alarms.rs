//! Alarms: what is to be mended, who takes note of it, on which days it is warned of what ends, its calendar, and how alarms go out to people.

mod calendar;
mod delivery;
mod expiry;
mod fields;
mod log;

use certway_wire::alarms::Alarm;
use certway_wire::users::Role;
use leptos::prelude::Track as _;

use crate::app::App;
use crate::dom::{El, View, each, effect, el, live_if, parts};
use crate::json::quoted;
use crate::route::{Route, page_link};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge, needed, spoken, time, untrusted};
use calendar::Calendar;
use delivery::Channels;
use expiry::Days;
use log::Log;

pub(crate) fn alarms() -> View {
    let app = App::here();
    let log = Log::new(app);
    let (days, calendar, channels) = (Days::new(app), Calendar::new(app), Channels::new(app, log));
    effect(move || {
        app.node_back.track();
        app.refresh();
        days.ask();
        calendar.ask();
        channels.ask();
        log.ask();
    });
    parts()
        .child(el("p").class("path").text("Status"))
        .child(el("h1").text("Alarms"))
        .child(el("p").text("What an administrator should mend. The node raises an alarm and clears it by itself. Whoever takes note of one says so with a few words for those who see it next; that ends when the alarm clears, or changes its severity."))
        .child(list(app))
        .child(expiry::section(days))
        .child(calendar::section(calendar))
        .child(delivery::section(channels))
        .child(log::section(log))
}

fn list(app: App) -> El {
    let rows = move || app.alarms.get();
    // One that has changed in anything is drawn anew.
    let key = |alarm: &Alarm| format!("{alarm:?}");
    let none = move || app.alarms.with(Vec::is_empty);
    el("section")
        .class("panel")
        .attr("aria-labelledby", "raised")
        .child(el("h2").attr("id", "raised").text("Raised now"))
        .child(live_if(none, || el("p").child(badge(State::Loaded, "No alarms"))))
        .child(needed(Role::Operator))
        .child(el("ul").class("rows").child(each(rows, key, move |alarm| row(app, &alarm))))
}

fn row(app: App, alarm: &Alarm) -> El {
    let (state, word) = match alarm.severity.as_str() {
        "critical" => (State::Refused, "Critical"),
        "alert" => (State::Refused, "Alert"),
        "warning" => (State::Warning, "Warning"),
        _ => (State::Advice, "Notice"),
    };
    let number = alarm.number.map(|number| format!(" ({number})")).unwrap_or_default();
    let since = el("p").class("muted").child(el("code").text(&alarm.id)).text(format!("{number}, since "));
    let mended =
        mended_on(&alarm.id).map(|route| el("p").text("See ").child(page_link(route).text(route.label())).text("."));
    el("li")
        .attr("aria-label", &alarm.id)
        .child(el("p").child(badge(state, word)).text(" ").child(el("strong").child(spoken(&alarm.message))))
        .child(el("p").child(spoken(&alarm.remedy)))
        .children(mended)
        .child(since.child(time(&alarm.raised_at)))
        .child(match &alarm.acknowledged {
            Some(noted) => el("p")
                .child(badge(State::Plain, "Acknowledged"))
                .text(" by ")
                .child(untrusted(&noted.by))
                .text(", ")
                .child(time(&noted.at))
                .text(": ")
                .child(untrusted(&noted.note)),
            None => acknowledge(app, &alarm.id),
        })
}

fn acknowledge(app: App, id: &str) -> El {
    let (note, id) = (RwSignal::new(String::new()), id.to_owned());
    let input = el("input")
        .attr("autocomplete", "off")
        .attr("maxlength", "500")
        .attr("required", "")
        .attr("aria-label", &format!("Note on {id}"))
        .attr("placeholder", "What is done about it")
        .bound(note);
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        let id = id.clone();
        spawn(async move {
            let body = format!(r#"{{"note":{}}}"#, quoted(note.get_untracked().trim()));
            match app.api.acknowledge_alarm(&id, &body).await {
                Ok(alarms) => {
                    app.notices.done("The alarm is acknowledged.");
                    app.alarms.set(alarms);
                }
                Err(error) => app.notices.failed(error),
            }
        });
    };
    let send = el("button").attr("type", "submit").class("button").text("Acknowledge");
    el("form").class("actions").needs(Role::Operator).on("submit", submit).child(input).child(send)
}

/// The page where what an alarm is about is mended.
fn mended_on(id: &str) -> Option<Route> {
    const BY_ID: [(&str, Route); 20] = [
        ("client-", Route::ClientCertificate),
        ("active-not-trusted", Route::TrustedCas),
        ("active-", Route::ServerCertificate),
        ("ca-", Route::TrustedCas),
        ("crl-", Route::Crls),
        ("service-", Route::Services),
        ("cluster-", Route::Clustering),
        ("change-", Route::Change),
        ("sign-in-", Route::ClientTesting),
        ("setting-changed-security-level", Route::SecurityLevel),
        ("setting-changed-revocation", Route::Crls),
        ("acme-", Route::ServerCertificate),
        ("temporary-certificate", Route::ServerCertificate),
        ("loaded-anyway", Route::ServerCertificate),
        ("cn-missing", Route::ServerCertificate),
        ("expired", Route::ServerCertificate),
        ("expires-soon", Route::ServerCertificate),
        ("revoked", Route::ServerCertificate),
        ("responder-", Route::Crls),
        ("ocsp-", Route::Crls),
    ];
    BY_ID.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, route)| *route)
}

#[cfg(test)]
mod tests {
    use super::{Route, mended_on};

    #[test]
    fn an_alarm_leads_to_the_page_that_mends_it() {
        assert_eq!(mended_on("active-not-trusted"), Some(Route::TrustedCas));
        assert_eq!(mended_on("active-damaged"), Some(Route::ServerCertificate));
        assert_eq!(mended_on("client-expires-soon"), Some(Route::ClientCertificate));
        assert_eq!(mended_on("service-failed-nginx"), Some(Route::Services));
        assert_eq!(mended_on("events-changed"), None);
    }
}
