//! `/healthz` and `/readyz`

use axum::extract::State;

use super::AppState;
use super::policy::Anyone;
use super::problem::Problem;
use crate::app::blocking;

/// Whether the process answers.
#[utoipa::path(get, operation_id = "health_alive", path = "/healthz", responses((status = OK, body = String)))]
pub(super) async fn alive(_: Anyone) -> &'static str {
    "ok\n"
}

/// Whether the node can do its work: its store answers.
#[utoipa::path(get, operation_id = "health_ready", path = "/readyz", responses((status = OK, body = String)))]
pub(super) async fn ready(_: Anyone, State(app): State<AppState>) -> Result<&'static str, Problem> {
    blocking(move || app.ready()).await?;
    Ok("ready\n")
}
