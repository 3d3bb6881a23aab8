//! `/api/v1/csr` and `/api/v1/csr.pem`

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use certway_wire::node::{Csr, CsrInProgress, NewCsr, Problem as ProblemSchema};

use super::AppState;
use super::message::Message;
use super::policy::{Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// The certificate signing request in progress, and what a new one could ask for.
#[utoipa::path(get, operation_id = "csr_show", path = "/csr", responses((status = OK, body = CsrInProgress)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<CsrInProgress>, Problem> {
    Ok(Json(blocking(move || app.csr()).await?))
}

/// Generates a certificate signing request, with a new key or for the current one. Nothing else changes.
#[utoipa::path(
    post, operation_id = "csr_make", path = "/csr", request_body = NewCsr,
    responses(
        (status = OK, body = Csr, description = "It is in progress now"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "One is in progress already, or there is no current key to use again"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "A field is not as it must be; `detail` names each"),
    )
)]
pub(super) async fn make(
    Operates(session): Operates,
    State(app): State<AppState>,
    Message(new): Message<NewCsr>,
) -> Result<Json<Csr>, Problem> {
    Ok(Json(blocking(move || app.make_csr(&session.actor, &new)).await?))
}

/// Discards the request in progress and its key. A certificate issued for it can then never be loaded.
#[utoipa::path(
    delete, operation_id = "csr_discard", path = "/csr",
    responses(
        (status = NO_CONTENT, description = "Discarded"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn discard(Operates(session): Operates, State(app): State<AppState>) -> Result<StatusCode, Problem> {
    blocking(move || app.discard_csr(&session.actor)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The request in progress, for the certificate authority.
#[utoipa::path(
    get, operation_id = "csr_pem", path = "/csr.pem",
    responses(
        (status = OK, body = String, content_type = "application/x-pem-file"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pem(_: Reads, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let pem = blocking(move || app.csr_pem()).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem))
}
