//! `/api/v1/events`

use axum::Json;
use axum::extract::{Query, State};
use certway_wire::node::Event;
use serde::Deserialize;
use utoipa::IntoParams;

use super::AppState;
use super::policy::Reads;
use super::problem::Problem;
use crate::app::blocking;

const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
pub(super) struct Page {
    /// Only events with a smaller number.
    before: Option<u64>,
    /// How many: 100 unless given, at most 1000.
    limit: Option<u32>,
}

/// What was done and refused, latest first. The latest 100,000 are kept.
#[utoipa::path(
    get, operation_id = "events_show", path = "/events", params(Page), responses((status = OK, body = Vec<Event>))
)]
pub(super) async fn show(
    _: Reads,
    State(app): State<AppState>,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Vec<Event>>, Problem> {
    let Ok(Query(page)) = page else {
        return Err(Problem::bad_request("`before` and `limit` are numbers. Nothing was changed."));
    };
    let limit = page.limit.unwrap_or(USUAL).min(MOST);
    Ok(Json(blocking(move || app.events(page.before, limit)).await?))
}
