//! What the other nodes of the cluster are answered, at the port for peers. Who is no node does not get this far.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::routing::post;
use axum::{Extension, Json, Router};
use certway_rollout::Event;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::{Problem, panicked};
use super::{AppState, forward, resources, unread};
use crate::app::{Asked, Order};
use crate::tls::peers::{Gate, PeerName, only_nodes};

/// A plan with the certificates of all nodes.
const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// What nodes ask each other, and tell each other in a change.
pub(crate) fn router(app: AppState, gate: Arc<dyn Gate>) -> Router {
    let routes = Router::new()
        .nest(forward::FORWARDED, forward::router(resources()))
        .route("/peer/ask", post(ask))
        .route("/peer/command", post(command))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(unread::let_pass))
        .with_state(app);
    only_nodes(routes, gate)
}

async fn ask(State(app): State<AppState>, Json(asked): Json<Asked>) -> Result<Json<Value>, Problem> {
    Ok(Json(app.answer_peer(asked).await?))
}

async fn command(
    Extension(PeerName(leader)): Extension<PeerName>,
    State(app): State<AppState>,
    Json(order): Json<Order>,
) -> Result<Json<Option<Event>>, Problem> {
    Ok(Json(app.carry_out(&leader, order).await?))
}
