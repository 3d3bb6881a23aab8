//! Connections: accepted, capped, shaken hands with in time, and let finish when the node stops.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::{Resource, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::peers::{Bound, Gate, tell_of_refusal};
use super::{ACME_TLS, Shown};
use crate::app::metrics::Metrics;

/// How long a client may take over its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take over the head of a request, idle time between requests included.
const REQUEST_HEAD: Duration = Duration::from_secs(30);
/// How long requests in flight may go on when the node stops.
const GOODBYE: Duration = Duration::from_secs(10);
/// Handshakes under way at once at a port, and at most a quarter of what there is room for. One more, and the oldest is given
/// up: an honest one is done long before it is oldest.
const OPENING: usize = 1024;
/// Connections at once, if the system allows that many descriptors.
const CONNECTIONS: u64 = 10_000;
/// Descriptors that are left to the store and to everything else.
const OTHER_DESCRIPTORS: u64 = 64;

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What a port speaks.
#[derive(Clone)]
pub(crate) enum Transport {
    /// HTTP/1.1 in the clear.
    Plain,
    /// HTTP/1.1 or HTTP/2 over TLS.
    Tls(watch::Receiver<Arc<ServerConfig>>),
    /// HTTP/1.1 over TLS, between the nodes of a cluster: handlers are told what binds the connection, the gate whom a handshake
    /// refused.
    Peers(watch::Receiver<Arc<ServerConfig>>, Arc<dyn Gate>),
}

impl Transport {
    /// Waits until handshakes are made in another way.
    async fn changed(&mut self) {
        let changed = match self {
            Self::Plain => false,
            Self::Tls(config) | Self::Peers(config, _) => config.changed().await.is_ok(),
        };
        if !changed {
            std::future::pending::<()>().await;
        }
    }
}

/// Raises the limit on descriptors as far as the system lets us; gives how many connections fit.
pub(crate) fn room_for_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS + OTHER_DESCRIPTORS;
    let possible = limit.maximum.unwrap_or(wanted).min(wanted);
    if limit.current.is_some_and(|current| current < possible) {
        limit.current = Some(possible);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit on open files could not be raised");
        }
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(wanted).min(wanted);
    usize::try_from(current.saturating_sub(OTHER_DESCRIPTORS).max(16)).unwrap_or(usize::MAX)
}

/// Answers on `listener` until `stop` changes, then lets what is in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    mut transport: Transport,
    router: Router,
    room: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<()>,
) {
    let mut graceful = GracefulShutdown::new();
    let mut ending = JoinSet::new();
    let mut opening = Opening::at_most(OPENING.min(room.available_permits() / 4).max(1));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = transport.changed() => {
                // Connections of the former way end, those under way included: each knows which it is by its watcher.
                ending.spawn(std::mem::take(&mut graceful).shutdown());
                continue;
            }
            _ = stop.changed() => break,
        };
        while ending.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: some come back with every connection that ends.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            metrics.connections_turned_away.add();
            continue;
        };
        let (transport, router, metrics) = (transport.clone(), router.clone(), Arc::clone(&metrics));
        let watcher = graceful.watcher();
        let opened = tokio::spawn(async move {
            let conversation = open(stream, transport, router, Peer(peer), watcher, &metrics).await;
            if let Some(conversation) = conversation {
                tokio::spawn(async move {
                    conversation.await;
                    drop(place);
                });
            }
        });
        opening.push(opened.abort_handle());
    }
    drop(listener);
    ending.spawn(graceful.shutdown());
    if timeout(GOODBYE, ending.join_all()).await.is_err() {
        tracing::warn!("some requests were still in flight when the node stopped");
    }
}

/// Handshakes under way, oldest first.
struct Opening {
    most: usize,
    handles: VecDeque<AbortHandle>,
}

impl Opening {
    fn at_most(most: usize) -> Self {
        Self { most, handles: VecDeque::new() }
    }

    fn push(&mut self, handle: AbortHandle) {
        if self.handles.len() >= self.most {
            self.handles.retain(|handle| !handle.is_finished());
        }
        if self.handles.len() >= self.most
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(handle);
    }
}

type Conversation = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Shakes hands; gives the rest of the connection.
async fn open(
    stream: TcpStream,
    transport: Transport,
    router: Router,
    peer: Peer,
    watcher: Watcher,
    metrics: &Metrics,
) -> Option<Conversation> {
    // Answers are written whole; waiting to fill a segment only delays them.
    let _ = stream.set_nodelay(true);
    let (config, gate) = match transport {
        Transport::Plain => {
            let client = Client { peer, shown: None, bound: None };
            return Some(Box::pin(speak_http1(stream, router, client, watcher)));
        }
        Transport::Tls(config) => (config, None),
        Transport::Peers(config, gate) => (config, Some(gate)),
    };
    let acceptor = TlsAcceptor::from(Arc::clone(&config.borrow()));
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            metrics.handshakes.add();
            let connection = stream.get_ref().1;
            if connection.alpn_protocol() == Some(ACME_TLS) {
                // The handshake was all that the provider wanted to see.
                return None;
            }
            let client = match gate {
                Some(_) => Client { peer, shown: None, bound: Bound::on(connection) },
                None => Client { peer, shown: Shown::on(connection), bound: None },
            };
            Some(if connection.alpn_protocol() == Some(b"h2") {
                Box::pin(speak_http2(stream, router, client, watcher))
            } else {
                Box::pin(speak_http1(stream, router, client, watcher))
            })
        }
        Ok(Err(error)) => {
            metrics.handshakes_failed.add();
            if let Some(gate) = gate {
                tell_of_refusal(&*gate, peer.0, &error);
            }
            tracing::debug!(%error, peer = %peer.0, "a handshake failed");
            None
        }
        Err(_) => {
            metrics.handshakes_failed.add();
            tracing::debug!(peer = %peer.0, "a handshake took too long");
            None
        }
    }
}

/// Who is at the other end, and what of itself it has shown.
#[derive(Clone)]
struct Client {
    peer: Peer,
    shown: Option<Arc<Shown>>,
    bound: Option<Arc<Bound>>,
}

async fn speak_http1(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    client: Client,
    watcher: Watcher,
) {
    let peer = client.peer;
    let service = service_fn(move |request| answer(router.clone(), client.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, peer = %peer.0, "a connection broke");
    }
}

async fn speak_http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    client: Client,
    watcher: Watcher,
) {
    let peer = client.peer;
    let service = service_fn(move |request| answer(router.clone(), client.clone(), request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(REQUEST_HEAD)
        .keep_alive_timeout(HANDSHAKE)
        .max_concurrent_streams(100)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, peer = %peer.0, "a connection broke");
    }
}

async fn answer(
    router: Router,
    Client { peer, shown, bound }: Client,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let extensions = request.extensions_mut();
    extensions.insert(peer);
    if let Some(shown) = shown {
        extensions.insert(shown);
    }
    if let Some(bound) = bound {
        extensions.insert(bound);
    }
    router.oneshot(request.map(Body::new)).await
}
