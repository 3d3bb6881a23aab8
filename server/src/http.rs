//! The HTTP interface: one file a resource, named as its path. Handlers read a request, ask `app`, write an answer.

mod policy;
mod problem;
mod message;
mod multipart;
mod headers;
mod unread;
mod page;
mod redirect;
mod own_certificate;
mod openapi;
mod health;
mod metrics;
mod node;
mod session;
mod users;
mod second_factor;
mod tokens;
mod check;
mod verify;
mod csr;
mod acme;
mod certificates;
mod cluster;
mod changes;
mod forward;
mod peers;
mod client_certificate_test;
mod trusted_cas;
mod crls;
mod security_level;
mod tls_profile;
mod services;
mod forecast;
mod revocation_sources;
mod alarms;
mod delivery;
mod events;
mod backup;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;

pub(crate) use own_certificate::router as own_certificate_router;
pub(crate) use peers::router as peers_router;
pub(crate) use redirect::router as redirect_router;

type AppState = Arc<App>;

/// Longer than any honest upload takes, also over a slow line.
const REQUEST: Duration = Duration::from_secs(60);

/// Routes, each of whose handlers says first who may call it, by a policy. One that does not say it does not compile.
macro_rules! guarded {
    ($($handler:path),+ $(,)?) => {
        [$( openapi::needing(policy::declared($handler), utoipa_axum::routes!($handler)) ),+]
    };
}

/// Everything that HTTPS answers.
pub(crate) fn router(app: AppState) -> Router {
    resources()
        .fallback(page::show)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), headers::protect))
        .layer(from_fn(headers::name_the_host))
        .layer(from_fn(headers::say_from_where))
        .layer(from_fn(unread::let_pass))
        .with_state(app)
}

/// What the terminal of the node's own machine is answered: the same resources, with no session, no page, and no end of its patience.
pub(crate) fn terminal_router(app: AppState) -> Router {
    resources()
        .layer(Extension(policy::AtTerminal))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn(unread::let_pass))
        .with_state(app)
}

/// All resources.
fn resources() -> Router<AppState> {
    // Each description is dropped at once: all of them together would leave a hole of megabytes in the memory.
    let mut routes = Router::new();
    declare(&mut |prefix, declared| {
        routes = std::mem::take(&mut routes).merge(Router::from(described(prefix, declared)));
    });
    routes.method_not_allowed_fallback(problem::method_not_allowed).layer(DefaultBodyLimit::max(message::MESSAGE_BYTES))
}

/// The description of all routes.
fn description() -> utoipa::openapi::OpenApi {
    let mut all = OpenApiRouter::with_openapi(openapi::frame());
    declare(&mut |prefix, declared| all = std::mem::take(&mut all).merge(described(prefix, declared)));
    let mut all = all.into_openapi();
    // OpenAPI has no word for a parameter that takes the rest of a path.
    let paths = std::mem::take(&mut all.paths.paths).into_iter();
    all.paths.paths = paths.map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    all
}

fn described(prefix: &str, declared: UtoipaMethodRouter<AppState>) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(declared);
    if prefix.is_empty() { routes } else { OpenApiRouter::new().nest(prefix, routes) }
}

/// Gives every resource, with what its path begins with: routes and their description have one source.
fn declare(take: &mut dyn FnMut(&str, UtoipaMethodRouter<AppState>)) {
    const API: &str = "/api/v1";
    macro_rules! resource {
        ($prefix:expr, $($handler:path),+) => { guarded!($($handler),+).into_iter().for_each(|routes| take($prefix, routes)) };
    }
    resource!(API, openapi::show);
    resource!(API, node::show);
    resource!(API, node::sealing_key);
    resource!(API, session::sign_in, session::show, session::sign_out);
    resource!(API, session::sign_in_by_certificate);
    resource!(API, session::confirm);
    resource!(API, session::set_password);
    resource!(API, second_factor::offer, second_factor::begin, second_factor::end);
    resource!(API, users::show, users::add);
    resource!(API, users::change, users::remove);
    resource!(API, users::set_password);
    resource!(API, second_factor::end_of_user);
    resource!(API, tokens::show, tokens::make);
    resource!(API, tokens::revoke);
    resource!(API, check::check);
    resource!(API, verify::verify);
    resource!(API, csr::show, csr::make, csr::discard);
    resource!(API, csr::pem);
    resource!(API, certificates::copy);
    resource!(API, certificates::try_connection);
    resource!(API, client_certificate_test::test);
    resource!(API, client_certificate_test::show_settings, client_certificate_test::set_settings);
    resource!(API, client_certificate_test::keep_settings);
    resource!(API, trusted_cas::show, trusted_cas::append, trusted_cas::delete);
    resource!(API, trusted_cas::pem);
    resource!(API, trusted_cas::reset);
    resource!(API, trusted_cas::what_breaks);
    resource!(API, trusted_cas::undo);
    resource!(API, trusted_cas::show_one);
    resource!(API, crls::show, crls::upload, crls::remove);
    resource!(API, crls::pem);
    resource!(API, security_level::show, security_level::set);
    resource!(API, tls_profile::show, tls_profile::set);
    resource!(API, forecast::show);
    resource!(API, forecast::calendar);
    resource!(API, forecast::show_feed, forecast::make_feed, forecast::withdraw_feed);
    resource!(API, revocation_sources::show, revocation_sources::set);
    resource!(API, revocation_sources::download);
    resource!(API, services::show);
    resource!(API, services::publish);
    resource!(API, acme::show);
    resource!(API, acme::set);
    resource!(API, acme::look_up);
    resource!(API, acme::accounts, acme::register, acme::deactivate);
    resource!(API, acme::roll_over);
    resource!(API, acme::sign);
    resource!(API, acme::discard);
    resource!(API, acme::deploy);
    resource!(API, acme::trust);
    resource!(API, acme::revoke);
    resource!(API, cluster::show, cluster::found);
    resource!(API, cluster::make_token);
    resource!(API, cluster::join);
    resource!(API, cluster::restore_shared);
    resource!(API, cluster::leave);
    resource!(API, cluster::set_verification_mode);
    resource!(API, cluster::set_address);
    resource!(API, cluster::remove_node);
    resource!(API, forward::get, forward::put, forward::post, forward::delete);
    resource!(API, changes::show, changes::begin);
    resource!(API, changes::plan);
    resource!(API, changes::decide);
    resource!(API, alarms::show);
    resource!(API, alarms::acknowledge);
    resource!(API, alarms::show_expiry_warnings, alarms::set_expiry_warnings);
    resource!(API, delivery::show, delivery::set);
    resource!(API, delivery::test);
    resource!(API, delivery::log);
    resource!(API, events::show);
    resource!(API, events::jsonl);
    resource!(API, events::csv);
    resource!(API, events::verify);
    resource!(API, events::accept);
    resource!(API, backup::make);
    macro_rules! of_both_identities {
        ($($handler:path),+) => {
            for routes in guarded!($($handler),+) {
                take(API, certificates::for_client(routes.clone()));
                take(API, routes);
            }
        };
    }
    of_both_identities!(certificates::show, certificates::upload, certificates::reset);
    of_both_identities!(certificates::pem);
    of_both_identities!(certificates::check);
    of_both_identities!(certificates::discard_pending);
    of_both_identities!(certificates::load_pending);
    of_both_identities!(certificates::load_previous);
    resource!("", forecast::read_feed);
    resource!("", health::alive);
    resource!("", health::ready);
    resource!("", metrics::show);
}
