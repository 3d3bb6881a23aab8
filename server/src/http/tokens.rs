//! `/api/v1/tokens`: by which programs call in the name of a user.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::tokens::{MadeToken, NewToken, Tokens};

use super::AppState;
use super::message::{Message, Named};
use super::policy::{Confirmed, InPerson, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// The tokens of who is signed in; an administrator sees those of all.
#[utoipa::path(get, operation_id = "tokens_show", path = "/tokens", responses((status = OK, body = Tokens)))]
pub(super) async fn show(Reads(session): Reads, State(app): State<AppState>) -> Result<Json<Tokens>, Problem> {
    Ok(Json(blocking(move || app.tokens(&session)).await?))
}

/// Makes a token. It is in the answer, and is not shown again: the node keeps its hash.
#[utoipa::path(
    post, operation_id = "token_make", path = "/tokens", request_body = NewToken,
    responses(
        (status = CREATED, body = MadeToken),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json", description = "It would do more than its user"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json", description = "There is no such user"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    Confirmed(InPerson(session)): Confirmed<InPerson>,
    State(app): State<AppState>,
    Message(new): Message<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    Ok((StatusCode::CREATED, Json(blocking(move || app.make_token(&session, new)).await?)))
}

/// Revokes a token: one's own, or as an administrator anybody's. It ends at once, at every node.
#[utoipa::path(
    delete, operation_id = "token_revoke", path = "/tokens/{id}",
    params(("id" = String, Path, description = "As the list of tokens has it")),
    responses(
        (status = OK, body = Tokens),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    InPerson(session): InPerson,
    State(app): State<AppState>,
    Named(id): Named,
) -> Result<Json<Tokens>, Problem> {
    Ok(Json(blocking(move || app.revoke_token(&session, &id)).await?))
}
