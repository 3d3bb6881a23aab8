//! `/api/v1/trusted-cas` and what is below it

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use certway_core::limits::CA_BUNDLE_BYTES;
use certway_wire::node::{
    DeleteTrustedCas, Problem as ProblemSchema, TrustedCaDetails, TrustedCas, TrustedCasAppended, TrustedCasChanged,
};
use certway_wire::trust::WhatBreaks;
use utoipa::ToSchema;

use super::AppState;
use super::message::{Message, Named};
use super::multipart::{self, only_file};
use super::policy::{Confirmed, Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// A bundle up to its own limit and a little beyond, so that one that is too large gets its report.
const LIMIT: usize = CA_BUNDLE_BYTES + 256 * 1024;

/// CA certificates.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the parts of a form")]
struct Append {
    /// The PEM file with one or more CA certificates.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The trusted CA list, in the order in which it was appended.
#[utoipa::path(get, operation_id = "trusted_cas_show", path = "/trusted-cas", responses((status = OK, body = TrustedCas)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<TrustedCas>, Problem> {
    Ok(Json(blocking(move || app.trusted_cas()).await?))
}

/// Appends the certificates that are new; those that are known are counted and left. Revocation lists in the file are kept
/// as if they were uploaded to `/crls`.
#[utoipa::path(
    post, operation_id = "trusted_cas_append", path = "/trusted-cas",
    request_body(content = Append, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = TrustedCasAppended),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Refused whole; the report says why. Nothing was changed"),
        (status = INSUFFICIENT_STORAGE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn append(
    Operates(session): Operates,
    State(app): State<AppState>,
    request: Request,
) -> Result<Json<TrustedCasAppended>, Problem> {
    let (_room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let file = only_file(parts)?;
    let app = AppState::clone(&app);
    Ok(Json(blocking(move || app.append_trusted_cas(&session.actor, Some(&session), &file)).await?))
}

/// Deletes all that are named, or none if one of them is not in the list. Asks for the password again.
#[utoipa::path(
    delete, operation_id = "trusted_cas_delete", path = "/trusted-cas", request_body = DeleteTrustedCas,
    responses(
        (status = OK, body = TrustedCasChanged),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "Whoever asks would be locked out, or a change of the cluster's certificates is under way. Nothing was changed"),
    )
)]
pub(super) async fn delete(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(DeleteTrustedCas { fingerprints }): Message<DeleteTrustedCas>,
) -> Result<Json<TrustedCasChanged>, Problem> {
    Ok(Json(blocking(move || app.delete_trusted_cas(&session, &fingerprints)).await?))
}

/// The whole list as one PEM file.
#[utoipa::path(get, operation_id = "trusted_cas_pem", path = "/trusted-cas.pem", responses((status = OK, body = String, content_type = "application/x-pem-file")))]
pub(super) async fn pem(_: Reads, State(app): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], app.trusted_cas_pem())
}

/// Puts the default list in place of the whole list. It deletes, so it asks for the password again.
#[utoipa::path(
    post, operation_id = "trusted_cas_reset", path = "/trusted-cas/reset",
    responses(
        (status = OK, body = TrustedCasChanged),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "Whoever asks would be locked out, or a change of the cluster's certificates is under way. Nothing was changed"),
    )
)]
pub(super) async fn reset(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
) -> Result<Json<TrustedCasChanged>, Problem> {
    Ok(Json(blocking(move || app.reset_trusted_cas(&session)).await?))
}

/// Looks what would break if certificates were deleted. Nothing is changed.
#[utoipa::path(
    post, operation_id = "trusted_cas_what_breaks", path = "/trusted-cas/what-breaks", request_body = DeleteTrustedCas,
    responses(
        (status = OK, body = WhatBreaks),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn what_breaks(
    _: Reads,
    State(app): State<AppState>,
    Message(DeleteTrustedCas { fingerprints }): Message<DeleteTrustedCas>,
) -> Result<Json<WhatBreaks>, Problem> {
    Ok(Json(app.what_breaks(fingerprints).await?))
}

/// Undoes the latest deletion, or reset, of the last ten minutes; called again, the one before it.
#[utoipa::path(
    post, operation_id = "trusted_cas_undo", path = "/trusted-cas/undo",
    responses(
        (status = OK, body = TrustedCasChanged),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn undo(
    Operates(session): Operates,
    State(app): State<AppState>,
) -> Result<Json<TrustedCasChanged>, Problem> {
    Ok(Json(blocking(move || app.undo_deletion(&session)).await?))
}

/// One certificate of the list, decoded.
#[utoipa::path(
    get, operation_id = "trusted_cas_show_one", path = "/trusted-cas/{fingerprint}",
    params(("fingerprint" = String, Path, description = "SHA-256 of the DER, lower-case hexadecimal")),
    responses(
        (status = OK, body = TrustedCaDetails),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_one(
    _: Reads,
    State(app): State<AppState>,
    Named(fingerprint): Named,
) -> Result<Json<TrustedCaDetails>, Problem> {
    Ok(Json(blocking(move || app.trusted_ca(&fingerprint)).await?))
}
