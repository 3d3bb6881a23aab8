//! The way to a node from its own machine: the resources of the HTTP interface, asked without a session, since only the node's own user
//! and root get to its data directory. A node that runs answers on a socket there; one that is stopped is opened for the time of the call.
//! Either way `app` decides, as it does for the page: a change has the same judgement, the same event, and is in force at once.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::config::Config;
use crate::data_dir::{self, DataDir, Lock};
use crate::{http, node};

/// How long calls in flight may go on when the node stops.
const GOODBYE: Duration = Duration::from_secs(10);

/// Why a node was not reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is stopped, and cannot be opened.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// Its data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] data_dir::Error),
    /// Someone works in the data directory and does not listen.
    #[error(
        "the node with the data directory {} does not answer: it is starting or stopping, or another command works there. Try again in a moment",
        .0.display()
    )]
    Silent(PathBuf, #[source] io::Error),
    /// It does not run, and what is asked needs its ports.
    #[error(
        "the node is stopped, and must run for this: the provider looks for its answers at the node's ports. Start it with `certway serve`, and try again"
    )]
    Stopped,
    /// It broke off.
    #[error("the node broke off before it had answered. Look what it has done, and try again: {0}")]
    Broken(String),
    /// The system gives no threads.
    #[error("the node cannot be asked")]
    System(#[from] io::Error),
}

/// Listens where only the node's own user and root can ask. The data directory must be locked: a socket that is there is then nobody's.
pub(crate) fn listen(directory: &DataDir) -> io::Result<UnixListener> {
    let socket = directory.socket();
    match std::fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let (_folder, near) = near(&socket)?;
    let listener = UnixListener::bind(near)?;
    std::fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// A name for a socket that is short enough, however deep its folder lies: the system takes 107 bytes. It holds as long as the folder that
/// comes with it.
fn near(socket: &std::path::Path) -> io::Result<(File, PathBuf)> {
    let folder = File::open(socket.parent().unwrap_or(socket))?;
    let near = format!("/proc/self/fd/{}", folder.as_raw_fd());
    Ok((folder, PathBuf::from(near).join(socket.file_name().unwrap_or_default())))
}

/// Answers the terminal until `stop` changes, then lets what is in flight finish.
pub(crate) async fn serve(listener: UnixListener, router: Router, mut stop: watch::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a call from the terminal could not be taken");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let router = router.clone();
        let answer = service_fn(move |request: Request<Incoming>| router.clone().oneshot(request.map(Body::new)));
        let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a call from the terminal broke off");
            }
        });
    }
    drop(listener);
    if timeout(GOODBYE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some calls from the terminal were still in flight when the node stopped");
    }
}

/// A node within reach.
pub(crate) struct Control {
    runtime: Runtime,
    way: Way,
}

enum Way {
    /// It runs, and listens at this socket.
    Running(PathBuf),
    /// It is stopped, and stays so while this lasts.
    Stopped { router: Router, _lock: Lock },
}

/// What a node has answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// JSON, of a resource or of a problem.
    pub(crate) body: Vec<u8>,
}

impl Control {
    /// Reaches the node of a data directory, running or not.
    pub(crate) fn reach(config: &Config) -> Result<Self, Error> {
        let directory = DataDir::existing(&config.data_dir)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let way = match directory.lock() {
            Ok(lock) => {
                let app = Arc::new(node::open_stopped(config)?);
                Way::Stopped { router: http::terminal_router(app), _lock: lock }
            }
            Err(data_dir::Error::InUse(_)) => Way::Running(directory.socket()),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { runtime, way })
    }

    /// Refuses for a node that is stopped: nobody could reach the ports of one that is opened for a call.
    pub(crate) fn must_run(&self) -> Result<(), Error> {
        if matches!(self.way, Way::Running(_)) { Ok(()) } else { Err(Error::Stopped) }
    }

    /// Asks for a resource.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, Error> {
        self.call(Method::GET, path, "application/json", Vec::new())
    }

    /// Sends a message.
    pub(crate) fn send(&self, method: Method, path: &str, message: &impl serde::Serialize) -> Result<Answer, Error> {
        // These types have string keys only, so they always serialise.
        self.call(method, path, "application/json", serde_json::to_vec(message).unwrap_or_default())
    }

    /// Uploads a file, as the form of a page does.
    pub(crate) fn upload(&self, path: &str, file: &[u8]) -> Result<Answer, Error> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, file);
        // No file has its own digest in it.
        let boundary = crate::seal::to_hex(digest.as_ref());
        let head =
            format!("--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n", *boundary);
        let body = [head.as_bytes(), file, format!("\r\n--{}--\r\n", *boundary).as_bytes()].concat();
        self.call(Method::POST, path, &format!("multipart/form-data; boundary={}", *boundary), body)
    }

    fn call(&self, method: Method, path: &str, content_type: &str, body: Vec<u8>) -> Result<Answer, Error> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body))
            .map_err(|error| Error::Broken(error.to_string()))?;
        self.runtime.block_on(async {
            let answer = match &self.way {
                Way::Stopped { router, .. } => match router.clone().oneshot(request).await {
                    Ok(answer) => answer,
                    Err(never) => match never {},
                },
                Way::Running(socket) => ask(socket, request).await?,
            };
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(|error| Error::Broken(error.to_string()))?;
            Ok(Answer { status, body: body.to_bytes().to_vec() })
        })
    }
}

async fn ask(socket: &std::path::Path, request: Request<Body>) -> Result<axum::response::Response, Error> {
    let silent = |error| Error::Silent(socket.parent().unwrap_or(socket).to_owned(), error);
    let (_folder, near) = near(socket)?;
    let stream = UnixStream::connect(near).await.map_err(silent)?;
    let broken = |error: hyper::Error| Error::Broken(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await.map_err(broken)?.map(Body::new))
}
