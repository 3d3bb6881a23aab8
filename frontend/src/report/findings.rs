//! The findings, worst first.

use std::sync::Arc;

use certway_wire::{Finding, Part, Place};
use leptos::prelude::*;

use super::openssl;
use crate::ui::{Badge, Button, CopyButton, Untrusted};

/// How many are shown at once.
const SHOWN: usize = 100;

/// What the findings are about.
#[derive(Clone, Copy)]
pub(crate) struct FindingsOf {
    /// Shows the place in the file; without it a place is only named.
    pub(crate) on_place: Option<Callback<Place>>,
    /// The name of a file, as a command would name it.
    pub(crate) file_name: Callback<Part, String>,
}

/// The list. Rows that are still on their way are counted in `total`.
#[component]
pub(crate) fn Findings(
    #[prop(into)] findings: Signal<Vec<Arc<Finding>>>,
    #[prop(into)] total: Signal<u32>,
    of: FindingsOf,
) -> AnyView {
    let limit = RwSignal::new(SHOWN);
    let rows = move || {
        let shown = findings.with(|findings| findings.iter().take(limit.get()).cloned().collect::<Vec<_>>());
        shown.into_iter().map(|finding| view! { <FindingRow finding=finding of=of/> }).collect_view()
    };
    let more = move || (total.get() as usize).saturating_sub(limit.get());
    let has_more = move || more() > 0;
    view! {
        <Show when=move || findings.with(Vec::is_empty)>
            <p class="muted">"Nothing was found against it."</p>
        </Show>
        <ol class="findings" aria-label="Findings, worst first">{rows}</ol>
        <Show when=has_more>
            <Button on_press=move |()| limit.update(|limit| *limit += SHOWN)>
                {move || format!("Show more: {} are not shown", more())}
            </Button>
        </Show>
    }
    .into_any()
}

#[component]
fn FindingRow(finding: Arc<Finding>, of: FindingsOf) -> AnyView {
    let command = openssl::command(&finding.rule, finding.place.part, &|part| of.file_name.run(part));
    let fact = |label: &'static str, text: &Option<String>| {
        text.clone().map(|text| view! { <div><dt>{label}</dt><dd><Untrusted text=text/></dd></div> })
    };
    let found = fact("Found", &finding.found);
    let wanted = fact("Wanted", &finding.wanted);
    let alarm = finding.alarm.then(|| view! { <p class="muted">"The node raises an alarm as well."</p> });
    view! {
        <li class=format!("finding {}", crate::ui::State::from(finding.severity).class())>
            <p class="finding-head">
                <Badge state=finding.severity.into()/>
                <strong class="finding-message"><Untrusted text=finding.message.clone()/></strong>
            </p>
            <PlaceText place=finding.place.clone() of=of/>
            <dl class="found-wanted">{found}{wanted}</dl>
            <p class="remedy"><Untrusted text=finding.remedy.clone()/></p>
            {alarm}
            <details>
                <summary>"Source"{command.is_some().then_some(", and how to see it with openssl")}</summary>
                <p><Untrusted text=finding.source.clone()/></p>
                <p class="muted">"Rule: " <code>{finding.rule.clone()}</code></p>
                {command.map(|command| view! {
                    <p class="command">
                        <code><Untrusted text=command.clone()/></code>
                        <CopyButton what="the openssl command" text=command/>
                    </p>
                })}
            </details>
        </li>
    }
    .into_any()
}

#[component]
fn PlaceText(place: Place, of: FindingsOf) -> AnyView {
    let part = part_label(place.part);
    let text = match (place.line, place.block) {
        (Some(line), Some(block)) => format!("{part}, line {line} (block {})", block + 1),
        (Some(line), None) => format!("{part}, line {line}"),
        (None, Some(block)) => format!("{part}, block {}", block + 1),
        (None, None) => part.to_owned(),
    };
    let field = place.field.clone().map(|field| view! { <code class="field-path"><Untrusted text=field/></code> });
    let show = of.on_place.filter(|_| place.line.is_some());
    let where_it_is = match show {
        Some(show) => view! {
            <button type="button" class="place-link" on:click=move |_| show.run(place.clone())>{text}</button>
        }
        .into_any(),
        None => text.into_any(),
    };
    view! { <p class="place">{where_it_is}{field}</p> }.into_any()
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
