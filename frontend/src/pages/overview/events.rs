//! The last things that were done, or refused.

use certway_wire::node::Event;
use leptos::prelude::*;

use crate::ui::{TimeText, Untrusted};

/// How many are shown.
pub(super) const SHOWN: usize = 10;
/// Longer details are cut: deleting a thousand CAs names a thousand fingerprints.
const DETAILS: usize = 160;

#[component]
pub(super) fn LastEvents(events: Vec<Event>) -> AnyView {
    let rows = events.into_iter().map(row).collect_view();
    view! {
        <section class="panel" aria-labelledby="events">
            <h2 id="events">"Last events"</h2>
            <div class="scroll-x" tabindex="0" role="group" aria-label="Table of events">
                <table class="cards">
                    <thead>
                        <tr><th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col">"Details"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(event: Event) -> AnyView {
    let mut details: String = event.details.chars().take(DETAILS).collect();
    if details.len() < event.details.len() {
        details.push_str(" ...");
    }
    view! {
        <tr>
            <td class="nowrap"><TimeText at=event.at/></td>
            <td><Untrusted text=event.actor/></td>
            <td class="nowrap"><Untrusted text=in_words(&event.action)/></td>
            <td class="long"><Untrusted text=details/></td>
        </tr>
    }
    .into_any()
}

/// A kebab-case name in words: 'Trusted CAs appended'.
fn in_words(action: &str) -> String {
    let mut words = action.replace("-cas-", "-CAs-").replace('-', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_actions_are_read_as_words() {
        assert_eq!(super::in_words("trusted-cas-appended"), "Trusted CAs appended");
        assert_eq!(super::in_words("signed-in"), "Signed in");
    }
}
