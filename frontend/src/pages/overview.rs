//! What is served now, until when, and what needs a hand.

mod alarms;
mod events;
mod timeline;

use certway_wire::node::{Certificates, Event, StoredCertificate, TrustedCas};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::App;
use crate::route::{PageLink, Route};
use crate::ui::{Badge, CertificatePath, Fingerprint, State, TimeText, Untrusted, ValidityBar, live};

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
        spawn_local(async move {
            match app.api.server_certificate().await {
                Ok(server) => {
                    let _ = self.error.try_set(None);
                    let _ = self.server.try_set(Some(server));
                }
                Err(error) => drop(self.error.try_set(Some(error.to_string()))),
            }
        });
        spawn_local(async move {
            if let Ok(trusted) = app.api.trusted_cas().await {
                let _ = self.trusted.try_set(Some(trusted));
            }
        });
        spawn_local(async move {
            if let Ok(events) = app.api.events(events::SHOWN).await {
                let _ = self.events.try_set(events);
            }
        });
    }
}

#[component]
pub(crate) fn Overview() -> impl IntoView {
    let app = App::here();
    let facts = Facts::new();
    Effect::new(move |_| {
        app.node_back.track();
        facts.ask(app);
        app.refresh();
    });
    view! {
        <h1>"Overview"</h1>
        <div role="alert">{live(move || facts.error.get().map(|error| view! { <p class="field-error">{error}</p> }.into_any()))}</div>
        {live(move || facts.server.get().map(|server| view! { <NextSteps server=server/> }.into_any()))}
        <div class="columns">
            <section class="panel wide" aria-labelledby="served">
                <h2 id="served">"Served now"</h2>
                {live(move || Some(match facts.server.get() {
                    Some(server) => view! { <Served server=server/> }.into_any(),
                    None if facts.error.get().is_some() => view! { <p class="muted">"Not known while the node does not answer."</p> }.into_any(),
                    None => view! { <p class="muted">"Asking the node."</p> }.into_any(),
                }))}
            </section>
            <alarms::Alarms/>
        </div>
        {live(move || facts.server.get().map(|server| {
            let trusted = facts.trusted.get();
            view! { <timeline::Timeline server=server trusted=trusted/> }.into_any()
        }))}
        {live(move || Some(view! { <events::LastEvents events=facts.events.get()/> }.into_any()))}
    }
}

/// The certificate that new TLS handshakes get.
#[component]
fn Served(server: Certificates) -> AnyView {
    let Some(stored) = server.active.or(server.temporary) else {
        return view! { <p>"Nothing is served."</p> }.into_any();
    };
    let temporary = stored.origin == "temporary";
    let StoredCertificate { decoded, report, loaded_at, loaded_anyway, .. } = stored;
    let names = decoded
        .alternative_names
        .into_iter()
        .map(|name| view! { <li><Untrusted text=name.value/></li> })
        .collect_view();
    view! {
        <p class="headline">
            <Badge state=State::Loaded word="Loaded"/>
            {temporary.then(|| view! { <Badge state=State::Warning word="Temporary"/> })}
            {loaded_anyway.then(|| view! { <Badge state=State::Warning word="Loaded anyway"/> })}
            <strong><Untrusted text=decoded.common_name.unwrap_or(decoded.subject)/></strong>
        </p>
        <ul class="names inline" aria-label="Subject alternative names">{names}</ul>
        <ValidityBar not_before=decoded.not_before not_after=decoded.not_after.clone()/>
        <dl class="facts">
            <div><dt>"Valid until"</dt><dd><TimeText at=decoded.not_after/></dd></div>
            <div><dt>"Issuer"</dt><dd><Untrusted text=decoded.issuer/></dd></div>
            {loaded_at.map(|at| view! { <div><dt>"Loaded"</dt><dd><TimeText at=at/></dd></div> })}
            <div><dt>"Fingerprint (SHA-256)"</dt><dd><Fingerprint label="SHA-256 fingerprint" hex=decoded.fingerprint_sha256/></dd></div>
        </dl>
        <h3>"Chain of trust"</h3>
        <CertificatePath links=report.path/>
    }
    .into_any()
}

/// What is still undone.
#[component]
fn NextSteps(server: Certificates) -> AnyView {
    let temporary = server.active.as_ref().is_none_or(|active| active.origin == "temporary");
    let pending = server.pending.is_some();
    if !temporary && !pending {
        return ().into_any();
    }
    let upload = (temporary && !pending).then(|| view! {
        <li>"The node serves its temporary certificate: " <PageLink to=Route::ServerCertificate>"upload a server certificate"</PageLink></li>
    });
    let append = pending.then(|| view! {
        <li>
            "A server certificate is stored, but not loaded: append its CA on "
            <PageLink to=Route::TrustedCas>"Trusted CA certificate"</PageLink>
            ", or see on " <PageLink to=Route::ServerCertificate>"Server certificate"</PageLink> " what it waits for"
        </li>
    });
    view! {
        <section class="panel next-steps" aria-labelledby="next-steps">
            <h2 id="next-steps">"Next steps"</h2>
            <ul>{upload}{append}</ul>
        </section>
    }
    .into_any()
}
