//! TLS verification mode: what it is, and what it would mean to change it.

use certway_wire::cluster::{Cluster, VerificationMode};
use certway_wire::users::Role;

use super::{Page, banner, failing, mode_name, panel};
use crate::api::ApiError;
use crate::dom::{El, View, effect, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, fields_for, spoken};

/// What stands above everything while peers are let through that do not verify.
pub(super) fn notice(page: Page) -> View {
    let open = page.part(|cluster| (is_permissive(cluster), failing(&cluster.verdicts), cluster.let_through));
    live(move || {
        let (true, failing, let_through) = open.get()? else { return None };
        let pairs = match failing {
            0 => None,
            1 => Some("1 node does not verify another".to_owned()),
            many => Some(format!("{many} times a node does not verify another")),
        };
        let connections = match let_through {
            0 => None,
            1 => Some(
                "1 connection of a peer that did not verify was let through since this node was started".to_owned(),
            ),
            many => Some(format!(
                "{many} connections of peers that did not verify were let through since this node was started"
            )),
        };
        let says: Vec<String> = pairs.into_iter().chain(connections).collect();
        (!says.is_empty())
            .then(|| banner("Permissive", &format!("{}. Under Enforce they are refused.", says.join("; "))))
    })
}

pub(super) fn mode(page: Page) -> El {
    let (chosen, busy) = (RwSignal::new(VerificationMode::Permissive), RwSignal::new(false));
    let refused = RwSignal::new(None::<ApiError>);
    let current = page.part(|cluster| cluster.mode);
    effect(move || {
        if let Some(mode) = current.get() {
            chosen.set(mode);
            refused.set(None);
        }
    });
    let save = move |anyway: bool| {
        busy.set(true);
        spawn(async move {
            let mode = chosen.get_untracked();
            // The fields are those of `certway_wire::cluster::NewVerificationMode`.
            let word = mode_name(mode).to_ascii_lowercase();
            let json = format!(r#"{{"mode":"{word}","anyway":{anyway}}}"#);
            let answer = page.change("PUT", "/verification-mode", &json).await;
            busy.set(false);
            refused.set(match answer {
                Ok(()) => {
                    page.app.notices.done(format!("TLS verification mode is {}.", mode_name(mode)));
                    None
                }
                Err(error) => Some(error),
            });
        });
    };
    let option = |mode: VerificationMode, id: &'static str, does: &str| {
        let radio = el("input")
            .attr("type", "radio")
            .attr("name", "verification-mode")
            .attr("aria-describedby", id)
            .live_prop("checked", move || (chosen.get() == mode).into())
            .on("change", move |_| {
                chosen.set(mode);
                refused.set(None);
            });
        el("div")
            .child(el("label").class("tick").child(radio).child(el("strong").text(mode_name(mode))))
            .child(el("p").attr("id", id).class("muted").text(does))
    };
    let unchanged = move || busy.get() || current.get() == Some(chosen.get());
    panel("verification-mode", "TLS verification mode")
        .child(el("p").text("What becomes of a peer that does not verify. It is the same on all nodes."))
        .child(fields_for(
            Role::Administrator,
            el("div")
                .class("stack")
                .attr("role", "radiogroup")
                .attr("aria-labelledby", "verification-mode")
                .child(option(VerificationMode::Permissive, "permissive-does", "A peer that does not verify is let through, and counted. For the time in which certificates are changed: no connection is lost, and nobody is kept out."))
                .child(option(VerificationMode::Enforce, "enforce-does", "A peer that does not verify is refused. Each node needs a certificate for its own name from a CA that is in the trusted CA list of the others.")),
        ))
        .child(el("div").attr("role", "alert").child(live(move || refusal(refused, busy, save))))
        .child(
            el("p")
                .class("actions")
                .child(button(ButtonKind::Primary, move || save(false)).needs(Role::Administrator).live_flag("disabled", unchanged).text("Save")),
        )
}

/// Why the mode was not saved; if nodes would refuse each other, it can be saved all the same.
fn refusal(
    refused: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
    save: impl Fn(bool) + Copy + 'static,
) -> Option<View> {
    let error = refused.get()?;
    let says = error.to_string();
    let mut lines = says.lines().filter(|line| !line.trim().is_empty());
    let first =
        el("p").child(badge(State::Refused, "Not saved")).text(" ").child(spoken(lines.next().unwrap_or_default()));
    let others: Vec<El> = lines.map(|line| el("li").child(spoken(line))).collect();
    let anyway = error.is_of_refusals().then(|| {
        el("p").class("actions").child(
            button(ButtonKind::Danger, move || save(true))
                .live_flag("disabled", move || busy.get())
                .text("Enforce anyway"),
        )
    });
    let view = el("div").class("stack").child(first);
    let view = if others.is_empty() { view } else { view.child(el("ul").children(others)) };
    Some(parts().child(view.children(anyway)))
}

fn is_permissive(cluster: &Cluster) -> bool {
    cluster.mode == VerificationMode::Permissive
}
