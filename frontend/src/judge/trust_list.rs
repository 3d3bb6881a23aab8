//! The node's trusted CA list, kept in this browser so that *Check* knows it without a session and without a network.
//!
//! The list is public: it holds certificates only. It is kept in the browser's cache storage, beside the page itself,
//! and renewed at every sign-in and whenever a panel asks the node for it.

use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Response};

use crate::api::{Api, ApiError, SignedIn};
use crate::dom::effect;
use crate::signal::Memo;
use crate::task::spawn;

const STORE: &str = "certway-trusted-cas";
const ENTRY: &str = "/trusted-cas.pem";

/// Asks the node for its list whenever somebody signs in, and keeps it.
pub(super) fn keep_at_sign_in(api: Api) {
    let signed_in = Memo::new(move || matches!(api.signed_in.get(), SignedIn::Yes(_)));
    effect(move || {
        if signed_in.get() {
            spawn(async move {
                // Without an answer the list of the last sign-in stays; the page says elsewhere that the node is away.
                let _ = fetched(api).await;
            });
        }
    });
}

/// The node's list as it stands. It is kept for later.
///
/// # Errors
/// The node did not give it; what was kept before stays.
pub(crate) async fn fetched(api: Api) -> Result<Uint8Array, ApiError> {
    let pem = api.trusted_cas_pem().await?;
    let bytes = Uint8Array::from(pem.as_bytes());
    keep(&bytes).await;
    Ok(bytes)
}

/// The list as it was when it was last kept; `None` if this browser never saw it.
pub(crate) async fn kept() -> Option<Uint8Array> {
    let cache = cache().await?;
    let found = JsFuture::from(cache.match_with_str(ENTRY)).await.ok()?;
    let bytes = JsFuture::from(found.dyn_into::<Response>().ok()?.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&bytes))
}

async fn keep(pem: &Uint8Array) {
    // A browser that keeps nothing loses only the list for offline use, and *Check* says so.
    if let Some(cache) = cache().await
        && let Ok(response) = Response::new_with_opt_buffer_source(Some(pem))
    {
        let _ = JsFuture::from(cache.put_with_str(ENTRY, &response)).await;
    }
}

async fn cache() -> Option<Cache> {
    let storage = window().caches().ok().filter(|storage| !JsValue::from(storage).is_undefined())?;
    JsFuture::from(storage.open(STORE)).await.ok()?.dyn_into().ok()
}
