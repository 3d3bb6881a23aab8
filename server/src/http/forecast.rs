//! `/api/v1/forecast`, the same as a calendar, and the feed of that

use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::trust::{CalendarFeed, Forecast, NewCalendarFeed, Turn, Turning};
use icalendar::{Calendar, Component as _, Event, EventLike as _, Todo, TodoStatus};

use super::AppState;
use super::policy::{Administers, CalendarReader, Confirmed, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// What time will bring if nothing else changes: which certificate, CA, revocation list or alarm turns when; and when the certificates of the
/// other nodes of the cluster end, as each last said.
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
    written(app).await
}

/// The same for calendar programs, which have a password for nothing but this (HTTP Basic).
#[utoipa::path(
    get, operation_id = "calendar_feed_read", path = "/calendar.ics",
    responses(
        (status = OK, body = String, content_type = "text/calendar"),
        (status = UNAUTHORIZED, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read_feed(_: CalendarReader, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    written(app).await
}

/// Whether calendar programs have a password for `/calendar.ics`, since when, and who made it.
#[utoipa::path(get, operation_id = "calendar_feed_show", path = "/forecast/feed", responses((status = OK, body = CalendarFeed)))]
pub(super) async fn show_feed(_: Reads, State(app): State<AppState>) -> Result<Json<CalendarFeed>, Problem> {
    Ok(Json(blocking(move || Ok(app.calendar_feed())).await?))
}

/// Makes a password for `/calendar.ics`, in place of the former one. It is in this answer and never told again.
#[utoipa::path(
    post, operation_id = "calendar_feed_make", path = "/forecast/feed",
    responses(
        (status = OK, body = NewCalendarFeed),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_feed(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<Json<NewCalendarFeed>, Problem> {
    Ok(Json(blocking(move || app.make_calendar_feed(&session.actor)).await?))
}

/// Withdraws the password: nobody reads `/calendar.ics` any more.
#[utoipa::path(delete, operation_id = "calendar_feed_withdraw", path = "/forecast/feed", responses((status = OK, body = CalendarFeed)))]
pub(super) async fn withdraw_feed(
    Administers(session): Administers,
    State(app): State<AppState>,
) -> Result<Json<CalendarFeed>, Problem> {
    Ok(Json(blocking(move || app.withdraw_calendar_feed(&session.actor)).await?))
}

async fn written(app: AppState) -> Result<impl IntoResponse, Problem> {
    let (forecast, name) = blocking(move || Ok((app.forecast()?, app.node().name))).await?;
    let mut calendar = Calendar::empty();
    for (property, value) in [("VERSION", "2.0"), ("PRODID", "-//Certway//Certway//EN"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property((property, value));
    }
    let alone = forecast.others.is_empty();
    calendar.name(&if alone {
        format!("Certificates of {name}")
    } else {
        format!("Certificates of the cluster, by {name}")
    });
    let notes: Vec<&str> = forecast.others.iter().filter_map(|other| other.note.as_deref()).collect();
    if !notes.is_empty() {
        calendar.description(&notes.join(" "));
    }
    for turn in &forecast.turns {
        let shared = matches!(turn.what, Turning::TrustedCa | Turning::Crl);
        let summary = if alone || shared { turn.message.clone() } else { format!("{name}: {}", turn.message) };
        calendar.push(event(turn, &summary, &forecast.now, &name, None));
    }
    for other in &forecast.others {
        for turn in &other.turns {
            calendar.push(event(turn, &turn.message, &forecast.now, &other.name, other.note.as_deref()));
        }
    }
    if calendar.components.is_empty() {
        calendar.push(nothing_ends(&forecast.now, &name));
    }
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], calendar.done().to_string()))
}

/// What a calendar has that would have nothing: with no component it is none (RFC 5545 section 3.6). What is done already, no program shows
/// on a day.
fn nothing_ends(now: &str, node: &str) -> Todo {
    let mut todo = Todo::new();
    todo.uid(&format!("nothing-ends@{node}"))
        .add_property("DTSTAMP", compact(now))
        .summary("Nothing that this node keeps will end.")
        .status(TodoStatus::Completed);
    todo.done()
}

fn event(turn: &Turn, summary: &str, now: &str, node: &str, note: Option<&str>) -> Event {
    let mut event = Event::new();
    // The same turn has the same name in the next export, so that a calendar does not keep it twice.
    let what = format!("{:?} {} {} {} {}", turn.what, turn.begins, turn.at, turn.name, turn.message);
    let name =
        digest(&SHA256, what.as_bytes()).as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    let of = format!("{} ({node})", turn.name);
    event
        .uid(&format!("{name}@{node}"))
        .add_property("DTSTAMP", compact(now))
        .add_property("DTSTART", compact(&turn.at))
        .summary(summary)
        .description(&note.map_or(of.clone(), |note| format!("{of}. {note}")))
        .alarm(icalendar::Alarm::display(summary, -chrono::Duration::days(7)));
    event.done()
}

/// `2027-03-12T09:00:00Z` as calendars write it.
fn compact(rfc3339: &str) -> String {
    rfc3339.replace(['-', ':'], "")
}
