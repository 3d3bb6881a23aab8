//! `/api/v1/forecast` and `/api/v1/forecast.ics`

use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use certway_wire::trust::{Forecast, Turn};
use icalendar::{Calendar, Component as _, Event, EventLike as _};

use super::AppState;
use super::policy::Reads;
use super::problem::Problem;
use crate::app::blocking;

/// What time will bring if nothing else changes: which certificate, CA, revocation list or alarm turns when.
#[utoipa::path(get, operation_id = "forecast_show", path = "/forecast", responses((status = OK, body = Forecast)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Forecast>, Problem> {
    Ok(Json(blocking(move || app.forecast()).await?))
}

/// The same as a calendar (RFC 5545), with a reminder a week before each turn.
#[utoipa::path(
    get, operation_id = "forecast_calendar", path = "/forecast.ics",
    responses((status = OK, body = String, content_type = "text/calendar"))
)]
pub(super) async fn calendar(_: Reads, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let (forecast, name) = blocking(move || Ok((app.forecast()?, app.node().name))).await?;
    let mut calendar = Calendar::new();
    calendar.name(&format!("Certificates of {name}"));
    for turn in &forecast.turns {
        calendar.push(event(turn, &forecast.now, &name));
    }
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], calendar.done().to_string()))
}

fn event(turn: &Turn, now: &str, node: &str) -> Event {
    let mut event = Event::new();
    // The same turn has the same name in the next export, so that a calendar does not keep it twice.
    let what = format!("{:?} {} {} {} {}", turn.what, turn.begins, turn.at, turn.name, turn.message);
    let name =
        digest(&SHA256, what.as_bytes()).as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    event
        .uid(&format!("{name}@{node}"))
        .add_property("DTSTAMP", compact(now))
        .add_property("DTSTART", compact(&turn.at))
        .summary(&turn.message)
        .description(&format!("{} ({node})", turn.name))
        .alarm(icalendar::Alarm::display(&turn.message, -chrono::Duration::days(7)));
    event.done()
}

/// `2027-03-12T09:00:00Z` as calendars write it.
fn compact(rfc3339: &str) -> String {
    rfc3339.replace(['-', ':'], "")
}
