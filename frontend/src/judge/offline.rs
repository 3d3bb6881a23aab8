//! The service worker: registered once, so that *Check* works with the network cut.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::app::OfflineUse;
use crate::signal::RwSignal;
use crate::task::spawn;

/// Registers the service worker, and says in `offline_use` what became of it.
pub(super) fn register(offline_use: RwSignal<OfflineUse>) {
    let navigator = window().navigator();
    // Without HTTPS the container is missing, and calling it would throw.
    if !Reflect::has(&navigator, &JsValue::from_str("serviceWorker")).unwrap_or(false) {
        let reason = "This browser keeps pages for offline use only when they come over HTTPS.";
        return offline_use.set(OfflineUse::Unavailable(reason.to_owned()));
    }
    spawn(async move {
        let container = navigator.service_worker();
        let registered = JsFuture::from(container.register("/sw.js")).await;
        let ready = match (registered, container.ready()) {
            (Ok(_), Ok(ready)) => JsFuture::from(ready).await.map(drop),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        offline_use.set(match ready {
            Ok(()) => OfflineUse::Ready,
            Err(error) => OfflineUse::Unavailable(reason(&error)),
        });
    });
}

fn reason(error: &JsValue) -> String {
    let text = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    let text = text.unwrap_or_default();
    if text.contains("SSL") || text.contains("certificate") {
        "This browser does not trust the node's certificate, and so keeps nothing of this page for offline use."
            .to_owned()
    } else {
        format!("This browser did not keep the page for offline use: {text}")
    }
}
