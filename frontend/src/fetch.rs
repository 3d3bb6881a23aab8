//! One question to the node, as the browser asks it.

use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// What came back.
pub(crate) struct Answer {
    /// Whether the status says that all is well.
    pub(crate) ok: bool,
    pub(crate) text: String,
}

/// A request before it is sent.
pub(crate) struct Request {
    path: String,
    init: RequestInit,
    headers: Headers,
}

impl Request {
    /// A request of a page's own node; `None` if the browser has no such thing as headers.
    pub(crate) fn new(method: &str, path: String) -> Option<Self> {
        let init = RequestInit::new();
        init.set_method(method);
        Some(Self { path, init, headers: Headers::new().ok()? })
    }

    /// Takes no other answer than the one with this hash.
    pub(crate) fn integrity(self, hash: &str) -> Self {
        self.init.set_integrity(hash);
        self
    }

    pub(crate) fn give_up_after(self, milliseconds: u32) -> Self {
        self.init.set_signal(Some(&AbortSignal::timeout_with_u32(milliseconds)));
        self
    }

    /// Adds a header. It fails only for what is not a header, and those here are.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let _ = self.headers.append(name, value);
        self
    }

    pub(crate) fn body(self, body: &JsValue) -> Self {
        self.init.set_body(body);
        self
    }

    /// Sends it; `None` if no whole answer came.
    pub(crate) async fn send(self) -> Option<Answer> {
        let response = self.response().await?;
        Some(Answer { ok: response.ok(), text: text_of(&response).await? })
    }

    /// Sends it, and leaves it to the caller to read what comes; `None` if nothing came.
    pub(crate) async fn response(self) -> Option<Response> {
        self.init.set_headers(&self.headers);
        let promise = window().fetch_with_str_and_init(&self.path, &self.init);
        Some(Response::from(JsFuture::from(promise).await.ok()?))
    }
}

/// The text of an answer; `None` if it did not come as a whole.
pub(crate) async fn text_of(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
