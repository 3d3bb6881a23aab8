//! The button that sends the upload, with what it will do in one line.

use std::rc::Rc;

use certway_wire::Decision;
use certway_wire::users::Role;
use leptos::prelude::*;
use web_sys::FormData;

use super::{Panel, Send};
use crate::app::App;
use crate::dom::{El, el, live};
use crate::judge::{Judge, State};
use crate::report::effect;
use crate::signal::Memo;
use crate::task::spawn;
use crate::ui::spoken;

/// The button. It is off while there is nothing to send, and while the node would refuse it anyway.
pub(super) fn send_button(panel: Panel, on_send: Send) -> El {
    let label = move || panel.form.with(|form| form.button.map_or("", |button| button.label)).to_owned();
    let app = App::here();
    let refusal = Memo::new(move || reason_against(panel));
    let off = move || refusal.with(Option::is_some) || panel.sending.get();
    let (api, judge) = (app.api, Judge::here());
    let on_send: Rc<dyn Fn(FormData)> = on_send.into();
    let press = move || {
        if untrack(off) {
            return;
        }
        panel.failure.set(None);
        panel.sending.set(true);
        let on_send = Rc::clone(&on_send);
        spawn(async move {
            match panel.body(api, judge).await {
                Ok(body) => on_send(body),
                Err(reason) => panel.not_sent(reason),
            }
        });
    };
    let line = move || {
        if panel.sending.get() {
            return "Sending to the node. It judges the files again before it stores them.".to_owned();
        }
        refusal.get().map_or_else(|| effect::will_do(panel), ToOwned::to_owned)
    };
    let failure = move || panel.failure.get().map(|text| spoken(&text));
    // Not `disabled`: a button that cannot be reached cannot say why it is off.
    let button = el("button")
        .attr("type", "button")
        .class("button primary")
        .live_bool("aria-disabled", off)
        .attr("aria-describedby", "send-effect")
        .on_press(press)
        .live_text(label);
    el("div")
        .class("send")
        .live_flag("hidden", move || app.lacks(Role::Operator))
        .child(el("p").class("field-error").attr("role", "alert").child(live(failure)))
        .child(button)
        .child(el("p").attr("id", "send-effect").class("muted").attr("role", "status").live_text(line))
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
