//! Copying and downloading what is on the page. Nothing leaves the browser.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::app::App;
use crate::dom::{El, el};
use crate::signal::RwSignal;
use crate::task::{pause, spawn};

/// How long the button says that it has copied.
const SAID_MS: u32 = 2_000;

/// Copies a text to the clipboard; `what` says of what, for those who do not see where the button stands.
pub(crate) fn copy_button(what: &str, text: &str) -> El {
    let app = App::here();
    let text = text.to_owned();
    let copied = RwSignal::new(false);
    el("button")
        .attr("type", "button")
        .class("button small")
        .attr("aria-label", &format!("Copy {what}"))
        .on_press(move || spawn(copy(app, text.clone(), copied)))
        .live_text(move || if copied.get() { "Copied" } else { "Copy" }.to_owned())
}

async fn copy(app: App, text: String, copied: RwSignal<bool>) {
    let promise = window().navigator().clipboard().write_text(&text);
    if JsFuture::from(promise).await.is_err() {
        app.notices.failed("The browser does not allow copying here. Select the text and copy it with the keyboard.");
        return;
    }
    copied.set(true);
    pause(SAID_MS).await;
    // The button may be gone by now.
    copied.set(false);
}

/// Saves a text as a file. What the button says is put into it by whoever uses it.
pub(crate) fn download_button(file_name: &str, text: &str) -> El {
    let app = App::here();
    let (file_name, text) = (file_name.to_owned(), text.to_owned());
    el("button").attr("type", "button").class("button small").on_press(move || {
        if download(&file_name, &text).is_err() {
            app.notices.failed("The browser does not allow the download.");
        }
    })
}

/// Hands a text to the browser as a file to save.
///
/// # Errors
/// What the browser says if it refuses.
fn download(file_name: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/x-pem-file");
    save(file_name, &web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?)
}

/// As `download`, for what is no text.
///
/// # Errors
/// What the browser says if it refuses.
pub(crate) fn save(file_name: &str, blob: &web_sys::Blob) -> Result<(), JsValue> {
    let address = web_sys::Url::create_object_url_with_blob(blob)?;
    let anchor: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(file_name);
    anchor.click();
    web_sys::Url::revoke_object_url(&address)
}
