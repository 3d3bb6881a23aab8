//! The chain of trust as a picture: from the certificate to its root, with an empty box where a link is missing.

use certway_wire::PathLink;
use leptos::prelude::*;

use super::{Badge, State, Untrusted};

/// The path, leaf first, as the report has it.
#[component]
pub(crate) fn CertificatePath(links: Vec<PathLink>) -> AnyView {
    if links.is_empty() {
        return view! { <p class="muted">"There is no chain to show."</p> }.into_any();
    }
    let last = links.len() - 1;
    let items = links.into_iter().enumerate().map(|(index, link)| link_view(link, index == 0, index == last));
    view! { <ol class="certificate-path" aria-label="Chain of trust, from the certificate to its root">{items.collect_view()}</ol> }
        .into_any()
}

fn link_view(link: PathLink, leaf: bool, last: bool) -> AnyView {
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
    let wanted = link
        .key_id
        .filter(|_| missing)
        .map(|id| view! { <p>"Wanted: key identifier " <code class="hex">{id}</code></p> });
    let published = link
        .ca_issuer_urls
        .into_iter()
        .filter(|_| missing)
        .map(|url| view! { <p>"Published at " <Untrusted text=url/> " (not fetched)"</p> })
        .collect_view();
    let problems = link
        .problems
        .into_iter()
        .map(|problem| view! { <p class="problem"><Untrusted text=problem/></p> })
        .collect_view();
    let line = match (leaf, last) {
        (true, true) => "",
        (true, false) => "M12 20V999",
        (false, true) => "M12-999V20",
        (false, false) => "M12-999V999",
    };
    view! {
        <li class=format!("link {}", state.class()) class:missing=missing>
            <svg class="joint" viewBox="0 0 24 40" width="24" height="40" aria-hidden="true">
                <path class="joint-line" d=line></path>
                <circle cx="12" cy="20" r="6"></circle>
            </svg>
            <div class="box">
                <p class="subject"><strong><Untrusted text=link.subject/></strong> <Badge state=state word=word/></p>
                <p class="muted">{origin}</p>
                {problems}
                {wanted}
                {published}
            </div>
        </li>
    }
    .into_any()
}
