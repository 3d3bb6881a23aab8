//! JSON in and out.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::AppState;
use super::problem::Problem;

/// More than a thousand fingerprints.
pub(super) const MESSAGE_BYTES: usize = 256 * 1024;

/// A JSON body, as the call wants it.
pub(super) struct Message<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Message<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(message)) => Ok(Self(message)),
            // What the parser says would repeat parts of the body, and the body may be a password.
            Err(rejection) => Err(refuse(&rejection)),
        }
    }
}

fn refuse(rejection: &JsonRejection) -> Problem {
    match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::unsupported_type("This call takes a body of type application/json. Nothing was changed.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(MESSAGE_BYTES),
        _ => Problem::bad_request("The body is not the JSON that /api/v1/openapi.json describes. Nothing was changed."),
    }
}
