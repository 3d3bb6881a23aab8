//! A node that is in no cluster: how to begin.

use certway_wire::users::Role;
use web_sys::Event;

use super::{Page, command, panel};
use crate::dom::{El, el};
use crate::json::quoted;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, button, error_line, fields_for, needed};

/// The configuration names no etcd.
pub(super) fn not_configured() -> El {
    panel("begin", "This node is in no cluster")
        .child(el("p").text("A cluster keeps what its nodes share in etcd, and this node was not told of one. Start it with the address of etcd:"))
        .child(command("certway serve --cluster etcd=http://127.0.0.1:2379"))
        .child(el("p").text("or write it into the configuration file, and start the node again:"))
        .child(command("[cluster]\netcd = [\"http://127.0.0.1:2379\"]"))
        .child(el("p").text("Then a cluster can be founded or joined here."))
}

/// Two ways: to found a cluster, or to join one.
pub(super) fn alone(page: Page) -> El {
    let busy = RwSignal::new(false);
    el("div").class("side-by-side").child(found(page, busy)).child(join(page, busy))
}

fn found(page: Page, busy: RwSignal<bool>) -> El {
    let error = RwSignal::new(String::new());
    let press = move || {
        busy.set(true);
        spawn(async move {
            match page.change("POST", "", "").await {
                Ok(()) => page.app.notices.done("The cluster is founded. Other nodes join it with a token."),
                Err(refusal) => error.set(refusal.to_string()),
            }
            busy.set(false);
        });
    };
    let press = button(ButtonKind::Primary, press)
        .needs(Role::Administrator)
        .live_flag("disabled", move || busy.get())
        .attr("aria-describedby", "found-says")
        .text("Found a cluster");
    panel("found", "Found a cluster")
        .child(el("p").attr("id", "found-says").text("This node is the first one. Its trusted CA list, revocation lists, shared settings and users become those of the cluster; nothing of this node changes."))
        .child(needed(Role::Administrator))
        .child(error_line(error))
        .child(el("p").class("actions").child(press))
}

const JOINED: &str =
    "This node has joined the cluster, and its users are those of the cluster now. Sign in as one of them.";

fn join(page: Page, busy: RwSignal<bool>) -> El {
    let (token, error) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: Event| {
        event.prevent_default();
        busy.set(true);
        // The field is that of `certway_wire::cluster::JoinToken`.
        let json = format!(r#"{{"token":{}}}"#, quoted(token.get_untracked().trim()));
        spawn(async move {
            match page.change("POST", "/join", &json).await {
                // The session was that of a user whom the node no longer has, so that it has ended.
                Ok(()) => drop(page.app.api.sign_out(Some(JOINED)).await),
                Err(refusal) => {
                    error.set(refusal.to_string());
                    token.set(String::new());
                    busy.set(false);
                }
            }
        });
    };
    let field = el("input")
        .attr("type", "password")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .flag("required", true)
        .bound(token);
    let press = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Administrator)
        .live_flag("disabled", move || busy.get())
        .attr("aria-describedby", "join-says")
        .text("Join a cluster");
    let fact = |term: &str, says: &str| el("p").child(el("strong").text(term)).text(says);
    panel("join", "Join a cluster")
        .child(el("p").text("A node of the cluster makes a join token: System > Clustering on its page."))
        .child(
            el("div")
                .class("stack")
                .attr("id", "join-says")
                .child(fact("Replaced: ", "the trusted CA list, revocation lists, shared settings and users of this node are deleted, and it takes those of the cluster. From then on you sign in as a user of the cluster. A backup keeps what is still wanted."))
                .child(fact("Stays: ", "server and client certificates, their private keys, and a certificate signing request in progress.")),
        )
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(fields_for(
                    Role::Administrator,
                    el("label").class("field").child(el("span").text("Join token")).child(field),
                ))
                .child(error_line(error))
                .child(el("p").class("actions").child(press)),
        )
}
