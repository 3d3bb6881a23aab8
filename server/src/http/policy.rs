//! Who may call a handler. It is the handler's first argument, so none is without it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use certway_wire::users::Role;
use serde::Serialize;
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

/// Someone who has signed in, whatever the role, about the session itself.
pub(super) struct InSession(pub(super) app::SignedIn);

/// Someone who has signed in, or is at the terminal of the node's own machine: no program with a token.
pub(super) struct InPerson(pub(super) app::SignedIn);

/// Someone who may look: every role.
pub(super) struct Reads(pub(super) app::SignedIn);

/// Someone who may work with certificates: operators and administrators.
pub(super) struct Operates(pub(super) app::SignedIn);

/// Someone who may do everything, users and how they sign in included.
pub(super) struct Administers(pub(super) app::SignedIn);

/// The same, who has given the password again within five minutes.
pub(super) struct Confirmed<P>(pub(super) P);

/// A calendar program that has the password of the feed (HTTP Basic, RFC 7617): a secret in the URL would be in every log on the way.
pub(super) struct CalendarReader;

/// Marks requests that come from the terminal of the node's own machine: who gets there owns the data directory, key and all, and
/// needs no session. Only [`super::terminal_router`] sets it.
#[derive(Clone, Copy)]
pub(super) struct AtTerminal;

/// Who is signed in at another node of the cluster, and asks through it. Only [`super::forward`] sets it.
#[derive(Clone)]
pub(super) struct Forwarded(pub(super) app::SignedIn);

/// What a handler demands of its caller, as the description tells it under `x-certway-needs`.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Needs {
    /// The least role that will do; null: anyone may call.
    role: Option<Role>,
    /// Whether it must be in a session.
    session: bool,
    /// Whether the password must have been given again.
    password_again: bool,
    /// Whether it must have the password of the calendar feed.
    calendar: bool,
}

impl Needs {
    const NOTHING: Self = Self { role: None, session: false, password_again: false, calendar: false };

    /// Whether only who has signed in may call, and no program with a token.
    pub(super) fn in_session(self) -> bool {
        self.session
    }

    /// Whether a calendar program calls.
    pub(super) fn calendar(self) -> bool {
        self.calendar
    }

    /// Whether nobody need sign in.
    pub(super) fn nothing(self) -> bool {
        self.role.is_none() && !self.calendar
    }
}

/// What a handler may demand of its caller.
pub(super) trait Policy {
    const NEEDS: Needs;
}

impl Policy for Anyone {
    const NEEDS: Needs = Needs::NOTHING;
}

impl Policy for CalendarReader {
    const NEEDS: Needs = Needs { calendar: true, ..Needs::NOTHING };
}

impl Policy for InSession {
    const NEEDS: Needs = Needs { role: Some(Role::Auditor), session: true, ..Needs::NOTHING };
}

impl Policy for InPerson {
    const NEEDS: Needs = InSession::NEEDS;
}

impl<P: OfSomeone> Policy for Confirmed<P> {
    const NEEDS: Needs = Needs { password_again: true, ..P::NEEDS };
}

/// A policy that lets in nobody whom the node does not know.
pub(super) trait OfSomeone: Policy {
    fn session(&self) -> &app::SignedIn;
}

impl OfSomeone for InSession {
    fn session(&self) -> &app::SignedIn {
        &self.0
    }
}

impl OfSomeone for InPerson {
    fn session(&self) -> &app::SignedIn {
        &self.0
    }
}

/// The arguments of a handler that begins with a policy.
pub(super) trait BeginsWithPolicy {
    const NEEDS: Needs;
}

macro_rules! begins_with_policy {
    ($(($($argument:ident),*)),+) => {$(
        impl<M, P: Policy, $($argument),*> BeginsWithPolicy for (M, P, $($argument),*) {
            const NEEDS: Needs = P::NEEDS;
        }
    )+};
}

begins_with_policy!((), (A), (A, B), (A, B, C), (A, B, C, D), (A, B, C, D, E));

/// What a handler demands. Compiles only for one that begins with a policy.
pub(super) fn declared<H: Handler<T, AppState>, T: BeginsWithPolicy>(_: H) -> Needs {
    T::NEEDS
}

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

impl FromRequestParts<AppState> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let someone = someone(parts, app).await?;
        if someone.has_session() { Ok(Self(someone)) } else { Err(Problem::no_session()) }
    }
}

impl FromRequestParts<AppState> for InPerson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let someone = someone(parts, app).await?;
        let in_person = someone.has_session() || someone.is_at_terminal();
        if in_person { Ok(Self(someone)) } else { Err(Problem::no_session()) }
    }
}

macro_rules! by_role {
    ($($policy:ident: $role:ident),+) => {$(
        impl Policy for $policy {
            const NEEDS: Needs = Needs { role: Some(Role::$role), ..Needs::NOTHING };
        }

        impl OfSomeone for $policy {
            fn session(&self) -> &app::SignedIn {
                &self.0
            }
        }

        impl FromRequestParts<AppState> for $policy {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
                let someone = someone(parts, app).await?;
                in_role(Role::$role, someone, parts, app).await.map(Self)
            }
        }
    )+};
}

by_role!(Reads: Auditor, Operates: Operator, Administers: Administrator);

impl<P: OfSomeone + FromRequestParts<AppState, Rejection = Problem>> FromRequestParts<AppState> for Confirmed<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let someone = P::from_request_parts(parts, app).await?;
        let session = someone.session();
        if session.confirmed {
            Ok(Self(someone))
        } else if session.can_confirm {
            Err(Problem::confirm_password())
        } else {
            Err(Problem::no_password())
        }
    }
}

/// Who calls: somebody at the terminal or at another node, or with a token or a session, on a connection that shows the client
/// certificate that this needs.
async fn someone(parts: &Parts, app: &AppState) -> Result<app::SignedIn, Problem> {
    if parts.extensions.get::<AtTerminal>().is_some() {
        return Ok(app::SignedIn::at_terminal());
    }
    if let Some(Forwarded(session)) = parts.extensions.get() {
        let (app, session) = (AppState::clone(app), session.clone());
        return app::blocking(move || app.let_in_here(session)).await?.ok_or_else(Problem::no_user_here);
    }
    let token = token_of(&parts.headers);
    let by_token = token.is_some();
    let mut session = match token {
        Some(token) => {
            let (app, token) = (AppState::clone(app), Zeroizing::new(token.to_owned()));
            app::blocking(move || app.by_token(&token)).await?
        }
        None => session_of(&parts.headers, app).await?.ok_or_else(Problem::sign_in)?,
    };
    session.shown = parts.extensions.get::<Arc<Shown>>().cloned();
    if app.wants_certificates() {
        app.admit(session.shown.as_deref(), &session.username).await?;
    }
    // A page of another site makes a browser send cookies, and no token.
    let from_own_page = by_token || has_csrf_header(&parts.headers) && is_own_origin(parts);
    if !parts.method.is_safe() && !from_own_page {
        record_refusal("cross-site-refused", what(parts), session, app).await?;
        return Err(Problem::cross_site());
    }
    Ok(session)
}

/// Lets in who has at least this role.
async fn in_role(
    needed: Role,
    someone: app::SignedIn,
    parts: &Parts,
    app: &AppState,
) -> Result<app::SignedIn, Problem> {
    if someone.role >= needed {
        return Ok(someone);
    }
    let problem = Problem::role(needed, someone.role);
    record_refusal("role-refused", format!("{} needs {needed}", what(parts)), someone, app).await?;
    Err(problem)
}

/// What is asked for, with the whole path.
fn what(parts: &Parts) -> String {
    let uri = parts.extensions.get().map_or(&parts.uri, |OriginalUri(uri)| uri);
    format!("{} {}", parts.method, uri.path())
}

async fn record_refusal(
    action: &'static str,
    details: String,
    someone: app::SignedIn,
    app: &AppState,
) -> Result<(), Problem> {
    let app = AppState::clone(app);
    Ok(app::blocking(move || {
        app.record_refusal(&someone.actor, action, details);
        Ok(())
    })
    .await?)
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
        match app::blocking(move || app.may_read_calendar(&user, &password)).await {
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

/// The token of a request, if it has one (RFC 6750 section 2.1).
fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
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

#[cfg(test)]
mod tests {
    use axum::extract::State;

    use super::*;

    /// Which of two is meant cannot be told, and does not compile, of a type that begins with a policy.
    trait EitherWay<Way> {
        fn of() {}
    }

    struct WithPolicy;

    impl<T> EitherWay<()> for T {}

    impl<T: BeginsWithPolicy> EitherWay<WithPolicy> for T {}

    #[test]
    fn a_handler_that_declares_no_policy_or_not_first_does_not_compile() {
        <((), State<AppState>) as EitherWay<_>>::of();
        <((), State<AppState>, Reads) as EitherWay<_>>::of();
        assert_eq!(<((), Reads, State<AppState>) as BeginsWithPolicy>::NEEDS.role, Some(Role::Auditor));
    }
}
