//! The judge, as the page asks it: one worker, one question at a time, the newest one wins.
//!
//! The worker starts while the page starts. It is ended and started again when it stops by itself, when a person
//! cancels, and when a newer question would have to wait for an older one. Its answers come in slices, each read in
//! a task of its own, so that no report keeps the page from answering a key press.

mod question;
mod offline;
pub(crate) mod trust_list;

use std::sync::Arc;

use certway_wire::judge::{Answer, FieldFault};
use certway_wire::node::{SealingKey, Wildcards};
use certway_wire::{Certificate, Finding, RepairReport, Report, Verification};
use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Worker};

pub(crate) use question::{Question, RepairQuestion, VerifyQuestion, level_name};

use crate::app::App;
use crate::json;
use crate::signal::RwSignal;
use crate::task::later;

/// Starts what judges: the worker, and the service worker that keeps both for use without a network.
pub(crate) fn start(app: App) {
    provide_context(Judge::new());
    offline::register(app.offline_use);
    trust_list::keep_at_sign_in(app.api);
}

/// The page's first paint comes first.
const START_MS: u32 = 50;
/// The number of every question to seal: it belongs to no panel.
const SEALING: u32 = u32::MAX;
/// A judge that is busy for longer than this is ended for a newer question; starting one takes about as long.
const PATIENCE_MS: f64 = 250.0;

/// How far the answer to a question is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    /// Nothing was asked.
    Idle,
    /// Asked, at this reading of the browser's clock; `done` of `total` certificates are judged.
    Working { since_ms: f64, done: u32, total: u32 },
    /// The report is there; rows may still follow.
    Reported,
    /// Everything is there, after this time in the judge.
    Done { elapsed_ms: u32 },
    /// The report came from the node.
    ByNode,
    /// The judge could not answer; the text says what to do.
    Failed(String),
}

/// The answer to the newest question of one panel, as far as it has come.
#[derive(Clone, Copy)]
pub(crate) struct Judgement {
    pub(crate) state: RwSignal<State>,
    /// The report without its rows, which are the next two.
    pub(crate) report: RwSignal<Option<Arc<Report>>>,
    pub(crate) certificates: RwSignal<Vec<Arc<Certificate>>>,
    pub(crate) findings: RwSignal<Vec<Arc<Finding>>>,
    /// How many findings there are in all.
    pub(crate) findings_total: RwSignal<u32>,
    /// For the fields of a request: what stands against them, and the alternative names as they will appear.
    pub(crate) fields: RwSignal<(Vec<FieldFault>, Vec<String>)>,
    /// Whether what was asked for is a repair.
    pub(crate) repairing: RwSignal<bool>,
    /// What a repair gave; it may hold a private key.
    pub(crate) repaired: RwSignal<Option<RepairReport>>,
    /// What a path's validation gave.
    pub(crate) verified: RwSignal<Option<Verification>>,
}

impl Judgement {
    pub(crate) fn new() -> Self {
        Self {
            state: RwSignal::new(State::Idle),
            report: RwSignal::new(None),
            certificates: RwSignal::new(Vec::new()),
            findings: RwSignal::new(Vec::new()),
            findings_total: RwSignal::new(0),
            fields: RwSignal::new((Vec::new(), Vec::new())),
            repairing: RwSignal::new(false),
            repaired: RwSignal::new(None),
            verified: RwSignal::new(None),
        }
    }

    /// Forgets the answer.
    pub(crate) fn clear(self) {
        self.state.set(State::Idle);
        self.repaired.set(None);
        self.verified.set(None);
        self.report.set(None);
        self.certificates.set(Vec::new());
        self.findings.set(Vec::new());
        self.findings_total.set(0);
    }

    /// Shows a report that came from elsewhere: the node's.
    pub(crate) fn show(self, mut report: Report) {
        self.certificates.set(report.certificates.drain(..).map(Arc::new).collect());
        self.findings_total.set(u32::try_from(report.findings.len()).unwrap_or(u32::MAX));
        self.findings.set(report.findings.drain(..).map(Arc::new).collect());
        self.report.set(Some(Arc::new(report)));
        self.state.set(State::ByNode);
    }

    /// The leaf of the judged file.
    pub(crate) fn leaf(self) -> Option<Arc<Certificate>> {
        let index = self.report.with(|report| report.as_ref().and_then(|report| report.leaf))?;
        self.certificates.with(|certificates| certificates.get(index as usize).cloned())
    }

    fn take(self, answer: Answer) {
        match answer {
            Answer::Ready | Answer::Sealed { .. } => {}
            Answer::Repaired { repair, .. } => self.repaired.set(Some(repair)),
            Answer::Verified { verification, .. } => self.verified.set(Some(verification)),
            Answer::Fields { faults, alternative_names, .. } => self.fields.set((faults, alternative_names)),
            Answer::Progress { done, total, .. } => self.state.update(|state| {
                if let State::Working { done: old_done, total: old_total, .. } = state {
                    (*old_done, *old_total) = (done, total);
                }
            }),
            Answer::Report { mut report, findings, .. } => {
                self.certificates.set(report.certificates.drain(..).map(Arc::new).collect());
                self.findings.set(report.findings.drain(..).map(Arc::new).collect());
                self.findings_total.set(findings);
                self.report.set(Some(Arc::new(report)));
                self.state.set(State::Reported);
            }
            Answer::Rows { certificates, findings, .. } => {
                if !certificates.is_empty() {
                    self.certificates.update(|rows| rows.extend(certificates.into_iter().map(Arc::new)));
                }
                if !findings.is_empty() {
                    self.findings.update(|rows| rows.extend(findings.into_iter().map(Arc::new)));
                }
            }
            Answer::Done { elapsed_ms, .. } => self.state.set(State::Done { elapsed_ms }),
        }
    }
}

/// The one judge of the page. It is `Copy`: a name for what the page's owner holds.
#[derive(Clone, Copy)]
pub(crate) struct Judge(StoredValue<Inner, LocalStorage>);

struct Inner {
    worker: Option<Worker>,
    ready: bool,
    last_id: u32,
    asked: Option<Asked>,
    /// Who waits for a key to be sealed.
    sealing: Option<oneshot::Sender<Option<String>>>,
}

struct Asked {
    message: Option<Array>,
    since_ms: f64,
    into: Judgement,
}

impl Judge {
    /// The page's judge, while a part of the page is being built.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// A judge that starts as soon as the page has nothing more urgent to do.
    pub(crate) fn new() -> Self {
        let judge =
            Self(StoredValue::new_local(Inner { worker: None, ready: false, last_id: 0, asked: None, sealing: None }));
        later(START_MS, move || judge.start());
        judge
    }

    /// Asks; the answer goes into `into`. A question that is still open is given up.
    pub(crate) fn ask(self, question: &Question, into: Judgement) {
        into.repairing.set(false);
        self.put(&|id| question.message(id), into);
    }

    /// Asks about the fields of a request, given as the node's JSON has them.
    pub(crate) fn ask_about_fields(self, request: &str, wildcards: Wildcards, into: Judgement) {
        self.put(&|id| question::about_fields(id, request, wildcards), into);
    }

    /// Asks for a repair. What the judge has said about the files stays; what an earlier repair gave does not.
    pub(crate) fn ask_for_repair(self, question: &RepairQuestion, into: Judgement) {
        into.repairing.set(true);
        into.repaired.set(None);
        self.put(&|id| question.message(id), into);
    }

    /// Asks whether a path is valid.
    pub(crate) fn ask_to_verify(self, question: &VerifyQuestion, into: Judgement) {
        into.verified.set(None);
        self.put(&|id| question.message(id), into);
    }

    /// Seals a private key for a node, beside what else is asked; `None` if the judge cannot, and then nothing is to be sent.
    pub(crate) async fn seal(self, key: &Uint8Array, with: &SealingKey) -> Option<String> {
        let message = question::seal(SEALING, key, with);
        let (told, sealed) = oneshot::channel();
        self.0.try_update_value(|inner| {
            let worker = inner.worker.as_ref().filter(|_| inner.ready)?;
            worker.post_message(&message).ok()?;
            inner.sealing = Some(told);
            Some(())
        })??;
        // A judge that ends drops who was to tell.
        sealed.await.ok()?
    }

    fn put(self, message: &dyn Fn(u32) -> Array, into: Judgement) {
        self.give_up(PATIENCE_MS);
        let Some(id) = self.0.try_update_value(|inner| {
            inner.last_id = inner.last_id.wrapping_add(1);
            inner.last_id
        }) else {
            return;
        };
        let since_ms = now_ms();
        into.state.set(State::Working { since_ms, done: 0, total: 0 });
        let message = Some(message(id));
        self.0.update_value(|inner| inner.asked = Some(Asked { message, since_ms, into }));
        self.start();
        self.send();
    }

    /// Gives the open question up, at once.
    pub(crate) fn cancel(self) {
        let into = self.0.try_update_value(|inner| inner.asked.as_ref().map(|asked| asked.into)).flatten();
        self.give_up(0.0);
        if let Some(into) = into {
            into.clear();
        }
        self.start();
    }

    /// Drops the open question. A worker that has been at it for longer than `patience_ms` is ended.
    fn give_up(self, patience_ms: f64) {
        self.0.update_value(|inner| {
            let Some(asked) = inner.asked.take() else { return };
            let sent = asked.message.is_none();
            if sent && now_ms() - asked.since_ms >= patience_ms {
                end(inner);
            }
        });
    }

    /// Starts the worker, if there is none.
    fn start(self) {
        let missing = self.0.try_update_value(|inner| inner.worker.is_none()).unwrap_or(false);
        if !missing {
            return;
        }
        match Worker::new("/judge_loader.js") {
            Ok(worker) => {
                let on_message =
                    Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| self.hear(&event.data()));
                worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
                let on_error = Closure::<dyn FnMut(JsValue)>::new(move |_| self.stopped());
                worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
                // The handlers live as long as the worker: it is ended rarely, and they are small.
                on_message.forget();
                on_error.forget();
                self.0.update_value(|inner| inner.worker = Some(worker));
            }
            Err(_) => self.fail("This browser does not start the judge: workers are switched off."),
        }
    }

    /// Sends the open question, once the worker listens.
    fn send(self) {
        self.0.update_value(|inner| {
            let (true, Some(worker), Some(asked)) = (inner.ready, &inner.worker, &mut inner.asked) else { return };
            if let Some(message) = asked.message.take() {
                // It fails only for values that cannot be copied, and these are a text and arrays of bytes.
                let _ = worker.post_message(&message);
            }
        });
    }

    fn hear(self, message: &JsValue) {
        let Some(answer) = message.as_string().and_then(|text| json::read::<Answer>(&text)) else {
            return self.stopped();
        };
        let id = match &answer {
            Answer::Ready => {
                self.0.update_value(|inner| inner.ready = true);
                return self.send();
            }
            Answer::Sealed { sealed, .. } => {
                let told = self.0.try_update_value(|inner| inner.sealing.take()).flatten();
                if let Some(told) = told {
                    // Who waited may have left the page.
                    let _ = told.send(sealed.clone());
                }
                return;
            }
            Answer::Progress { id, .. }
            | Answer::Report { id, .. }
            | Answer::Rows { id, .. }
            | Answer::Repaired { id, .. }
            | Answer::Verified { id, .. }
            | Answer::Fields { id, .. }
            | Answer::Done { id, .. } => *id,
        };
        let finished = matches!(answer, Answer::Done { .. });
        let into = self.0.try_update_value(|inner| {
            let into = inner.asked.as_ref().filter(|_| inner.last_id == id).map(|asked| asked.into);
            if finished && into.is_some() {
                inner.asked = None;
            }
            into
        });
        if let Some(into) = into.flatten() {
            into.take(answer);
        }
    }

    /// The worker threw, or said something that is not an answer.
    fn stopped(self) {
        let had_started = self.0.try_update_value(|inner| {
            let had_started = inner.ready;
            end(inner);
            had_started
        });
        if had_started == Some(true) {
            self.fail("The judge stopped while it was judging. Nothing was sent. It has been started again: choose the file once more.");
            self.start();
        } else {
            // A judge that never started is not tried again by itself; the next question does that.
            self.fail(
                "The judge could not be loaded. Nothing was sent. Load the page again when the node can be reached.",
            );
        }
    }

    fn fail(self, text: &str) {
        let asked = self.0.try_update_value(|inner| inner.asked.take()).flatten();
        if let Some(asked) = asked {
            asked.into.clear();
            asked.into.state.set(State::Failed(text.to_owned()));
        }
    }
}

fn end(inner: &mut Inner) {
    if let Some(worker) = inner.worker.take() {
        worker.set_onmessage(None);
        worker.set_onerror(None);
        worker.terminate();
    }
    inner.ready = false;
    inner.sealing = None;
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}
