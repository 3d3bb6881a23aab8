//! What the judge said, as a person reads it: the verdict in one sentence, the findings worst first, old against new,
//! the chain of trust, the certificates.

mod verdict;
mod findings;
mod openssl;
mod comparison;
mod certificates;
mod unfolding;
pub(crate) mod effect;

pub(crate) use findings::{Findings, FindingsOf};
pub(crate) use verdict::counted;

use std::sync::Arc;

use certway_wire::{Part, Place, Report};
use leptos::prelude::*;

use crate::judge::{Judge, State};
use crate::time_text;
use crate::ui::{Badge, Button, CertificatePath, DecodedCertificate, live, live_if, live_text};
use crate::upload::Panel;
use certificates::CertificateList;
use comparison::Comparison;
use unfolding::a_task_later;

/// Progress is shown for what takes longer than this.
const PROGRESS_MS: f64 = 300.0;

/// The verdict on the files of a panel, or how far the judge is.
#[component]
pub(crate) fn VerdictView(panel: Panel) -> AnyView {
    let judged = move || panel.judgement().report.with(Option::is_some);
    view! {
        <Progress panel=panel/>
        <Failure panel=panel/>
        {live_if(judged, move || view! { <Verdict panel=panel/> }.into_any())}
    }
    .into_any()
}

/// Why the verdict is what it is, with the text of the files at the side.
#[component]
pub(crate) fn DetailsView(panel: Panel, #[prop(into)] text_view: ViewFn) -> AnyView {
    let judgement = panel.judgement();
    // The verdict comes first; each of the longer parts has a task of its own.
    let wanted = a_task_later(move || judgement.report.with(Option::is_some));
    let below_wanted = a_task_later(move || wanted.get());
    let details = move || {
        view! {
            <div class="report-columns">
                <div class="report-findings">
                    <Findings findings=judgement.findings total=judgement.findings_total of=findings_of(panel)/>
                </div>
                {text_view.run()}
            </div>
            {live_if(move || below_wanted.get(), move || view! { <Below panel=panel/> }.into_any())}
        }
        .into_any()
    };
    live_if(move || wanted.get(), details)
}

/// The files that the findings of a panel are about: a click marks the line.
fn findings_of(panel: Panel) -> FindingsOf {
    let form = panel.form;
    FindingsOf {
        on_place: Some(Callback::new(move |place: Place| {
            if let Some(line) = place.line {
                panel.mark(form.with_untracked(|form| form.slot_of(place.part)), line);
            }
        })),
        file_name: Callback::new(move |part: Part| {
            panel.file_name(form.with_untracked(|form| form.slot_of(part))).unwrap_or_default()
        }),
    }
}

/// How far the judge is, with a way to stop it; nothing for what is quick.
#[component]
fn Progress(panel: Panel) -> AnyView {
    let judge = Judge::here();
    let slow = RwSignal::new(false);
    let state = panel.judgement().state;
    Effect::new(move |_| {
        slow.set(false);
        if let State::Working { since_ms, done, .. } = state.get() {
            if done > 0 && js_sys::Date::now() - since_ms > PROGRESS_MS {
                slow.set(true);
            } else {
                set_timeout(
                    move || {
                        let working =
                            state.try_get_untracked().is_some_and(|state| matches!(state, State::Working { .. }));
                        if working {
                            let _ = slow.try_set(true);
                        }
                    },
                    core::time::Duration::from_millis(300),
                );
            }
        }
    });
    let counts = move || match state.get() {
        State::Working { done, total, .. } => (done, total),
        State::Idle | State::Reported | State::Done { .. } | State::ByNode | State::Failed(_) => (0, 0),
    };
    let says = move || match counts() {
        (_, 0) => "Judging. The judge is starting.".to_owned(),
        (done, total) => format!("Judging: {done} of {total} certificates."),
    };
    let bar = move || {
        view! {
            <div class="judging" role="status">
                <p>{live_text(says)}</p>
                <progress
                    aria-label="Judging"
                    max=Signal::derive(move || counts().1.max(1).to_string())
                    value=Signal::derive(move || counts().0.to_string())
                ></progress>
                <Button on_press=move |()| { judge.cancel(); panel.forget(); }>"Stop and empty the boxes"</Button>
            </div>
        }
        .into_any()
    };
    live_if(move || slow.get(), bar)
}

#[component]
fn Failure(panel: Panel) -> AnyView {
    let text = move || match panel.judgement().state.get() {
        State::Failed(text) => text,
        State::Idle | State::Working { .. } | State::Reported | State::Done { .. } | State::ByNode => String::new(),
    };
    view! { <p class="field-error" role="alert">{live_text(text)}</p> }.into_any()
}

/// The verdict in one sentence, how long it took, and that nothing was sent.
#[component]
fn Verdict(panel: Panel) -> AnyView {
    let judgement = panel.judgement();
    let sentence = move || {
        let report = judgement.report.get()?;
        let pending_loads = panel.pending().report.with(|report| report.as_ref().map(|report| report.loadable));
        let said = judgement.findings.with(|findings| verdict::of(&panel.form.get(), &report, findings, pending_loads));
        Some(
            view! {
                <div class=format!("verdict {}", said.state.class())>
                    <Badge state=said.state word=said.word/>
                    <p class="sentence">{said.sentence}</p>
                </div>
            }
            .into_any(),
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
    view! {
        <div role="status">{live(sentence)}</div>
        <p class="took muted">{live_text(took)}</p>
    }
    .into_any()
}

/// What follows the findings: old against new, the chain, the certificates.
#[component]
fn Below(panel: Panel) -> AnyView {
    let judgement = panel.judgement();
    let old = move || panel.known.with(|known| known.active.as_ref().map(|active| active.decoded.clone()));
    let comparison = move || {
        let of_server = panel.form.with(|form| form.kind == "server-certificate" && form.button.is_some());
        let (old, new) = (old().filter(|_| of_server)?, judgement.leaf()?);
        Some(view! { <Comparison old=old new=(*new).clone()/> }.into_any())
    };
    let path = move || {
        let report: Arc<Report> = judgement.report.get()?;
        (!report.path.is_empty()).then(|| {
            view! {
                <section class="report-part">
                    <h3>"Chain of trust"</h3>
                    <CertificatePath links=report.path.clone()/>
                </section>
            }
            .into_any()
        })
    };
    let leaf = move || {
        let leaf = judgement.leaf()?;
        Some(
            view! {
                <details class="report-part">
                    <summary>"The certificate, decoded"</summary>
                    <DecodedCertificate certificate=(*leaf).clone()/>
                </details>
            }
            .into_any(),
        )
    };
    view! {
        {live(comparison)}
        {live(path)}
        {live(leaf)}
        <CertificateList certificates=judgement.certificates/>
    }
    .into_any()
}
