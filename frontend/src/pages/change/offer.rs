//! The plan: what is missing, both orders with their steps, what stands against it, and the button that begins.

use certway_wire::change::{ChangeBreak, ChangeForced, ChangeKept, ChangeLeftOut, ChangeOffer, ChangePlan};
use certway_wire::users::Role;
use leptos::prelude::*;

use super::super::trusted_cas::what_breaks::called;
use super::form::Planned;
use super::steps::{Verb, forced, planned, refusals};
use super::{Page, panel};
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, needed, spoken, untrusted};

/// What was planned, if something was.
pub(super) fn offer(page: Page) -> View {
    let planned = page.form.planned;
    live(move || planned.get().map(|planned| untrack(|| drawn(page, planned))))
}

fn drawn(page: Page, planned: Planned) -> View {
    let offer = &planned.offer;
    parts()
        .child(
            panel("plan", "Plan")
                .child(verdict(offer))
                .children((!offer.missing.is_empty()).then(|| missing(&offer.missing)))
                .children((!offer.never_enforced.is_empty()).then(|| never(&offer.never_enforced)))
                .children((!offer.refused.is_empty()).then(|| today(offer)))
                .children((!offer.left_out.is_empty()).then(|| left_out(&offer.left_out)))
                .children((!offer.kept.is_empty()).then(|| kept(page, &offer.kept)))
                .children((!offer.breaks.is_empty() || !offer.notes.is_empty()).then(|| last_step(offer))),
        )
        .child(
            el("div")
                .class("side-by-side")
                .attr("role", "group")
                .attr("aria-label", "Order of the steps")
                .child(order(page, false, "specification", "The specification's order", specification(page, offer)))
                .child(order(
                    page,
                    true,
                    "without-permissive",
                    "The order that never needs Permissive",
                    other(page, offer),
                )),
        )
        .child(begin(page, planned))
}

fn verdict(offer: &ChangeOffer) -> El {
    let (state, word, says) = if !offer.missing.is_empty() {
        (State::Refused, "Not yet", "The change cannot begin: something is missing.")
    } else if !offer.never_enforced.is_empty() {
        (State::Refused, "Does not begin", "TLS verification mode could not return to Enforce at the end.")
    } else {
        (State::Loaded, "Ready", "The change can begin.")
    };
    el("p").class("headline").attr("role", "status").child(badge(state, word)).child(el("strong").text(says))
}

/// What is missing, and what to do about each.
fn missing(missing: &[String]) -> El {
    let one = |sentence: &String| {
        let node = sentence.split(' ').next().unwrap_or_default();
        let remedy = if sentence.ends_with("does not answer") {
            format!("Start {node}, or look why it is not reached: System > Clustering.")
        } else {
            format!(
                "Upload the new certificate of {node} on its own page Server certificate, with 'Keep it pending for the change of the cluster's certificates', or leave {node} out."
            )
        };
        el("li").child(el("strong").child(spoken(sentence))).child(el("p").text(remedy))
    };
    part("Missing", el("ul").class("reasons").attr("aria-label", "Missing").children(missing.iter().map(one)))
}

fn never(never: &[ChangeForced]) -> El {
    part("What keeps Enforce from coming back", forced(never))
}

fn today(offer: &ChangeOffer) -> El {
    let verb = if offer.mode == "enforce" { Verb::Refuses } else { Verb::WouldRefuse };
    part("Before the change", el("div").child(refusals(&offer.refused, verb)))
}

fn left_out(nodes: &[ChangeLeftOut]) -> El {
    let one = |left: &ChangeLeftOut| el("li").child(spoken(&format!("{}: {}.", left.node, left.reason)));
    part("Nodes that keep their certificates", el("ul").children(nodes.iter().map(one)))
}

fn kept(page: Page, kept: &[ChangeKept]) -> El {
    let one = |kept: &ChangeKept| {
        el("li")
            .child(el("p").child(el("strong").child(untrusted(&page.ca_name(&kept.ca)))).text(" stays. Without it:"))
            .child(refusals(&kept.breaks, Verb::WouldRefuse))
    };
    part("Ticked, but still required", el("ul").class("reasons").children(kept.iter().map(one)))
}

/// What the deletion of CAs breaks beside what nodes think of each other.
fn last_step(offer: &ChangeOffer) -> El {
    let one = |broken: &ChangeBreak| {
        el("li")
            .child(
                el("p")
                    .child(badge(State::Warning, "Breaks"))
                    .text(format!(" {} ", called(broken.what)))
                    .child(untrusted(&broken.name)),
            )
            .child(
                el("p")
                    .child(spoken(&format!("At {}.", broken.nodes.join(", "))))
                    .text(" ")
                    .child(spoken(&broken.consequence)),
            )
    };
    let note = |note: &String| el("li").child(badge(State::Advice, "Not looked at")).text(" ").child(spoken(note));
    let title = "When the CA certificates are deleted at the end";
    let all = el("ul")
        .class("reasons")
        .attr("aria-label", title)
        .children(offer.breaks.iter().map(one))
        .children(offer.notes.iter().map(note));
    part(title, all)
}

fn part(title: &str, content: El) -> El {
    el("div").class("report-part").child(el("h3").text(title)).child(content)
}

/// One order, with the button that chooses it; one that there is not cannot be chosen.
fn order(page: Page, without_permissive: bool, id: &'static str, title: &str, content: (bool, View)) -> El {
    let chosen = page.form.without_permissive;
    let (can_be_chosen, content) = content;
    let radio = el("input")
        .attr("type", "radio")
        .attr("name", "order")
        .attr("id", &format!("order-{id}"))
        .flag("disabled", !can_be_chosen)
        .live_prop("checked", move || (chosen.get() == without_permissive).into())
        .on("change", move |_| chosen.set(without_permissive));
    let label = el("label").class("tick").child(radio).child(el("strong").text(title));
    el("section").class("panel").attr("aria-label", title).child(label).child(content)
}

fn specification(page: Page, offer: &ChangeOffer) -> (bool, View) {
    (true, steps(page, &offer.specification))
}

fn other(page: Page, offer: &ChangeOffer) -> (bool, View) {
    if offer.mode != "enforce" {
        let says = "TLS verification mode is Permissive already and stays so: both orders are the same.";
        return (false, el("p").text(says).into());
    }
    match &offer.without_permissive {
        Some(plan) => (true, steps(page, plan)),
        None => {
            let says = "There is none: TLS verification mode must be Permissive for a while. What forces it:";
            (false, parts().child(el("p").text(says)).child(forced(&offer.forced)))
        }
    }
}

fn steps(page: Page, plan: &ChangePlan) -> View {
    planned(page, &plan.steps).into()
}

fn begin(page: Page, planned: Planned) -> El {
    let form = page.form;
    let (busy, error) = (RwSignal::new(false), RwSignal::new(String::new()));
    let can = planned.offer.missing.is_empty() && planned.offer.never_enforced.is_empty();
    let other = form.is_other_than_planned();
    let says = in_words(page, &planned.offer);
    let press = move || {
        busy.set(true);
        error.set(String::new());
        let json = planned.json(form.without_permissive.get_untracked());
        spawn(async move {
            match page.call(async || page.app.api.begin_change(&json).await).await {
                Ok(()) => {
                    form.clear();
                    page.app.notices.done("The change has begun. It goes on by itself, whatever becomes of this page.");
                }
                Err(refusal) => error.set(refusal.to_string()),
            }
            busy.set(false);
        });
    };
    let press = button(ButtonKind::Primary, press)
        .needs(Role::Operator)
        .attr("aria-describedby", "begin-says")
        .live_flag("disabled", move || !can || busy.get() || other.get())
        .text("Begin the change");
    let outdated = move || {
        let says = if other.get() { "The form was changed since. Plan again before you begin." } else { "" };
        says.to_owned()
    };
    let refusal = move || error.with(|text| (!text.is_empty()).then(|| untrusted(text)));
    panel("begin-change", "Begin")
        .child(el("p").attr("id", "begin-says").text(says))
        .child(needed(Role::Operator))
        .child(el("p").attr("role", "status").live_text(outdated))
        .child(el("p").class("field-error").attr("role", "alert").child(live(refusal)))
        .child(
            el("p")
                .class("actions")
                .child(press)
                .child(el("span").class("muted").text("The node asks for your password first.")),
        )
}

/// What happens when the button is pressed.
fn in_words(page: Page, offer: &ChangeOffer) -> String {
    let restarts: Vec<&str> = offer
        .specification
        .steps
        .iter()
        .filter(|step| step.step == "restart")
        .flat_map(|step| step.nodes.iter().map(String::as_str))
        .collect();
    let Some((first, others)) = restarts.split_first() else {
        return "No node takes part: nothing would happen.".to_owned();
    };
    let follow = match others {
        [] => String::new(),
        others => format!(" Then {} follow, each when the one before has recovered.", others.join(", ")),
    };
    let follow = if others.len() == 1 { follow.replace(" follow, each", " follows,") } else { follow };
    format!(
        "As soon as the button is pressed the steps of the chosen order begin, on all nodes, and go on whatever becomes of this page or this node. {first} restarts first, {}.{follow} A node that does not recover gets its former certificate back, and the change stops and waits for a decision.",
        page.form.times.in_words(),
    )
}
