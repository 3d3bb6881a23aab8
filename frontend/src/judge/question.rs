//! A question to the judge, with the files it is about.

use certway_wire::judge;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

/// One question. The files stay JavaScript's: their bytes are copied once, into the worker, and never into the page's
/// own memory.
pub(crate) struct Question {
    /// A `KIND` of `certway check`.
    pub(crate) kind: &'static str,
    /// The time to judge at, RFC 3339.
    pub(crate) at: String,
    pub(crate) file: Uint8Array,
    pub(crate) key: Option<Uint8Array>,
    pub(crate) certificate: Option<Uint8Array>,
    /// `None` if the list is not known.
    pub(crate) trusted: Option<Vec<Uint8Array>>,
    pub(crate) crls: Vec<Uint8Array>,
    pub(crate) csr: Option<Uint8Array>,
    pub(crate) current_key: Option<Uint8Array>,
}

impl Question {
    /// The message for the worker: the question as JSON, then the files.
    pub(super) fn message(&self, id: u32) -> Array {
        let message = Array::of1(&JsValue::NULL);
        // The text is at position 0, so the first file is number 0 of what follows.
        let add = |file: &Uint8Array| message.push(file) - 2;
        let question = judge::Question {
            id,
            kind: self.kind.to_owned(),
            at: self.at.clone(),
            file: add(&self.file),
            key: self.key.as_ref().map(add),
            certificate: self.certificate.as_ref().map(add),
            trusted: self.trusted.as_ref().map(|files| files.iter().map(add).collect()),
            crls: self.crls.iter().map(add).collect(),
            csr: self.csr.as_ref().map(add),
            current_key: self.current_key.as_ref().map(add),
        };
        // A question has nothing that JSON cannot say.
        let json = serde_json::to_string(&question).unwrap_or_default();
        message.set(0, JsValue::from_str(&json));
        message
    }
}
