//! What changes what is served without an upload: each asks once, and names what it is about.

use certway_wire::Severity;
use certway_wire::node::StoredCertificate;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Page;
use crate::api::{Api, ApiError};
use crate::ui::{Badge, Button, ButtonKind, Dialog, Untrusted, live, live_if};

/// What is done when the dialog's button is pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    LoadAnyway,
    Discard,
    BringBack,
    Reset,
}

impl Step {
    async fn take(self, api: Api) -> Result<(), ApiError> {
        match self {
            Self::LoadAnyway => api.load_pending().await,
            Self::Discard => api.discard_pending().await,
            Self::BringBack => api.load_previous().await,
            Self::Reset => api.reset_server_certificate().await,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::LoadAnyway => {
                "The certificate is loaded: new connections get it. An alarm says what stands against it."
            }
            Self::Discard => "The pending certificate and its key are discarded. What is served did not change.",
            Self::BringBack => "The previous certificate is loaded again: new connections get it.",
            Self::Reset => "The temporary certificate is loaded: new connections get it.",
        }
    }
}

impl Page {
    fn take(self, step: Step, open: RwSignal<bool>) {
        open.set(false);
        spawn_local(async move {
            let api = self.app.api;
            match self.app.confirmed(async || step.take(api).await).await {
                Ok(()) => self.app.notices.done(step.done()),
                Err(error) => self.app.notices.failed(error),
            }
            self.changed();
        });
    }
}

fn name_of(stored: &StoredCertificate) -> String {
    stored.decoded.common_name.clone().unwrap_or_else(|| stored.decoded.subject.clone())
}

/// 'Load anyway', and discarding.
#[component]
pub(super) fn PendingActions(page: Page, stored: StoredCertificate) -> AnyView {
    let (load_open, discard_open) = (RwSignal::new(false), RwSignal::new(false));
    let name = StoredValue::new(name_of(&stored));
    let against = StoredValue::new(stored.report.findings);
    let reasons = move || {
        against.with_value(|findings| {
            let reasons = findings
                .iter()
                .filter(|finding| finding.severity != Severity::Advice)
                .map(|finding| {
                    view! { <li><Badge state=finding.severity.into()/> " " <Untrusted text=finding.message.clone()/></li> }
                })
                .collect_view();
            Some(reasons.into_any())
        })
    };
    view! {
        <p class="actions">
            <Button on_press=move |()| load_open.set(true)>"Load anyway"</Button>
            <Button kind=ButtonKind::Quiet on_press=move |()| discard_open.set(true)>"Discard"</Button>
        </p>
        <Dialog open=load_open title="Load anyway">
            <p>"New connections will get the certificate for " <Untrusted text=name.get_value()/> ", although this stands against it:"</p>
            <ul class="reasons">{live(reasons)}</ul>
            <p>"Clients that check certificates may refuse to connect. The node raises an alarm. The certificate served now is kept as the previous one."</p>
            <Choice page=page step=Step::LoadAnyway open=load_open kind=ButtonKind::Danger label="Load anyway"/>
        </Dialog>
        <Dialog open=discard_open title="Discard the pending certificate">
            <p>"The pending certificate for " <Untrusted text=name.get_value()/> " and its private key are removed from the node. What is served does not change."</p>
            <Choice page=page step=Step::Discard open=discard_open kind=ButtonKind::Danger label="Discard"/>
        </Dialog>
    }
    .into_any()
}

/// Brings the previous certificate back.
#[component]
pub(super) fn BringBack(page: Page, stored: StoredCertificate) -> AnyView {
    let open = RwSignal::new(false);
    let name = StoredValue::new(name_of(&stored));
    view! {
        <p class="actions"><Button on_press=move |()| open.set(true)>"Bring back"</Button></p>
        <Dialog open=open title="Bring the previous certificate back">
            <p>"New connections will get the certificate for " <Untrusted text=name.get_value()/> " again, with its own key. The one served now becomes the previous one."</p>
            <Choice page=page step=Step::BringBack open=open kind=ButtonKind::Primary label="Bring back"/>
        </Dialog>
    }
    .into_any()
}

/// Goes back to the temporary certificate; shown unless it is served already.
#[component]
pub(super) fn ResetToTemporary(page: Page) -> AnyView {
    let open = RwSignal::new(false);
    let offered = move || {
        page.slots.with(|slots| {
            let active = slots.as_ref().and_then(|slots| slots.active.as_ref());
            active.is_some_and(|active| active.origin != "temporary")
        })
    };
    let section = move || {
        view! {
            <section class="panel" aria-label="Temporary certificate">
                <h2>"Temporary certificate"</h2>
                <p>"The node made a certificate of its own at its first start. It can serve that one again; no client trusts it unless it trusts the node's temporary CA."</p>
                <p class="actions">
                    <Button kind=ButtonKind::Danger on_press=move |()| open.set(true)>"Reset to the temporary certificate"</Button>
                </p>
            </section>
        }
        .into_any()
    };
    view! {
        {live_if(offered, section)}
        <Dialog open=open title="Reset to the temporary certificate">
            <p>"New connections will get the node's temporary certificate. The one served now becomes the previous one, and can be brought back."</p>
            <Choice page=page step=Step::Reset open=open kind=ButtonKind::Danger label="Reset"/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Choice(page: Page, step: Step, open: RwSignal<bool>, kind: ButtonKind, label: &'static str) -> AnyView {
    view! {
        <div class="dialog-buttons">
            <Button on_press=move |()| open.set(false)>"Cancel"</Button>
            <Button kind=kind on_press=move |()| page.take(step, open)>{label}</Button>
        </div>
    }
    .into_any()
}
