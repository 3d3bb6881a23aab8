//! A picture of everything that expires, from now on, and the same as a table for those who cannot see it.

use certway_wire::trust::{OtherNode, Turn, Turning};

use crate::dom::{El, data, el, svg};
use crate::language::said;
use crate::time_text;
use crate::ui::{State, badge, spoken, time, untrusted, visible};

const DAY: f64 = 86_400.0;
/// The picture, in its own units.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 180.0;
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

/// An end, and the node whose it is; none if all nodes have it.
pub(super) struct End {
    turn: Turn,
    node: Option<String>,
}

/// The ends among the turns, the next one first: alarms follow from them.
pub(super) fn ends(turns: &[Turn], own: &str, others: &[OtherNode]) -> Vec<End> {
    let own = turns
        .iter()
        .filter(|turn| !turn.begins && turn.what != Turning::Alarm)
        .map(|turn| End { turn: turn.clone(), node: (turn.what == Turning::Certificate).then(|| own.to_owned()) });
    let of = |other: &OtherNode| {
        let name = other.name.clone();
        other.turns.clone().into_iter().map(move |turn| End { turn, node: Some(name.clone()) })
    };
    let mut ends: Vec<End> = own.chain(others.iter().flat_map(of)).collect();
    // RFC 3339 in UTC sorts as text.
    ends.sort_by(|one, other| one.turn.at.cmp(&other.turn.at));
    ends
}

/// Picture and table, and which of the other nodes is away.
pub(super) fn timeline(ends: &[End], others: &[OtherNode]) -> El {
    let now = time_text::now();
    let days = |end: &End| time_text::unix(&end.turn.at).map(|at| days_from(now, at));
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
        for end in ends.iter().filter(|end| end.turn.what == what) {
            let Some(left) = days(end) else { continue };
            let dot = svg("circle")
                .class(state(left).class())
                .attr("cx", &round(place(left, last)))
                .attr("cy", &round(y))
                .attr("r", "7");
            let says = format!("{} {}", visible(&said(&end.turn.message)), time_text::written(&end.turn.at));
            picture = picture.child(dot.child(svg("title").child(data(&says))));
        }
    }
    el("section")
        .class("panel")
        .attr("aria-labelledby", "expiry-line")
        .child(el("h2").attr("id", "expiry-line").text("What expires when"))
        .children(others.iter().filter_map(|other| {
            let note = other.note.as_ref()?;
            Some(el("p").child(badge(State::Warning, "Away")).text(" ").child(spoken(note)))
        }))
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
                .child(table(ends, !others.is_empty())),
        )
}

fn table(ends: &[End], in_cluster: bool) -> El {
    let column = |label: &str| el("th").attr("scope", "col").text(label);
    let row = |End { turn, node }: &End| {
        let whose = node.as_ref().map_or_else(|| el("td").text("All nodes"), |node| el("td").child(untrusted(node)));
        el("tr")
            .child(el("td").class("nowrap").child(time(&turn.at)))
            .child(el("td").class("long").child(spoken(&turn.message)))
            .children(in_cluster.then_some(whose))
            .child(el("td").class("long").child(untrusted(&turn.name)))
    };
    el("table")
        .class("cards")
        .child(
            el("thead").child(
                el("tr")
                    .children(["When", "What"].map(column))
                    .children(in_cluster.then(|| column("Node")))
                    .child(column("Name")),
            ),
        )
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
    use certway_wire::trust::{OtherNode, Turn, Turning};

    use super::{ends, place};

    #[test]
    fn the_ends_of_all_nodes_are_in_the_order_of_time_and_shared_ones_are_nobodys() {
        let turn = |at: &str, what, begins| Turn {
            at: at.to_owned(),
            what,
            name: at.to_owned(),
            begins,
            message: String::new(),
        };
        let own = [
            turn("2027", Turning::Certificate, false),
            turn("2028", Turning::Certificate, true),
            turn("2028", Turning::Alarm, false),
            turn("2031", Turning::TrustedCa, false),
        ];
        let turns = vec![turn("2026", Turning::Certificate, false), turn("2030", Turning::Certificate, false)];
        let other = OtherNode { name: "b".to_owned(), said_at: None, note: None, turns };
        let found: Vec<(String, Option<String>)> =
            ends(&own, "a", &[other]).into_iter().map(|end| (end.turn.at, end.node)).collect();
        let wanted = [("2026", Some("b")), ("2027", Some("a")), ("2030", Some("b")), ("2031", None)];
        assert_eq!(found, wanted.map(|(at, node)| (at.to_owned(), node.map(str::to_owned))));
    }

    #[test]
    fn later_is_further_right_and_near_ends_have_room() {
        let places = [0.0, 1.0, 7.0, 30.0, 365.0, 7305.0].map(|days| place(days, 7305.0));
        assert!(places.is_sorted() && places[0] >= 150.0 && places[5] <= 980.0, "{places:?}");
        assert!(places[2] - places[1] > 50.0, "a day and a week are told apart beside twenty years: {places:?}");
    }
}
