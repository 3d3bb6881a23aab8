//! How it went, what comes next, and *Sign*.

use certway_wire::acme::{AcmeNext, AcmeOutcome, AcmeStatus};
use certway_wire::users::Role;

use super::{Service, Step, fact, part, said_button};
use crate::dom::{El, View, el, live, live_if, parts};
use crate::signal::RwSignal;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, error_line, spoken, time};

pub(super) fn status(service: Service) -> El {
    let status = service.part(|acme| acme.status.clone());
    let error = RwSignal::new(String::new());
    let running = move || {
        status.with(|status| {
            let step = status.as_ref()?.running.clone()?;
            let step = step.trim_end_matches('.').to_owned();
            Some(el("p").child(badge(State::Advice, "At work")).text(" ").child(spoken(&step)).text("."))
        })
    };
    let sign = said_button(
        "acme-sign-says",
        ButtonKind::Primary,
        "Sign",
        move || why_not(service),
        move || {
            format!(
                "Asks {} for a certificate for {}. It is shown here first, and not served.",
                service.provider_name(),
                service.order.names_text(service)
            )
        },
        move || service.take(Step::Sign, error),
    );
    part("acme-status", "Status")
        .child(live(move || status.with(|status| status.as_ref().map(facts))))
        .child(el("div").attr("role", "status").child(live(running)))
        .child(error_line(error))
        .child(sign)
        .child(order_begun(service, error))
}

/// Why nothing can be signed now.
fn why_not(service: Service) -> Option<String> {
    if service.busy.get() {
        return Some("The node is at work.".to_owned());
    }
    let (has_provider, has_account, runs) = service.acme.with(|acme| {
        let acme = acme.as_ref()?;
        Some((!acme.settings.provider.is_empty(), acme.account.is_some(), acme.status.running.is_some()))
    })?;
    match (has_provider, has_account, runs) {
        (false, ..) => Some("Choose and save a provider first.".to_owned()),
        (_, false, _) => Some(format!("Register with {} first.", service.provider_name())),
        (.., true) => Some("The provider is being asked. It can take some minutes.".to_owned()),
        _ => None,
    }
}

fn facts(status: &AcmeStatus) -> El {
    el("dl")
        .class("facts")
        .child(fact("Last sign", last(status.last_sign.as_ref(), "Signed")))
        .child(fact("Next sign", next(&status.next_sign)))
        .child(fact("Last deploy", last(status.last_deploy.as_ref(), "Deployed")))
        .child(fact("Next deploy", next(&status.next_deploy)))
}

fn last(outcome: Option<&AcmeOutcome>, word: &str) -> View {
    let Some(AcmeOutcome { at, ok, message, remedy }) = outcome else {
        return el("p").text("None so far.").into();
    };
    let state = if *ok { badge(State::Loaded, word) } else { badge(State::Refused, "Failed") };
    parts()
        .child(el("p").child(state).text(" ").child(time(at)))
        .child(el("p").child(spoken(message)))
        .children((!remedy.is_empty()).then(|| el("p").child(spoken(remedy))))
}

fn next(next: &AcmeNext) -> View {
    let at = next.at.as_ref().map(|at| el("p").child(time(at)));
    parts().children(at).child(el("p").child(spoken(&next.message)))
}

/// An order that was begun can be given up.
fn order_begun(service: Service, error: RwSignal<String>) -> View {
    let open = RwSignal::new(false);
    let begun = move || {
        service.acme.with(|acme| {
            let acme = acme.as_ref();
            acme.is_some_and(|acme| acme.status.has_order && acme.status.running.is_none() && acme.pending.is_none())
        })
    };
    let offer = move || {
        el("p").class("actions").child(
            button(ButtonKind::Quiet, move || open.set(true))
                .needs(Role::Operator)
                .text("Give up the order that was begun"),
        )
    };
    let question = move || {
        let give_up = move || {
            open.set(false);
            service.take(Step::Discard, error);
        };
        parts()
            .child(el("p").text("The order and its private key are removed from the node. What is served does not change. The next Sign begins anew."))
            .child(choice("Give up", open, give_up))
    };
    parts().child(live_if(begun, offer)).child(dialog(open, || "Give up the order".to_owned(), question))
}
