//! `/api/v1/services`: servers beside the node that serve its certificate.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::services::Services;

use super::AppState;
use super::message::Named;
use super::policy::{Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// The servers beside the node: what is written for each, what it serves since when, how the last time went. They are
/// described in the configuration file and cannot be changed here.
#[utoipa::path(get, operation_id = "services_show", path = "/services", responses((status = OK, body = Services)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Services>, Problem> {
    Ok(Json(blocking(move || app.services()).await?))
}

/// Gives one server the active certificate again, and reloads it. The answer comes at once; how it goes is in the server's
/// `state` of `GET /services`.
#[utoipa::path(
    post, operation_id = "service_publish", path = "/services/{name}/publish",
    params(("name" = String, Path, description = "As the configuration file names it")),
    responses(
        (status = ACCEPTED, body = Services),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "A server is being given its files already, or the active certificate is the temporary one"),
    )
)]
pub(super) async fn publish(
    Operates(session): Operates,
    State(app): State<AppState>,
    Named(name): Named,
) -> Result<(StatusCode, Json<Services>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(app.publish(&session.actor, &name).await?)))
}
