//! The steps of the specification, and who would refuse whom, in words.

use certway_wire::change::{ChangeForced, ChangeRefusal, ChangeStep};

use super::Page;
use crate::dom::{El, View, el, parts};
use crate::ui::{State, badge, spoken, untrusted};

/// What a step is called.
pub(super) fn title(step: &str) -> &'static str {
    match step {
        "append-cas" => "Add the new trusted CA certificates on all nodes",
        "permissive" => "Change the TLS verification mode to Permissive",
        "new-certificates" => "Put the new server certificates in place on all nodes",
        "restart" => "Restart the nodes one at a time",
        "enforce" => "Change the TLS verification mode back to Enforce",
        "delete-cas" => "Delete the CA certificates that are no longer required",
        _ => "The end",
    }
}

pub(super) fn mode_name(mode: &str) -> &'static str {
    match mode {
        "enforce" => "Enforce",
        "permissive" => "Permissive",
        _ => "Mode not known",
    }
}

/// The steps of an order, each with what holds after it.
pub(super) fn planned(page: Page, steps: &[ChangeStep]) -> El {
    el("ol").class("steps").children(steps.iter().map(|step| one(page, step)))
}

fn one(page: Page, step: &ChangeStep) -> El {
    let name = match step.nodes.as_slice() {
        [] => title(&step.step).to_owned(),
        nodes => format!("Restart {}", nodes.join(", ")),
    };
    let cas = step.cas.iter().map(|ca| el("li").child(untrusted(&page.ca_name(ca))));
    let mode = mode_name(&step.mode);
    let state = if step.mode == "enforce" { State::Loaded } else { State::Warning };
    let nobody = step.refused.is_empty().then(|| badge(State::Loaded, "Nobody is refused"));
    let verb = if step.mode == "enforce" { Verb::Refuses } else { Verb::WouldRefuse };
    el("li")
        .child(el("strong").text(name))
        .children((!step.cas.is_empty()).then(|| el("ul").children(cas)))
        .child(el("div").class("chips").child(badge(state, mode)).children(nobody))
        .child(refusals(&step.refused, verb))
}

/// Whether nodes are refused, or would be under Enforce.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Refuses,
    WouldRefuse,
}

/// Who refuses whom, with every reason.
pub(super) fn refusals(refused: &[ChangeRefusal], verb: Verb) -> View {
    if refused.is_empty() {
        return parts();
    }
    parts().child(el("ul").class("reasons").children(refused.iter().map(|one| refusal(one, verb, ""))))
}

/// The pairs that force something, with the step after which they do.
pub(super) fn forced(forced: &[ChangeForced]) -> El {
    let one = |forced: &ChangeForced| {
        let when = match forced.step.as_deref() {
            None => "Today".to_owned(),
            Some(step) => format!("After '{}'", title(step)),
        };
        refusal(&forced.refused, Verb::WouldRefuse, &when)
    };
    el("ul").class("reasons").children(forced.iter().map(one))
}

fn refusal(refused: &ChangeRefusal, verb: Verb, when: &str) -> El {
    let (state, word) = match verb {
        Verb::Refuses => (State::Refused, "Refused"),
        Verb::WouldRefuse => (State::Warning, "Would be refused under Enforce"),
    };
    let which = if refused.certificate == "new" { "new" } else { "former" };
    let does = match (verb, refused.verifiers.len()) {
        (Verb::Refuses, 1) => "refuses",
        (Verb::Refuses, _) => "refuse",
        (Verb::WouldRefuse, _) => "would refuse",
    };
    let when = (!when.is_empty()).then(|| el("span").class("muted").text(format!("{when}: ")));
    let line = el("p")
        .child(badge(state, word))
        .children(when)
        .child(untrusted(&refused.verifiers.join(", ")))
        .text(format!(" {does} "))
        .child(untrusted(&refused.presented))
        .text(format!(" with its {which} certificate:"));
    let reasons = refused.reasons.iter().map(|reason| el("li").child(spoken(reason)));
    el("li").child(line).child(el("ul").children(reasons))
}
