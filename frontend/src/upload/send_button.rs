//! The button that sends the upload, with what it will do in one line.

use certway_wire::Decision;
use leptos::prelude::*;
use web_sys::FormData;

use super::Panel;
use crate::judge::State;
use crate::report::effect;
use crate::ui::{Untrusted, live, live_text};

/// The button. It is off while there is nothing to send, and while the node would refuse it anyway.
#[component]
pub(super) fn SendButton(panel: Panel, on_send: Callback<FormData>) -> AnyView {
    let label = move || panel.form.with(|form| form.button.map_or("", |button| button.label)).to_owned();
    let refusal = Memo::new(move |_| reason_against(panel));
    let off = move || refusal.with(Option::is_some) || panel.sending.get();
    let press = move |_| {
        if off() {
            return;
        }
        if let Some(body) = panel.body() {
            panel.failure.set(None);
            panel.sending.set(true);
            on_send.run(body);
        }
    };
    let line = move || {
        if panel.sending.get() {
            return "Sending to the node. It judges the files again before it stores them.".to_owned();
        }
        refusal.get().map_or_else(|| effect::will_do(panel), ToOwned::to_owned)
    };
    let failure = move || panel.failure.get().map(|text| view! { <Untrusted text=text/> }.into_any());
    view! {
        <div class="send">
            <p class="field-error" role="alert">{live(failure)}</p>
            // Not `disabled`: a button that cannot be reached cannot say why it is off.
            <button type="button" class="button primary" aria-disabled=Signal::derive(move || off().to_string()) aria-describedby="send-effect" on:click=press>
                {live_text(label)}
            </button>
            <p id="send-effect" class="muted" role="status">{live_text(line)}</p>
        </div>
    }
    .into_any()
}

/// Why nothing can be sent now.
fn reason_against(panel: Panel) -> Option<&'static str> {
    let empty = panel.files.with(|files| files.iter().all(|(slot, _)| *slot != super::Slot::File));
    if empty {
        return Some("Choose a file first. It is judged here, in this browser, before anything is sent.");
    }
    match panel.judgement.state.get() {
        State::Idle | State::Working { .. } => Some("The file is being judged."),
        State::Failed(_) => Some("Nothing can be sent before the file has been judged."),
        State::Reported | State::Done { .. } | State::ByNode => {
            let refused = panel
                .judgement
                .report
                .with(|report| report.as_ref().is_none_or(|report| report.decision == Decision::Refuse));
            refused.then_some(
                "Nothing can be sent: the node would refuse it for the reasons below, and nothing would change.",
            )
        }
    }
}
