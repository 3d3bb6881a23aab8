//! Requests of peers: who asks is known before anything is done.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use certway_wire::node::Problem;

use super::super::connections::Peer;
use super::{Bound, End, Gate, HELLO, NAME, NOT_TAKEN, PROOF, is_proof};

/// Who is at the other end, as a request extension: proven by the cluster's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerName(pub(crate) String);

/// Lets requests through to `router` that nodes of the cluster make, each with its [`PeerName`], and proves to them that it is
/// this node that answers. Whatever else `router` answers of itself lies behind this.
pub(crate) fn only_nodes(router: Router, gate: Arc<dyn Gate>) -> Router {
    router.layer(from_fn_with_state(gate, ask_who))
}

async fn ask_who(State(gate): State<Arc<dyn Gate>>, mut request: Request, next: Next) -> Response {
    let Some(bound) = request.extensions().get::<Arc<Bound>>().cloned() else {
        return not_taken(format!("This port is for the nodes of a cluster. {NOTHING}"));
    };
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    // First: the request may be the one by which this node leaves the cluster, and its key with it.
    let proof = bound.binding.proof(&*gate, End::Answering, gate.name());
    let mut answer = match caller(&*gate, &bound, request.headers(), peer) {
        Ok(_) if request.uri().path() == HELLO => StatusCode::NO_CONTENT.into_response(),
        Ok(name) => {
            request.extensions_mut().insert(name);
            next.run(request).await
        }
        Err(detail) => not_taken(detail),
    };
    if let Some(proof) = proof.and_then(|proof| HeaderValue::from_str(&proof).ok()) {
        answer.headers_mut().insert(PROOF, proof);
    }
    answer
}

const NOTHING: &str = "Nothing was changed.";

/// Who calls, or why it is not taken.
fn caller(gate: &dyn Gate, bound: &Bound, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<PeerName, String> {
    let at = peer.map_or_else(|| "somebody".to_owned(), |peer| peer.ip().to_string());
    let name = headers.get(NAME).and_then(|name| name.to_str().ok()).unwrap_or_default();
    let expected = bound.binding.proof(gate, End::Calling, name);
    if !expected.is_some_and(|expected| is_proof(&expected, headers.get(PROOF))) {
        gate.refused(&at, &["it does not prove that it has the cluster's key".to_owned()]);
        return Err(format!(
            "The caller does not prove that it has the key of the cluster of {}: is it in another cluster, or in none? {NOTHING}",
            gate.name()
        ));
    }
    if !gate.knows(name) {
        gate.refused(&format!("{name} at {at}"), &["no node of the cluster has this name".to_owned()]);
        return Err(format!("{} knows no node '{name}' in its cluster. {NOTHING}", gate.name()));
    }
    if !bound.taken.load(Ordering::Relaxed) {
        let reasons = gate.against_caller(&bound.chain, name);
        gate.was_called_by(name, &reasons);
        if reasons.is_empty() {
            // It verifies.
        } else if gate.enforces() {
            // The mode has changed since the handshake, or the certificate is another node's.
            gate.refused(name, &reasons);
            return Err(format!("{} refuses {name}: {}. {NOTHING}", gate.name(), reasons.join("; ")));
        } else {
            gate.let_through(name, &reasons);
        }
        bound.taken.store(true, Ordering::Relaxed);
    }
    Ok(PeerName(name.to_owned()))
}

fn not_taken(detail: String) -> Response {
    let status = StatusCode::FORBIDDEN;
    let problem = Problem {
        r#type: NOT_TAKEN.to_owned(),
        title: "The caller is not taken for a node of the cluster".to_owned(),
        status: status.as_u16(),
        detail,
        report: None,
        client_certificate: None,
    };
    let text = serde_json::to_vec(&problem).unwrap_or_default();
    let kind = HeaderValue::from_static("application/problem+json");
    (status, [(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}
