//! `/api/v1/session/second-factor` and `/api/v1/users/{name}/second-factor`: a code beside the password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::users::{RecoveryCodes, SecondFactorCode, SecondFactorOffer, Users};

use super::AppState;
use super::message::{Message, Named};
use super::policy::{Administers, Confirmed, InSession};
use super::problem::Problem;
use crate::app::blocking;

/// Offers who is signed in a secret for an app (TOTP, RFC 6238: SHA-1, six digits, thirty seconds). It is not shown again, and counts once
/// it is confirmed by a code.
#[utoipa::path(
    post, operation_id = "second_factor_offer", path = "/session/second-factor",
    responses(
        (status = OK, body = SecondFactorOffer),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "There is one already"),
    )
)]
pub(super) async fn offer(
    Confirmed(InSession(session)): Confirmed<InSession>,
    State(app): State<AppState>,
) -> Result<Json<SecondFactorOffer>, Problem> {
    Ok(Json(blocking(move || app.offer_second_factor(&session)).await?))
}

/// Switches the second factor on that was offered, by a code that the app shows. The recovery codes are not shown again.
#[utoipa::path(
    put, operation_id = "second_factor_begin", path = "/session/second-factor", request_body = SecondFactorCode,
    responses(
        (status = OK, body = RecoveryCodes),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json", description = "The code is wrong"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "None was offered, or there is one already"),
    )
)]
pub(super) async fn begin(
    Confirmed(InSession(session)): Confirmed<InSession>,
    State(app): State<AppState>,
    Message(SecondFactorCode { code }): Message<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(blocking(move || app.begin_second_factor(&session, &code)).await?))
}

/// Switches the own second factor off.
#[utoipa::path(
    delete, operation_id = "second_factor_end", path = "/session/second-factor",
    responses(
        (status = NO_CONTENT, description = "The password alone does from now on"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "There is none"),
    )
)]
pub(super) async fn end(
    Confirmed(InSession(session)): Confirmed<InSession>,
    State(app): State<AppState>,
) -> Result<StatusCode, Problem> {
    blocking(move || app.end_second_factor(&session.actor, &session.username)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches the second factor of a user off, who has lost it.
#[utoipa::path(
    delete, operation_id = "user_second_factor_end", path = "/users/{name}/second-factor",
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = OK, body = Users),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "There is none"),
    )
)]
pub(super) async fn end_of_user(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
) -> Result<Json<Users>, Problem> {
    Ok(Json(blocking(move || app.end_second_factor(&session.actor, &name)).await?))
}
