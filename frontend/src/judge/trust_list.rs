//! The node's trusted CA list and revocation lists, kept in this browser so that *Check* knows them without a session and
//! without a network.
//!
//! They are public: certificates, and numbers of certificates. They are kept in the browser's cache storage, beside the page itself,
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
/// The trusted CA list, and the revocation lists.
const ENTRIES: [&str; 2] = ["/trusted-cas.pem", "/crls.pem"];

/// What the node judges against, as PEM.
pub(crate) struct Lists {
    pub(crate) trusted: Uint8Array,
    pub(crate) crls: Uint8Array,
}

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

/// The node's lists as they stand. They are kept for later.
///
/// # Errors
/// The node did not give them; what was kept before stays.
pub(crate) async fn fetched(api: Api) -> Result<Lists, ApiError> {
    let mut lists = [Uint8Array::default(), Uint8Array::default()];
    for (entry, list) in ENTRIES.into_iter().zip(&mut lists) {
        *list = Uint8Array::from(api.pem(entry).await?.as_bytes());
    }
    for (entry, list) in ENTRIES.into_iter().zip(&lists) {
        keep(entry, list).await;
    }
    let [trusted, crls] = lists;
    Ok(Lists { trusted, crls })
}

/// The lists as they were when they were last kept; `None` if this browser never saw them.
pub(crate) async fn kept() -> Option<Lists> {
    let cache = cache().await?;
    let [trusted, crls] = ENTRIES;
    Some(Lists { trusted: entry(&cache, trusted).await?, crls: entry(&cache, crls).await? })
}

async fn entry(cache: &Cache, name: &str) -> Option<Uint8Array> {
    let found = JsFuture::from(cache.match_with_str(name)).await.ok()?;
    let bytes = JsFuture::from(found.dyn_into::<Response>().ok()?.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&bytes))
}

async fn keep(name: &str, pem: &Uint8Array) {
    // A browser that keeps nothing loses only the lists for offline use, and *Check* says so.
    if let Some(cache) = cache().await
        && let Ok(response) = Response::new_with_opt_buffer_source(Some(pem))
    {
        let _ = JsFuture::from(cache.put_with_str(name, &response)).await;
    }
}

async fn cache() -> Option<Cache> {
    let storage = window().caches().ok().filter(|storage| !JsValue::from(storage).is_undefined())?;
    JsFuture::from(storage.open(STORE)).await.ok()?.dyn_into().ok()
}
