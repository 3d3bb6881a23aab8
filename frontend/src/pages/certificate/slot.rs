//! One slot of the node: the certificate in it, what stands against it, and what can be done with it.

use certway_wire::Severity;
use certway_wire::node::{Certificates, StoredCertificate};

use crate::api::Identity;
use crate::dom::{El, View, el};
use crate::report::findings_on_stored;
use crate::ui::{State, badge, certificate_path, decoded_certificate, time, untrusted, validity_bar};

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

    fn title(self, identity: Identity) -> &'static str {
        match self {
            Self::Active if identity == Identity::Client => "Active: shown now",
            Self::Active => "Active: served now",
            Self::Pending => "Pending: stored, not loaded",
            Self::Previous => "Previous",
        }
    }

    fn says(self, identity: Identity, stored: &StoredCertificate) -> &'static str {
        match self {
            Self::Active if identity == Identity::Client => {
                "The node shows it to those it connects to, if they ask for one."
            }
            Self::Active if stored.loaded_anyway => "New connections get it. It was loaded by 'Load anyway'.",
            Self::Active if stored.origin == "temporary" => {
                "New connections get the node's temporary certificate. Upload one from a CA that your clients trust."
            }
            Self::Active => "New connections get it. Open connections keep the certificate they began with.",
            Self::Pending => {
                "What is active is served on. This one loads by itself when nothing stands against it any more, unless it waits for the change of the cluster's certificates."
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

pub(super) fn slot_view(identity: Identity, which: Which, stored: &StoredCertificate, actions: View) -> El {
    let (state, word) = which.badge();
    let certificate = &stored.decoded;
    let name = certificate.common_name.as_ref().unwrap_or(&certificate.subject);
    let since = el("span").class("muted");
    let since = match (which, &stored.loaded_at) {
        (Which::Active, Some(at)) => since.text("Loaded ").child(time(at)),
        _ => since.text("Stored ").child(time(&stored.stored_at)),
    };
    el("section")
        .class("panel slot")
        .attr("aria-label", which.title(identity))
        .child(el("h2").text(which.title(identity)).text(" ").child(badge(state, word)))
        .child(el("p").class("slot-name").child(el("strong").child(untrusted(name))))
        .child(el("p").text(which.says(identity, stored)))
        .child(validity_bar(&certificate.not_before, &certificate.not_after))
        .child(
            el("p")
                .class("slot-times")
                .child(el("span").text("Until ").child(time(&certificate.not_after)))
                .text(" ")
                .child(since),
        )
        .children(against(stored, which))
        .child(actions)
        .child(folded("Chain of trust", certificate_path(&stored.report.path)))
        .child(folded("Decoded, and PEM file", decoded_certificate(certificate, Some(&stored.pem))))
}

pub(super) fn folded(summary: &str, content: El) -> El {
    el("details").child(el("summary").text(summary)).child(content)
}

/// What stands against a stored certificate now.
pub(super) fn against(stored: &StoredCertificate, which: Which) -> Option<El> {
    let all = &stored.report.findings;
    if all.is_empty() {
        return None;
    }
    let warnings = all.iter().filter(|finding| finding.severity != Severity::Advice).count();
    let summary = match (warnings, all.len()) {
        (0, 1) => "1 piece of advice".to_owned(),
        (0, total) => format!("{total} pieces of advice"),
        (warnings, total) if warnings == total => crate::report::counted(warnings, "1 warning", "{} warnings"),
        (warnings, total) => {
            format!("{}, and {} more", crate::report::counted(warnings, "1 warning", "{} warnings"), total - warnings)
        }
    };
    Some(
        el("details")
            .flag("open", which == Which::Pending)
            .child(el("summary").text(summary))
            .child(findings_on_stored(all)),
    )
}
