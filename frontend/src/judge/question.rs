//! A question to the judge, with the files it is about.

use certway_wire::node::{SealingKey, Wildcards};
use certway_wire::security::SecurityLevel;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::json;

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
    /// What the node does with wildcards.
    pub(crate) wildcards: Wildcards,
    /// The level of security that the node asks.
    pub(crate) security_level: SecurityLevel,
}

impl Question {
    /// The message for the worker: the question as JSON, then the files.
    pub(super) fn message(&self, id: u32) -> Array {
        let message = Array::of1(&JsValue::NULL);
        // The text is at position 0, so the first file is number 0 of what follows.
        let add = |file: &Uint8Array| message.push(file) - 2;
        // The fields are those of `certway_wire::judge::Question`.
        let one =
            |file: &Option<Uint8Array>| file.as_ref().map_or_else(|| "null".to_owned(), |file| add(file).to_string());
        let all = |files: &[Uint8Array]| json::list(files.iter().map(|file| add(file).to_string()));
        let json = format!(
            r#"{{"id":{id},"kind":{},"at":{},"file":{},"key":{},"certificate":{},"trusted":{},"crls":{},"csr":{},"current_key":{},"wildcards":{},"security_level":{}}}"#,
            json::quoted(self.kind),
            json::quoted(&self.at),
            add(&self.file),
            one(&self.key),
            one(&self.certificate),
            self.trusted.as_ref().map_or_else(|| "null".to_owned(), |files| all(files)),
            all(&self.crls),
            one(&self.csr),
            one(&self.current_key),
            word(self.wildcards),
            json::quoted(level_name(self.security_level)),
        );
        message.set(0, JsValue::from_str(&json));
        message
    }
}

/// What is to be repaired, and what it depends on.
pub(crate) struct RepairQuestion {
    pub(crate) at: String,
    /// Names and bytes.
    pub(crate) files: Vec<(String, Uint8Array)>,
    pub(crate) passphrase: Option<Uint8Array>,
    /// `None` if the list is not known.
    pub(crate) trusted: Option<Vec<Uint8Array>>,
    pub(crate) csr: Option<Uint8Array>,
    pub(crate) current_key: Option<Uint8Array>,
}

impl RepairQuestion {
    /// The fields are those of `certway_wire::judge::RepairQuestion`.
    pub(super) fn message(&self, id: u32) -> Array {
        let message = Array::of1(&JsValue::NULL);
        let add = |file: &Uint8Array| message.push(file) - 2;
        let one =
            |file: &Option<Uint8Array>| file.as_ref().map_or_else(|| "null".to_owned(), |file| add(file).to_string());
        let files = self.files.iter().map(|(name, file)| format!("[{},{}]", json::quoted(name), add(file)));
        let json = format!(
            r#"{{"id":{id},"at":{},"repair":{},"passphrase":{},"trusted":{},"csr":{},"current_key":{}}}"#,
            json::quoted(&self.at),
            json::list(files),
            one(&self.passphrase),
            self.trusted
                .as_ref()
                .map_or_else(|| "null".to_owned(), |files| json::list(files.iter().map(|file| add(file).to_string()))),
            one(&self.csr),
            one(&self.current_key),
        );
        message.set(0, JsValue::from_str(&json));
        message
    }
}

/// A path to be validated.
pub(crate) struct VerifyQuestion {
    pub(crate) at: String,
    pub(crate) file: Uint8Array,
    pub(crate) trusted: Vec<Uint8Array>,
    pub(crate) untrusted: Vec<Uint8Array>,
    pub(crate) crls: Vec<Uint8Array>,
    pub(crate) purpose: String,
    pub(crate) name: String,
    pub(crate) policies: Vec<String>,
}

impl VerifyQuestion {
    /// The fields are those of `certway_wire::judge::VerifyQuestion`.
    pub(super) fn message(&self, id: u32) -> Array {
        let message = Array::of1(&JsValue::NULL);
        let add = |file: &Uint8Array| message.push(file) - 2;
        let all = |files: &[Uint8Array]| json::list(files.iter().map(|file| add(file).to_string()));
        let json = format!(
            r#"{{"id":{id},"at":{},"verify":{},"trusted":{},"untrusted":{},"crls":{},"purpose":{},"name":{},"policies":{}}}"#,
            json::quoted(&self.at),
            add(&self.file),
            all(&self.trusted),
            all(&self.untrusted),
            all(&self.crls),
            json::quoted(&self.purpose),
            json::quoted(&self.name),
            json::list(self.policies.iter().map(|policy| json::quoted(policy))),
        );
        message.set(0, JsValue::from_str(&json));
        message
    }
}

/// The message about the fields of a request: one JSON text, whose fields are those of
/// `certway_wire::judge::FieldsQuestion`.
pub(super) fn about_fields(id: u32, request: &str, wildcards: Wildcards) -> Array {
    let json = format!(r#"{{"id":{id},"request":{request},"wildcards":{}}}"#, word(wildcards));
    Array::of1(&JsValue::from_str(&json))
}

/// The message about a key that is to be sealed; its fields are those of `certway_wire::judge::SealQuestion`.
pub(super) fn seal(id: u32, key: &Uint8Array, with: &SealingKey) -> Array {
    let (node, public_key) = (json::quoted(&with.node), json::quoted(&with.public_key));
    let json = format!(r#"{{"id":{id},"seal":0,"node":{node},"public_key":{public_key}}}"#);
    Array::of2(&JsValue::from_str(&json), key)
}

/// The level's name in every interface.
pub(crate) fn level_name(level: SecurityLevel) -> &'static str {
    match level {
        SecurityLevel::Legacy => "legacy",
        SecurityLevel::Standard => "standard",
        SecurityLevel::Public => "public",
        SecurityLevel::High => "high",
    }
}

fn word(wildcards: Wildcards) -> &'static str {
    if wildcards == Wildcards::Warn { r#""warn""# } else { r#""refuse""# }
}
