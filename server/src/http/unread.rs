//! What nobody has read of a request's body: it passes before the answer goes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How much is read and thrown away, and for how long.
const DRAINED_BYTES: usize = 64 * 1024 * 1024;
const DRAINED: Duration = Duration::from_secs(5);

/// Answers once the body has passed, however little of it the answer needed. Clients of HTTP/1.1 read no answer before they have sent
/// everything, and would see nothing but a connection that breaks; a client of HTTP/2 whose stream is ended while it sends may drop the answer
/// that it has (curl before 8 does).
pub(super) async fn let_pass(request: Request, next: Next) -> Response {
    if hyper::body::Body::is_end_stream(request.body()) {
        return next.run(request).await;
    }
    let (back, mut left) = oneshot::channel();
    let answer = next.run(request.map(|body| Body::new(Lent { body, back: Some(back) }))).await;
    if let Ok(body) = left.try_recv() {
        drain(body).await;
    }
    answer
}

/// Chunk by chunk, so that none of it is kept.
async fn drain(body: Body) {
    let mut body = Limited::new(body, DRAINED_BYTES);
    let _ = timeout(DRAINED, async { while let Some(Ok(_)) = body.frame().await {} }).await;
}

/// A body that comes back from whoever drops it before its end.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl hyper::body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.back = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take()
            && !hyper::body::Body::is_end_stream(&self.body)
        {
            // Who waits for it may have given up.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}
