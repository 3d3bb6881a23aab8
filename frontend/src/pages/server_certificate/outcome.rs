//! What the last upload led to.

use std::sync::Arc;

use certway_wire::Part;
use certway_wire::node::CertificateStored;
use leptos::prelude::*;

use super::slot::file_name;
use crate::report::{Findings, FindingsOf};
use crate::ui::{Badge, Button, ButtonKind, State, live};

/// The outcome, until it is put away or the next upload ends.
#[component]
pub(super) fn Outcome(stored: RwSignal<Option<CertificateStored>>) -> AnyView {
    let content = move || {
        let CertificateStored { loaded, report } = stored.get()?;
        let (state, word, sentence) = if loaded {
            (
                State::Loaded,
                "Loaded",
                "Stored and loaded: new connections get the new certificate. Open connections keep the one they began with until they end.",
            )
        } else {
            (
                State::Warning,
                "Not loaded",
                "Stored, not loaded: what was served before is served on. The new certificate is pending and loads by itself when nothing stands against it any more.",
            )
        };
        let findings: Vec<_> = report.findings.into_iter().map(Arc::new).collect();
        let total = u32::try_from(findings.len()).unwrap_or(u32::MAX);
        let of = FindingsOf { on_place: None, file_name: Callback::new(|part: Part| file_name(part).to_owned()) };
        Some(
            view! {
                <section class=format!("verdict outcome {}", state.class()) aria-label="Outcome of the upload">
                    <Badge state=state word=word/>
                    <p class="sentence">{sentence}</p>
                    <Findings findings=Signal::stored(findings) total=Signal::stored(total) of=of/>
                    <p class="muted">"The private key was overwritten in this page."</p>
                    <Button kind=ButtonKind::Quiet on_press=move |()| stored.set(None)>"Put this message away"</Button>
                </section>
            }
            .into_any(),
        )
    };
    view! { <div role="status">{live(content)}</div> }.into_any()
}
