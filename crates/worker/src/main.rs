//! Certway's judge for the browser: `certway-core` in a Web Worker, so that judging never holds up the page.
//!
//! A question comes as a message, its answers go as messages; both are described in `certway_wire::judge`. The same
//! core judges on the node, and its reports take the same form, so the page has one interface for near and far.
//!
//! What it does not do: it keeps nothing between two questions, it opens no connection, and it reads no clock for the
//! judgement; the time to judge at is part of the question. Files are overwritten as soon as they have been judged,
//! since one of them may be a private key.

mod answer;
mod seal;
mod warm_up;

use certway_wire::judge::Answer;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue, throw_str};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};
use zeroize::Zeroizing;

fn main() {
    let scope = scope();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| take(&event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The handler lives as long as the worker, which only its owner ends.
    on_message.forget();
    post(&Answer::Ready);
    if let Err(error) = warm_up::warm_up(&elapsed_ms, &mut post) {
        throw_str(&error);
    }
}

/// Answers one message. What is not a question is thrown, so that the page hears of it as an error of its worker.
fn take(message: &JsValue) {
    let parts = Array::from(message);
    let Some(json) = parts.get(0).as_string() else { throw_str("a question begins with its JSON text") };
    let files = taken(&parts.slice(1, parts.length()));
    if let Err(error) = answer::answer(&json, &files, &elapsed_ms, &mut post) {
        throw_str(&error);
    }
}

/// The files' bytes, moved out of the message: the message's copies are overwritten here, ours when they are dropped.
fn taken(files: &Array) -> Vec<Zeroizing<Vec<u8>>> {
    let arrays: Vec<Uint8Array> = files.iter().filter_map(|file| file.dyn_into().ok()).collect();
    if arrays.len() != files.length() as usize {
        throw_str("a file is a Uint8Array");
    }
    // All are copied before any is overwritten: one file may stand at two positions.
    let bytes = arrays.iter().map(|array| Zeroizing::new(array.to_vec())).collect();
    for array in &arrays {
        array.fill(0, 0, array.length());
    }
    bytes
}

fn post(answer: &Answer) {
    // A repair's answer may hold a private key: overwritten here once it is posted.
    let posted = serde_json::to_string(answer)
        .map(Zeroizing::new)
        .map_err(|error| error.to_string())
        .and_then(|json| scope().post_message(&JsValue::from_str(&json)).map_err(|error| format!("{error:?}")));
    if let Err(error) = posted {
        throw_str(&error);
    }
}

fn elapsed_ms() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}

/// The worker's global object; the page starts this module in a dedicated worker and nowhere else.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
