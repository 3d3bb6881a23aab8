//! Services: the servers beside the node that are given its certificate, what each serves, and how the last time went.

use certway_wire::services::{Service, ServiceFile, ServiceState, Services};
use certway_wire::users::Role;

use leptos::prelude::Track as _;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, each, effect, el, parts, set_if_new};
use crate::signal::RwSignal;
use crate::task::{later, spawn};
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, needed, untrusted};

/// While one is being given its files.
const POLL_MS: u32 = 500;

#[derive(Clone, Copy)]
struct Page {
    app: App,
    services: RwSignal<Option<Vec<Service>>>,
    error: RwSignal<Option<String>>,
    polling: RwSignal<bool>,
}

pub(crate) fn services() -> View {
    let page = Page {
        app: App::here(),
        services: RwSignal::new(None),
        error: RwSignal::new(None),
        polling: RwSignal::new(false),
    };
    effect(move || {
        page.app.node_back.track();
        page.ask();
    });
    // One that has changed in anything is drawn anew.
    let rows = move || page.services.with(|services| services.clone().unwrap_or_default());
    let key = |service: &Service| format!("{service:?}");
    let none = move || page.services.with(|services| services.as_ref().is_some_and(Vec::is_empty));
    parts()
        .child(el("p").class("path").text("Maintenance"))
        .child(el("h1").text("Services"))
        .child(el("p").text("Servers beside the node that are given its certificate whenever it changes: their files are written, they are reloaded, and the node looks whether they serve it. What fails is undone. They are described in the node's configuration file and cannot be changed here, so that nobody who signs in can run a command."))
        .child(needed(Role::Operator))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(el("p").class("muted").live_text(move || if none() { "The configuration file names no services ([[service]]).".to_owned() } else { String::new() }))
        .child(each(rows, key, move |service| page.service(&service)))
}

impl Page {
    fn ask(self) {
        spawn(async move { self.take(self.app.api.services().await) });
    }

    fn take(self, answer: Result<Services, ApiError>) {
        match answer {
            Ok(Services { services }) => {
                set_if_new(self.error, None);
                let runs = any_runs(&services);
                // One may have ended before the first answer.
                let may_have_run =
                    |before: &Option<Vec<Service>>| before.as_ref().is_none_or(|before| any_runs(before));
                let Some(may_have_run) = self.services.try_with_untracked(may_have_run) else { return };
                self.services.set(Some(services));
                if may_have_run && !runs {
                    // There may be another alarm, or one less.
                    self.app.refresh();
                }
                if runs && !self.polling.get_untracked() {
                    self.polling.set(true);
                    later(POLL_MS, move || {
                        if self.polling.try_get_untracked().is_some() {
                            self.polling.set(false);
                            self.ask();
                        }
                    });
                }
            }
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    fn service(self, service: &Service) -> El {
        let said =
            |name: &str, value: &str| el("div").child(el("dt").text(name)).child(el("dd").child(untrusted(value)));
        let (state, words) = in_words(service.state);
        let serves = service.serves.as_ref().map(|serves| {
            [
                said("Serves", &serves.subject),
                said("Serial number", &serves.serial),
                said("Since", &time_text::written(&serves.since)),
                said("Expires", &time_text::written(&serves.not_after)),
            ]
        });
        let last = service.last.as_ref().map(|last| {
            let when = time_text::written(&last.at);
            let remedy = (!last.ok).then(|| el("p").text(&last.remedy));
            let line = el("p").child(el("strong").text(format!("{when}: "))).text(&last.message);
            el("div").class("stack").child(line).children(remedy)
        });
        let reload = if service.reload.is_empty() {
            "it reads its files by itself".to_owned()
        } else {
            service.reload.join(" ")
        };
        let looks = service.probe.as_deref().unwrap_or("nowhere: that it was reloaded is all that is known");
        let files = el("dd").child(el("ul").children(service.files.iter().map(file)));
        let (name, heading) = (service.name.clone(), format!("service-{}", service.name));
        let publish = move || spawn(self.publish(name.clone()));
        let may = !matches!(service.state, ServiceState::NoCertificate | ServiceState::Publishing);
        el("section")
            .class("panel")
            .attr("aria-labelledby", &heading)
            .child(el("h2").attr("id", &heading).text(&service.name))
            .child(el("p").child(badge(state, words)))
            .children(last)
            .child(
                el("dl")
                    .class("facts")
                    .children(serves.into_iter().flatten())
                    .child(el("div").child(el("dt").text("Files")).child(files))
                    .child(said("Reload", &reload))
                    .child(said("Looks at", looks)),
            )
            .children(may.then(|| {
                el("p")
                    .class("actions")
                    .child(button(ButtonKind::Plain, publish).needs(Role::Operator).text("Publish again"))
            }))
    }

    async fn publish(self, name: String) {
        match self.app.api.publish_service(&name).await {
            Ok(services) => self.take(Ok(services)),
            Err(error) => self.app.notices.failed(error),
        }
    }
}

fn any_runs(services: &[Service]) -> bool {
    services.iter().any(|service| matches!(service.state, ServiceState::Publishing | ServiceState::Due))
}

fn file(file: &ServiceFile) -> El {
    let owner = file.owner.as_deref().unwrap_or("the node's user");
    el("li").child(el("code").text(&file.path)).text(format!(" {}, mode {}, {owner}", file.content, file.mode))
}

fn in_words(state: ServiceState) -> (State, &'static str) {
    match state {
        ServiceState::NoCertificate => (State::Plain, "Nothing to give: the node serves its temporary certificate"),
        ServiceState::Due => (State::Plain, "About to be given the active certificate"),
        ServiceState::Publishing => (State::Plain, "Being given the active certificate"),
        ServiceState::Current => (State::Loaded, "Has the active certificate"),
        ServiceState::Failed => (State::Refused, "Does not have the active certificate"),
    }
}
