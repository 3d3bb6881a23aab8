//! Errors to answers: RFC 9457. The client reads what it can act on; the log reads the cause.

mod acme;
mod alarms;
mod cluster;
mod sign_in;
mod users;

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use certway_wire::sign_in::ClientCertificateTest;
use certway_wire::{Report, node};

use super::headers::value;
use crate::app::error::Error;
use crate::store;

/// An answer that says why something was not done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    report: Option<Box<Report>>,
    client_certificate: Option<Box<ClientCertificateTest>>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, title, detail: detail.into(), report: None, client_certificate: None, retry_after: None }
    }

    fn with_report(self, report: Box<Report>) -> Self {
        Self { report: Some(report), ..self }
    }

    pub(super) fn sign_in() -> Self {
        let detail = "Nobody is signed in, or the session has ended. Sign in. Nothing was changed.";
        Self::new(StatusCode::UNAUTHORIZED, "sign-in", "Sign in first", detail)
    }

    pub(super) fn no_user_here() -> Self {
        let detail = "The node that is asked through this one has no user of your name who may sign in: you were disabled or removed, or it has not heard of you yet. If you were added just now, try again in a moment. Nothing was changed.";
        Self::new(StatusCode::FORBIDDEN, "no-user-here", "You are no user of that node", detail)
    }

    pub(super) fn calendar_password() -> Self {
        let detail = "The calendar is read with the user name 'calendar' and the password that POST /api/v1/forecast/feed makes. It may have been made anew or withdrawn. Nothing was changed.";
        Self::new(StatusCode::UNAUTHORIZED, "calendar-password", "The calendar wants its password", detail)
    }

    pub(super) fn confirm_password() -> Self {
        let detail = "This wants your password again: confirm it at /api/v1/session/confirm, then repeat the call within five minutes. Nothing was changed.";
        Self::new(StatusCode::FORBIDDEN, "confirm-password", "Confirm your password", detail)
    }

    pub(super) fn cross_site() -> Self {
        let detail = "A call that changes something needs the header X-Certway-CSRF and an Origin that is this node. Nothing was changed.";
        Self::new(StatusCode::FORBIDDEN, "cross-site", "The call seems to come from another site", detail)
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request is not understood", detail)
    }

    pub(super) fn unsupported_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", "The body has the wrong type", detail)
    }

    pub(super) fn too_large(limit_bytes: usize) -> Self {
        let detail =
            format!("The body has more than {limit_bytes} bytes, which is what this call takes. Nothing was changed.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    pub(super) fn busy() -> Self {
        let detail =
            "The node is judging as many uploads as it can at once. Try again in a moment. Nothing was changed.";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The node is busy", detail);
        Self { retry_after: Some(Duration::from_secs(1)), ..problem }
    }

    pub(super) fn key_for_another() -> Self {
        let detail = "A private key does not pass through another node as it is. Seal it with the other node's `/sealing-key` and send it as `sealed_private_key`, as the page does, or upload it at that node itself. Nothing was changed.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-for-another", "A private key is not passed on", detail)
    }

    pub(super) fn sealed_for_another() -> Self {
        let detail = "The private key was not sealed for this node, or before it started again. Ask for its sealing key once more, and seal it with that: the page does so at the next press of the button. Nothing was changed.";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "sealed-for-another",
            "The sealed private key cannot be opened",
            detail,
        )
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    fn not_stored(cause: &store::Error) -> Self {
        tracing::error!(error = cause as &dyn std::error::Error, "the store cannot be written");
        let detail = format!(
            "{}. Make room or mend the disk, then try again. Nothing was changed.",
            capitalised(&cause.to_string())
        );
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage", "The change could not be stored", detail)
    }

    fn internal() -> Self {
        let detail = "The node could not do this; its log says why. Nothing was changed, or the log says what was.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The node failed", detail)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&error.to_string()));
        match error {
            Error::SignIn(refusal) => refusal.into(),
            Error::User(refusal) => refusal.into(),
            Error::Token(refusal) => refusal.into(),
            Error::SecondFactor(refusal) => refusal.into(),
            Error::Acme(refusal) => refusal.into(),
            Error::Alarm(refusal) => refusal.into(),
            Error::Cluster(refusal) => refusal.into(),
            Error::Change(refusal) => refusal.into(),
            Error::Store(
                cause @ (store::Error::ClusterAway(_) | store::Error::ClusterUnsure(_) | store::Error::Overtaken),
            ) => cluster::not_shared(&cause, text),
            Error::Refused(report) => {
                let detail = "The upload breaks a rule; the report names every finding, its place and what to do. Nothing was changed.";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "The upload was refused", detail)
                    .with_report(report)
            }
            Error::NotUsable { report: Some(report), .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-usable", "TLS cannot serve this pair", text)
                    .with_report(report)
            }
            Error::NotUsable { report: None, .. } => {
                Self::new(StatusCode::CONFLICT, "not-usable", "TLS cannot serve this pair", text)
            }
            Error::PendingRefused(report) => {
                Self::new(StatusCode::CONFLICT, "not-usable", "The pending certificate cannot be loaded", text)
                    .with_report(report)
            }
            Error::NothingPending
            | Error::NothingPrevious
            | Error::NoCsr
            | Error::UnknownTrustedCa(_)
            | Error::UnknownCrl(_)
            | Error::UnknownService(_) => Self::not_found(text),
            Error::Publishing | Error::NothingToPublish => {
                Self::new(StatusCode::CONFLICT, "not-published", "The service was given nothing", text)
            }
            Error::TooManyCrls => {
                Self::new(StatusCode::CONFLICT, "too-many-crls", "There is no room for more lists", text)
            }
            Error::NothingToUndo | Error::NoRoomToUndo => {
                Self::new(StatusCode::CONFLICT, "not-undone", "The deletion was not undone", text)
            }
            Error::RevocationSources(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "revocation-sources", "The settings were not taken", text)
            }
            Error::CsrFields(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "csr-fields", "The request was not made", text)
            }
            Error::CsrInProgress => {
                Self::new(StatusCode::CONFLICT, "csr-in-progress", "A request is in progress", text)
            }
            Error::TemporaryKey | Error::NoCurrentKey => {
                Self::new(StatusCode::CONFLICT, "no-current-key", "There is no private key to use again", text)
            }
            Error::TemporaryNotCopied => Self::new(
                StatusCode::CONFLICT,
                "temporary-certificate",
                "The temporary certificate is not copied",
                text,
            ),
            Error::PoorPassphrase(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "poor-passphrase",
                "The passphrase is not good enough",
                text,
            ),
            Error::NothingNamed => Self::bad_request(text),
            Error::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Signing in was refused", text)
            }
            Error::WrongPassword => Self::new(StatusCode::FORBIDDEN, "wrong-password", "The password is wrong", text),
            Error::TooManyAttempts(wait) => Self::too_many_attempts(wait),
            Error::TooManyChecks(wait) => {
                let detail = "Too many files were sent from here to be checked. Wait as long as Retry-After says, then go on; `certway check` judges the same with no node and no limit. Nothing was changed.";
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-checks", "Too many checks", detail);
                Self { retry_after: Some(wait), ..problem }
            }
            Error::Store(cause @ (store::Error::Full | store::Error::Disk(_))) => Self::not_stored(&cause),
            Error::Store(store::Error::Suspect(_)) => {
                Self::new(StatusCode::CONFLICT, "changed-behind", "The list is not as the node wrote it", text)
            }
            Error::DefaultTrustedCas(_) => {
                tracing::error!(%text, "the default trusted CA list cannot be used");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "default-trusted-cas", "There is no default list", text)
            }
            Error::Store(_) | Error::Backup(_) | Error::NoRandomness | Error::GivenUp(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a call failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = node::Problem {
            r#type: format!("/problems/{}", self.kind),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            report: self.report.map(|report| *report),
            client_certificate: self.client_certificate.map(|test| *test),
        };
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut answer = (self.status, Body::from(text)).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, value(&wait.as_secs().saturating_add(1).to_string()));
        }
        answer
    }
}

/// The answer to a method that a path has not.
pub(super) async fn method_not_allowed() -> Problem {
    let detail = "This path does not take this method; `Allow` names those it takes. Nothing was changed.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
}

/// The answer when a handler panics. The panic itself is in the log.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal().into_response()
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
