//! `/api/v1/nodes/{name}/...`: the resources of another node of the cluster, asked through this one.
//!
//! Who is signed in here, and in which role, is known here; the other node is told over the channel between nodes, and trusts that since only a
//! node can say it. A private key goes this way only if it is sealed for that node.

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use bytes::Bytes;
use certway_wire::node::Problem as ProblemSchema;
use http_body_util::{BodyExt as _, Limited};

use super::AppState;
use super::policy::{Forwarded, Reads};
use super::problem::Problem;
use crate::app;
use crate::tls::peers::PeerName;

/// The largest upload that any resource takes.
const BODY_BYTES: usize = 20 * 1024 * 1024;
/// What is asked at the node itself.
const NOT_FORWARDED: [(&str, &str); 3] = [
    ("session", "one signs in where one is"),
    ("nodes", "every node is asked directly"),
    ("backup", "the node in between would have all private keys, and the passphrase. Open that node's own page"),
];
/// Where another node answers it.
pub(super) const FORWARDED: &str = "/peer/forwarded";
/// Who asks, JSON.
const INTRODUCTION: HeaderName = HeaderName::from_static("certway-introduction");
/// Where that comes from.
const ADDRESS: HeaderName = HeaderName::from_static("certway-address");
/// The name of an upload's part with a private key.
const PRIVATE_KEY: &[u8] = b"name=\"private_key\"";
/// What of an answer is passed on.
const PASSED: [HeaderName; 4] = [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::RETRY_AFTER, header::ALLOW];

macro_rules! forwarding {
    ($name:ident, $method:ident, $id:literal, $what:literal) => {
        #[doc = $what]
        #[utoipa::path(
                            $method, operation_id = $id, path = "/nodes/{name}/{*resource}",
                            params(
                                ("name" = String, Path, description = "The node's FQDN"),
                                ("resource" = String, Path, description = "What comes after /api/v1/ there"),
                            ),
                            responses(
                                (status = "default", description = "As that node answers"),
                                (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
                                (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json",
                                    description = "The node does not answer"),
                            )
                        )]
        pub(super) async fn $name(
            Reads(session): Reads,
            State(app): State<AppState>,
            Path((name, resource)): Path<(String, String)>,
            RawQuery(query): RawQuery,
            request: Request,
        ) -> Result<Response, Problem> {
            forward(session, app, &name, &resource, query, request).await
        }
    };
}

forwarding!(get, get, "node_get", "Reads a resource of another node of the cluster.");
forwarding!(
    put,
    put,
    "node_put",
    "Changes a resource of another node of the cluster. A private key is taken only if it is sealed for that node."
);
forwarding!(post, post, "node_post", "Asks another node of the cluster to do something.");
forwarding!(delete, delete, "node_delete", "Removes something from another node of the cluster.");

async fn forward(
    session: app::SignedIn,
    app: AppState,
    name: &str,
    resource: &str,
    query: Option<String>,
    request: Request,
) -> Result<Response, Problem> {
    if let Some((_, why)) = NOT_FORWARDED.iter().find(|(own, _)| resource.split('/').next() == Some(own)) {
        let detail = format!("/{resource} is not asked through another node: {why}. Nothing was changed.");
        return Err(Problem::not_found(detail));
    }
    // They would end the path there, and what is left could be what is not asked through another node.
    if resource.contains(['?', '#']) {
        return Err(Problem::bad_request("The path has a question mark or a number sign in it. Nothing was changed."));
    }
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES).collect().await.map_err(|_| Problem::too_large(BODY_BYTES))?.to_bytes();
    if contains(&body, PRIVATE_KEY) {
        return Err(Problem::key_for_another());
    }
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let mut forwarded = http::Request::builder()
        .method(parts.method)
        .uri(format!("{FORWARDED}/api/v1/{resource}{query}"))
        .header(INTRODUCTION, serde_json::to_string(&session.introduction()).unwrap_or_default());
    if let Some(address) = app::address() {
        forwarded = forwarded.header(ADDRESS, address);
    }
    if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
        forwarded = forwarded.header(header::CONTENT_TYPE, kind);
    }
    let forwarded =
        forwarded.body(body).map_err(|_| Problem::bad_request("The path cannot be passed on. Nothing was changed."))?;
    let answer = app.pass_on(name, forwarded).await?;
    let mut headers = HeaderMap::new();
    for header in PASSED {
        if let Some(value) = answer.headers().get(&header) {
            headers.insert(header, value.clone());
        }
    }
    Ok((answer.status(), headers, Body::from(answer.into_body())).into_response())
}

fn contains(body: &Bytes, wanted: &[u8]) -> bool {
    body.windows(wanted.len()).any(|window| window == wanted)
}

/// The resources of this node, for who is signed in at another.
pub(super) fn router(resources: Router<AppState>) -> Router<AppState> {
    resources.layer(from_fn(take_identity))
}

async fn take_identity(Extension(PeerName(peer)): Extension<PeerName>, mut request: Request, next: Next) -> Response {
    let Some(session) = identity(request.headers()) else { return Problem::sign_in().into_response() };
    tracing::debug!(user = session.username, peer, "asked through another node");
    request.extensions_mut().insert(Forwarded(session));
    let address = request.headers().get(ADDRESS).and_then(|address| address.to_str().ok()).unwrap_or("the terminal");
    let address = format!("{address} by way of {peer}");
    app::asked_from(address, next.run(request)).await
}

fn identity(headers: &HeaderMap) -> Option<app::SignedIn> {
    let introduction = serde_json::from_slice(headers.get(INTRODUCTION)?.as_bytes());
    introduction.ok().map(app::SignedIn::introduced)
}
