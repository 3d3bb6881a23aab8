//! A picture of everything that expires, from now on, and the same as a table for those who cannot see it.

use certway_wire::trust::{Turn, Turning};

use crate::dom::{El, el, svg};
use crate::time_text;
use crate::ui::{State, time, untrusted};

const DAY: f64 = 86_400.0;
/// The picture, in its own units.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
const LANE: f64 = 44.0;
/// What stands on the axis, in days. Later ones are further apart than they look: the axis is logarithmic.
const TICKS: [(f64, &str); 8] = [
    (1.0, "1 day"),
    (7.0, "1 week"),
    (30.0, "1 month"),
    (91.0, "3 months"),
    (365.25, "1 year"),
    (1096.0, "3 years"),
    (3652.5, "10 years"),
    (10957.5, "30 years"),
];
const LANES: [(Turning, &str); 3] =
    [(Turning::Certificate, "Certificates"), (Turning::TrustedCa, "Trusted CAs"), (Turning::Crl, "Revocation lists")];

/// The ends among the turns: alarms follow from them.
pub(super) fn ends(turns: &[Turn]) -> Vec<Turn> {
    turns.iter().filter(|turn| !turn.begins && turn.what != Turning::Alarm).cloned().collect()
}

/// Picture and table.
pub(super) fn timeline(ends: &[Turn]) -> El {
    let now = time_text::now();
    let days = |turn: &Turn| time_text::unix(&turn.at).map(|at| days_from(now, at));
    let last = ends.iter().filter_map(days).fold(30.0, f64::max);
    let height = LANE * 3.0 + 34.0;
    let mut picture = svg("svg")
        .class("expiry-line")
        .attr("viewBox", &format!("0 0 {WIDTH} {height}"))
        .attr("role", "img")
        .attr("aria-label", &format!("{} ends on a time line; the table below has them all", ends.len()));
    for (day, label) in TICKS.into_iter().filter(|(day, _)| *day <= last * 1.2) {
        let x = place(day, last);
        picture = picture.child(line(x, 6.0, x, LANE * 3.0 + 6.0)).child(
            svg("text").attr("x", &round(x)).attr("y", &round(height - 8.0)).attr("text-anchor", "middle").text(label),
        );
    }
    for (number, (what, label)) in (0_u8..).zip(LANES) {
        let y = LANE * f64::from(number) + LANE / 2.0 + 6.0;
        picture = picture
            .child(svg("text").attr("x", "0").attr("y", &round(y + 5.0)).text(label))
            .child(line(LEFT, y, WIDTH - RIGHT, y).class("lane"));
        for turn in ends.iter().filter(|turn| turn.what == what) {
            let Some(left) = days(turn) else { continue };
            let dot = svg("circle")
                .class(state(left).class())
                .attr("cx", &round(place(left, last)))
                .attr("cy", &round(y))
                .attr("r", "7");
            let says = format!("{} {}", turn.message, time_text::written(&turn.at));
            picture = picture.child(dot.child(svg("title").text(says)));
        }
    }
    el("section")
        .class("panel")
        .attr("aria-labelledby", "expiry-line")
        .child(el("h2").attr("id", "expiry-line").text("What expires when"))
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Time line")
                .child(picture),
        )
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Table of ends")
                .child(table(ends, now)),
        )
}

fn table(ends: &[Turn], now: i64) -> El {
    let head = ["When", "In", "What", "Name"].map(|label| el("th").attr("scope", "col").text(label));
    let row = |turn: &Turn| {
        let left = time_text::unix(&turn.at).map_or(0, |at| at - now);
        el("tr")
            .child(el("td").class("nowrap").child(time(&turn.at)))
            .child(el("td").class("nowrap").text(time_text::distance(left)))
            .child(el("td").child(untrusted(&turn.message)))
            .child(el("td").child(untrusted(&turn.name)))
    };
    el("table")
        .class("cards")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(ends.iter().map(row)))
}

/// As far as the node's own warnings have it: an alert from 7 days, a warning from 30.
fn state(days: f64) -> State {
    match days {
        days if days <= 7.0 => State::Refused,
        days if days <= 30.0 => State::Warning,
        _ => State::Loaded,
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds until a certificate ends are far below 2^53")]
fn days_from(now: i64, at: i64) -> f64 {
    (at - now).max(0) as f64 / DAY
}

/// Where on the axis so many days from now are, the last one at its end.
fn place(days: f64, last: f64) -> f64 {
    LEFT + (WIDTH - RIGHT - LEFT) * (1.0 + days).ln() / (1.0 + last * 1.2).ln()
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> El {
    svg("line").attr("x1", &round(x1)).attr("y1", &round(y1)).attr("x2", &round(x2)).attr("y2", &round(y2))
}

fn round(number: f64) -> String {
    format!("{number:.0}")
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn later_is_further_right_and_near_ends_have_room() {
        let places = [0.0, 1.0, 7.0, 30.0, 365.0, 7305.0].map(|days| place(days, 7305.0));
        assert!(places.is_sorted() && places[0] >= 150.0 && places[5] <= 980.0, "{places:?}");
        assert!(places[2] - places[1] > 50.0, "a day and a week are told apart beside twenty years: {places:?}");
    }
}
