//! On which days before its end it is warned of what ends.

use certway_wire::alarms::ExpiryWarnings;
use certway_wire::users::Role;

use super::fields::text;
use crate::app::App;
use crate::dom::{El, el, live};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{fields_for, spoken};

#[derive(Clone, Copy)]
pub(super) struct Days {
    app: App,
    server: RwSignal<String>,
    client: RwSignal<String>,
    cas: RwSignal<String>,
    crls: RwSignal<String>,
    /// Whether the fields show what is set. Before that they are off: what was saved would be what nobody saw.
    known: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Days {
    pub(super) fn new(app: App) -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            app,
            server: text(),
            client: text(),
            cas: text(),
            crls: text(),
            known: RwSignal::new(false),
            error: text(),
        }
    }

    /// Asks what is set. What was typed since it was first known stays.
    pub(super) fn ask(self) {
        spawn(async move {
            let answer = self.app.api.expiry_warnings().await;
            if self.known.try_get_untracked() == Some(false) {
                match answer {
                    Ok(set) => self.fill(&set),
                    Err(error) => self.error.set(error.to_string()),
                }
            }
        });
    }

    fn fill(self, set: &ExpiryWarnings) {
        let fields = [
            (self.server, &set.server_certificate),
            (self.client, &set.client_certificate),
            (self.cas, &set.ca_certificates),
            (self.crls, &set.crls),
        ];
        for (field, days) in fields {
            field.set(days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        }
        self.error.set(String::new());
        self.known.set(true);
    }

    async fn save(self) {
        let days = |field: RwSignal<String>| numbers(&field.get_untracked());
        let (Some(server), Some(client), Some(cas), Some(crls)) =
            (days(self.server), days(self.client), days(self.cas), days(self.crls))
        else {
            self.error
                .set("Give numbers of days separated by commas, such as 30, 7, 1. Nothing was changed.".to_owned());
            return;
        };
        // The fields are those of `certway_wire::alarms::ExpiryWarnings`.
        let body = format!(
            r#"{{"server_certificate":[{server}],"client_certificate":[{client}],"ca_certificates":[{cas}],"crls":[{crls}]}}"#
        );
        match self.app.api.set_expiry_warnings(&body).await {
            Ok(set) => {
                self.fill(&set);
                self.app.notices.done("The days of warning are saved.");
                self.app.refresh();
            }
            Err(error) => self.error.set(error.to_string()),
        }
    }
}

/// Numbers separated by commas, as JSON has them; none if it is anything else.
fn numbers(text: &str) -> Option<String> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let numbers = words.map(|word| word.parse::<u32>().ok().map(|number| number.to_string()));
    Some(numbers.collect::<Option<Vec<_>>>()?.join(","))
}

pub(super) fn section(days: Days) -> El {
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        spawn(days.save());
    };
    let unknown = move || !days.known.get();
    let fields = el("fieldset")
        .class("fields stack")
        .live_flag("disabled", unknown)
        .child(text("Server certificate, days", days.server))
        .child(text("Client certificate, days", days.client))
        .child(text("CA certificates, days", days.cas))
        .child(text("Revocation lists, days", days.crls));
    let save = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Operator)
        .live_flag("disabled", unknown)
        .text("Save days");
    let error = move || (!days.error.get().is_empty()).then(|| spoken(&days.error.get()));
    el("section")
        .class("panel")
        .attr("aria-labelledby", "expiry")
        .child(el("h2").attr("id", "expiry").text("Warnings of expiry"))
        .child(el("p").text("How many days before its end it is warned of what ends: a notice first, a warning from 30 days, an alert from 7. A field that is empty warns of nothing. Where a life is short, certificates are warned of in its last third and revocation lists in its last fifth."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(fields_for(Role::Operator, fields))
                .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
                .child(el("p").class("actions").child(save)),
        )
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn days_are_numbers_with_commas() {
        assert_eq!(numbers(" 30, 7 1,").as_deref(), Some("30,7,1"));
        assert_eq!(numbers("").as_deref(), Some(""));
        assert_eq!(numbers("30; 7"), None);
        assert_eq!(numbers("-1"), None);
    }
}
