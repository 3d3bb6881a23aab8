//! `/api/v1/session` and what is below it

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Extension, Json};
use certway_wire::node::{Confirmation, Credentials, Problem as ProblemSchema, Session};
use certway_wire::users::OwnPassword;

use super::AppState;
use super::headers::value;
use super::message::Message;
use super::policy::{Anyone, InSession, Reads, SESSION_COOKIE, cookie, session_of};
use super::problem::Problem;
use crate::app::{self, Begun, Caller, Source, blocking};
use crate::tls::Shown;
use crate::tls::connections::Peer;

/// Marks a browser that has signed in before. It opens nothing; see `app/throttle.rs`.
const DEVICE_COOKIE: &str = "__Host-certway-device";
/// 400 days, the longest that browsers keep a cookie.
const DEVICE_SECONDS: u32 = 34_560_000;

/// Signs in.
#[utoipa::path(
    post, operation_id = "session_sign_in", path = "/session", request_body = Credentials,
    responses(
        (status = OK, body = Session, description = "Signed in; the session is in the cookie"),
        (status = UNAUTHORIZED, body = ProblemSchema, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in(
    _: Anyone,
    State(app): State<AppState>,
    Calling(caller): Calling,
    Message(Credentials { username, password, code }): Message<Credentials>,
) -> Result<impl IntoResponse, Problem> {
    Ok(signed_in(app.sign_in(caller, username, password, code).await?))
}

/// Signs in the user whom the connection's client certificate names, where that alone is asked for.
#[utoipa::path(
    post, operation_id = "session_sign_in_by_certificate", path = "/session/client-certificate",
    responses(
        (status = OK, body = Session, description = "Signed in; the session is in the cookie"),
        (status = UNAUTHORIZED, body = ProblemSchema, content_type = "application/problem+json",
            description = "The certificate is not taken; every reason is told"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "A password is needed"),
        (status = TOO_MANY_REQUESTS, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in_by_certificate(
    _: Anyone,
    State(app): State<AppState>,
    Calling(caller): Calling,
) -> Result<impl IntoResponse, Problem> {
    Ok(signed_in(app.sign_in_by_certificate(caller).await?))
}

/// Who wants to sign in, and from where.
pub(super) struct Calling(Caller);

impl FromRequestParts<AppState> for Calling {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let address = parts.extensions.get().map_or(IpAddr::from([0; 4]), |Peer(peer)| peer.ip());
        Ok(Self(Caller {
            source: source(app, &parts.headers, address).await?,
            address,
            shown: parts.extensions.get::<Arc<Shown>>().cloned(),
            before: session_of(&parts.headers, app).await?,
        }))
    }
}

fn signed_in(begun: Begun) -> impl IntoResponse {
    let cookies = AppendHeaders([
        (header::SET_COOKIE, session_cookie(&begun.token, "")),
        (
            header::SET_COOKIE,
            value(&format!(
                "{DEVICE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={DEVICE_SECONDS}",
                begun.device
            )),
        ),
    ]);
    (cookies, Json(begun.session))
}

/// Who is signed in.
#[utoipa::path(
    get, operation_id = "session_show", path = "/session",
    responses(
        (status = OK, body = Session),
        (status = UNAUTHORIZED, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(Reads(session): Reads) -> Json<Session> {
    let app::SignedIn { username, role, second_factor, expires_at, .. } = session;
    Json(Session { username, role, second_factor, expires_at: expires_at.to_string() })
}

/// Signs out.
#[utoipa::path(
    delete, operation_id = "session_sign_out", path = "/session",
    responses((status = NO_CONTENT, description = "Signed out"))
)]
pub(super) async fn sign_out(
    InSession(session): InSession,
    State(app): State<AppState>,
) -> Result<impl IntoResponse, Problem> {
    blocking(move || {
        app.sign_out(&session);
        Ok(())
    })
    .await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session_cookie("", "; Max-Age=0"))]))
}

/// Gives the password again, which counts for five minutes.
#[utoipa::path(
    post, operation_id = "session_confirm", path = "/session/confirm", request_body = Confirmation,
    responses(
        (status = NO_CONTENT, description = "Confirmed"),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn confirm(
    InSession(session): InSession,
    State(app): State<AppState>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Message(Confirmation { password }): Message<Confirmation>,
) -> Result<StatusCode, Problem> {
    let source = source(&app, &headers, peer.ip()).await?;
    app.confirm(source, session, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives who is signed in another password. Every other session of the user ends.
#[utoipa::path(
    put, operation_id = "session_password", path = "/session/password", request_body = OwnPassword,
    responses(
        (status = NO_CONTENT, description = "The password is another one"),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json", description = "The present one is wrong"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The new one is not good enough"),
    )
)]
pub(super) async fn set_password(
    InSession(session): InSession,
    State(app): State<AppState>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Message(OwnPassword { current, new }): Message<OwnPassword>,
) -> Result<StatusCode, Problem> {
    let source = source(&app, &headers, peer.ip()).await?;
    app.set_own_password(source, session, current, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose guesses are counted together. The mark of a device is looked at off the threads that serve connections: it needs the
/// store, which may be busy for seconds.
async fn source(app: &AppState, headers: &HeaderMap, address: IpAddr) -> Result<Source, Problem> {
    let Some(mark) = cookie(headers, DEVICE_COOKIE).map(str::to_owned) else { return Ok(Source::of(address)) };
    let app = app.clone();
    let device = blocking(move || Ok(app.device(&mark))).await?;
    Ok(device.unwrap_or_else(|| Source::of(address)))
}

fn session_cookie(token: &str, more: &str) -> HeaderValue {
    value(&format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{more}"))
}
