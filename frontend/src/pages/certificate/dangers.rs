//! What changes what is served without an upload: each asks once, and names what it is about.

use certway_wire::node::StoredCertificate;
use certway_wire::revocation::SourceResult;
use certway_wire::users::Role;
use certway_wire::{Finding, Severity};

use super::Page;
use crate::api::{Api, ApiError, Identity};
use crate::dom::{El, View, el, live_if, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, badge_of, button, dialog, spoken, untrusted};

/// What is done when the dialog's button is pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    LoadAnyway,
    Discard,
    BringBack,
    Reset,
}

impl Step {
    /// Takes it, and gives what responders say of what is loaded then.
    async fn take(self, api: Api, identity: Identity) -> Result<Vec<SourceResult>, ApiError> {
        match self {
            Self::LoadAnyway => Ok(api.load_pending(identity).await?.ocsp),
            Self::Discard => api.discard_pending(identity).await.map(|()| Vec::new()),
            Self::BringBack => Ok(api.load_previous(identity).await?.ocsp),
            Self::Reset => api.reset_certificate(identity).await.map(|()| Vec::new()),
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
        spawn(async move {
            let api = self.app.api;
            match self.app.confirmed(async || step.take(api, self.identity).await).await {
                Ok(said) => {
                    self.app.notices.done(step.done());
                    for said in said.iter().filter(|said| said.revoked) {
                        self.app.notices.warn(format!("Responder (OCSP): {}.", said.message));
                    }
                }
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
pub(super) fn pending_actions(page: Page, stored: &StoredCertificate) -> View {
    let (load_open, discard_open) = (RwSignal::new(false), RwSignal::new(false));
    let (name, discarded) = (name_of(stored), name_of(stored));
    let against = stored.report.findings.clone();
    let load = move || {
        parts()
            .child(
                el("p")
                    .text("New connections will get the certificate for ")
                    .child(untrusted(&name))
                    .text(", although this stands against it:"),
            )
            .child(reasons(&against))
            .child(el("p").text("Clients that check certificates may refuse to connect. The node raises an alarm. The certificate served now is kept as the previous one."))
            .child(choice(page, Step::LoadAnyway, load_open, ButtonKind::Danger, "Load anyway"))
    };
    let discard = move || {
        parts()
            .child(
                el("p")
                    .text("The pending certificate for ")
                    .child(untrusted(&discarded))
                    .text(" and its private key are removed from the node. What is served does not change."),
            )
            .child(choice(page, Step::Discard, discard_open, ButtonKind::Danger, "Discard"))
    };
    parts()
        .child(
            el("p")
                .class("actions")
                .child(button(ButtonKind::Plain, move || load_open.set(true)).needs(Role::Operator).text("Load anyway"))
                .child(button(ButtonKind::Quiet, move || discard_open.set(true)).needs(Role::Operator).text("Discard")),
        )
        .child(dialog(load_open, || "Load anyway".to_owned(), load))
        .child(dialog(discard_open, || "Discard the pending certificate".to_owned(), discard))
}

fn reasons(findings: &[Finding]) -> El {
    let against = findings.iter().filter(|finding| finding.severity != Severity::Advice);
    el("ul").class("reasons").children(
        against
            .map(|finding| el("li").child(badge_of(finding.severity.into())).text(" ").child(spoken(&finding.message))),
    )
}

/// Brings the previous certificate back.
pub(super) fn bring_back(page: Page, stored: &StoredCertificate) -> View {
    let open = RwSignal::new(false);
    let name = name_of(stored);
    let question = move || {
        parts()
            .child(
                el("p")
                    .text("New connections will get the certificate for ")
                    .child(untrusted(&name))
                    .text(" again, with its own key. The one served now becomes the previous one."),
            )
            .child(choice(page, Step::BringBack, open, ButtonKind::Primary, "Bring back"))
    };
    let press = button(ButtonKind::Plain, move || open.set(true)).needs(Role::Operator).text("Bring back");
    parts().child(el("p").class("actions").child(press)).child(dialog(
        open,
        || "Bring the previous certificate back".to_owned(),
        question,
    ))
}

/// Goes back to the temporary certificate; shown unless it is served already.
pub(super) fn reset_to_temporary(page: Page) -> View {
    let open = RwSignal::new(false);
    let offered = move || {
        page.slots.with(|slots| {
            let active = slots.as_ref().and_then(|slots| slots.active.as_ref());
            active.is_some_and(|active| active.origin != "temporary")
        })
    };
    let section = move || {
        let reset = button(ButtonKind::Danger, move || open.set(true))
            .needs(Role::Operator)
            .text("Reset to the temporary certificate");
        el("section")
            .class("panel")
            .attr("aria-label", "Temporary certificate")
            .child(el("h2").text("Temporary certificate"))
            .child(el("p").text("The node made a certificate of its own at its first start. It can serve that one again; no client trusts it unless it trusts the node's temporary CA."))
            .child(el("p").class("actions").child(reset))
    };
    let question = move || {
        parts()
            .child(el("p").text("New connections will get the node's temporary certificate. The one served now becomes the previous one, and can be brought back."))
            .child(choice(page, Step::Reset, open, ButtonKind::Danger, "Reset"))
    };
    parts().child(live_if(offered, section)).child(dialog(
        open,
        || "Reset to the temporary certificate".to_owned(),
        question,
    ))
}

fn choice(page: Page, step: Step, open: RwSignal<bool>, kind: ButtonKind, label: &str) -> El {
    el("div")
        .class("dialog-buttons")
        .child(button(ButtonKind::Plain, move || open.set(false)).text("Cancel"))
        .child(button(kind, move || page.take(step, open)).text(label))
}
