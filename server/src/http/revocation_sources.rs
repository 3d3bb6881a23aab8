//! `/api/v1/crls/settings` and `/api/v1/crls/download`

use axum::Json;
use axum::extract::State;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::revocation::{RevocationSources, RevocationUpdates};

use super::AppState;
use super::message::Message;
use super::policy::{Confirmed, Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// What the node asks others about revocation, whom and when, and what came of it the last time.
#[utoipa::path(get, operation_id = "crls_settings_show", path = "/crls/settings", responses((status = OK, body = RevocationUpdates)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<RevocationUpdates>, Problem> {
    Ok(Json(blocking(move || app.revocation_updates()).await?))
}

/// Sets it. The node connects to what is named here, so it asks for the password.
#[utoipa::path(
    put, operation_id = "crls_settings_set", path = "/crls/settings", request_body = RevocationSources,
    responses(
        (status = OK, body = RevocationUpdates),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "By what responders say, whoever sets it could not sign in again. Nothing was changed"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "A URL, a host or the time is not as it must be. Nothing was changed"),
    )
)]
pub(super) async fn set(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(settings): Message<RevocationSources>,
) -> Result<Json<RevocationUpdates>, Problem> {
    Ok(Json(app.set_revocation_sources(session, settings).await?))
}

/// Asks all sources at once. A source that does not answer takes up to 30 seconds; what came of each is in the answer, and
/// if the call is given up before, in the settings.
#[utoipa::path(post, operation_id = "crls_download", path = "/crls/download", responses((status = OK, body = RevocationUpdates)))]
pub(super) async fn download(
    Operates(session): Operates,
    State(app): State<AppState>,
) -> Result<Json<RevocationUpdates>, Problem> {
    Ok(Json(app.update_revocation(&session.actor).await?))
}
