//! Copying and downloading what is on the page. Nothing leaves the browser.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::live_text;
use crate::app::App;

/// How long the button says that it has copied.
const SAID_MS: u32 = 2_000;

/// Copies a text to the clipboard; `what` says of what, for those who do not see where the button stands.
#[component]
pub(crate) fn CopyButton(#[prop(into)] what: String, #[prop(into)] text: String) -> AnyView {
    let app = App::here();
    let copied = RwSignal::new(false);
    let press = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let promise = window().navigator().clipboard().write_text(&text);
            if JsFuture::from(promise).await.is_err() {
                app.notices
                    .failed("The browser does not allow copying here. Select the text and copy it with the keyboard.");
                return;
            }
            copied.set(true);
            gloo_timers::future::TimeoutFuture::new(SAID_MS).await;
            // The button may be gone by now.
            let _ = copied.try_set(false);
        });
    };
    view! {
        <button type="button" class="button small" aria-label=format!("Copy {what}") on:click=press>
            {live_text(move || if copied.get() { "Copied" } else { "Copy" }.to_owned())}
        </button>
    }
    .into_any()
}

/// Saves a text as a file.
#[component]
pub(crate) fn DownloadButton(
    #[prop(into)] file_name: String,
    #[prop(into)] text: String,
    children: Children,
) -> AnyView {
    let app = App::here();
    let press = move |_| {
        if download(&file_name, &text).is_err() {
            app.notices.failed("The browser does not allow the download.");
        }
    };
    view! { <button type="button" class="button small" on:click=press>{children()}</button> }.into_any()
}

/// Hands a text to the browser as a file to save.
///
/// # Errors
/// What the browser says if it refuses.
fn download(file_name: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/x-pem-file");
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let anchor: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(file_name);
    anchor.click();
    web_sys::Url::revoke_object_url(&address)
}
