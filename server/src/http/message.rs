//! What a call brings: JSON in its body, filters in its query, a name in its path. What is wrong with it is told as a problem.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
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

/// A query, as the call wants it.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        let refused = "The query is not one that /api/v1/openapi.json describes. Nothing was changed.";
        query.map(|Query(asked)| Self(asked)).map_err(|_| Problem::bad_request(refused))
    }
}

/// What a path names.
pub(super) struct Named(pub(super) String);

impl FromRequestParts<AppState> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let name = Path::<String>::from_request_parts(parts, app).await;
        let refused = "What the path names is not UTF-8. Nothing was changed.";
        name.map(|Path(name)| Self(name)).map_err(|_| Problem::bad_request(refused))
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
