//! What the last upload led to.

use certway_wire::node::CertificateStored;
use certway_wire::revocation::SourceResult;

use crate::dom::{El, el, live};
use crate::report::findings_on_stored;
use crate::signal::RwSignal;
use crate::ui::{ButtonKind, State, badge, button, spoken};

/// The outcome, until it is put away or the next upload ends.
pub(super) fn outcome(stored: RwSignal<Option<CertificateStored>>, waits: RwSignal<bool>) -> El {
    let content = move || {
        stored.with(|outcome| {
            let CertificateStored { loaded, report, ocsp } = outcome.as_ref()?;
            let (state, word, sentence) = if *loaded {
                (
                    State::Loaded,
                    "Loaded",
                    "Stored and loaded: new connections get the new certificate. Open connections keep the one they began with until they end.",
                )
            } else if waits.get_untracked() {
                (
                    State::Plain,
                    "Waits",
                    "Stored, not loaded: it waits for the change of the cluster's certificates. What was served before is served on.",
                )
            } else {
                (
                    State::Warning,
                    "Not loaded",
                    "Stored, not loaded: what was served before is served on. The new certificate is pending and loads by itself when nothing stands against it any more.",
                )
            };
            let away = button(ButtonKind::Quiet, move || stored.set(None)).text("Put this message away");
            Some(
                el("section")
                    .class(&format!("verdict outcome {}", state.class()))
                    .attr("aria-label", "Outcome of the upload")
                    .child(badge(state, word))
                    .child(el("p").class("sentence").text(sentence))
                    .child(findings_on_stored(&report.findings))
                    .children(ocsp.iter().map(responder))
                    .child(el("p").class("muted").text("The private key was overwritten in this page."))
                    .child(away),
            )
        })
    };
    el("div").attr("role", "status").child(live(content))
}

/// What a responder says of one of the node's certificates.
fn responder(said: &SourceResult) -> El {
    let warning = said.revoked.then(|| badge(State::Warning, "Revoked"));
    el("p").children(warning).text(" Responder (OCSP): ").child(spoken(&said.message)).text(".")
}
