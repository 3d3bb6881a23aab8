//! `/api/v1/openapi.json`

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder};
use utoipa_axum::router::UtoipaMethodRouter;

use super::policy::{Anyone, Needs, SESSION_COOKIE};
use super::{AppState, description};

#[derive(OpenApi)]
#[openapi(info(
    title = "Certway",
    description = "A node's HTTP interface. Calls that change something need the header X-Certway-CSRF and an Origin of the node, unless they come with a token (`Authorization: Bearer`); errors are RFC 9457 problems. `x-certway-needs` says of each call which role is the least that will do, and whether the password must have been given again."
))]
struct Frame;

/// What a handler demands of its caller, for programs that ask.
const NEEDS: &str = "x-certway-needs";

/// Says in the description of a handler what it demands of its caller.
pub(super) fn needing(
    needs: Needs,
    (schemas, mut paths, methods): UtoipaMethodRouter<AppState>,
) -> UtoipaMethodRouter<AppState> {
    for item in paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            if !needs.nothing() {
                let ways: &[&str] = match needs {
                    needs if needs.calendar() => &["calendar"],
                    needs if needs.in_session() => &["session"],
                    _ => &["session", "token"],
                };
                let ways = ways.iter().map(|way| SecurityRequirement::new(*way, [] as [&str; 0]));
                operation.security = Some(ways.collect());
            }
            operation.responses.responses.insert("default".to_owned(), refusal().into());
            let said = serde_json::to_value(needs).unwrap_or_default();
            operation.extensions.get_or_insert_default().insert(NEEDS.to_owned(), said);
        }
    }
    (schemas, paths, methods)
}

/// What every call may answer: who may not make it, what is not as it should be, what cannot be kept.
fn refusal() -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description("Refused, and why").content("application/problem+json", problem).build()
}

/// The description without its paths.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)));
    let components = frame.components.get_or_insert_default();
    components.add_security_scheme("session", cookie);
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme("calendar", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    frame
}

/// This description.
#[utoipa::path(get, operation_id = "openapi_show", path = "/openapi.json", responses((status = OK, description = "OpenAPI 3.1")))]
pub(super) async fn show(_: Anyone) -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}
