//! Automatic CRL updates: what the node asks others about revocation, and what came of it.

use certway_wire::revocation::{OcspFallback, RevocationSources, RevocationUpdates, SourceKind, SourceResult};
use certway_wire::users::Role;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, each, el, live, live_if, parts, value_of};
use crate::json::{list, quoted};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, fields_for, spoken, time, untrusted};

const FALLBACKS: [(&str, &str); 2] = [("not_revoked", "treat as not revoked"), ("revoked", "treat as revoked")];

#[derive(Clone, Copy)]
pub(super) struct Updates {
    app: App,
    urls: RwSignal<String>,
    at: RwSignal<String>,
    follow: RwSignal<bool>,
    hosts: RwSignal<String>,
    ocsp: RwSignal<bool>,
    responder: RwSignal<String>,
    fallback: RwSignal<String>,
    busy: RwSignal<bool>,
    /// Whether the fields show what is set. Before that they are off: the answer would take the place of what is typed, and what was
    /// saved would be what nobody saw.
    known: RwSignal<bool>,
    error: RwSignal<String>,
    updated_at: RwSignal<Option<String>>,
    results: RwSignal<Vec<SourceResult>>,
    not_yet_asked: RwSignal<Vec<String>>,
}

impl Updates {
    pub(super) fn new(app: App) -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            app,
            urls: text(),
            at: text(),
            follow: RwSignal::new(false),
            hosts: text(),
            ocsp: RwSignal::new(false),
            responder: text(),
            fallback: text(),
            busy: RwSignal::new(false),
            known: RwSignal::new(false),
            error: text(),
            updated_at: RwSignal::new(None),
            results: RwSignal::new(Vec::new()),
            not_yet_asked: RwSignal::new(Vec::new()),
        }
    }

    /// Asks what is set. What was typed since it was first known stays.
    pub(super) fn ask(self) {
        spawn(async move {
            let answer = self.app.api.revocation_updates().await;
            let known = self.known.try_get_untracked() != Some(false);
            match answer {
                Ok(updates) => {
                    if !known {
                        self.fill(&updates.settings);
                    }
                    self.show(updates);
                }
                Err(error) if !known => self.error.set(error.to_string()),
                Err(_) => {}
            }
        });
    }

    fn fill(self, settings: &RevocationSources) {
        self.urls.set(settings.urls.join("\n"));
        self.at.set(settings.time.clone());
        self.follow.set(settings.follow_distribution_points);
        self.hosts.set(settings.allowed_hosts.join("\n"));
        self.ocsp.set(settings.ocsp);
        self.responder.set(settings.ocsp_responder.clone().unwrap_or_default());
        let fallback = if settings.ocsp_fallback == OcspFallback::Revoked { FALLBACKS[1] } else { FALLBACKS[0] };
        self.fallback.set(fallback.0.to_owned());
        self.error.set(String::new());
        self.known.set(true);
    }

    fn show(self, updates: RevocationUpdates) {
        self.updated_at.set(updates.updated_at);
        self.results.set(updates.results);
        self.not_yet_asked.set(updates.not_yet_asked);
    }

    /// The settings, with the fields of `certway_wire::revocation::RevocationSources`.
    fn json(self) -> String {
        let lines = |text: RwSignal<String>| {
            let text = text.get_untracked();
            list(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(quoted))
        };
        format!(
            r#"{{"urls":{},"time":{},"follow_distribution_points":{},"allowed_hosts":{},"ocsp":{},"ocsp_responder":{},"ocsp_fallback":{}}}"#,
            lines(self.urls),
            quoted(self.at.get_untracked().trim()),
            self.follow.get_untracked(),
            lines(self.hosts),
            self.ocsp.get_untracked(),
            quoted(self.responder.get_untracked().trim()),
            quoted(&self.fallback.get_untracked()),
        )
    }

    async fn save(self) {
        self.busy.set(true);
        let body = self.json();
        let answer = self.app.confirmed(async || self.app.api.set_revocation_sources(&body).await).await;
        if let Ok(updates) = &answer {
            self.fill(&updates.settings);
            self.app.notices.done("The settings are saved.");
        }
        self.end(answer);
    }

    async fn download(self, done: impl Fn()) {
        self.busy.set(true);
        let answer = self.app.confirmed(async || self.app.api.download_crls().await).await;
        if let Ok(updates) = &answer {
            let failed = updates.results.iter().filter(|result| !result.ok).count();
            let text = format!("{} asked, {failed} failed.", updates.results.len());
            self.error.set(String::new());
            if failed > 0 { self.app.notices.warn(text) } else { self.app.notices.done(text) }
        }
        self.end(answer);
        done();
    }

    fn end(self, answer: Result<RevocationUpdates, ApiError>) {
        match answer {
            Ok(updates) => self.show(updates),
            Err(error) => self.error.set(error.to_string()),
        }
        self.busy.set(false);
        self.app.refresh();
    }
}

/// The section; `done` is called when lists may have come.
pub(super) fn section(updates: Updates, done: impl Fn() + Copy + 'static) -> El {
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        spawn(updates.save());
    };
    let error = move || (!updates.error.get().is_empty()).then(|| spoken(&updates.error.get()));
    let save = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Operator)
        .live_flag("disabled", move || updates.busy.get() || !updates.known.get())
        .text("Save");
    let fields = el("fieldset")
        .class("fields stack")
        .live_flag("disabled", move || !updates.known.get())
        .child(lines("Download from, one URL a line", updates.urls))
        .child(field("Daily at, HH:MM, UTC", updates.at))
        .child(tick("Follow the distribution points that certificates name", updates.follow))
        .child(lines("Hosts that URLs inside certificates may lead to, one a line", updates.hosts))
        .child(tick(
            "Ask responders (OCSP) about the node's own certificates, and about those that clients show",
            updates.ocsp,
        ))
        .child(field("Responder to ask in place of those that certificates name (optional)", updates.responder))
        .child(fallback(updates.fallback));
    let now = button(ButtonKind::Plain, move || spawn(updates.download(done)))
        .needs(Role::Operator)
        .live_flag("disabled", move || updates.busy.get())
        .text("Download now");
    el("section")
        .class("panel")
        .attr("aria-labelledby", "crl-updates")
        .child(el("h2").attr("id", "crl-updates").text("Automatic CRL updates"))
        .child(el("p").text("The node downloads lists each day, PEM or DER, plain, in gzip or zip. HTTPS is verified against the trusted CA list and nothing else; HTTP needs no TLS, since every list is signed."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(fields_for(Role::Operator, fields))
                .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
                .child(el("p").class("actions").child(save).child(now)),
        )
        .child(last_run(updates))
}

fn last_run(updates: Updates) -> View {
    let when = move || {
        updates.updated_at.with(|at| match at {
            Some(at) => el("p").text("Last asked: ").child(time(at)),
            None => el("p").text("Nobody was asked yet."),
        })
    };
    let busy = move || updates.busy.get();
    parts()
        .child(live_if(busy, || el("p").attr("role", "status").text("Working. A source takes 30 seconds at most.")))
        .child(live(when))
        .child(el("ul").child(each(
            move || updates.results.get().into_iter().enumerate().collect(),
            |(position, result): &(usize, SourceResult)| {
                format!("{position} {} {} {}", result.url, result.ok, result.message)
            },
            |(_, result)| row(&result),
        )))
        .child(live(move || waiting(&updates.not_yet_asked.get())))
}

/// The certificates that no responder was asked about yet.
fn waiting(subjects: &[String]) -> Option<El> {
    let names = subjects.iter().map(|subject| el("li").child(untrusted(subject)));
    let says = "No responder was asked yet about these; the node does so within a minute:";
    (!subjects.is_empty()).then(|| el("div").child(el("p").text(says)).child(el("ul").children(names)))
}

fn row(result: &SourceResult) -> El {
    let state = match (result.revoked, result.ok) {
        (true, _) => badge(State::Warning, "Revoked"),
        (false, true) => badge(State::Loaded, "Answered"),
        (false, false) => badge(State::Refused, "Failed"),
    };
    let kind = match result.kind {
        SourceKind::Url => "",
        SourceKind::DistributionPoint => "Distribution point ",
        SourceKind::Ocsp => "Responder ",
    };
    el("li")
        .child(state)
        .text(format!(" {kind}"))
        .child(untrusted(&result.url))
        .text(": ")
        .child(spoken(&result.message))
}

fn lines(label: &str, text: RwSignal<String>) -> El {
    let area = el("textarea")
        .attr("rows", "3")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_prop("value", move || text.get().into())
        .on("input", move |event| text.set(value_of(&event)));
    el("label").class("field").child(el("span").text(label)).child(area)
}

fn field(label: &str, text: RwSignal<String>) -> El {
    let input = el("input").attr("autocomplete", "off").attr("spellcheck", "false").bound(text);
    el("label").class("field").child(el("span").text(label)).child(input)
}

fn tick(label: &str, on: RwSignal<bool>) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || on.get().into())
        .on("change", move |_| on.set(!on.get_untracked()));
    el("label").class("tick").child(input).child(el("span").text(label))
}

fn fallback(chosen: RwSignal<String>) -> El {
    let options = FALLBACKS.iter().map(|(value, text)| el("option").attr("value", value).text(text));
    el("label")
        .class("field")
        .child(el("span").text("While no responder answers"))
        .child(el("select").children(options).bound(chosen))
}
