//! Refusals of the ACME certificate service, and of its provider.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::AcmeRefusal;

impl From<AcmeRefusal> for Problem {
    fn from(refusal: AcmeRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        let (status, kind, title) = match refusal {
            AcmeRefusal::Settings(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "acme-settings", "The settings were not taken")
            }
            AcmeRefusal::Registration(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "acme-registration", "Nothing was registered")
            }
            AcmeRefusal::NotSet | AcmeRefusal::NoAccount => {
                (StatusCode::CONFLICT, "acme-not-set-up", "The ACME certificate service is not set up")
            }
            AcmeRefusal::Busy => (StatusCode::CONFLICT, "acme-busy", "The provider is being asked"),
            AcmeRefusal::Provider(_) => (StatusCode::BAD_GATEWAY, "acme-provider", "The provider did not do it"),
            AcmeRefusal::Objections(_) => (StatusCode::CONFLICT, "acme-objections", "The certificate was not deployed"),
            AcmeRefusal::NoOrder | AcmeRefusal::NothingSigned | AcmeRefusal::NoCas | AcmeRefusal::NotOurs => {
                return Self::not_found(text);
            }
        };
        Self::new(status, kind, title, text)
    }
}
