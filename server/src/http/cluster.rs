//! `/api/v1/cluster`: the nodes, what they share, and who verifies whom.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::cluster::{Cluster, JoinToken, NewJoinToken, NewVerificationMode, NodeAddress};
use certway_wire::node::Problem as ProblemSchema;

use super::AppState;
use super::message::{Message, Named};
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::{Token, blocking};

/// The cluster as this node sees it.
#[utoipa::path(get, operation_id = "cluster_show", path = "/cluster", responses((status = OK, body = Cluster)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Cluster>, Problem> {
    Ok(Json(blocking(move || app.cluster()).await?))
}

/// Begins a cluster with this node: its trusted CA list, revocation lists, users and shared settings are the cluster's from then on.
#[utoipa::path(
    post, operation_id = "cluster_found", path = "/cluster",
    responses(
        (status = CREATED, body = Cluster),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn found(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<(StatusCode, Json<Cluster>), Problem> {
    Ok((StatusCode::CREATED, Json(blocking(move || app.found_cluster(&session.actor)).await?)))
}

/// Makes a token with which one node can join within fifteen minutes. It is not shown again.
#[utoipa::path(
    post, operation_id = "cluster_token", path = "/cluster/tokens",
    responses(
        (status = CREATED, body = NewJoinToken),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_token(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<(StatusCode, Json<NewJoinToken>), Problem> {
    Ok((StatusCode::CREATED, Json(app.make_join_token(&session.actor).await?)))
}

/// Joins a cluster: its trusted CA list, revocation lists, users and shared settings take the place of this node's.
/// Certificates and private keys stay.
#[utoipa::path(
    post, operation_id = "cluster_join", path = "/cluster/join", request_body = JoinToken,
    responses(
        (status = OK, body = Cluster),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn join(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(JoinToken { token }): Message<JoinToken>,
) -> Result<Json<Cluster>, Problem> {
    let token = Token::typed(&zeroize::Zeroizing::new(token));
    Ok(Json(app.join_cluster(&session.actor, &token).await?))
}

/// Gives etcd all that this node has of what is shared, after etcd has lost it or an older state was put back: every node takes that. To be
/// asked of the node that has the latest state.
#[utoipa::path(
    post, operation_id = "cluster_restore_shared", path = "/cluster/shared",
    responses(
        (status = OK, body = Cluster),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn restore_shared(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<Json<Cluster>, Problem> {
    Ok(Json(app.restore_shared(&session.actor).await?))
}

/// Takes this node out of its cluster without a word to the others, when it does not reach etcd or etcd does not keep that cluster any more. What
/// was shared stays as it is here. The others have the node among theirs until it is removed at one of them.
#[utoipa::path(
    post, operation_id = "cluster_leave", path = "/cluster/leave",
    responses(
        (status = OK, body = Cluster),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn leave(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
) -> Result<Json<Cluster>, Problem> {
    Ok(Json(app.leave_cluster(&session.actor).await?))
}

/// Sets the TLS verification mode of all nodes. Enforce is refused while nodes would refuse each other, unless it is to be `anyway`.
#[utoipa::path(
    put, operation_id = "cluster_verification_mode", path = "/cluster/verification-mode", request_body = NewVerificationMode,
    responses(
        (status = OK, body = Cluster),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_verification_mode(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(new): Message<NewVerificationMode>,
) -> Result<Json<Cluster>, Problem> {
    Ok(Json(blocking(move || app.set_verification_mode(&session.actor, new)).await?))
}

/// Says where peers reach a node.
#[utoipa::path(
    put, operation_id = "cluster_node_address", path = "/cluster/nodes/{name}/address", request_body = NodeAddress,
    params(("name" = String, Path, description = "The node's FQDN")),
    responses(
        (status = OK, body = Cluster),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_address(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
    Message(NodeAddress { address }): Message<NodeAddress>,
) -> Result<Json<Cluster>, Problem> {
    Ok(Json(blocking(move || app.set_node_address(&session.actor, &name, &address)).await?))
}

/// Removes a node from the cluster. It serves on with what it has, and its peers know it no more.
#[utoipa::path(
    delete, operation_id = "cluster_remove_node", path = "/cluster/nodes/{name}",
    params(("name" = String, Path, description = "The node's FQDN")),
    responses(
        (status = OK, body = Cluster),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_node(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Named(name): Named,
) -> Result<Json<Cluster>, Problem> {
    Ok(Json(blocking(move || app.remove_node(&session.actor, &name)).await?))
}
