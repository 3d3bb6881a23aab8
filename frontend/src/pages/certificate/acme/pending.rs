//! The signed certificate that waits: looked at, then deployed or discarded.

use certway_wire::acme::{AcmeCa, AcmeDifference, AcmeObjection, AcmePending};

use super::super::slot::{Which, against, folded};
use super::{Service, Step, act_button, focus_if_lost, heading};
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{
    ButtonKind, State, badge, certificate_path, choice, decoded_certificate, dialog, error_line, fingerprint, spoken,
    time, untrusted, validity_bar,
};

pub(super) fn pending(service: Service) -> View {
    let pending = service.part(|acme| acme.pending.clone());
    let error = RwSignal::new(String::new());
    live(move || pending.with(|pending| pending.as_ref()?.as_ref().map(|pending| view(service, pending, error))))
}

fn view(service: Service, pending: &AcmePending, error: RwSignal<String>) -> El {
    let stored = &pending.certificate;
    let certificate = &stored.decoded;
    let name = certificate.common_name.as_ref().or(certificate.alternative_names.first().map(|name| &name.value));
    let (state, word) = if pending.objections.is_empty() {
        (State::Loaded, "Nothing stands against it")
    } else {
        (State::Warning, "Held back")
    };
    el("section")
        .class("slot acme-part acme-signed stack")
        .attr("aria-labelledby", "acme-signed")
        .child(heading("acme-signed").text("Signed, not served yet ").child(badge(state, word)))
        .child(el("p").class("slot-name").child(el("strong").child(untrusted(name.unwrap_or(&certificate.subject)))))
        .child(validity_bar(&certificate.not_before, &certificate.not_after))
        .child(
            el("p")
                .class("slot-times")
                .child(el("span").text("Until ").child(time(&certificate.not_after)))
                .text(" ")
                .child(el("span").class("muted").text("Signed ").child(time(&stored.stored_at))),
        )
        .children(objections(&pending.objections))
        .children(differences(&pending.differences))
        .children(cas(service, &pending.cas_at_hand, error))
        .child(error_line(error))
        .child(actions(service, pending, error))
        .children(against(stored, Which::Active))
        .child(folded("Chain of trust", certificate_path(&stored.report.path)))
        .child(folded("Decoded, and PEM file", decoded_certificate(certificate, Some(&stored.pem))))
}

/// What stands against deploying it, each with what to do.
fn objections(all: &[AcmeObjection]) -> Option<El> {
    let row = |objection: &AcmeObjection| {
        let (state, word) = if objection.may_be_overruled {
            (State::Warning, "May be overruled")
        } else {
            (State::Refused, "Must be mended")
        };
        el("li")
            .class(&format!("finding {}", state.class()))
            .child(
                el("p")
                    .class("finding-head")
                    .child(badge(state, word))
                    .text(" ")
                    .child(el("strong").class("finding-message").child(spoken(&objection.message))),
            )
            .child(el("p").class("remedy").child(spoken(&objection.remedy)))
    };
    (!all.is_empty()).then(|| {
        el("ol").class("findings").attr("aria-label", "What stands against deploying it").children(all.iter().map(row))
    })
}

/// Old against new.
fn differences(all: &[AcmeDifference]) -> Option<El> {
    let value = |text: &str| if time_text::unix(text).is_some() { time(text) } else { untrusted(text) };
    let row = |difference: &AcmeDifference| {
        el("tr")
            .child(el("th").attr("scope", "row").text(&difference.what))
            .child(el("td").attr("data-column", "Served now").child(value(&difference.active)))
            .child(el("td").attr("data-column", "Signed").child(value(&difference.pending)))
    };
    let head = ["Differs in", "Served now", "Signed"].map(|label| el("th").attr("scope", "col").text(label));
    (!all.is_empty()).then(|| {
        el("table")
            .class("comparison")
            .attr("aria-label", "Old against new")
            .child(el("thead").child(el("tr").children(head)))
            .child(el("tbody").children(all.iter().map(row)))
    })
}

/// The CAs of its chain that the trusted CA list does not have.
fn cas(service: Service, all: &[AcmeCa], error: RwSignal<String>) -> Option<El> {
    let row = |ca: &AcmeCa| {
        let kind = if ca.is_root { "Root: " } else { "Intermediate: " };
        el("li")
            .text(kind)
            .child(untrusted(&ca.subject))
            .text(" ")
            .child(fingerprint("fingerprint of the CA", &ca.fingerprint_sha256))
    };
    let append = move || {
        service.busy.set(true);
        spawn(append_cas(service, error));
    };
    (!all.is_empty()).then(|| {
        el("div")
            .class("stack")
            .child(el("p").text("CAs of its chain that the trusted CA list does not have. Everything that trusts the list trusts them from then on."))
            .child(el("ul").children(all.iter().map(row)))
            .child(
                el("p")
                    .class("actions")
                    .child(act_button(service, ButtonKind::Plain, "Append to the trusted CA list", append)),
            )
    })
}

async fn append_cas(service: Service, error: RwSignal<String>) {
    error.set(String::new());
    let app = service.app;
    let answer = app.confirmed(async || app.api.append_acme_cas().await).await;
    service.busy.set(false);
    match answer {
        Ok(appended) => {
            let (added, total) = (appended.added, appended.total);
            app.notices.done(format!("{added} added to the trusted CA list. {total} in it now."));
        }
        Err(refused) => error.set(refused.to_string()),
    }
    service.ask();
    service.page.changed();
    focus_if_lost("acme-signed");
}

fn actions(service: Service, pending: &AcmePending, error: RwSignal<String>) -> View {
    let (anyway_open, discard_open) = (RwSignal::new(false), RwSignal::new(false));
    let objections = pending.objections.clone();
    let is_over = !objections.is_empty() && objections.iter().all(|objection| objection.may_be_overruled);
    let becomes_client = pending.becomes_client;
    let effect = if becomes_client {
        "New connections get it from the next handshake on. No restart is needed, and open connections go on. It becomes the client certificate too."
    } else {
        "New connections get it from the next handshake on. No restart is needed, and open connections go on. The client certificate stays as it is."
    };
    let deploy = act_button(service, ButtonKind::Primary, "Deploy", move || service.take(Step::Deploy, error))
        .attr("aria-describedby", "acme-deploy-says");
    let anyway = act_button(service, ButtonKind::Danger, "Deploy anyway", move || anyway_open.set(true))
        .attr("aria-describedby", "acme-deploy-says");
    let discard = act_button(service, ButtonKind::Quiet, "Discard", move || discard_open.set(true));
    let says = match (objections.is_empty(), is_over) {
        (true, _) => effect,
        (_, true) => "It is not deployed by itself while this stands against it. You may overrule that.",
        _ => "It cannot be deployed while this stands against it.",
    };
    let ask_anyway = move || {
        let reasons = objections.iter().map(|objection| {
            el("li").child(badge(State::Warning, "Warning")).text(" ").child(spoken(&objection.message))
        });
        let act = move || {
            anyway_open.set(false);
            service.take(Step::DeployAnyway, error);
        };
        parts()
            .child(el("p").text("This stands against it:"))
            .child(el("ul").class("reasons").children(reasons))
            .child(el("p").text(effect))
            .child(el("p").text("The certificate served now is kept as the previous one, and can be brought back."))
            .child(choice("Deploy anyway", anyway_open, act))
    };
    let ask_discard = move || {
        let act = move || {
            discard_open.set(false);
            service.take(Step::Discard, error);
        };
        parts()
            .child(el("p").text("The signed certificate and its private key are removed from the node. What is served does not change. It stays valid at the provider: revoke it first if its key may be known to others."))
            .child(choice("Discard", discard_open, act))
    };
    let buttons = el("p")
        .class("actions")
        .children(pending.objections.is_empty().then_some(deploy))
        .children(is_over.then_some(anyway))
        .child(discard);
    parts()
        .child(
            el("div")
                .class("send")
                .child(buttons)
                .child(el("p").attr("id", "acme-deploy-says").class("muted").text(says)),
        )
        .child(dialog(anyway_open, || "Deploy anyway".to_owned(), ask_anyway))
        .child(dialog(discard_open, || "Discard the signed certificate".to_owned(), ask_discard))
}
