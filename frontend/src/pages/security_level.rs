//! Security level: what is an acceptable one, in one place, and which is in force.

use certway_wire::security::{SecurityLevel, SecurityLevels, SecurityRequirements};
use certway_wire::users::Role;

use leptos::prelude::Track as _;

use crate::app::App;
use crate::dom::{El, View, each, effect, el, parts, set_if_new};
use crate::judge::level_name;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, needed};

#[derive(Clone, Copy)]
struct Page {
    app: App,
    levels: RwSignal<Option<SecurityLevels>>,
    error: RwSignal<Option<String>>,
}

pub(crate) fn security_level() -> View {
    let page = Page { app: App::here(), levels: RwSignal::new(None), error: RwSignal::new(None) };
    effect(move || {
        page.app.node_back.track();
        page.ask();
    });
    // A row is drawn anew when it comes into force or goes out of it.
    let rows = move || {
        page.levels.with(|levels| {
            let Some(SecurityLevels { level, levels }) = levels else { return Vec::new() };
            levels.iter().map(|row| (row.clone(), row.level == *level)).collect()
        })
    };
    let key = |(row, in_force): &(SecurityRequirements, bool)| format!("{} {in_force}", level_name(row.level));
    parts()
        .child(el("p").class("path").text("Maintenance › Security"))
        .child(el("h1").text("Security level"))
        .child(el("p").text("A certificate that asks less of an attacker than the level in force 'does not have an acceptable level of security'. It is taken all the same, with a warning that names what is weak. Every certificate of a chain counts; the signature of a root does not, since nobody relies on it."))
        .child(needed(Role::Administrator))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(each(rows, key, move |(row, in_force)| page.level(&row, in_force)))
}

impl Page {
    fn ask(self) {
        spawn(async move { self.take(self.app.api.security_levels().await) });
    }

    fn take(self, answer: Result<SecurityLevels, crate::api::ApiError>) {
        match answer {
            Ok(levels) => {
                set_if_new(self.error, None);
                self.levels.set(Some(levels));
            }
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    fn level(self, row: &SecurityRequirements, in_force: bool) -> El {
        let level = row.level;
        let lifetimes = if row.lifetimes.is_empty() {
            el("dd").text("as long as their CA likes")
        } else {
            let of = |from: &str| time_text::written(from).split(' ').take(3).collect::<Vec<_>>().join(" ");
            let line =
                |days: u32, from: &str| el("li").text(format!("{days} days, if they begin on or after {}", of(from)));
            el("dd").child(el("ul").children(row.lifetimes.iter().rev().map(|one| line(one.days, &one.from))))
        };
        let said = |name: &str, value: &str| el("div").child(el("dt").text(name)).child(el("dd").text(value));
        let choose = move || spawn(self.set(level));
        el("section")
            .class("panel")
            .attr("aria-labelledby", level_name(level))
            .child(el("h2").attr("id", level_name(level)).text(title(level)))
            .children(in_force.then(|| el("p").child(badge(State::Loaded, "In force"))))
            .child(el("p").text(&row.purpose))
            .child(
                el("dl")
                    .class("facts")
                    .child(said("Keys", &row.keys))
                    .child(said("RSA's public exponent", &format!("at least {}", row.rsa_exponent)))
                    .child(said("Signatures", &row.hashes))
                    .child(el("div").child(el("dt").text("Longest life")).child(lifetimes))
                    .child(said("Source", &row.source)),
            )
            .children((!in_force).then(|| {
                el("p")
                    .class("actions")
                    .child(button(ButtonKind::Plain, choose).needs(Role::Administrator).text("Ask this level"))
            }))
    }

    async fn set(self, level: SecurityLevel) {
        match self.app.confirmed(async || self.app.api.set_security_level(level).await).await {
            Ok(levels) => {
                self.app
                    .notices
                    .done(format!("The level '{}' is in force. What is served is served on.", title(level)));
                self.app.refresh();
                self.take(Ok(levels));
            }
            Err(error) => self.app.notices.failed(error),
        }
    }
}

fn title(level: SecurityLevel) -> &'static str {
    match level {
        SecurityLevel::Legacy => "Legacy, 80 bits",
        SecurityLevel::Standard => "Standard, 112 bits",
        SecurityLevel::Public => "Public, 112 bits and short lives",
        SecurityLevel::High => "High, 128 bits and short lives",
    }
}
