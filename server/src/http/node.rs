//! `/api/v1/node`

use axum::Json;
use axum::extract::State;
use certway_wire::node::{Node, SealingKey};

use super::AppState;
use super::policy::{Anyone, Operates};

/// The node, as far as anyone may know it.
#[utoipa::path(get, operation_id = "node_show", path = "/node", responses((status = OK, body = Node)))]
pub(super) async fn show(_: Anyone, State(app): State<AppState>) -> Json<Node> {
    Json(app.node())
}

/// What a private key is sealed with that goes to this node through another one.
#[utoipa::path(
    get, operation_id = "sealing_key_show", path = "/sealing-key", responses((status = OK, body = SealingKey))
)]
pub(super) async fn sealing_key(_: Operates, State(app): State<AppState>) -> Json<SealingKey> {
    Json(app.sealing_key())
}
