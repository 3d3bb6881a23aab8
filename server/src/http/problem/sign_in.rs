//! Refusals that have to do with how administrators sign in.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::SignInRefusal;

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
