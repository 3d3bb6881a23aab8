//! The port that asks any browser for its certificate and tells what the node thinks of it. It has one answer, which tells
//! a visitor about nothing but his own certificate, so that no session is needed and none can be abused.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use certway_wire::sign_in::{ClientCertificateTest, SignInMode};
use tokio::time::timeout;
use tower_http::catch_panic::CatchPanicLayer;

use super::headers::{protect, value};
use super::problem::{self, Problem};
use super::{AppState, REQUEST, TimeoutLayer, unread};
use crate::app::Source;
use crate::tls::Shown;
use crate::tls::connections::Peer;

/// How long to wait for room to judge.
const ROOM: Duration = Duration::from_secs(5);

const STYLE: &str = "/own-certificate.css";
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const CSS: &str = ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{max-width:44rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
pre{white-space:pre-wrap;border:1px solid;border-radius:4px;padding:.5rem}";

/// Everything that this port answers.
pub(crate) fn router(app: AppState) -> Router {
    Router::new()
        .fallback(show)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), protect))
        .layer(from_fn(unread::let_pass))
        .with_state(app)
}

async fn show(
    State(app): State<AppState>,
    Extension(Peer(peer)): Extension<Peer>,
    shown: Option<Extension<Arc<Shown>>>,
    request: Request,
) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(problem::method_not_allowed().await);
    }
    match request.uri().path() {
        "/" => {}
        STYLE => return Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], CSS).into_response()),
        _ => return Err(Problem::not_found("This port has one page, /, about the certificate that you show it.")),
    }
    app.admit_check(Source::of(peer.ip())).await?;
    let Ok(Ok(room)) = timeout(ROOM, Arc::clone(&app.checks).acquire_owned()).await else {
        return Err(Problem::busy());
    };
    let test = app.judgement(shown.as_ref().map(|Extension(shown)| &**shown), room).await?;
    if wants_json(request.headers()) {
        return Ok(Json(ClientCertificateTest::clone(&test)).into_response());
    }
    let policy = [(header::CONTENT_SECURITY_POLICY, value(POLICY))];
    Ok((policy, Html(page(&test, app.sign_in_settings().mode))).into_response())
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn page(test: &ClientCertificateTest, mode: SignInMode) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Your client certificate</title><link rel=\"stylesheet\" href=\"{STYLE}\"><main><h1>Your client certificate</h1>"
    );
    // Writing to a String cannot fail.
    let _ = match &test.certificate {
        None => write!(
            page,
            "<p><strong>Your browser showed no certificate.</strong> Either it has none, or none was chosen when it asked. \
             Browsers remember the choice: to choose again, close all windows of this browser, or use a private one.</p>"
        ),
        Some(certificate) => {
            write!(page, "<p>Your browser showed <strong>{}</strong>.</p>", escaped(&certificate.subject))
        }
    };
    if test.certificate.is_some() {
        verdict(&mut page, test);
    }
    let asked = match mode {
        SignInMode::NotRequired => "Administrators of this node need no client certificate.",
        SignInMode::Validation => "Administrators of this node need a client certificate beside their password.",
        SignInMode::Authentication => "Administrators of this node sign in by their client certificate alone.",
    };
    let _ = write!(page, "<p>{asked} Nothing of what was shown is kept.</p></main></html>");
    page
}

fn verdict(page: &mut String, test: &ClientCertificateTest) {
    let reasons = &test.verification.reasons;
    let _ = if test.verification.valid {
        write!(
            page,
            "<p><strong>It is valid</strong>: it chains to the trusted CA list, and nothing stands against it.</p>"
        )
    } else {
        let reasons: String = reasons
            .iter()
            .map(|reason| format!("<li>{} ({})</li>", escaped(&reason.message), escaped(&reason.source)))
            .collect();
        write!(page, "<p><strong>It is not valid.</strong> What stands against it:</p><ul>{reasons}</ul>")
    };
    if let Some(said) = &test.ocsp {
        let _ = write!(page, "<p>Its responder (OCSP) says: {}.</p>", escaped(&said.message));
    }
    // Whom a certificate that is not valid names is nobody's business here.
    if let Some(user) = test.user_name.as_ref().filter(|_| test.verification.valid) {
        let _ = match (&user.name, &user.reason) {
            (Some(name), _) if user.exists => write!(page, "<p>It names the user {}.</p>", escaped(name)),
            (Some(name), _) => write!(page, "<p>It names {}, who is no user of this node.</p>", escaped(name)),
            (None, reason) => {
                write!(page, "<p>It names nobody. {}</p>", escaped(reason.as_deref().unwrap_or_default()))
            }
        };
    }
    let _ = write!(page, "<p>What a user name is read from:</p><pre>{}</pre>", escaped(&test.text));
}

/// Text that stays text in a document.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
