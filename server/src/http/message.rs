//! What a call brings: JSON in its body, filters in its query, a name in its path. What is wrong with it is told as a problem.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_path_to_error::Error as PathError;

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
        query.map(|Query(asked)| Self(asked)).map_err(|rejection| Problem::bad_request(misasked(&rejection)))
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
        _ => Problem::bad_request(misread(rejection)),
    }
}

/// Which part of a query is not as it must be.
fn misasked(rejection: &QueryRejection) -> String {
    let error = cause::<PathError<serde::de::value::Error>>(rejection);
    let told =
        error.and_then(|error| missing(&error.inner().to_string(), error.path()).or_else(|| wrong(error.path())));
    match told {
        Some(told) => {
            format!("The query is not one that /api/v1/openapi.json describes: {told}. Nothing was changed.")
        }
        None => "The query is not one that /api/v1/openapi.json describes. Nothing was changed.".to_owned(),
    }
}

/// Where a body is not as it must be. What the parser says of it is not told: it would repeat parts of the body, and the
/// body may be a password.
fn misread(rejection: &JsonRejection) -> String {
    let error = cause::<PathError<serde_json::Error>>(rejection);
    let Some(parser) = error.map(PathError::inner).or_else(|| cause(rejection)) else {
        return "The body is not the JSON that /api/v1/openapi.json describes. Nothing was changed.".to_owned();
    };
    let (line, column) = (parser.line(), parser.column());
    if !parser.is_data() {
        return format!("The body is not JSON, from line {line}, column {column}, on. Nothing was changed.");
    }
    let path = error.map(PathError::path);
    let told = path.and_then(|path| {
        let place = || wrong(path).map(|wrong| format!("{wrong} (line {line}, column {column})"));
        missing(&parser.to_string(), path).or_else(place)
    });
    let told = told.unwrap_or_else(|| format!("line {line}, column {column}"));
    format!("The body is not the JSON that /api/v1/openapi.json describes: {told}. Nothing was changed.")
}

/// Which field is not there, if that is what the parser says: its name is ours.
fn missing(parser: &str, path: &serde_path_to_error::Path) -> Option<String> {
    let (name, _) = parser.strip_prefix("missing field `")?.split_once('`')?;
    let within = path.iter().next().map(|_| format!(" in '{path}'"));
    Some(format!("'{name}' is missing{}", within.unwrap_or_default()))
}

/// Which field is not as described, if it is one.
fn wrong(path: &serde_path_to_error::Path) -> Option<String> {
    path.iter().next().map(|_| format!("'{path}' is not as described there"))
}

/// The error of this kind among those that led to a rejection.
fn cause<'a, E: Error + 'static>(rejection: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut error = Some(rejection);
    while let Some(one) = error {
        if let Some(found) = one.downcast_ref() {
            return Some(found);
        }
        error = one.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Wanted {
        #[expect(dead_code, reason = "it is only read into")]
        days: u8,
        #[expect(dead_code, reason = "it is only read into")]
        within: Option<Within>,
        #[expect(dead_code, reason = "it is only read into")]
        kind: Option<Kind>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Known,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Within {
        #[expect(dead_code, reason = "it is only read into")]
        roots: Vec<u8>,
    }

    #[test]
    fn a_body_that_cannot_be_read_is_told_by_its_place_and_never_by_what_it_has() {
        let described = "The body is not the JSON that /api/v1/openapi.json describes";
        for (body, wanted) in [
            ("{}", format!("{described}: 'days' is missing.")),
            (r#"{"days":1,"within":{}}"#, format!("{described}: 'roots' is missing in 'within'.")),
            (r#"{"days":"hunter2"}"#, format!("{described}: 'days' is not as described there (line 1, column 17).")),
            (
                r#"{"days":1,"within":{"roots":[1,"hunter2"]}}"#,
                format!("{described}: 'within.roots[1]' is not as described there (line 1, column 40)."),
            ),
            (
                r#"{"days":1,"kind":"hunter2"}"#,
                format!("{described}: 'kind' is not as described there (line 1, column 26)."),
            ),
            (r#""hunter2""#, format!("{described}: line 1, column 9.")),
            ("{\"days\":1,\n hunter2}", "The body is not JSON, from line 2, column 2, on.".to_owned()),
            (r#"{"days":1} hunter2"#, "The body is not JSON, from line 1, column 12, on.".to_owned()),
            (r#"{"days":1"#, "The body is not JSON, from line 1, column 9, on.".to_owned()),
        ] {
            let rejection = Json::<Wanted>::from_bytes(body.as_bytes()).unwrap_err();
            assert_eq!(misread(&rejection), format!("{wanted} Nothing was changed."), "{body}");
        }
    }

    #[test]
    fn a_query_that_cannot_be_read_is_told_by_its_part() {
        for (query, wanted) in [("", "'days' is missing"), ("days=hunter2", "'days' is not as described there")] {
            let uri = format!("/?{query}").parse().unwrap();
            let rejection = Query::<Wanted>::try_from_uri(&uri).map(|_| ()).unwrap_err();
            let described = "The query is not one that /api/v1/openapi.json describes";
            assert_eq!(misasked(&rejection), format!("{described}: {wanted}. Nothing was changed."));
        }
    }
}
