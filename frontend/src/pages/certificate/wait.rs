//! A certificate that is uploaded for the change of the cluster's certificates, and waits for it.

use certway_wire::cluster::Membership;
use certway_wire::users::Role;

use super::Page;
use crate::dom::{View, el, live_if};
use crate::signal::RwSignal;
use crate::task::spawn;

/// The choice; only a node of a cluster has it.
pub(crate) fn wait(page: Page) -> View {
    let member = RwSignal::new(false);
    spawn(async move {
        if let Ok(cluster) = page.app.api.cluster().await {
            member.set(cluster.membership == Membership::Member);
        }
    });
    live_if(
        move || member.get(),
        move || {
            let tick = el("input")
                .attr("type", "checkbox")
                .live_prop("checked", move || page.waits.get().into())
                .on("change", move |_| page.waits.update(|waits| *waits = !*waits));
            el("label")
                .class("tick")
                .needs(Role::Operator)
                .child(tick)
                .child(el("span").text("Keep it pending for the change of the cluster's certificates"))
                .child(
                    el("span")
                        .class("muted")
                        .text("It is stored and waits, also where it is said below that it will be loaded at once."),
                )
        },
    )
}
