//! What expires when: the server certificates and the trusted CAs that end first, on one time axis.

use certway_wire::node::{Certificates, TrustedCas};
use leptos::prelude::*;

use crate::time_text;
use crate::ui::{Badge, TimeText, Untrusted, validity_state};

/// How many trusted CAs are shown; the others end later.
const CAS_SHOWN: usize = 6;

struct Mark {
    name: String,
    what: &'static str,
    not_before: String,
    not_after: String,
}

#[component]
pub(super) fn Timeline(server: Certificates, trusted: Option<TrustedCas>) -> AnyView {
    let mut marks = Vec::new();
    let slots = [(server.active, "Active"), (server.pending, "Pending"), (server.previous, "Previous")];
    for (stored, what) in slots {
        if let Some(decoded) = stored.map(|stored| stored.decoded) {
            let name = decoded.common_name.unwrap_or(decoded.subject);
            marks.push(Mark { name, what, not_before: decoded.not_before, not_after: decoded.not_after });
        }
    }
    let mut cas = trusted.map(|trusted| trusted.certificates).unwrap_or_default();
    let later = cas.len().saturating_sub(CAS_SHOWN);
    cas.sort_by(|one, other| one.not_after.cmp(&other.not_after));
    marks.extend(cas.into_iter().take(CAS_SHOWN).map(|ca| Mark {
        name: ca.name,
        what: "Trusted CA",
        not_before: ca.not_before,
        not_after: ca.not_after,
    }));
    let now = time_text::now();
    let end = marks.iter().filter_map(|mark| time_text::unix(&mark.not_after)).max().unwrap_or(now);
    let axis = (end - now).max(1);
    let scale = format!("From now to {}", time_text::written(&time_text::rfc3339(end)));
    let rows = marks.into_iter().map(|mark| row(mark, now, axis)).collect_view();
    let later = (later > 0).then(|| view! { <p class="muted">{format!("{later} more trusted CAs end later.")}</p> });
    view! {
        <section class="panel" aria-labelledby="timeline">
            <h2 id="timeline">"What expires when"</h2>
            <div class="scroll-x" tabindex="0" role="group" aria-label="Table of certificates">
                <table class="timeline cards">
                    <thead>
                        <tr>
                            <th scope="col">"Certificate"</th>
                            <th scope="col">"Use"</th>
                            <th scope="col">{scale}</th>
                            <th scope="col">"Valid until"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {later}
        </section>
    }
    .into_any()
}

fn row(mark: Mark, now: i64, axis: i64) -> AnyView {
    let (state, word) = validity_state(&mark.not_before, &mark.not_after);
    let left = time_text::unix(&mark.not_after).unwrap_or(now) - now;
    let length = (left.clamp(0, axis) * 980 / axis).to_string();
    view! {
        <tr>
            <th scope="row"><Untrusted text=mark.name/></th>
            <td class="nowrap">{mark.what}</td>
            <td class="axis">
                <svg class=format!("axis-bar {}", state.class()) viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="whole" x="0" y="5" width="1000" height="2"></rect>
                    <rect class="left" x="0" y="2" width=length height="8" rx="2"></rect>
                </svg>
            </td>
            <td class="nowrap"><Badge state=state word=word/> <TimeText at=mark.not_after/></td>
        </tr>
    }
    .into_any()
}
