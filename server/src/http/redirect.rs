//! The plain HTTP port: it sends everyone to HTTPS, and answers an ACME provider while a challenge is open.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::headers::value;
use super::{AppState, unread};

/// Answers everything but open challenges with a redirect to the same path at `https_port`.
pub(crate) fn router(app: AppState, https_port: u16) -> Router {
    let challenges =
        Router::new().route("/.well-known/acme-challenge/{token}", get(challenge)).with_state((app, https_port));
    Router::new().fallback(redirect).with_state(https_port).merge(challenges).layer(from_fn(unread::let_pass))
}

/// RFC 8555 section 8.3.
async fn challenge(
    State((app, https_port)): State<(AppState, u16)>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    match app.acme_answer(&token) {
        Some(answer) => ([(header::CONTENT_TYPE, "application/octet-stream")], answer).into_response(),
        None => redirect(State(https_port), request).await,
    }
}

async fn redirect(State(https_port): State<u16>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = named.and_then(host_name) else { return StatusCode::BAD_REQUEST.into_response() };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let port = if https_port == 443 { String::new() } else { format!(":{https_port}") };
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, value(&format!("https://{host}{port}{path}")))])
        .into_response()
}

/// The name in a `Host` header, if it is a host name or an address and nothing else.
fn host_name(host: &str) -> Option<&str> {
    let name = match host.strip_prefix('[') {
        Some(address) => &host[..address.find(']')? + 2],
        None => host.split(':').next()?,
    };
    let rest = &host[name.len()..];
    let port = rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let address = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let valid = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(inner) => !inner.is_empty() && inner.bytes().all(address),
        None => !name.is_empty() && name.len() <= 253 && name.bytes().all(fine),
    };
    (port && valid).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::host_name;

    #[test]
    fn only_a_name_or_an_address_is_a_host() {
        for (host, name) in [
            ("node.example.com", Some("node.example.com")),
            ("node.example.com:8080", Some("node.example.com")),
            ("127.0.0.1:8080", Some("127.0.0.1")),
            ("[::1]:8080", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("", None),
            ("a@b", None),
            ("a/b", None),
            ("a:port", None),
            ("[::1", None),
            ("[]", None),
            ("a\\b", None),
        ] {
            assert_eq!(host_name(host), name, "{host}");
        }
    }
}
