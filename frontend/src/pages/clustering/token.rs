//! The join token: made here, shown once, entered at the node that is to join.

use certway_wire::cluster::NewJoinToken;
use certway_wire::users::Role;

use super::{Page, command, panel};
use crate::dom::{El, el, live};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, button, copy_button, needed, time};

pub(super) fn join_token(page: Page) -> El {
    let (made, busy) = (RwSignal::new(None::<NewJoinToken>), RwSignal::new(false));
    let make = move || {
        busy.set(true);
        spawn(async move {
            match page.app.confirmed(async || page.app.api.new_join_token().await).await {
                Ok(token) => made.set(Some(token)),
                Err(error) => page.app.notices.failed(error),
            }
            busy.set(false);
        });
    };
    let press = button(ButtonKind::Plain, make)
        .live_flag("disabled", move || busy.get())
        .needs(Role::Administrator)
        .text("Make a join token");
    let says = move || if made.with(Option::is_some) { "The token is made." } else { "" }.to_owned();
    panel("join-token", "Join token")
        .child(el("p").text(
            "Another node joins this cluster with a token. Whoever has it can join once, so give it to nobody else.",
        ))
        .child(needed(Role::Administrator))
        .child(el("p").class("actions").child(press))
        .child(el("p").class("sr-only").attr("role", "status").live_text(says))
        .child(live(move || made.with(|token| token.as_ref().map(|token| shown(made, token)))))
}

fn shown(made: RwSignal<Option<NewJoinToken>>, token: &NewJoinToken) -> El {
    let code = el("code").class("hex").attr("aria-label", "Join token").text(&token.token);
    el("div")
        .class("stack")
        .child(el("p").class("fingerprint").child(code).child(copy_button("the join token", &token.token)))
        .child(el("p").text("It is shown this once: the cluster keeps no copy that can be read. It is good until ").child(time(&token.expires_at)).text(", for one node."))
        .child(el("p").text("Enter it on the other node's page, System > Clustering, or on its terminal, where this command asks for it:"))
        .child(command("certway cluster join"))
        .child(el("p").class("muted").text("A token is never an argument of a command: others on that machine could read it there."))
        .child(el("p").class("actions").child(button(ButtonKind::Plain, move || made.set(None)).text("Put it away")))
}
