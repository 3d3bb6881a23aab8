//! The validity of one certificate as a bar, with a mark for now.

use leptos::prelude::*;

use super::State;
use crate::time_text;

/// 'Expires soon' begins here, as in the judge.
pub(crate) const SOON_S: i64 = 21 * 86_400;

/// What the end of a validity means now, in a word.
pub(crate) fn validity_state(not_before: &str, not_after: &str) -> (State, &'static str) {
    let now = time_text::now();
    let (Some(begin), Some(end)) = (time_text::unix(not_before), time_text::unix(not_after)) else {
        return (State::Plain, "Unknown");
    };
    if end < now {
        (State::Refused, "Expired")
    } else if begin > now {
        (State::Warning, "Not yet valid")
    } else if end - now < SOON_S {
        (State::Warning, "Expires soon")
    } else {
        (State::Loaded, "Valid")
    }
}

/// The bar. What it shows is said in words beside it, so screen readers get the one sentence only.
#[component]
pub(crate) fn ValidityBar(#[prop(into)] not_before: String, #[prop(into)] not_after: String) -> AnyView {
    let (state, word) = validity_state(&not_before, &not_after);
    let (begin, end) = (time_text::unix(&not_before).unwrap_or(0), time_text::unix(&not_after).unwrap_or(0));
    let length = (end - begin).max(1);
    let spent = ((time_text::now() - begin).clamp(0, length) * 1000 / length).to_string();
    let label = format!("{word}: from {} to {}", time_text::written(&not_before), time_text::written(&not_after));
    view! {
        <svg class=format!("validity-bar {}", state.class()) viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="whole" width="1000" height="8" rx="4"></rect>
            <rect class="spent" width=spent.clone() height="8" rx="4"></rect>
            <line class="now" x1=spent.clone() x2=spent y1="0" y2="8" vector-effect="non-scaling-stroke"></line>
        </svg>
    }
    .into_any()
}
