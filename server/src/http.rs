//! The HTTP interface: one file a resource, named as its path. Handlers read a request, ask `app`, write an answer.

mod policy;
mod problem;
mod message;
mod multipart;
mod headers;
mod page;
mod redirect;
mod openapi;
mod health;
mod metrics;
mod node;
mod session;
mod check;
mod csr;
mod certificates;
mod trusted_cas;
mod alarms;
mod events;
mod backup;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(crate) use redirect::router as redirect_router;

type AppState = Arc<App>;

/// Longer than any honest upload takes, also over a slow line.
const REQUEST: Duration = Duration::from_secs(60);

/// Routes, each of whose handlers says first who may call it: `Anyone`, `SignedIn` or `Confirmed`. One that does not
/// say it does not compile.
macro_rules! guarded {
    ($($handler:path),+ $(,)?) => {{
        $( crate::http::policy::declared($handler); )+
        utoipa_axum::routes!($($handler),+)
    }};
}

/// Everything that HTTPS answers.
pub(crate) fn router(app: AppState) -> Router {
    let (routes, _) = declared_routes().split_for_parts();
    routes
        .fallback(page::show)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(message::MESSAGE_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), headers::protect))
        .layer(from_fn(headers::name_the_host))
        .with_state(app)
}

/// The routes and their description, from one source.
fn declared_routes() -> OpenApiRouter<AppState> {
    let api = OpenApiRouter::new()
        .routes(guarded!(openapi::show))
        .routes(guarded!(node::show))
        .routes(guarded!(session::sign_in, session::show, session::sign_out))
        .routes(guarded!(session::confirm))
        .routes(guarded!(check::check))
        .routes(guarded!(csr::show, csr::make, csr::discard))
        .routes(guarded!(csr::pem))
        .routes(guarded!(certificates::copy))
        .routes(guarded!(certificates::try_connection))
        .routes(guarded!(trusted_cas::show, trusted_cas::append, trusted_cas::delete))
        .routes(guarded!(trusted_cas::pem))
        .routes(guarded!(trusted_cas::reset))
        .routes(guarded!(trusted_cas::show_one))
        .routes(guarded!(alarms::show))
        .routes(guarded!(events::show))
        .routes(guarded!(backup::make));
    let certificates = [
        guarded!(certificates::show, certificates::upload, certificates::reset),
        guarded!(certificates::pem),
        guarded!(certificates::check),
        guarded!(certificates::discard_pending),
        guarded!(certificates::load_pending),
        guarded!(certificates::load_previous),
    ];
    let api = certificates
        .into_iter()
        .fold(api, |api, routes| api.routes(certificates::for_client(routes.clone())).routes(routes));
    OpenApiRouter::with_openapi(openapi::frame())
        .nest("/api/v1", api)
        .routes(guarded!(health::alive))
        .routes(guarded!(health::ready))
        .routes(guarded!(metrics::show))
}
