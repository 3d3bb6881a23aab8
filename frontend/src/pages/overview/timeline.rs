//! What expires when: the server certificates and the trusted CAs that end first, on one time axis.

use certway_wire::node::{Certificates, TrustedCa, TrustedCas};

use crate::dom::{El, el, svg};
use crate::time_text;
use crate::ui::{badge, time, untrusted, validity_state};

/// How many trusted CAs are shown; the others end later.
const CAS_SHOWN: usize = 6;

struct Mark<'a> {
    name: &'a str,
    what: &'static str,
    not_before: &'a str,
    not_after: &'a str,
}

pub(super) fn timeline(server: &Certificates, trusted: Option<&TrustedCas>) -> El {
    let mut marks = Vec::new();
    for (stored, what) in [(&server.active, "Active"), (&server.pending, "Pending"), (&server.previous, "Previous")] {
        if let Some(decoded) = stored.as_ref().map(|stored| &stored.decoded) {
            let name = decoded.common_name.as_ref().unwrap_or(&decoded.subject);
            marks.push(Mark { name, what, not_before: &decoded.not_before, not_after: &decoded.not_after });
        }
    }
    let cas = trusted.map_or(&[] as &[_], |trusted| trusted.certificates.as_slice());
    let later = cas.len().saturating_sub(CAS_SHOWN);
    marks.extend(first_to_end(cas).into_iter().map(|ca| Mark {
        name: &ca.name,
        what: "Trusted CA",
        not_before: &ca.not_before,
        not_after: &ca.not_after,
    }));
    let now = time_text::now();
    let end = marks.iter().filter_map(|mark| time_text::unix(mark.not_after)).max().unwrap_or(now);
    let axis = (end - now).max(1);
    let scale = format!("From now to {}", time_text::written(&time_text::rfc3339(end)));
    let head = ["Certificate", "Use", &scale, "Valid until"].map(|label| el("th").attr("scope", "col").text(label));
    let table = el("table")
        .class("timeline cards")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(marks.iter().map(|mark| row(mark, now, axis))));
    el("section")
        .class("panel")
        .attr("aria-labelledby", "timeline")
        .child(el("h2").attr("id", "timeline").text("What expires when"))
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Table of certificates")
                .child(table),
        )
        .children((later > 0).then(|| el("p").class("muted").text(format!("{later} more trusted CAs end later."))))
}

/// The CAs that end first, in the order in which they end.
fn first_to_end(cas: &[TrustedCa]) -> Vec<&TrustedCa> {
    let mut first: Vec<&TrustedCa> = Vec::new();
    for ca in cas {
        // RFC 3339 in UTC sorts as text. A few of a thousand are soon put in their places.
        let place = first.partition_point(|other| other.not_after <= ca.not_after);
        first.insert(place, ca);
        first.truncate(CAS_SHOWN);
    }
    first
}

fn row(mark: &Mark<'_>, now: i64, axis: i64) -> El {
    let (state, word) = validity_state(mark.not_before, mark.not_after);
    let left = time_text::unix(mark.not_after).unwrap_or(now) - now;
    let length = (left.clamp(0, axis) * 980 / axis).to_string();
    let bar = |class: &str, y: &str, width: &str, height: &str| {
        svg("rect").class(class).attr("x", "0").attr("y", y).attr("width", width).attr("height", height)
    };
    let picture = svg("svg")
        .class(&format!("axis-bar {}", state.class()))
        .attr("viewBox", "0 0 1000 12")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .child(bar("whole", "5", "1000", "2"))
        .child(bar("left", "2", &length, "8").attr("rx", "2"));
    el("tr")
        .child(el("th").attr("scope", "row").child(untrusted(mark.name)))
        .child(el("td").class("nowrap").text(mark.what))
        .child(el("td").class("axis").child(picture))
        .child(el("td").class("nowrap").child(badge(state, word)).text(" ").child(time(mark.not_after)))
}
