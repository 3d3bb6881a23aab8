//! One slot of the node: the certificate in it, what stands against it, and what can be done with it.

use std::sync::Arc;

use certway_wire::node::{Certificates, StoredCertificate};
use certway_wire::{Part, Severity};
use leptos::prelude::*;

use crate::report::{Findings, FindingsOf};
use crate::ui::{Badge, CertificatePath, DecodedCertificate, State, TimeText, Untrusted, ValidityBar};

/// Which slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    Active,
    Pending,
    Previous,
}

impl Which {
    pub(super) fn of(self, slots: &Certificates) -> Option<StoredCertificate> {
        match self {
            Self::Active => slots.active.clone(),
            Self::Pending => slots.pending.clone(),
            Self::Previous => slots.previous.clone(),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Active => "Active: served now",
            Self::Pending => "Pending: stored, not loaded",
            Self::Previous => "Previous",
        }
    }

    fn says(self, stored: &StoredCertificate) -> &'static str {
        match self {
            Self::Active if stored.loaded_anyway => "New connections get it. It was loaded by 'Load anyway'.",
            Self::Active if stored.origin == "temporary" => {
                "New connections get the node's temporary certificate. Upload one from a CA that your clients trust."
            }
            Self::Active => "New connections get it. Open connections keep the certificate they began with.",
            Self::Pending => {
                "What is active is served on. This one loads by itself when nothing stands against it any more."
            }
            Self::Previous => "What was served before. It can be brought back with its key.",
        }
    }

    fn badge(self) -> (State, &'static str) {
        match self {
            Self::Active => (State::Loaded, "Loaded"),
            Self::Pending => (State::Warning, "Not loaded"),
            Self::Previous => (State::Plain, "Kept"),
        }
    }
}

#[component]
pub(super) fn SlotView(which: Which, stored: StoredCertificate, actions: AnyView) -> AnyView {
    let (state, word) = which.badge();
    let says = which.says(&stored);
    let certificate = stored.decoded.clone();
    let name = certificate.common_name.clone().unwrap_or_else(|| certificate.subject.clone());
    let since = match (which, stored.loaded_at.clone()) {
        (Which::Active, Some(at)) => view! { <span class="muted">"Loaded " <TimeText at=at/></span> }.into_any(),
        _ => view! { <span class="muted">"Stored " <TimeText at=stored.stored_at.clone()/></span> }.into_any(),
    };
    view! {
        <section class="panel slot" aria-label=which.title()>
            <h2>{which.title()} " " <Badge state=state word=word/></h2>
            <p class="slot-name"><strong><Untrusted text=name/></strong></p>
            <p>{says}</p>
            <ValidityBar not_before=certificate.not_before.clone() not_after=certificate.not_after.clone()/>
            <p class="slot-times"><span>"Until " <TimeText at=certificate.not_after.clone()/></span> {since}</p>
            <Against stored=stored.clone() which=which/>
            {actions}
            <details>
                <summary>"Chain of trust"</summary>
                <CertificatePath links=stored.report.path.clone()/>
            </details>
            <details>
                <summary>"Decoded, and PEM file"</summary>
                <DecodedCertificate certificate=certificate pem=stored.pem/>
            </details>
        </section>
    }
    .into_any()
}

/// What stands against a stored certificate now.
#[component]
fn Against(stored: StoredCertificate, which: Which) -> AnyView {
    let findings: Vec<_> = stored.report.findings.into_iter().map(Arc::new).collect();
    if findings.is_empty() {
        return ().into_any();
    }
    let warnings = findings.iter().filter(|finding| finding.severity != Severity::Advice).count();
    let total = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    let summary = match (warnings, total) {
        (0, 1) => "1 piece of advice".to_owned(),
        (0, total) => format!("{total} pieces of advice"),
        (warnings, total) if warnings == total as usize => crate::report::counted(warnings, "warning"),
        (warnings, total) => {
            format!("{}, and {} more", crate::report::counted(warnings, "warning"), total as usize - warnings)
        }
    };
    let of = FindingsOf { on_place: None, file_name: Callback::new(|part: Part| file_name(part).to_owned()) };
    view! {
        <details open=which == Which::Pending>
            <summary>{summary}</summary>
            <Findings findings=Signal::stored(findings) total=Signal::stored(total) of=of/>
        </details>
    }
    .into_any()
}

pub(super) fn file_name(part: Part) -> &'static str {
    match part {
        Part::Certificate => "server-certificate.pem",
        Part::PrivateKey | Part::TrustedCa | Part::Crl | Part::Csr => "",
    }
}
