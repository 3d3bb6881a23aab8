//! `/api/v1/alarms`

use axum::Json;
use axum::extract::State;
use certway_wire::node::Alarm;

use super::AppState;
use super::policy::Reads;
use super::problem::Problem;
use crate::app::blocking;

/// The alarms that are raised now, oldest first.
#[utoipa::path(get, operation_id = "alarms_show", path = "/alarms", responses((status = OK, body = Vec<Alarm>)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Vec<Alarm>>, Problem> {
    Ok(Json(blocking(move || app.alarms()).await?))
}
