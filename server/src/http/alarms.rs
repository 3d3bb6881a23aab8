//! `/api/v1/alarms`, and what is set for them

use axum::Json;
use axum::extract::State;
use certway_wire::alarms::{Acknowledge, Alarm, ExpiryWarnings};
use certway_wire::node::Problem as ProblemSchema;

use super::AppState;
use super::message::{Message, Named};
use super::policy::{Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// The alarms that are raised now, oldest first.
#[utoipa::path(get, operation_id = "alarms_show", path = "/alarms", responses((status = OK, body = Vec<Alarm>)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Vec<Alarm>>, Problem> {
    Ok(Json(blocking(move || app.alarms()).await?))
}

/// Takes note of an alarm. It stays raised until what it is about is mended; the acknowledgement ends when the alarm
/// clears or changes its severity. Gives all alarms.
#[utoipa::path(
    post, operation_id = "alarm_acknowledge", path = "/alarms/{id}/acknowledge", request_body = Acknowledge, params(("id" = String, Path, description = "The alarm's id")),
    responses(
        (status = OK, body = Vec<Alarm>),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json",
            description = "The alarm is not raised now"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "There is no note, or it is too long"),
    )
)]
pub(super) async fn acknowledge(
    Operates(session): Operates,
    State(app): State<AppState>,
    Named(id): Named,
    Message(Acknowledge { note }): Message<Acknowledge>,
) -> Result<Json<Vec<Alarm>>, Problem> {
    Ok(Json(blocking(move || app.acknowledge_alarm(&session.actor, &id, &note)).await?))
}

/// How many days before its end it is warned of what ends.
#[utoipa::path(get, operation_id = "expiry_warnings_show", path = "/alarms/expiry-warnings", responses((status = OK, body = ExpiryWarnings)))]
pub(super) async fn show_expiry_warnings(_: Reads, State(app): State<AppState>) -> Json<ExpiryWarnings> {
    Json(app.expiry_warnings())
}

/// Sets it. It counts at once: alarms are raised and cleared by it.
#[utoipa::path(
    put, operation_id = "expiry_warnings_set", path = "/alarms/expiry-warnings", request_body = ExpiryWarnings,
    responses(
        (status = OK, body = ExpiryWarnings),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "There are too many days, or one is not from 1 to 3653. Nothing was changed"),
    )
)]
pub(super) async fn set_expiry_warnings(
    Operates(session): Operates,
    State(app): State<AppState>,
    Message(wanted): Message<ExpiryWarnings>,
) -> Result<Json<ExpiryWarnings>, Problem> {
    Ok(Json(blocking(move || app.set_expiry_warnings(&session.actor, wanted)).await?))
}
