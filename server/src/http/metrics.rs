//! `/metrics`

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::AppState;
use super::policy::Anyone;
use super::problem::Problem;
use crate::app::blocking;

/// What the node counts, in Prometheus' text format.
#[utoipa::path(get, operation_id = "metrics_show", path = "/metrics", responses((status = OK, body = String)))]
pub(super) async fn show(_: Anyone, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let text = blocking(move || app.metrics_text()).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
