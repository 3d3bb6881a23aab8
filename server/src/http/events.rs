//! `/api/v1/events` and its exports

use std::io;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use certway_wire::node::{Event, EventLog, Problem as ProblemSchema};
use http_body_util::channel::{Channel, Sender};
use serde::Deserialize;
use utoipa::IntoParams;

use super::AppState;
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::{WantedEvents, blocking};

const USUAL: u32 = 100;
const MOST: u32 = 1000;
/// What is looked for is a part of what an event says, in bytes.
const LONGEST: usize = 200;
/// Portions of an export that are ready before the client has taken the one before.
const READY: usize = 2;
const CSV_HEAD: &str = "number,at,actor,action,details,address,digest\r\n";

/// Which part of the log.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Only what this user did, or `node`, or `terminal`.
    actor: Option<String>,
    /// Only this, or what begins with it and a hyphen: `sign-in` has `sign-in-refused` too.
    action: Option<String>,
    /// Only what has this text in it, A to Z in any case: in actor, action, details or address.
    text: Option<String>,
    /// Not earlier than this, RFC 3339.
    from: Option<String>,
    /// Not later than this, RFC 3339.
    to: Option<String>,
    /// Only events with a smaller number.
    before: Option<u64>,
    /// How many: 100 unless given, at most 1000. An export has all of them.
    limit: Option<u32>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

/// What was done and refused, latest first. The latest 100,000 are kept.
#[utoipa::path(
    get, operation_id = "events_show", path = "/events", params(Filter),
    responses((status = OK, body = Vec<Event>), (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json"))
)]
pub(super) async fn show(_: Reads, State(app): State<AppState>, asked: Asked) -> Result<Json<Vec<Event>>, Problem> {
    let (wanted, limit) = wanted(asked)?;
    Ok(Json(blocking(move || app.events(&wanted, limit)).await?))
}

/// The same as JSON lines, oldest first, without a limit. One without filters can be verified by `certway events verify`.
#[utoipa::path(
    get, operation_id = "events_export_jsonl", path = "/events.jsonl", params(Filter),
    responses(
        (status = OK, body = String, content_type = "application/jsonl"),
        (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json")
    )
)]
pub(super) async fn jsonl(_: Reads, State(app): State<AppState>, asked: Asked) -> Result<Response, Problem> {
    let write = |event: &Event, text: &mut String| {
        // This type has string keys only, so it always serialises.
        text.push_str(&serde_json::to_string(event).unwrap_or_default());
        text.push('\n');
    };
    export(app, asked, "jsonl", "application/jsonl", "", write).await
}

/// The same as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(
    get, operation_id = "events_export_csv", path = "/events.csv", params(Filter),
    responses(
        (status = OK, body = String, content_type = "text/csv"),
        (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json")
    )
)]
pub(super) async fn csv(_: Reads, State(app): State<AppState>, asked: Asked) -> Result<Response, Problem> {
    export(app, asked, "csv", "text/csv; charset=utf-8; header=present", CSV_HEAD, csv_row).await
}

/// Whether the log is as the node wrote it, and as the cluster knows it.
#[utoipa::path(
    get, operation_id = "events_verify", path = "/events/verify", responses((status = OK, body = EventLog))
)]
pub(super) async fn verify(_: Reads, State(app): State<AppState>) -> Result<Json<EventLog>, Problem> {
    Ok(Json(app.verify_events().await?))
}

/// Makes the log as it is the one that the cluster knows: after a backup was brought back.
#[utoipa::path(
    post, operation_id = "events_accept", path = "/events/accept",
    responses((status = OK, body = EventLog), (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"))
)]
pub(super) async fn accept(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<Json<EventLog>, Problem> {
    Ok(Json(app.accept_events(session.actor).await?))
}

fn wanted(asked: Asked) -> Result<(WantedEvents, u32), Problem> {
    let Query(filter) = asked.map_err(|_| {
        Problem::bad_request(
            "The filters are actor, action, text, from, to, before and limit; `before` and `limit` are numbers. Nothing was changed.",
        )
    })?;
    if [&filter.actor, &filter.action, &filter.text].into_iter().flatten().any(|text| text.len() > LONGEST) {
        return Err(Problem::bad_request("`actor`, `action` and `text` have at most 200 bytes. Nothing was changed."));
    }
    let time = |text: Option<String>| {
        let refused = |_| {
            Problem::bad_request(
                "`from` and `to` are times of RFC 3339, such as 2027-03-12T09:00:00Z. Nothing was changed.",
            )
        };
        text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(refused)).transpose()
    };
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let wanted = WantedEvents {
        actor: said(filter.actor),
        action: said(filter.action),
        text: said(filter.text),
        from: time(filter.from)?,
        to: time(filter.to)?,
        before: filter.before.and_then(|number| i64::try_from(number).ok()),
        after: None,
    };
    Ok((wanted, filter.limit.unwrap_or(USUAL).min(MOST)))
}

/// Everything that is wanted, sent as fast as the client takes it.
async fn export(
    app: AppState,
    asked: Asked,
    ending: &str,
    content_type: &'static str,
    head: &'static str,
    write: impl Fn(&Event, &mut String) + Send + 'static,
) -> Result<Response, Problem> {
    let (wanted, _) = wanted(asked)?;
    let asking = AppState::clone(&app);
    let (wanted, name) = blocking(move || Ok((asking.until_now(wanted)?, asking.node().name))).await?;
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(READY);
    tokio::spawn(async move {
        if let Err(error) = send(&app, wanted, &mut sender, head, write).await {
            // An export that was cut short must not look whole.
            sender.abort(error);
        }
    });
    let file = format!("attachment; filename=\"events-{name}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, Body::new(body)).into_response())
}

async fn send(
    app: &AppState,
    mut wanted: WantedEvents,
    sender: &mut Sender<Bytes, io::Error>,
    head: &str,
    write: impl Fn(&Event, &mut String),
) -> io::Result<()> {
    let mut text = head.to_owned();
    loop {
        let (asking, portion) = (AppState::clone(app), wanted.clone());
        let events = blocking(move || asking.portion_of_events(&portion)).await.map_err(io::Error::other)?;
        events.iter().for_each(|event| write(event, &mut text));
        if sender.send_data(std::mem::take(&mut text).into()).await.is_err() {
            // The client has gone.
            return Ok(());
        }
        match events.last() {
            Some(last) => wanted.after = i64::try_from(last.number).ok(),
            None => return Ok(()),
        }
    }
}

fn csv_row(event: &Event, text: &mut String) {
    let (number, address) = (event.number.to_string(), event.address.as_deref().unwrap_or_default());
    let cells = [&number, &event.at, &event.actor, &event.action, &event.details, address, &event.digest];
    let cells: Vec<String> = cells.into_iter().map(csv_cell).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// A cell, in quotation marks. What begins as a formula does gets an apostrophe in front, which spreadsheets take for: this is text.
fn csv_cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn a_cell_is_text_whatever_is_in_it() {
        for (value, cell) in [
            ("plain", "\"plain\""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("a,b\r\nc", "\"a,b\r\nc\""),
            ("", "\"\""),
        ] {
            assert_eq!(csv_cell(value), cell);
        }
    }
}
