//! `/api/v1/openapi.json`

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use super::description;
use super::policy::{Anyone, SESSION_COOKIE};

#[derive(OpenApi)]
#[openapi(info(
    title = "Certway",
    description = "A node's HTTP interface. Calls that change something need the header X-Certway-CSRF and an Origin of the node; errors are RFC 9457 problems."
))]
struct Frame;

/// The description without its paths.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)));
    let components = frame.components.get_or_insert_default();
    components.add_security_scheme("session", cookie);
    components.add_security_scheme("calendar", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    frame
}

/// This description.
#[utoipa::path(get, operation_id = "openapi_show", path = "/openapi.json", responses((status = OK, description = "OpenAPI 3.1")))]
pub(super) async fn show(_: Anyone) -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}
