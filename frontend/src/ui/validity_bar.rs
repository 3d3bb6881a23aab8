//! The validity of one certificate as a bar, with a mark for now.

use super::State;
use crate::dom::{El, svg};
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
pub(crate) fn validity_bar(not_before: &str, not_after: &str) -> El {
    let (state, word) = validity_state(not_before, not_after);
    let (begin, end) = (time_text::unix(not_before).unwrap_or(0), time_text::unix(not_after).unwrap_or(0));
    let length = (end - begin).max(1);
    let spent = ((time_text::now() - begin).clamp(0, length) * 1000 / length).to_string();
    let label = format!("{word}: from {} to {}", time_text::written(not_before), time_text::written(not_after));
    let bar =
        |class: &str, width: &str| svg("rect").class(class).attr("width", width).attr("height", "8").attr("rx", "4");
    svg("svg")
        .class(&format!("validity-bar {}", state.class()))
        .attr("viewBox", "0 0 1000 8")
        .attr("preserveAspectRatio", "none")
        .attr("role", "img")
        .attr("aria-label", &label)
        .child(bar("whole", "1000"))
        .child(bar("spent", &spent))
        .child(now_line(&spent, "8"))
}

/// The mark for now, across a picture of that height.
pub(crate) fn now_line(x: &str, height: &str) -> El {
    svg("line")
        .class("now")
        .attr("x1", x)
        .attr("x2", x)
        .attr("y1", "0")
        .attr("y2", height)
        .attr("vector-effect", "non-scaling-stroke")
}
