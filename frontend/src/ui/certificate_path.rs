//! The chain of trust as a picture: from the certificate to its root, with an empty box where a link is missing.

use certway_wire::PathLink;

use super::{State, badge, spoken, untrusted};
use crate::dom::{El, el, svg};

/// The path, leaf first, as the report has it.
pub(crate) fn certificate_path(links: &[PathLink]) -> El {
    if links.is_empty() {
        return el("p").class("muted").text("There is no chain to show.");
    }
    let last = links.len() - 1;
    el("ol")
        .class("certificate-path")
        .attr("aria-label", "Chain of trust, from the certificate to its root")
        .children(links.iter().enumerate().map(|(index, link)| link_view(link, index == 0, index == last)))
}

fn link_view(link: &PathLink, leaf: bool, last: bool) -> El {
    let missing = link.origin == "missing";
    let (state, word) = match (missing, link.problems.is_empty()) {
        (true, _) => (State::Refused, "Missing"),
        (false, false) => (State::Warning, "Not sound"),
        (false, true) => (State::Loaded, "Sound"),
    };
    let origin = match link.origin.as_str() {
        "file" if leaf => "The certificate",
        "file" => "Intermediate, from the file",
        "trusted_list" => "Intermediate, from the trusted CA list",
        "root" => "Root, in the trusted CA list",
        "missing" => "Ask this CA for its certificate and append it to the trusted CA list",
        _ => "",
    };
    let problems = link.problems.iter().map(|problem| el("p").class("problem").child(spoken(problem)));
    let subject = el("p")
        .class("subject")
        .child(el("strong").child(untrusted(&link.subject)))
        .text(" ")
        .child(badge(state, word));
    let content = el("div").class("box").child(subject).child(el("p").class("muted").text(origin)).children(problems);
    el("li")
        .class(&format!("link {}{}", state.class(), if missing { " missing" } else { "" }))
        .child(joint(leaf, last))
        .child(if missing { wanted(content, link) } else { content })
}

/// Adds by what a missing CA is known, and where it may be had.
fn wanted(content: El, link: &PathLink) -> El {
    let wanted =
        link.key_id.as_ref().map(|id| el("p").text("Wanted: key identifier ").child(el("code").class("hex").text(id)));
    let published = link
        .ca_issuer_urls
        .iter()
        .map(|url| el("p").text("Published at ").child(untrusted(url)).text(" (not fetched)"));
    content.children(wanted).children(published)
}

/// The line to the neighbours, with a knot.
fn joint(leaf: bool, last: bool) -> El {
    let line = match (leaf, last) {
        (true, true) => "",
        (true, false) => "M12 20V999",
        (false, true) => "M12-999V20",
        (false, false) => "M12-999V999",
    };
    svg("svg")
        .class("joint")
        .attr("viewBox", "0 0 24 40")
        .attr("width", "24")
        .attr("height", "40")
        .attr("aria-hidden", "true")
        .child(svg("path").class("joint-line").attr("d", line))
        .child(svg("circle").attr("cx", "12").attr("cy", "20").attr("r", "6"))
}
