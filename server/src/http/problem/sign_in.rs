//! Refusals that have to do with how administrators sign in.

use std::time::Duration;

use axum::http::StatusCode;
use certway_wire::users::Role;

use super::{Problem, capitalised};
use crate::app::SignInRefusal;

impl Problem {
    pub(in super::super) fn role(needed: Role, has: Role) -> Self {
        let detail = format!(
            "This needs the role {needed}, and you have the role {has}. Ask an administrator to do it, or for that role. Nothing was changed."
        );
        Self::new(StatusCode::FORBIDDEN, "role", "Your role does not allow this", detail)
    }

    pub(super) fn too_many_attempts(wait: Duration) -> Self {
        let detail = "Too many passwords or codes were tried. Wait as long as Retry-After says, then try again. Nothing was changed.";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts", detail);
        Self { retry_after: Some(wait), ..problem }
    }

    pub(in super::super) fn no_password() -> Self {
        let detail = "This asks for the password again, which a token cannot give. A token whose user is an administrator and whose scope is administrator does without. Nothing was changed.";
        Self::new(StatusCode::FORBIDDEN, "token-scope", "The token does not allow this", detail)
    }

    pub(in super::super) fn no_session() -> Self {
        let detail = "This is about a session, and the call has none: sign in with a password, and call this node itself. Nothing was changed.";
        Self::new(StatusCode::FORBIDDEN, "no-session", "The call has no session", detail)
    }
}

impl From<SignInRefusal> for Problem {
    fn from(refusal: SignInRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        match refusal {
            SignInRefusal::Certificate(test) => {
                let problem =
                    Self::new(StatusCode::UNAUTHORIZED, "client-certificate", "A client certificate is needed", text);
                Self { client_certificate: Some(test), ..problem }
            }
            SignInRefusal::ByCertificate => {
                Self::new(StatusCode::CONFLICT, "sign-in-by-certificate", "Passwords are not taken here", text)
            }
            SignInRefusal::ByPassword => {
                Self::new(StatusCode::CONFLICT, "sign-in-by-password", "A password is needed", text)
            }
            SignInRefusal::Rule(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "user-name-rule", "There is no user name", text)
            }
            SignInRefusal::Minutes => Self::bad_request(text),
            SignInRefusal::LockOut(test) | SignInRefusal::TrustLockOut(test) => {
                let problem = Self::new(StatusCode::CONFLICT, "would-lock-out", "You would lock yourself out", text);
                Self { client_certificate: Some(test), ..problem }
            }
            SignInRefusal::NoTrial => Self::not_found(text),
            SignInRefusal::NotUnderTrial => {
                Self::new(StatusCode::CONFLICT, "not-under-trial", "Sign in anew first", text)
            }
        }
    }
}
