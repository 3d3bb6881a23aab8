//! `/api/v1/node`

use axum::Json;
use axum::extract::State;
use certway_wire::node::Node;

use super::AppState;
use super::policy::Anyone;

/// The node, as far as anyone may know it.
#[utoipa::path(get, operation_id = "node_show", path = "/node", responses((status = OK, body = Node)))]
pub(super) async fn show(_: Anyone, State(app): State<AppState>) -> Json<Node> {
    Json(app.node())
}
