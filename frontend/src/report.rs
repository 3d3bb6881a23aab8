//! What the judge said, as a person reads it: the verdict in one sentence, the findings worst first, old against new,
//! the chain of trust, the certificates.

mod verdict;
mod findings;
mod openssl;
mod comparison;
mod certificates;
mod unfolding;
pub(crate) mod effect;

pub(crate) use findings::findings_on_stored;
pub(crate) use verdict::counted;

use certway_wire::WeakestLink;
use leptos::prelude::untrack;

use crate::dom::{El, View, effect, el, live, live_if, parts};
use crate::judge::{Judge, State};
use crate::signal::{Memo, RwSignal};
use crate::task::later;
use crate::time_text;
use crate::ui::{ButtonKind, badge, button, certificate_path, decoded_certificate, untrusted};
use crate::upload::Panel;
use certificates::certificate_list;
use comparison::comparison;
use findings::findings;
use unfolding::a_task_later;

/// Progress is shown for what takes longer than this.
const PROGRESS_MS: u32 = 300;

/// The verdict on the files of a panel, or how far the judge is.
pub(crate) fn verdict_view(panel: Panel) -> View {
    let judged = move || panel.judgement().report.with(Option::is_some);
    parts().child(progress(panel)).child(failure(panel)).child(live_if(judged, move || verdict(panel)))
}

/// Why the verdict is what it is, with the text of the files at the side.
pub(crate) fn details_view(panel: Panel, text_view: fn(Panel) -> El) -> View {
    let judgement = panel.judgement();
    // The verdict comes first; each of the longer parts has a task of its own.
    let wanted = a_task_later(move || judgement.report.with(Option::is_some));
    let below_wanted = a_task_later(move || wanted.get());
    let details = move || {
        let list = findings(judgement.findings, judgement.findings_total, Some(panel));
        parts()
            .child(
                el("div")
                    .class("report-columns")
                    .child(el("div").class("report-findings").child(list))
                    .child(text_view(panel)),
            )
            .child(live_if(move || below_wanted.get(), move || below(panel)))
    };
    live_if(move || wanted.get(), details)
}

/// How far the judge is, with a way to stop it; nothing for what is quick.
fn progress(panel: Panel) -> View {
    let judge = Judge::here();
    let slow = RwSignal::new(false);
    let state = panel.judgement().state;
    effect(move || {
        slow.set(false);
        if let State::Working { since_ms, done, .. } = state.get() {
            if done > 0 && js_sys::Date::now() - since_ms > f64::from(PROGRESS_MS) {
                slow.set(true);
            } else {
                later(PROGRESS_MS, move || {
                    let working = |state: &State| matches!(state, State::Working { .. });
                    if state.try_with_untracked(working) == Some(true) {
                        slow.set(true);
                    }
                });
            }
        }
    });
    let counts = move || match state.get() {
        State::Working { done, total, .. } => (done, total),
        State::Idle | State::Reported | State::Done { .. } | State::ByNode | State::Failed(_) => (0, 0),
    };
    let repairing = move || panel.judgement().repairing.get();
    let says = move || match counts() {
        _ if repairing() => "Repairing. Opening what a passphrase locks can take some seconds.".to_owned(),
        (_, 0) => "Judging. The judge is starting.".to_owned(),
        (done, total) => format!("Judging: {done} of {total} certificates."),
    };
    let stop = move || {
        let repair = untrack(repairing);
        judge.cancel();
        if !repair {
            panel.forget();
        } else if let Some(question) = untrack(|| panel.question()) {
            // The files stay, and with them what was said about them.
            judge.ask(&question, panel.judgement());
        }
    };
    let stops = move || if repairing() { "Cancel" } else { "Stop and empty the boxes" }.to_owned();
    // A bar without a value says that it is not known how much is left.
    let share = move || (!repairing()).then(|| counts().0.to_string());
    let bar = move || {
        el("div")
            .class("judging")
            .attr("role", "status")
            .child(el("p").live_text(says))
            .child(
                el("progress")
                    .live_attr("aria-label", move || Some(if repairing() { "Repairing" } else { "Judging" }.to_owned()))
                    .live_attr("max", move || Some(counts().1.max(1).to_string()))
                    .live_attr("value", share),
            )
            .child(button(ButtonKind::Plain, stop).live_text(stops))
    };
    live_if(move || slow.get(), bar)
}

fn failure(panel: Panel) -> El {
    let text = move || match panel.judgement().state.get() {
        State::Failed(text) => text,
        State::Idle | State::Working { .. } | State::Reported | State::Done { .. } | State::ByNode => String::new(),
    };
    el("p").class("field-error").attr("role", "alert").live_text(text)
}

/// The verdict in one sentence, how long it took, and that nothing was sent.
fn verdict(panel: Panel) -> View {
    let judgement = panel.judgement();
    // Rows that follow change the sentence rarely, and a screen reader hears it anew whenever it is drawn.
    let said = Memo::new(move || {
        let report = judgement.report.get()?;
        let pending_loads = panel.pending().report.with(|report| report.as_ref().map(|report| report.loadable));
        Some(judgement.findings.with(|findings| verdict::of(&panel.form.get(), &report, findings, pending_loads)))
    });
    let sentence = move || {
        let said = said.get()?;
        Some(
            el("div")
                .class(&format!("verdict {}", said.state.class()))
                .child(badge(said.state, said.word))
                .child(el("p").class("sentence").text(said.sentence)),
        )
    };
    let took = move || {
        let time = match judgement.state.get() {
            State::ByNode => return "Judged by the node. Nothing was changed.".to_owned(),
            State::Done { elapsed_ms } => format!("Judged in {elapsed_ms} ms, in this browser."),
            State::Working { .. } => "Judging again.".to_owned(),
            State::Idle | State::Reported | State::Failed(_) => "Judged in this browser.".to_owned(),
        };
        let at = panel.at.get().map(|at| format!(" As of {}.", time_text::written(&at)));
        format!("{time}{} Nothing was sent.", at.unwrap_or_default())
    };
    parts()
        .child(el("div").attr("role", "status").child(live(sentence)))
        .child(el("p").class("took muted").live_text(took))
}

/// What follows the findings: old against new, the chain, the certificates.
fn below(panel: Panel) -> View {
    let judgement = panel.judgement();
    let against_old = move || {
        let of_server = panel.form.with(|form| form.kind == "server-certificate" && form.button.is_some());
        let new = judgement.leaf().filter(|_| of_server)?;
        panel.known.with(|known| Some(comparison(&known.active.as_ref()?.decoded, &new)))
    };
    let path = move || {
        let report = judgement.report.get().filter(|report| !report.path.is_empty())?;
        let path = certificate_path(&report.path);
        let weakest = report.weakest_link.as_ref().map(weakest_link);
        Some(el("section").class("report-part").child(el("h3").text("Chain of trust")).child(path).children(weakest))
    };
    let leaf = move || {
        let decoded = decoded_certificate(&*judgement.leaf()?, None);
        let summary = el("summary").text("The certificate, decoded");
        Some(el("details").class("report-part").child(summary).child(decoded))
    };
    parts().child(live(against_old)).child(live(path)).child(live(leaf)).child(certificate_list(judgement.certificates))
}

fn weakest_link(link: &WeakestLink) -> El {
    let strength = format!(": {}, {} bits of strength.", link.what, link.strength_bits);
    el("p").text("Weakest link: ").child(untrusted(&link.subject)).text(strength)
}
