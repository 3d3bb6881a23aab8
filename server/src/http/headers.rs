//! What every answer carries so that a browser guards the page.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::AppState;
use crate::app;
use crate::tls::connections::Peer;

/// The name and port by which the client has called the node.
#[derive(Clone, Debug)]
pub(super) struct Host(pub(super) String);

/// For answers that are no page; a page's own, with its nonce, is set where the page is written.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=(self), clipboard-write=(self)",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds them, and counts the answer.
pub(super) async fn protect(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    app.metrics.requests.add();
    if answer.status().is_client_error() {
        app.metrics.requests_refused.add();
    } else if answer.status().is_server_error() {
        app.metrics.requests_failed.add();
    }
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // A browser that insists on HTTPS lets nobody pass an untrusted certificate, not even its administrator.
    if !app.serves_temporary() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    answer
}

/// What is changed by the request is recorded with the address that it comes from.
pub(super) async fn say_from_where(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|Peer(peer)| peer.ip().to_canonical().to_string());
    match peer {
        Some(address) => app::asked_from(address, next.run(request)).await,
        None => next.run(request).await,
    }
}

/// Remembers how the client calls the node: `Host` in HTTP/1.1, `:authority` in HTTP/2.
pub(super) async fn name_the_host(mut request: Request, next: Next) -> Response {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(ToOwned::to_owned);
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned()).or(named);
    if let Some(host) = host {
        request.extensions_mut().insert(Host(host));
    }
    next.run(request).await
}

/// A value that is known to be a header's.
pub(super) fn value(text: &str) -> HeaderValue {
    // What is not a header value is left out rather than sent wrong.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
