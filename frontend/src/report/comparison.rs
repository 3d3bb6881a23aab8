//! Old against new: what changes when the new certificate takes the old one's place.

use certway_wire::Certificate;

use crate::dom::{El, el, svg};
use crate::time_text;
use crate::ui::{State, badge, fingerprint, now_line, time, untrusted};

/// The two certificates side by side.
pub(super) fn comparison(old: &Certificate, new: &Certificate) -> El {
    let same = old.fingerprint_sha256 == new.fingerprint_sha256;
    let both = |label: &str, old: &str, new: &str| row(label, untrusted(old), untrusted(new), old != new);
    let at = |label: &str, old: &str, new: &str| row(label, time(old), time(new), old != new);
    let rows = [
        both("Subject", &old.subject, &new.subject),
        row("Names", names(old, new, "Lost"), names(new, old, "New"), names_of(old) != names_of(new)),
        both("Issuer", &old.issuer, &new.issuer),
        at("Valid from", &old.not_before, &new.not_before),
        at("Valid until", &old.not_after, &new.not_after),
        row("Key", untrusted(&key(old)), untrusted(&key(new)), old.public_key != new.public_key),
        row(
            "Extended key usage",
            untrusted(&usages(old)),
            untrusted(&usages(new)),
            old.extended_key_usage != new.extended_key_usage,
        ),
        row(
            "Fingerprint (SHA-256)",
            fingerprint("fingerprint of the certificate served now", &old.fingerprint_sha256),
            fingerprint("fingerprint of the new certificate", &new.fingerprint_sha256),
            !same,
        ),
    ];
    let head = ["Served now", "New"].map(|label| el("th").attr("scope", "col").text(label));
    el("section")
        .class("report-part")
        .child(el("h3").text("Old against new"))
        .children(same.then(|| el("p").class("muted").text("It is the certificate that is served now.")))
        .child(
            el("table")
                .class("comparison")
                .child(el("thead").child(el("tr").child(el("td")).children(head)))
                .child(el("tbody").children(rows)),
        )
        .children(validity_axis(old, new))
}

fn row(label: &str, old: El, new: El, changed: bool) -> El {
    el("tr")
        .child(
            el("th")
                .attr("scope", "row")
                .text(label)
                .text(" ")
                .children(changed.then(|| el("span").class("changed").text("changed"))),
        )
        .child(el("td").attr("data-column", "Served now").child(old))
        .child(el("td").attr("data-column", "New").child(new))
}

fn key(certificate: &Certificate) -> String {
    let key = &certificate.public_key;
    let short: String = key.fingerprint_sha256.chars().take(16).collect();
    format!("{}, {} bits, {short}…", key.algorithm, key.bits)
}

fn usages(certificate: &Certificate) -> String {
    certificate.extended_key_usage.as_ref().map_or_else(|| "Not restricted".to_owned(), |names| names.join(", "))
}

/// The names that a client may have asked for: the alternative names, and the common name if it is not one of them.
fn names_of(certificate: &Certificate) -> Vec<String> {
    let mut names: Vec<_> = certificate.alternative_names.iter().map(|name| name.value.clone()).collect();
    if let Some(name) = &certificate.common_name
        && !names.contains(name)
    {
        names.push(name.clone());
    }
    names
}

/// The names of one, those marked that the other has not.
fn names(of: &Certificate, other: &Certificate, word: &str) -> El {
    let there = names_of(other);
    let state = if word == "Lost" { State::Warning } else { State::Advice };
    el("ul").class("names").children(names_of(of).iter().map(|name| {
        let mark = (!there.contains(name)).then(|| badge(state, word));
        el("li").child(untrusted(name)).text(" ").children(mark)
    }))
}

/// Both validities as bars on one axis, with a mark for now. The times stand in the table, so the picture has one
/// name only.
fn validity_axis(old: &Certificate, new: &Certificate) -> Option<El> {
    let span = |certificate: &Certificate| {
        Some((time_text::unix(&certificate.not_before)?, time_text::unix(&certificate.not_after)?))
    };
    let (old_span, new_span) = (span(old)?, span(new)?);
    let now = time_text::now();
    let from = old_span.0.min(new_span.0).min(now);
    let length = (old_span.1.max(new_span.1).max(now) - from).max(1);
    let place = |time: i64| ((time - from) * 1000 / length).clamp(0, 1000);
    let bar = |class: &str, y: &str, span: (i64, i64)| {
        let (begin, end) = (place(span.0), place(span.1));
        svg("rect")
            .class(class)
            .attr("x", &begin.to_string())
            .attr("y", y)
            .attr("width", &(end - begin).max(2).to_string())
            .attr("height", "12")
    };
    let both = ["Served now", "New"].map(|label| el("span").text(label));
    let ends = [from, from + length].map(|end| el("span").text(time_text::written(&time_text::rfc3339(end))));
    let picture = svg("svg")
        .attr("viewBox", "0 0 1000 40")
        .attr("preserveAspectRatio", "none")
        .attr("role", "img")
        .attr("aria-label", "Validity of both on one time axis, with a mark for now")
        .child(bar("old", "4", old_span))
        .child(bar("new", "24", new_span))
        .child(now_line(&place(now).to_string(), "40"));
    Some(
        el("div")
            .class("validity-axis")
            .child(el("p").class("axis-labels").attr("aria-hidden", "true").children(both))
            .child(picture)
            .child(el("p").class("axis-ends muted").attr("aria-hidden", "true").children(ends)),
    )
}
