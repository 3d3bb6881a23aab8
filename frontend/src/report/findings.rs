//! The findings, worst first.

use std::sync::Arc;

use certway_wire::{Finding, Part, Place};

use super::openssl;
use super::unfolding::{Unfolding, key};
use crate::dom::{El, View, each, el, live_if, parts};
use crate::signal::RwSignal;
use crate::ui::{State, badge_of, copy_button, help_link, spoken, untrusted};
use crate::upload::Panel;

/// The name of a file, as a command would name it: of a file in the panel, or of what the node has stored.
fn file_name(panel: Option<Panel>, part: Part) -> String {
    match (panel, part) {
        (Some(panel), part) => {
            let slot = panel.form.with_untracked(|form| form.slot_of(part));
            panel.file_name(slot).unwrap_or_default()
        }
        (None, Part::Certificate) => "server-certificate.pem".to_owned(),
        (None, Part::PrivateKey | Part::TrustedCa | Part::Crl | Part::Csr) => String::new(),
    }
}

/// Findings on what the node has stored; they are all there.
pub(crate) fn findings_on_stored(all: &[Finding]) -> View {
    let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
    findings(RwSignal::new(all.iter().cloned().map(Arc::new).collect()), RwSignal::new(total), None)
}

/// The list. Rows that are still on their way are counted in `total`. A place in a file of the panel can be shown.
pub(super) fn findings(all: RwSignal<Vec<Arc<Finding>>>, total: RwSignal<u32>, panel: Option<Panel>) -> View {
    let unfolding = Unfolding::of(all);
    let rows = each(move || unfolding.rows(all), key, move |finding| finding_row(&finding, panel));
    let none = || el("p").class("muted").text("Nothing was found against it.");
    parts()
        .child(live_if(move || all.with(Vec::is_empty), none))
        .child(el("ol").class("findings").attr("aria-label", "Findings, worst first").child(rows))
        .child(unfolding.more(move || total.get() as usize))
}

fn finding_row(finding: &Arc<Finding>, panel: Option<Panel>) -> El {
    let state = State::from(finding.severity);
    let message = el("strong").class("finding-message").child(spoken(&finding.message));
    let alarm = finding.alarm.then(|| el("p").class("muted").text("The node raises an alarm as well."));
    el("li")
        .class(&format!("finding {}", state.class()))
        .child(el("p").class("finding-head").child(badge_of(state)).text(" ").child(message))
        .child(place_text(&finding.place, panel))
        .children(found_and_wanted(finding))
        .child(
            el("p")
                .class("remedy")
                .child(spoken(&finding.remedy))
                .text(" ")
                .child(help_link("findings", &finding.rule)),
        )
        .children(alarm)
        .child(source(finding.clone(), panel))
}

fn found_and_wanted(finding: &Finding) -> Option<El> {
    let fact = |(label, text): (&str, &Option<String>)| {
        let text = text.as_ref()?;
        Some(el("div").child(el("dt").text(label)).child(el("dd").child(spoken(text))))
    };
    let facts = [("Found", &finding.found), ("Wanted", &finding.wanted)];
    let any = facts.iter().any(|(_, text)| text.is_some());
    any.then(|| el("dl").class("found-wanted").children(facts.into_iter().filter_map(fact)))
}

/// Where the rule comes from, and a command that shows the same. It is made when it is unfolded.
fn source(finding: Arc<Finding>, panel: Option<Panel>) -> El {
    let command = openssl::command(&finding.rule, finding.place.part, &|part| file_name(panel, part));
    let more = if command.is_some() { ", and how to see it with openssl" } else { "" };
    let unfolded = RwSignal::new(false);
    let content = move || {
        let command = command.as_ref().map(|command| {
            el("p")
                .class("command")
                .child(el("code").child(untrusted(command)))
                .child(copy_button("the openssl command", command))
        });
        parts()
            .child(el("p").child(untrusted(&finding.source)))
            .child(el("p").class("muted").text("Rule: ").child(el("code").text(&finding.rule)))
            .children(command)
    };
    el("details")
        .on("toggle", move |_| unfolded.set(true))
        .child(el("summary").text("Source").text(more))
        .child(live_if(move || unfolded.get(), content))
}

fn place_text(place: &Place, panel: Option<Panel>) -> El {
    let part = part_label(place.part);
    let text = match (place.line, place.block) {
        (Some(line), Some(block)) => format!("{part}, line {line} (block {})", block + 1),
        (Some(line), None) => format!("{part}, line {line}"),
        (None, Some(block)) => format!("{part}, block {}", block + 1),
        (None, None) => part.to_owned(),
    };
    let field = place.field.as_ref().map(|field| el("code").class("field-path").child(untrusted(field)));
    let line = el("p").class("place");
    let line = match (panel, place.line) {
        (Some(panel), Some(at)) => {
            let part = place.part;
            let mark = move || panel.mark(panel.form.with_untracked(|form| form.slot_of(part)), at);
            line.child(el("button").attr("type", "button").class("place-link").on_press(mark).text(text))
        }
        _ => line.text(text),
    };
    line.children(field)
}

fn part_label(part: Part) -> &'static str {
    match part {
        Part::Certificate => "Certificate file",
        Part::PrivateKey => "Private key file",
        Part::TrustedCa => "Trusted CA file",
        Part::Crl => "CRL file",
        Part::Csr => "Signing request",
    }
}
