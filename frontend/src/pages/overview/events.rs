//! The last things that were done, or refused.

use certway_wire::node::Event;

use crate::dom::{El, el};
use crate::language::said;
use crate::route::{Route, page_link};
use crate::ui::{spoken, time, untrusted};

/// How many are shown.
pub(super) const SHOWN: usize = 10;
/// Longer details are cut: deleting a thousand CAs names a thousand fingerprints.
const DETAILS: usize = 160;

pub(super) fn last_events(events: &[Event]) -> El {
    let head = ["When", "Who", "What", "Details"].map(|label| el("th").attr("scope", "col").text(label));
    let table = el("table")
        .class("cards")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(events.iter().map(row)));
    el("section")
        .class("panel")
        .attr("aria-labelledby", "events")
        .child(el("h2").attr("id", "events").text("Last events"))
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Table of events")
                .child(table),
        )
        .child(el("p").child(page_link(Route::EventLog).text("All events: search, export, verify")))
}

fn row(event: &Event) -> El {
    // A part of a text is in no dictionary.
    let whole = said(&event.details);
    let mut details: String = whole.chars().take(DETAILS).collect();
    if details.len() < whole.len() {
        details.push_str(" ...");
    }
    el("tr")
        .child(el("td").class("nowrap").child(time(&event.at)))
        .child(el("td").child(untrusted(&event.actor)))
        .child(el("td").class("nowrap").child(spoken(&in_words(&event.action))))
        .child(el("td").class("long").child(untrusted(&details)))
}

/// Words that are written in capitals; several of them have a small 's'.
const CAPITALS: [&str; 6] = ["acme", "ca", "crl", "csr", "ocsp", "tls"];

/// A kebab-case name in words: 'Trusted CAs appended'.
pub(crate) fn in_words(action: &str) -> String {
    let mut words = action.split('-').map(in_capitals).collect::<Vec<_>>().join(" ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn in_capitals(word: &str) -> String {
    match word.strip_suffix('s') {
        _ if CAPITALS.contains(&word) => word.to_uppercase(),
        Some(one) if CAPITALS.contains(&one) => format!("{}s", one.to_uppercase()),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_actions_are_read_as_words() {
        assert_eq!(super::in_words("trusted-cas-appended"), "Trusted CAs appended");
        assert_eq!(super::in_words("signed-in"), "Signed in");
        assert_eq!(super::in_words("crls-uploaded"), "CRLs uploaded");
    }
}
