//! `/api/v1/alarms/delivery` and `/api/v1/alarms/deliveries`

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use certway_wire::delivery::{Delivery, DeliveryRecord, DeliveryTest, NewDelivery, TestDelivery};
use certway_wire::node::Problem as ProblemSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use super::AppState;
use super::message::Message;
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// As many messages as are shown unless said otherwise, and the most.
const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// How alarms go out: by e-mail, webhook, syslog. Secrets are never shown.
#[utoipa::path(get, operation_id = "delivery_show", path = "/alarms/delivery", responses((status = OK, body = Delivery)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Delivery>, Problem> {
    Ok(Json(blocking(move || app.delivery()).await?))
}

/// Sets it. A channel that is left out is switched off, and what waits for it is dropped. The node connects to what is named
/// here, so it asks for the password.
#[utoipa::path(
    put, operation_id = "delivery_set", path = "/alarms/delivery", request_body = NewDelivery,
    responses(
        (status = OK, body = Delivery),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "A host, an address, the URL or a secret is not as it must be. Nothing was changed"),
    )
)]
pub(super) async fn set(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(wanted): Message<NewDelivery>,
) -> Result<Json<Delivery>, Problem> {
    Ok(Json(blocking(move || app.set_delivery(&session.actor, wanted)).await?))
}

/// Sends a message by one channel at once, and says how it went. A server that does not answer takes up to 45 seconds.
#[utoipa::path(
    post, operation_id = "delivery_test", path = "/alarms/delivery/test", request_body = TestDelivery,
    responses(
        (status = OK, body = DeliveryTest),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "The channel is not set"),
    )
)]
pub(super) async fn test(
    Administers(session): Administers,
    State(app): State<AppState>,
    Message(TestDelivery { channel }): Message<TestDelivery>,
) -> Result<Json<DeliveryTest>, Problem> {
    Ok(Json(app.test_delivery(&session.actor, channel).await?))
}

/// How much of the log is shown.
#[derive(Deserialize, IntoParams)]
pub(super) struct Part {
    /// How many: 100 unless given, at most 1000.
    limit: Option<u32>,
}

/// The delivery log: the latest messages, the last one first. The node keeps those that wait, and 500 others.
#[utoipa::path(
    get, operation_id = "deliveries_show", path = "/alarms/deliveries", params(Part),
    responses((status = OK, body = Vec<DeliveryRecord>))
)]
pub(super) async fn log(
    _: Reads,
    State(app): State<AppState>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<Vec<DeliveryRecord>>, Problem> {
    let Ok(Query(part)) = part else {
        return Err(Problem::bad_request("`limit` is a number. Nothing was changed."));
    };
    Ok(Json(blocking(move || app.deliveries(part.limit.unwrap_or(USUAL).min(MOST))).await?))
}
