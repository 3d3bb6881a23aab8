//! The page: files that were built into the binary, compressed then, and served from memory.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::headers::value;
use super::problem::{self, Problem};
use crate::seal::to_hex;

/// One file of the page. The build script writes the list.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    etag: &'static str,
    /// Its name changes with its content.
    hashed: bool,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What stands in the document where a nonce belongs.
const NONCE: &str = "{{nonce}}";

/// A worker is bound by the policy of its own script's answer, not by that of the document: the judge loads its module,
/// the service worker fetches what it keeps.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; \
                             form-action 'none'; frame-ancestors 'none'";

/// In place of a page that was not built in.
const NOTICE: &str = "<!doctype html><html lang=\"en\"><title>Certway</title><h1>Certway</h1>\
<p>This binary was built without its page. Run <code>cargo xtask build</code>, which builds both. \
The HTTP interface works: <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p></html>";

/// A file of the page; for a navigation to any other path the page itself, which knows its own routes.
pub(super) async fn show(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found("The interface has no such path; /api/v1/openapi.json describes it.")
            .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return problem::method_not_allowed().await.into_response();
    }
    if let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) {
        return send(asset, request.headers());
    }
    if path == "/" || is_navigation(request.headers()) {
        return index();
    }
    Problem::not_found("The page has no such file.").into_response()
}

/// The document, with a nonce that no other answer has.
fn index() -> Response {
    let mut random = [0; 16];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let nonce = to_hex(&random);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{}' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
         style-src 'self'; img-src 'self' data:; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        *nonce
    );
    let headers = [(header::CONTENT_SECURITY_POLICY, value(&policy)), (header::CACHE_CONTROL, value("no-cache"))];
    (headers, Html(INDEX.unwrap_or(NOTICE).replace(NONCE, &nonce))).into_response()
}

fn send(asset: &'static Asset, request: &HeaderMap) -> Response {
    let brotli = asset.brotli.filter(|_| accepts_brotli(request));
    let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let unchanged =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag));
    let mut answer = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(brotli.unwrap_or(asset.identity)).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(asset.content_type));
    headers.insert(header::ETAG, value(asset.etag));
    if asset.content_type.starts_with("text/javascript") {
        headers.insert(header::CONTENT_SECURITY_POLICY, value(WORKER_POLICY));
    }
    headers.insert(header::VARY, value("Accept-Encoding"));
    headers.insert(
        header::CACHE_CONTROL,
        value(if asset.hashed { "public, max-age=31536000, immutable" } else { "no-cache" }),
    );
    if brotli.is_some() && !unchanged {
        headers.insert(header::CONTENT_ENCODING, value("br"));
    }
    answer
}

fn is_navigation(request: &HeaderMap) -> bool {
    request
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn accepts_brotli(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "br" && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}
