//! What would break if the chosen CAs were deleted, before they are; and the way back after.

use certway_wire::trust::{Affected, Dependent, SameName, Undo, WhatBreaks};
use certway_wire::users::Role;

use super::List;
use super::changes::{certificates, said};
use crate::dom::{El, View, el, live, parts};
use crate::language::named as marked;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, certificate_path, spoken, time, untrusted};

/// Asks the node, and says what it answers.
pub(super) fn what_breaks(list: List, chosen: &[String]) -> El {
    let answer = RwSignal::new(None::<Result<WhatBreaks, String>>);
    let chosen = chosen.to_vec();
    spawn(async move {
        let found = list.app.api.what_breaks(&chosen).await;
        answer.set(Some(found.map_err(|error| error.to_string())));
    });
    let shown = move || match answer.get() {
        None => parts().child(el("p").class("muted").text("Looking what depends on them.")),
        Some(Err(error)) => {
            parts().child(el("p").class("field-error").text(format!("What would break is not known. {error}")))
        }
        Some(Ok(found)) => all(&found),
    };
    el("section").attr("aria-label", "What breaks").attr("aria-live", "polite").child(live(shown))
}

fn all(found: &WhatBreaks) -> View {
    let broken = found.affected.iter().filter(|affected| !affected.holds).count();
    let (state, word) = match (broken, found.affected.len()) {
        (0, 0) => (State::Loaded, "Nothing breaks".to_owned()),
        (0, _) => (State::Loaded, "Nothing breaks: other paths are left".to_owned()),
        (1, _) => (State::Warning, "1 breaks".to_owned()),
        (many, _) => (State::Warning, format!("{many} break")),
    };
    parts()
        .child(
            el("p")
                .child(badge(state, &word))
                .text(format!(" {} that were looked at do not depend on it.", found.unaffected)),
        )
        .children(
            found
                .notes
                .iter()
                .map(|note| el("p").child(badge(State::Advice, "Not looked at")).text(format!(" {note}"))),
        )
        .children(found.affected.iter().map(one))
        .children(found.same_name.iter().map(same_name))
}

/// What something is called that depends on the list.
pub(in crate::pages) fn called(what: Dependent) -> &'static str {
    match what {
        Dependent::ServerActive => "Active server certificate",
        Dependent::ServerPending => "Pending server certificate",
        Dependent::ServerPrevious => "Previous server certificate",
        Dependent::ServerSigned => "Signed server certificate",
        Dependent::ClientActive => "Active client certificate",
        Dependent::ClientPending => "Pending client certificate",
        Dependent::ClientPrevious => "Previous client certificate",
        Dependent::Crl => "Revocation list of",
        Dependent::TrustedCa => "CA certificate in the list",
        Dependent::Peer => "Server",
        Dependent::Node => "Node of the cluster",
    }
}

fn one(affected: &Affected) -> El {
    let what = called(affected.what);
    let (state, word) = if affected.holds { (State::Loaded, "Holds") } else { (State::Warning, "Breaks") };
    let head = el("p")
        .child(badge(state, word))
        .text(format!(" {what} "))
        .child(untrusted(&affected.name))
        .text(format!(". {}", affected.consequence));
    if affected.after.is_empty() {
        return el("div").class("affected").child(head);
    }
    let after =
        el("details").child(el("summary").text("The chain afterwards")).child(certificate_path(&affected.after));
    el("div").class("affected").child(head).child(after)
}

fn same_name(other: &SameName) -> El {
    let stands_in = if other.same_key {
        " has the same name and the same key: it stands in for what is deleted."
    } else {
        " has the same name and another key: it does not stand in for what is deleted."
    };
    let mark = other.fingerprint.get(..16).unwrap_or_default();
    let which = untrusted(&other.subject);
    el("p")
        .text("The CA certificate ")
        .child(which)
        .text(" ")
        .child(el("code").class("hex short").text(mark))
        .text(stands_in)
}

/// What was deleted can be brought back for a while.
pub(super) fn undo(list: List) -> View {
    live(move || list.undo.get().map(|undo| offer(list, &undo)))
}

fn offer(list: List, undo: &Undo) -> El {
    let press =
        button(ButtonKind::Plain, move || spawn(bring_back(list))).needs(Role::Operator).text("Undo the deletion");
    let goes = match undo.goes {
        0 => String::new(),
        goes => format!(" {} that the reset added would go.", certificates(goes)),
    };
    let what = if undo.count == 0 {
        el("p").text("The list was reset.")
    } else {
        el("p").child(spoken(&named(&undo.names, undo.count))).text(" deleted.")
    };
    el("div")
        .class("banner warning")
        .child(what.text(format!("{goes} Can be undone until ")).child(time(&undo.until)))
        .child(press)
}

/// The first names, and how many more there are.
fn named(names: &[String], count: u32) -> String {
    let more = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(names.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let names: Vec<String> = names.iter().map(|name| marked(name)).collect();
    format!("{}{more}", names.join(", "))
}

async fn bring_back(list: List) {
    let answer = list.app.confirmed(async || list.app.api.undo_deletions().await).await;
    said(list, answer, |changed| {
        let back = match changed.added {
            0 => String::new(),
            added => format!(" {} back.", named(&changed.names, added)),
        };
        let goes = match changed.removed {
            0 => String::new(),
            removed => format!(" {} that the reset added removed.", certificates(removed)),
        };
        let note = changed.note.as_ref().map_or(String::new(), |note| format!(" {note}"));
        format!("Undone.{back}{goes}{note}")
    });
}
