//! `/api/v1/security-level`

use axum::Json;
use axum::extract::State;
use certway_wire::security::{SecurityLevels, SetSecurityLevel};

use super::AppState;
use super::message::Message;
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// What an acceptable level of security is: every level with what it asks, and the one in force.
#[utoipa::path(get, operation_id = "security_level_show", path = "/security-level", responses((status = OK, body = SecurityLevels)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Json<SecurityLevels> {
    Json(app.security_levels())
}

/// Asks another level from now on. It only changes what is warned of; what is served is served on.
#[utoipa::path(
    put, operation_id = "security_level_set", path = "/security-level", request_body = SetSecurityLevel,
    responses((status = OK, body = SecurityLevels))
)]
pub(super) async fn set(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(SetSecurityLevel { level }): Message<SetSecurityLevel>,
) -> Result<Json<SecurityLevels>, Problem> {
    Ok(Json(blocking(move || app.set_security_level(&session.actor, level)).await?))
}
