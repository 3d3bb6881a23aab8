//! `/api/v1/changes`: the change of the cluster's server certificates.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::change::{ChangeDecision, ChangeOffer, Changes, NewChange};
use certway_wire::node::Problem as ProblemSchema;

use super::AppState;
use super::message::Message;
use super::policy::{Confirmed, Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// The latest change of the cluster's certificates: how far it is, what it waits for, and its log.
#[utoipa::path(get, operation_id = "changes_show", path = "/changes", responses((status = OK, body = Changes)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Changes>, Problem> {
    Ok(Json(blocking(move || Ok(app.changes())).await?))
}

/// Begins a change. It goes on whatever becomes of this node; one runs at a time.
#[utoipa::path(
    post, operation_id = "change_begin", path = "/changes", request_body = NewChange,
    responses(
        (status = CREATED, body = Changes),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The file of new CAs is refused; the report says why"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(new): Message<NewChange>,
) -> Result<(StatusCode, Json<Changes>), Problem> {
    Ok((StatusCode::CREATED, Json(app.begin_change(&session, &new).await?)))
}

/// Plans a change: each step, and who would refuse whom after it, in the specification's order and, if there is one, in one that keeps
/// Enforce all the time. Nothing is changed.
#[utoipa::path(
    post, operation_id = "change_plan", path = "/changes/plan", request_body = NewChange,
    responses(
        (status = OK, body = ChangeOffer),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The file of new CAs is refused; the report says why"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn plan(
    _: Reads,
    State(app): State<AppState>,
    Message(new): Message<NewChange>,
) -> Result<Json<ChangeOffer>, Problem> {
    Ok(Json(app.plan_change(&new).await?))
}

/// Decides how the change that runs goes on: one of its `choices`.
#[utoipa::path(
    post, operation_id = "change_decide", path = "/changes/decision", request_body = ChangeDecision,
    responses(
        (status = OK, body = Changes),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(decision): Message<ChangeDecision>,
) -> Result<Json<Changes>, Problem> {
    Ok(Json(app.decide_in_change(&session.actor, &decision).await?))
}
