//! What an administrator can decide while a change runs.

use certway_wire::users::Role;
use leptos::prelude::*;

use super::running::left;
use super::{Page, panel};
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, needed, untrusted};

/// A decision in words: its name in messages, the button's label, what it does, and whether it is asked once more.
struct Choice {
    name: &'static str,
    label: &'static str,
    does: &'static str,
    takes_away: bool,
}

const CHOICES: &[Choice] = &[
    Choice {
        name: "retry",
        label: "Try again",
        does: "What did not work is tried once more, from where it stopped.",
        takes_away: false,
    },
    Choice {
        name: "continue",
        label: "Go on without it",
        does: "The node that did not recover keeps its former certificate, and the others go on.",
        takes_away: false,
    },
    Choice {
        name: "roll-back",
        label: "Roll back",
        does: "Every node gets its former certificate back, one at a time, the latest first. CAs that were appended stay in the trusted CA list.",
        takes_away: true,
    },
    Choice {
        name: "roll-back-and-delete-appended",
        label: "Roll back, and delete what was appended",
        does: "Every node gets its former certificate back, one at a time, the latest first. Then the CAs that were appended are deleted from the trusted CA list.",
        takes_away: true,
    },
    Choice {
        name: "abort",
        label: "Abort",
        does: "Nodes that have recovered keep their new certificate, the others get or keep their former one, and TLS verification mode returns to Enforce.",
        takes_away: true,
    },
    Choice {
        name: "end-here",
        label: "End here",
        does: "Nothing more is done. Nodes stay as they are, and so does the alarm: a node may stay Permissive until its own clock closes it.",
        takes_away: true,
    },
];

/// The button that everybody waits for, while the canary waits to be confirmed.
pub(super) fn confirm(page: Page) -> View {
    let until = page.part(|change| {
        let canary = change.plan.steps.iter().find_map(|step| step.nodes.first().cloned());
        change.confirm_by.clone().map(|until| (until, canary.unwrap_or_default()))
    });
    let busy = RwSignal::new(false);
    live(move || {
        let (until, canary) = until.get().flatten()?;
        let written = time_text::written(&until);
        let press = move || {
            busy.set(true);
            spawn(async move {
                decide(page, "confirm").await;
                busy.set(false);
            });
        };
        let press = button(ButtonKind::Primary, press)
            .class("button primary big")
            .needs(Role::Operator)
            .live_flag("disabled", move || busy.get())
            .text("Confirm");
        let says = el("p")
            .child(untrusted(&canary))
            .text(" serves its new certificate and has recovered. Look whether it does what it should, then confirm, and the others follow. Without that everything is rolled back at ")
            .text(written)
            .text(", in ")
            .child(el("strong").class("left").live_text(move || left(page, &until)))
            .text(".");
        Some(
            el("div")
                .class("banner warning")
                .child(badge(State::Warning, "Canary"))
                .child(el("div").class("stack").child(says).child(el("p").class("actions").child(press))),
        )
    })
}

/// All other choices that are open.
pub(super) fn choices(page: Page) -> View {
    let names = page.part(|change| change.choices.clone());
    let (open, asked) = (RwSignal::new(false), RwSignal::new(0_usize));
    let one = move |(index, choice): (usize, &'static Choice)| {
        let press = move || {
            if choice.takes_away {
                asked.set(index);
                open.set(true);
            } else {
                spawn(decide(page, choice.name));
            }
        };
        let kind = if choice.takes_away { ButtonKind::Danger } else { ButtonKind::Plain };
        el("li")
            .class("send")
            .child(button(kind, press).needs(Role::Operator).attr("aria-describedby", choice.name).text(choice.label))
            .child(el("p").class("muted").attr("id", choice.name).text(choice.does))
    };
    let list = move || {
        let names = names.get().unwrap_or_default();
        let there = CHOICES.iter().enumerate().filter(|(_, choice)| names.iter().any(|name| name == choice.name));
        let there: Vec<El> = untrack(|| there.map(one).collect());
        (!there.is_empty()).then(|| {
            panel("decide", "Decide").child(needed(Role::Operator)).child(el("ul").class("rows").children(there))
        })
    };
    let of = move || CHOICES.get(asked.get());
    let title = move || of().map_or_else(String::new, |choice| choice.label.to_owned());
    let content = move || untrack(of).map(|one| question(page, one, open));
    parts().child(live(list)).child(dialog(open, title, content))
}

fn question(page: Page, chosen: &'static Choice, open: RwSignal<bool>) -> View {
    let act = move || {
        spawn(async move {
            decide(page, chosen.name).await;
            open.set(false);
        });
    };
    parts().child(el("p").text(chosen.does)).child(choice(chosen.label, open, act))
}

async fn decide(page: Page, name: &'static str) {
    if let Err(error) = page.call(async || page.app.api.decide_in_change(name).await).await {
        page.app.notices.failed(error);
    }
}
