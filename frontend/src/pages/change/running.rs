//! A change that has begun: how far it is, what it waits for, and how it ended.

use super::choices::{choices, confirm};
use super::log::log;
use super::nodes::nodes;
use super::steps::title;
use super::{Page, panel};
use crate::dom::{El, View, el, live, parts};
use crate::signal::Memo;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, spoken, time, untrusted};
use certway_wire::change::RunningChange;

/// How the change stands, in one line.
#[derive(Clone, PartialEq)]
struct Standing {
    end: Option<String>,
    stopped: Option<String>,
    waits: bool,
    direction: String,
    step: String,
}

pub(super) fn running(page: Page) -> View {
    let standing = page.part(standing);
    parts()
        .child(
            panel("change", "The change")
                .child(el("div").attr("role", "status").child(live(move || standing.get().map(|one| headline(&one)))))
                .child(stopped(page))
                .child(held(page))
                .child(confirm(page))
                .child(permissive(page))
                .child(about(page))
                .child(again(page)),
        )
        .child(panel("steps", "Steps").child(steps(page, standing)))
        .child(nodes(page))
        .child(choices(page))
        .child(log(page))
}

fn standing(change: &RunningChange) -> Standing {
    Standing {
        end: change.end.clone(),
        stopped: change.stopped.clone(),
        waits: change.confirm_by.is_some(),
        direction: change.direction.clone(),
        step: change.step.clone(),
    }
}

fn headline(standing: &Standing) -> El {
    let (state, word, says) = match standing.end.as_deref() {
        Some("complete") => (State::Loaded, "Complete", "Every node that took part serves its new certificate."),
        Some("rolled-back") => (State::Warning, "Rolled back", "Every node serves its former certificate again."),
        Some("aborted") => (
            State::Warning,
            "Aborted",
            "Nodes that had recovered keep their new certificate, the others have their former one.",
        ),
        Some(_) => (State::Refused, "Ended as it stood", "Look at the nodes below, and at the alarms."),
        None if standing.stopped.is_some() => (State::Refused, "Stopped", "The change waits for a decision."),
        None if standing.waits => (State::Warning, "Waits for you", "The canary waits to be confirmed."),
        None => {
            let word = match standing.direction.as_str() {
                "back" => "Rolling back",
                "abort" => "Ending",
                _ => "Under way",
            };
            (State::Advice, word, title_of(standing))
        }
    };
    el("p").class("headline").child(badge(state, word)).child(el("strong").text(says))
}

fn title_of(standing: &Standing) -> &'static str {
    match (standing.direction.as_str(), standing.step.as_str()) {
        ("back", "restart" | "new-certificates") => "Nodes get their former certificates back, one at a time",
        ("back", "delete-cas") => "Delete the CA certificates that were appended",
        (_, step) => title(step),
    }
}

/// Why it has stopped. A reader hears of it by the line above.
fn stopped(page: Page) -> View {
    let why = page.part(|change| change.stopped.clone().filter(|_| change.end.is_none()));
    live(move || {
        let why = why.get().flatten()?;
        let says = el("p").child(spoken(&why));
        Some(el("div").class("banner refused").child(badge(State::Refused, "Why")).child(says))
    })
}

/// Why Enforce is not back although it should be.
fn held(page: Page) -> View {
    let held = page.part(|change| change.held.clone());
    live(move || {
        let held = held.get().filter(|held| !held.is_empty())?;
        let reasons = held.iter().map(|one| el("li").child(spoken(one)));
        Some(
            el("div").class("banner warning").child(badge(State::Warning, "Enforce is held")).child(
                el("div")
                    .child(el("p").text("TLS verification mode is not Enforce again, because a node would refuse a peer or is not known not to:"))
                    .child(el("ul").children(reasons)),
            ),
        )
    })
}

fn permissive(page: Page) -> View {
    let until = page.part(|change| change.permissive_until.clone());
    live(move || {
        until.get().flatten().map(|until| {
            el("p")
                .child(badge(State::Warning, "Permissive"))
                .text(" At the latest it ends ")
                .child(time(&until))
                .text(", by each node's own clock.")
        })
    })
}

fn about(page: Page) -> View {
    let facts = page.part(|change| {
        (
            change.by.clone(),
            change.begun_at.clone(),
            change.leader.clone(),
            change.without_permissive,
            change.end.is_some(),
        )
    });
    live(move || {
        let (by, begun_at, leader, without_permissive, ended) = facts.get()?;
        let fact =
            |term: &str, says: View| el("div").child(el("dt").text(term)).child(el("dd").child(el("div").child(says)));
        let order = if without_permissive { "Never Permissive" } else { "The specification's" };
        let leader = match leader {
            _ if ended => None,
            Some(leader) => Some(parts().child(untrusted(&leader)).text(". If it goes away, another node takes over.")),
            None => Some(parts().text("Nobody at this moment; another node takes over within seconds.")),
        };
        Some(
            el("dl")
                .class("facts")
                .child(fact("Begun", parts().child(time(&begun_at)).text(" by ").child(untrusted(&by))))
                .child(fact("Order", parts().text(order)))
                .children(leader.map(|leader| fact("Led by", leader))),
        )
    })
}

/// What can be done when it has ended; and, while it runs, whether what is shown is new.
fn again(page: Page) -> View {
    let ended = page.part(|change| change.end.is_some().then_some(change.number));
    live(move || {
        if let Some(number) = ended.get().flatten() {
            let another = move || page.put_away.set(number);
            return el("p").class("actions").child(button(ButtonKind::Plain, another).text("Plan another"));
        }
        let says = move || {
            let says = if page.paused.get() {
                "Nobody has used this page for two minutes, so it does not ask any more. Press a key, and it goes on."
            } else {
                "Asked every second while somebody uses this page. The change goes on without it too."
            };
            says.to_owned()
        };
        el("p").class("muted").live_text(says)
    })
}

/// The steps of the plan, each once, with the one that is being done.
fn steps(page: Page, standing: Memo<Option<Standing>>) -> View {
    let planned = page.part(|change| {
        let mut names: Vec<String> = change.plan.steps.iter().map(|step| step.step.clone()).collect();
        names.dedup();
        names
    });
    live(move || {
        let (planned, standing) = (planned.get()?, standing.get()?);
        let current = planned.iter().position(|step| *step == standing.step);
        let all_done = standing.end.as_deref() == Some("complete");
        let one = |(index, step): (usize, &String)| {
            let is_current = standing.end.is_none() && current == Some(index);
            let before = standing.direction == "forward" && current.is_some_and(|current| index < current);
            let (state, word) = match () {
                () if is_current && standing.stopped.is_some() => (State::Refused, "Stopped here"),
                () if is_current => (State::Advice, "Now"),
                () if all_done || before => (State::Loaded, "Done"),
                () if standing.direction == "forward" && standing.end.is_none() => (State::Plain, "To come"),
                () => (State::Plain, ""),
            };
            let item = el("li").child(el("span").class("step-name").text(title(step)));
            let item = if word.is_empty() { item } else { item.text(" ").child(badge(state, word)) };
            if is_current { item.attr("aria-current", "step") } else { item }
        };
        let back = (standing.direction != "forward" && standing.end.is_none())
            .then(|| el("p").text(format!("It does not go forward any more. Now: {}.", title_of(&standing))));
        Some(parts().children(back).child(el("ol").class("steps").children(planned.iter().enumerate().map(one))))
    })
}

/// How much time is left until then: '14:32'.
pub(super) fn left(page: Page, until: &str) -> String {
    let seconds = (time_text::unix(until).unwrap_or_default() - page.now.get()).max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
