//! What a call brings: JSON in its body, filters in its query, a name in its path. What is wrong with it is told as a problem.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_path_to_error::Error as PathError;

use super::AppState;
use super::problem::Problem;

/// More than a thousand fingerprints.
pub(super) const MESSAGE_BYTES: usize = 256 * 1024;
/// So much of a field's name is told again.
const LONGEST_NAME: usize = 64;

/// A JSON body, as the call wants it.
pub(super) struct Message<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Message<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let wanted = "This call takes a body of type application/json. Nothing was changed.";
            return Err(Problem::unsupported_type(wanted));
        }
        let body = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(MESSAGE_BYTES),
            _ => Problem::bad_request("The body did not come whole. Nothing was changed."),
        })?;
        read(&body).map(Self).map_err(Problem::bad_request)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|named| named.to_str().ok());
    let essence = named.and_then(|named| named.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads a body. A field that there is not is refused: it would be one that was meant and misspelt, and what it was to say would be lost.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let Json(message) = Json::<T>::from_bytes(body).map_err(|rejection| misread(&rejection))?;
    let mut surplus = None;
    let parser = &mut serde_json::Deserializer::from_slice(body);
    // What could be read once can be read again.
    let _: Result<T, _> = serde_ignored::deserialize(parser, |path| {
        surplus.get_or_insert_with(|| path.to_string());
    });
    match surplus {
        None => Ok(message),
        Some(field) => Err(format!(
            "'{}' is no field of the JSON that /api/v1/openapi.json describes. Nothing was changed.",
            shortened(&field)
        )),
    }
}

/// Not more of a name than is needed to find it.
fn shortened(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect()
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
            (
                r#"{"days":1,"within":{"roots":[],"rots":["hunter2"]}}"#,
                "'within.?.rots' is no field of the JSON that /api/v1/openapi.json describes.".to_owned(),
            ),
            ("{\"days\":1,\n hunter2}", "The body is not JSON, from line 2, column 2, on.".to_owned()),
            (r#"{"days":1} hunter2"#, "The body is not JSON, from line 1, column 12, on.".to_owned()),
            (r#"{"days":1"#, "The body is not JSON, from line 1, column 9, on.".to_owned()),
        ] {
            assert_eq!(
                read::<Wanted>(body.as_bytes()).unwrap_err(),
                format!("{wanted} Nothing was changed."),
                "{body}"
            );
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
