//! Deleting chosen CAs, and going back to the default list. Both name what goes before they do it.

use certway_wire::node::TrustedCasChanged;
use certway_wire::users::Role;

use super::List;
use super::rows::Row;
use super::what_breaks::what_breaks;
use crate::api::ApiError;
use crate::dom::{El, View, el, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, untrusted};

/// How many names the dialog lists.
const NAMED: usize = 20;

pub(super) fn delete_button(list: List) -> View {
    let open = RwSignal::new(false);
    let count = move || list.chosen.with(|chosen| chosen.len());
    let title = move || match count() {
        1 => "Delete 1 trusted CA certificate".to_owned(),
        many => format!("Delete {many} trusted CA certificates"),
    };
    let press = button(ButtonKind::Danger, move || open.set(true)).live_flag("disabled", move || count() == 0);
    parts()
        .child(press.needs(Role::Operator).text("Delete"))
        .child(dialog(open, title, move || delete_question(list, open)))
}

fn delete_question(list: List, open: RwSignal<bool>) -> El {
    let chosen: Vec<String> = list.chosen.get_untracked().into_iter().collect();
    let rows: Vec<_> = chosen.iter().filter_map(|fingerprint| list.row(fingerprint)).collect();
    let more = rows.len().saturating_sub(NAMED);
    el("div")
        .class("stack")
        .child(el("ul").class("named").children(rows.iter().take(NAMED).map(named)))
        .children((more > 0).then(|| el("p").text(format!("and {more} more"))))
        .child(what_breaks(list, &chosen))
        .child(el("p").text("Connections that only these CAs vouch for are no longer verified. For ten minutes the deletion can be undone."))
        .child(choice("Delete", open, move || spawn(delete(list, open, chosen.clone()))))
}

async fn delete(list: List, open: RwSignal<bool>, chosen: Vec<String>) {
    let answer = list.app.confirmed(async || list.app.api.delete_trusted_cas(&chosen).await).await;
    open.set(false);
    said(list, answer, |changed| format!("{} deleted.", certificates(changed.removed)));
}

fn named(row: &Row) -> El {
    let fingerprint = row.ca.fingerprint.get(..16).unwrap_or_default();
    el("li")
        .child(untrusted(&row.ca.name))
        .text(" ")
        .child(el("code").class("hex short").text(fingerprint))
        .children(row.ca.in_use.then(|| badge(State::Warning, "In use")))
}

pub(super) fn reset_button(list: List) -> View {
    let open = RwSignal::new(false);
    let title = || "Reset to default CA certificate".to_owned();
    parts()
        .child(
            button(ButtonKind::Plain, move || open.set(true))
                .needs(Role::Operator)
                .text("Reset to default CA certificate"),
        )
        .child(dialog(open, title, move || reset_question(list, open)))
}

fn reset_question(list: List, open: RwSignal<bool>) -> El {
    let uploaded = list.rows.with_untracked(|rows| {
        rows.as_ref().map_or(0, |rows| rows.iter().filter(|row| row.ca.origin != "default").count())
    });
    let uploaded = certificates(u32::try_from(uploaded).unwrap_or(u32::MAX));
    el("div")
        .class("stack")
        .child(
            el("p")
                .text(format!("This replaces the list with the default one. {uploaded} that were appended go; for ten minutes this can be undone. "))
                .text("The active server certificate is served on; if its CA goes, with an alarm."),
        )
        .child(choice("Reset to default CA certificate", open, move || spawn(reset(list, open))))
}

async fn reset(list: List, open: RwSignal<bool>) {
    let answer = list.app.confirmed(async || list.app.api.reset_trusted_cas().await).await;
    open.set(false);
    said(list, answer, |changed| {
        format!("The list is the default one again: {} removed, {} added.", changed.removed, changed.added)
    });
}

/// Says what a change has done, or why it was not made.
pub(super) fn said(list: List, answer: Result<TrustedCasChanged, ApiError>, done: fn(&TrustedCasChanged) -> String) {
    let notices = list.app.notices;
    let changed = match answer {
        Ok(changed) => changed,
        Err(error) => return notices.failed(error),
    };
    let text = format!("{} {} in the list now.", done(&changed), certificates(changed.total));
    if changed.active_trusted {
        notices.done(text);
    } else {
        notices.warn(format!(
            "{text} The chain of the active server certificate no longer ends in the list. It is served on; an alarm says so."
        ));
    }
    list.changed();
}

pub(super) fn certificates(count: u32) -> String {
    if count == 1 { "1 CA certificate".to_owned() } else { format!("{count} CA certificates") }
}
