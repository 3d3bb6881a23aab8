//! The findings, worst first.

use std::sync::Arc;

use certway_wire::{Finding, Part, Place};
use leptos::prelude::*;

use super::openssl;
use super::unfolding::{SHOWN, key, unfolding};
use crate::ui::{Badge, Button, CopyButton, Untrusted, live, live_if, live_text};

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
    let rows = unfolding(findings, limit);
    let more = move || (total.get() as usize).saturating_sub(limit.get());
    let says_more = move || format!("Show more: {} are not shown", more());
    let button = move || {
        view! { <Button on_press=move |()| limit.update(|limit| *limit += SHOWN)>{live_text(says_more)}</Button> }
            .into_any()
    };
    let none = || view! { <p class="muted">"Nothing was found against it."</p> }.into_any();
    view! {
        {live_if(move || findings.with(Vec::is_empty), none)}
        <ol class="findings" aria-label="Findings, worst first">
            <For each=move || rows.get() key=key let(finding)>
                <FindingRow finding=finding of=of/>
            </For>
        </ol>
        {live_if(move || more() > 0, button)}
    }
    .into_any()
}

#[component]
fn FindingRow(finding: Arc<Finding>, of: FindingsOf) -> AnyView {
    let fact = |label: &'static str, text: &Option<String>| {
        text.clone().map(|text| view! { <div><dt>{label}</dt><dd><Untrusted text=text/></dd></div> })
    };
    let facts = (finding.found.is_some() || finding.wanted.is_some()).then(|| {
        view! { <dl class="found-wanted">{fact("Found", &finding.found)}{fact("Wanted", &finding.wanted)}</dl> }
    });
    let alarm = finding.alarm.then(|| view! { <p class="muted">"The node raises an alarm as well."</p> });
    let class = format!("finding {}", crate::ui::State::from(finding.severity).class());
    view! {
        <li class=class>
            <p class="finding-head">
                <Badge state=finding.severity.into()/>
                <strong class="finding-message"><Untrusted text=finding.message.clone()/></strong>
            </p>
            <PlaceText place=finding.place.clone() of=of/>
            {facts}
            <p class="remedy"><Untrusted text=finding.remedy.clone()/></p>
            {alarm}
            <Source finding=finding of=of/>
        </li>
    }
    .into_any()
}

/// Where the rule comes from, and a command that shows the same. It is made when it is unfolded.
#[component]
fn Source(finding: Arc<Finding>, of: FindingsOf) -> AnyView {
    let command = openssl::command(&finding.rule, finding.place.part, &|part| of.file_name.run(part));
    let with_command = command.is_some().then_some(", and how to see it with openssl");
    let unfolded = RwSignal::new(false);
    let content = move || {
        let command = command.clone().map(|command| {
            view! {
                <p class="command">
                    <code><Untrusted text=command.clone()/></code>
                    <CopyButton what="the openssl command" text=command/>
                </p>
            }
        });
        unfolded.get().then(|| {
            view! {
                <p><Untrusted text=finding.source.clone()/></p>
                <p class="muted">"Rule: " <code>{finding.rule.clone()}</code></p>
                {command}
            }
            .into_any()
        })
    };
    view! {
        <details on:toggle=move |_| unfolded.set(true)>
            <summary>"Source"{with_command}</summary>
            {live(content)}
        </details>
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
