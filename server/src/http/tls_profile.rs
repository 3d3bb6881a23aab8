//! `/api/v1/tls-profile`

use axum::Json;
use axum::extract::State;
use certway_wire::tls::{SetTlsProfile, TlsProfiles};

use super::AppState;
use super::message::Message;
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// Which handshakes HTTPS takes: every profile with its versions, cipher suites and groups, and the one in force.
#[utoipa::path(get, operation_id = "tls_profile_show", path = "/tls-profile", responses((status = OK, body = TlsProfiles)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Json<TlsProfiles> {
    Json(app.tls_profiles())
}

/// Takes handshakes of another profile from the next one on. Connections from before end with the requests that are under way.
#[utoipa::path(
    put, operation_id = "tls_profile_set", path = "/tls-profile", request_body = SetTlsProfile,
    responses((status = OK, body = TlsProfiles))
)]
pub(super) async fn set(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(SetTlsProfile { profile }): Message<SetTlsProfile>,
) -> Result<Json<TlsProfiles>, Problem> {
    Ok(Json(blocking(move || app.set_tls_profile(&session.actor, profile)).await?))
}
