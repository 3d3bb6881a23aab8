//! Who may call a handler. It is the handler's first argument, so none is without it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::AppState;
use super::headers::Host;
use super::problem::Problem;
use crate::app;
use crate::tls::Shown;

/// The session's cookie. The prefix binds it to this host and to HTTPS.
pub(super) const SESSION_COOKIE: &str = "__Host-certway";
const CSRF_HEADER: &str = "x-certway-csrf";

/// Anyone, signed in or not.
pub(super) struct Anyone;

/// Someone who is signed in, on a connection that shows the client certificate that this needs.
pub(super) struct SignedIn(pub(super) app::SignedIn);

/// Someone who is signed in and has given the password again within five minutes.
pub(super) struct Confirmed(pub(super) app::SignedIn);

/// A calendar program that has the password of the feed (HTTP Basic, RFC 7617): a secret in the URL would be in every log on the way.
pub(super) struct CalendarReader;

/// Marks requests that come from the terminal of the node's own machine: who gets there owns the data directory, key and all, and
/// needs no session. Only [`super::terminal_router`] sets it.
#[derive(Clone, Copy)]
pub(super) struct AtTerminal;

/// Who is signed in at another node of the cluster, and asks through it. Only [`super::forward`] sets it.
#[derive(Clone)]
pub(super) struct Forwarded(pub(super) app::SignedIn);

/// What a handler may demand of its caller.
pub(super) trait Policy {}
impl Policy for Anyone {}
impl Policy for SignedIn {}
impl Policy for Confirmed {}
impl Policy for CalendarReader {}

/// The arguments of a handler that begins with a policy.
pub(super) trait BeginsWithPolicy {}
impl<M, P: Policy> BeginsWithPolicy for (M, P) {}
impl<M, P: Policy, A> BeginsWithPolicy for (M, P, A) {}
impl<M, P: Policy, A, B> BeginsWithPolicy for (M, P, A, B) {}
impl<M, P: Policy, A, B, C> BeginsWithPolicy for (M, P, A, B, C) {}
impl<M, P: Policy, A, B, C, D> BeginsWithPolicy for (M, P, A, B, C, D) {}
impl<M, P: Policy, A, B, C, D, E> BeginsWithPolicy for (M, P, A, B, C, D, E) {}

/// Compiles only for a handler that begins with a policy.
pub(super) fn declared<H: Handler<T, AppState>, T: BeginsWithPolicy>(_: H) {}

impl FromRequestParts<AppState> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        // No session is needed, but a page of another site has no business here either.
        if !parts.method.is_safe() && parts.headers.contains_key(header::ORIGIN) && !is_own_origin(parts) {
            return Err(Problem::cross_site());
        }
        Ok(Self)
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        if parts.extensions.get::<AtTerminal>().is_some() {
            return Ok(Self(app::SignedIn::at_terminal()));
        }
        if let Some(Forwarded(session)) = parts.extensions.get() {
            return Ok(Self(session.clone()));
        }
        let mut session = session_of(&parts.headers, app).await?.ok_or_else(Problem::sign_in)?;
        session.shown = parts.extensions.get::<Arc<Shown>>().cloned();
        if app.wants_certificates() {
            app.admit(session.shown.as_deref(), &session.username).await?;
        }
        let from_own_page = has_csrf_header(&parts.headers) && is_own_origin(parts);
        if !parts.method.is_safe() && !from_own_page {
            let (app, what) = (AppState::clone(app), format!("{} {}", parts.method, parts.uri.path()));
            app::blocking(move || {
                app.refuse_cross_site(&session, &what);
                Ok(())
            })
            .await?;
            return Err(Problem::cross_site());
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<AppState> for Confirmed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let SignedIn(session) = SignedIn::from_request_parts(parts, app).await?;
        if session.confirmed { Ok(Self(session)) } else { Err(Problem::confirm_password()) }
    }
}

impl FromRequestParts<AppState> for CalendarReader {
    type Rejection = ([(HeaderName, &'static str); 1], Problem);

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Self::Rejection> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let coded =
            given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let plain = coded.and_then(|(_, coded)| BASE64_STANDARD.decode(coded.trim()).ok()).map(Zeroizing::new);
        let pair = plain.and_then(|plain| {
            let (user, password) = std::str::from_utf8(&plain).ok()?.split_once(':')?;
            Some((user.to_owned(), Zeroizing::new(password.to_owned())))
        });
        let refused = || {
            let challenge = "Basic realm=\"Certway calendar\", charset=\"UTF-8\"";
            ([(header::WWW_AUTHENTICATE, challenge)], Problem::calendar_password())
        };
        let Some((user, password)) = pair else { return Err(refused()) };
        let app = AppState::clone(app);
        match app::blocking(move || Ok(app.may_read_calendar(&user, &password))).await {
            Ok(true) => Ok(Self),
            _ => Err(refused()),
        }
    }
}

/// The session that a request's cookie names, if there is one.
pub(super) async fn session_of(headers: &HeaderMap, app: &AppState) -> Result<Option<app::SignedIn>, Problem> {
    let Some(token) = cookie(headers, SESSION_COOKIE).map(ToOwned::to_owned) else { return Ok(None) };
    let app = AppState::clone(app);
    Ok(app::blocking(move || app.session(&token)).await?)
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A page of another site cannot set this header without asking first, and nobody answers yes.
fn has_csrf_header(headers: &HeaderMap) -> bool {
    headers.get(CSRF_HEADER).is_some_and(|value| !value.is_empty())
}

fn is_own_origin(parts: &Parts) -> bool {
    let Some(Host(host)) = parts.extensions.get() else { return false };
    let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.and_then(|origin| origin.strip_prefix("https://")).is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}
