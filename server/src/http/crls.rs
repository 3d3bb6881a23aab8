//! `/api/v1/crls` and what is below it

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use certway_core::limits::CA_BUNDLE_BYTES;
use certway_wire::node::{Crls, CrlsChanged, Problem as ProblemSchema, RemoveCrls};
use utoipa::ToSchema;

use super::AppState;
use super::message::Message;
use super::multipart::{self, only_file};
use super::policy::{Confirmed, Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// Lists up to their own limit and a little beyond, so that a file that is too large gets its report.
const LIMIT: usize = CA_BUNDLE_BYTES + 256 * 1024;

/// Certificate revocation lists.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the parts of a form")]
struct UploadCrls {
    /// The PEM file with one or more lists.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The certificate revocation lists, in the order in which they came.
#[utoipa::path(get, operation_id = "crls_show", path = "/crls", responses((status = OK, body = Crls)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Crls>, Problem> {
    Ok(Json(blocking(move || Ok(app.crls())).await?))
}

/// Stores lists, each in the place of the former one of its issuer and scope; one that is older than what is there is left out.
#[utoipa::path(
    post, operation_id = "crls_upload", path = "/crls",
    request_body(content = UploadCrls, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = CrlsChanged),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "More lists than are kept"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Refused whole; the report says why. Nothing was changed"),
    )
)]
pub(super) async fn upload(
    Operates(session): Operates,
    State(app): State<AppState>,
    request: Request,
) -> Result<Json<CrlsChanged>, Problem> {
    let (_room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let file = only_file(parts)?;
    let app = AppState::clone(&app);
    Ok(Json(blocking(move || app.upload_crls(&session, &file)).await?))
}

/// Removes all that are named, or none. What a removed list revoked counts as in force again, so it asks for the password.
#[utoipa::path(
    delete, operation_id = "crls_remove", path = "/crls", request_body = RemoveCrls,
    responses(
        (status = OK, body = CrlsChanged),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(RemoveCrls { fingerprints }): Message<RemoveCrls>,
) -> Result<Json<CrlsChanged>, Problem> {
    Ok(Json(blocking(move || app.remove_crls(&session, &fingerprints)).await?))
}

/// All lists as one PEM file.
#[utoipa::path(get, operation_id = "crls_pem", path = "/crls.pem", responses((status = OK, body = String, content_type = "application/x-pem-file")))]
pub(super) async fn pem(_: Reads, State(app): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], app.crls_pem())
}
