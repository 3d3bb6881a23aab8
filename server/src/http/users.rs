//! `/api/v1/users`: who may sign in, and what each may do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::users::{NewUser, UserChange, UserPassword, Users};

use super::AppState;
use super::message::{Message, Named};
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// All users, by name.
#[utoipa::path(get, operation_id = "users_show", path = "/users", responses((status = OK, body = Users)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Users>, Problem> {
    Ok(Json(blocking(move || app.users()).await?))
}

/// Adds a user.
#[utoipa::path(
    post, operation_id = "user_add", path = "/users", request_body = NewUser,
    responses(
        (status = CREATED, body = Users),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "There is one of that name"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The name cannot be taken, or the password is not good enough"),
    )
)]
pub(super) async fn add(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(new): Message<NewUser>,
) -> Result<(StatusCode, Json<Users>), Problem> {
    Ok((StatusCode::CREATED, Json(app.add_user(session.actor, new).await?)))
}

/// Changes what a user may do, at once and at every node. Disabling ends every session of the user. The last administrator who can sign in
/// stays one.
#[utoipa::path(
    put, operation_id = "user_change", path = "/users/{name}", request_body = UserChange,
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = OK, body = Users),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "Nobody would be left who may add users"),
    )
)]
pub(super) async fn change(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
    Message(wanted): Message<UserChange>,
) -> Result<Json<Users>, Problem> {
    Ok(Json(blocking(move || app.change_user(&session.actor, &name, wanted)).await?))
}

/// Removes a user, whose sessions end at once.
#[utoipa::path(
    delete, operation_id = "user_remove", path = "/users/{name}",
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = OK, body = Users),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json", description = "Nobody would be left who may add users"),
    )
)]
pub(super) async fn remove(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
) -> Result<Json<Users>, Problem> {
    Ok(Json(blocking(move || app.remove_user(&session.actor, &name)).await?))
}

/// Gives a user another password, which ends every session of the user.
#[utoipa::path(
    put, operation_id = "user_password", path = "/users/{name}/password", request_body = UserPassword,
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = OK, body = Users),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The password is not good enough"),
    )
)]
pub(super) async fn set_password(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
    Message(UserPassword { password }): Message<UserPassword>,
) -> Result<Json<Users>, Problem> {
    Ok(Json(app.set_user_password(session.actor, name, password).await?))
}
