//! What is served now, until when, and what needs a hand.

mod alarms;
pub(crate) mod events;
mod timeline;

use certway_wire::node::{Certificates, Event, TrustedCas};
use leptos::prelude::*;

use crate::api::Identity;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, parts, set_if_new};
use crate::route::{Route, page_link};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge, certificate_path, fingerprint, time, untrusted, validity_bar};

/// What the page asks the node, all at once; each part is shown when it is there.
#[derive(Clone, Copy)]
struct Facts {
    server: RwSignal<Option<Certificates>>,
    trusted: RwSignal<Option<TrustedCas>>,
    events: RwSignal<Vec<Event>>,
    error: RwSignal<Option<String>>,
}

impl Facts {
    fn new() -> Self {
        Self {
            server: RwSignal::new(None),
            trusted: RwSignal::new(None),
            events: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
        }
    }

    /// The page may be left before the answers come; then there is nobody to tell.
    fn ask(self, app: App) {
        spawn(async move {
            match app.api.certificates(Identity::Server).await {
                Ok(server) => {
                    set_if_new(self.error, None);
                    set_if_new(self.server, Some(server));
                }
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
        spawn(async move {
            if let Ok(trusted) = app.api.trusted_cas().await {
                set_if_new(self.trusted, Some(trusted));
            }
        });
        spawn(async move {
            if let Ok(events) = app.api.events(events::SHOWN).await {
                set_if_new(self.events, events);
            }
        });
    }

    /// Draws something of what is served, once that is known.
    fn of_server<V: Into<View>>(self, draw: impl Fn(&Certificates) -> V + 'static) -> View {
        live(move || self.server.with(|server| server.as_ref().map(&draw)))
    }
}

pub(crate) fn overview() -> View {
    let app = App::here();
    let facts = Facts::new();
    effect(move || {
        app.node_back.track();
        facts.ask(app);
        app.refresh();
    });
    let error = move || facts.error.get().map(|error| el("p").class("field-error").text(error));
    let asking = move || {
        let unknown = facts.error.with(Option::is_some);
        let says = if unknown { "Not known while the node does not answer." } else { "Asking the node." };
        facts.server.with(Option::is_none).then(|| el("p").class("muted").text(says))
    };
    let timeline = move |server: &_| facts.trusted.with(|cas| timeline::timeline(server, cas.as_ref()));
    parts()
        .child(el("h1").text("Overview"))
        .child(el("div").attr("role", "alert").child(live(error)))
        .child(facts.of_server(next_steps))
        .child(
            el("div")
                .class("columns")
                .child(
                    el("section")
                        .class("panel wide")
                        .attr("aria-labelledby", "served")
                        .child(el("h2").attr("id", "served").text("Served now"))
                        .child(live(asking))
                        .child(facts.of_server(served)),
                )
                .child(alarms::alarms()),
        )
        .child(facts.of_server(timeline))
        .child(live(move || facts.events.with(|events| events::last_events(events))))
}

/// The certificate that new TLS handshakes get.
fn served(server: &Certificates) -> View {
    let Some(stored) = server.active.as_ref().or(server.temporary.as_ref()) else {
        return el("p").text("Nothing is served.").into();
    };
    let decoded = &stored.decoded;
    let temporary = (stored.origin == "temporary").then(|| badge(State::Warning, "Temporary"));
    let anyway = stored.loaded_anyway.then(|| badge(State::Warning, "Loaded anyway"));
    let name = decoded.common_name.as_ref().unwrap_or(&decoded.subject);
    let names = decoded.alternative_names.iter().map(|name| el("li").child(untrusted(&name.value)));
    let prints = fingerprint("SHA-256 fingerprint", &decoded.fingerprint_sha256);
    parts()
        .child(
            el("p")
                .class("headline")
                .child(badge(State::Loaded, "Loaded"))
                .children(temporary)
                .children(anyway)
                .child(el("strong").child(untrusted(name))),
        )
        .child(el("ul").class("names inline").attr("aria-label", "Subject alternative names").children(names))
        .child(validity_bar(&decoded.not_before, &decoded.not_after))
        .child(
            el("dl")
                .class("facts")
                .child(fact("Valid until", time(&decoded.not_after)))
                .child(fact("Issuer", untrusted(&decoded.issuer)))
                .children(stored.loaded_at.as_ref().map(|at| fact("Loaded", time(at))))
                .child(fact("Fingerprint (SHA-256)", prints)),
        )
        .child(el("h3").text("Chain of trust"))
        .child(certificate_path(&stored.report.path))
}

fn fact(label: &str, value: El) -> El {
    el("div").child(el("dt").text(label)).child(el("dd").child(value))
}

/// What is still undone.
fn next_steps(server: &Certificates) -> Option<El> {
    let temporary = server.active.as_ref().is_none_or(|active| active.origin == "temporary");
    let step = if server.pending.is_some() {
        el("li")
            .text("A server certificate is stored, but not loaded: append its CA on ")
            .child(page_link(Route::TrustedCas).text("Trusted CA certificate"))
            .text(", or see on ")
            .child(page_link(Route::ServerCertificate).text("Server certificate"))
            .text(" what it waits for")
    } else if temporary {
        el("li")
            .text("The node serves its temporary certificate: ")
            .child(page_link(Route::ServerCertificate).text("upload a server certificate"))
    } else {
        return None;
    };
    Some(
        el("section")
            .class("panel next-steps")
            .attr("aria-labelledby", "next-steps")
            .child(el("h2").attr("id", "next-steps").text("Next steps"))
            .child(el("ul").child(step)),
    )
}
