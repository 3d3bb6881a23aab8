//! `/api/v1/acme`: the ACME certificate service.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use certway_wire::acme::{
    Acme, AcmeAccount, AcmeDeploy, AcmeDirectory, AcmeDirectoryQuestion, AcmeRegistration, AcmeRevocation, AcmeSettings,
};
use certway_wire::node::{Problem as ProblemSchema, TrustedCasAppended};

use super::AppState;
use super::message::Message;
use super::policy::{Confirmed, Operates, Reads};
use super::problem::Problem;
use crate::app::blocking;

/// What is set, with whom the node has an account, how it went, what comes next, and the signed certificate that waits.
#[utoipa::path(get, operation_id = "acme_show", path = "/acme", responses((status = OK, body = Acme)))]
pub(super) async fn show(_: Reads, State(app): State<AppState>) -> Result<Json<Acme>, Problem> {
    Ok(Json(blocking(move || app.acme()).await?))
}

/// Sets who signs, what for and when. The node connects to what is named here, so it asks for the password.
#[utoipa::path(
    put, operation_id = "acme_settings_set", path = "/acme/settings", request_body = AcmeSettings,
    responses(
        (status = OK, body = Acme),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "The provider is another one, and the former one is being asked. Nothing was changed"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The provider, a name or the time is not as it must be. Nothing was changed"),
    )
)]
pub(super) async fn set(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(settings): Message<AcmeSettings>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(blocking(move || app.set_acme(&session.actor, settings)).await?))
}

/// Asks a provider about itself: its terms of service, its profiles. Nothing is kept.
#[utoipa::path(
    post, operation_id = "acme_directory", path = "/acme/directory", request_body = AcmeDirectoryQuestion,
    responses(
        (status = OK, body = AcmeDirectory),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json"),
        (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The provider cannot be reached, or is none"),
    )
)]
pub(super) async fn look_up(
    _: Confirmed<Operates>,
    State(app): State<AppState>,
    Message(asked): Message<AcmeDirectoryQuestion>,
) -> Result<Json<AcmeDirectory>, Problem> {
    Ok(Json(app.acme_directory(asked).await?))
}

/// The accounts with all providers that the node was ever registered with.
#[utoipa::path(get, operation_id = "acme_accounts", path = "/acme/accounts", responses((status = OK, body = Vec<AcmeAccount>)))]
pub(super) async fn accounts(_: Reads, State(app): State<AppState>) -> Result<Json<Vec<AcmeAccount>>, Problem> {
    Ok(Json(blocking(move || app.acme_accounts()).await?))
}

/// Registers with the provider that is set (RFC 8555 section 7.3). The terms of service that were shown are named, so that
/// none are accepted that nobody saw.
#[utoipa::path(
    post, operation_id = "acme_register", path = "/acme/accounts", request_body = AcmeRegistration,
    responses(
        (status = OK, body = Acme),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "No provider is chosen, or it is being asked"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json"),
        (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The provider refused, or did not answer"),
    )
)]
pub(super) async fn register(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(asked): Message<AcmeRegistration>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(app.acme_register(&session.actor, asked).await?))
}

/// Gives up the account with the provider that is set, there and here (RFC 8555 section 7.3.6). Certificates stay as they
/// are.
#[utoipa::path(
    delete, operation_id = "acme_deactivate", path = "/acme/accounts",
    responses(
        (status = OK, body = Acme),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn deactivate(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(app.acme_deactivate(&session.actor).await?))
}

/// Gives the account another key (RFC 8555 section 7.3.5).
#[utoipa::path(
    post, operation_id = "acme_roll_over", path = "/acme/accounts/roll-over",
    responses(
        (status = OK, body = Acme),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn roll_over(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(app.acme_roll_over(&session.actor).await?))
}

/// Sign: asks the provider for a certificate, or goes on with the order in progress. The answer comes as soon as the order is
/// kept; how it goes is in `status` of `GET /acme`.
#[utoipa::path(
    post, operation_id = "acme_sign", path = "/acme/sign",
    responses(
        (status = ACCEPTED, body = Acme),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "No provider is chosen, there is no account, or it is being asked already"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The names cannot be asked for"),
    )
)]
pub(super) async fn sign(
    Operates(session): Operates,
    State(app): State<AppState>,
) -> Result<(StatusCode, Json<Acme>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(app.acme_sign(&session.actor).await?)))
}

/// Discard: forgets the signed certificate that waits, and the order in progress.
#[utoipa::path(
    delete, operation_id = "acme_discard", path = "/acme/pending",
    responses(
        (status = OK, body = Acme),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn discard(Operates(session): Operates, State(app): State<AppState>) -> Result<Json<Acme>, Problem> {
    Ok(Json(blocking(move || app.acme_discard(&session.actor)).await?))
}

/// Deploy: serves the signed certificate from the next handshake on.
#[utoipa::path(
    post, operation_id = "acme_deploy", path = "/acme/pending/deploy", request_body = AcmeDeploy,
    responses(
        (status = OK, body = Acme),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "Something stands against it. Nothing was changed"),
    )
)]
pub(super) async fn deploy(
    Operates(session): Operates,
    State(app): State<AppState>,
    Message(asked): Message<AcmeDeploy>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(blocking(move || app.acme_deploy(&session.actor, asked.anyway)).await?))
}

/// Appends the CAs of the signed certificate's chain that are at hand to the trusted CA list.
#[utoipa::path(
    post, operation_id = "acme_trust", path = "/acme/pending/trusted-cas",
    responses(
        (status = OK, body = TrustedCasAppended),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn trust(
    Operates(session): Operates,
    State(app): State<AppState>,
) -> Result<Json<TrustedCasAppended>, Problem> {
    Ok(Json(blocking(move || app.acme_trust(&session.actor)).await?))
}

/// Has the provider revoke a certificate that it signed (RFC 8555 section 7.6). It cannot be taken back.
#[utoipa::path(
    post, operation_id = "acme_revoke", path = "/acme/revoke", request_body = AcmeRevocation,
    responses(
        (status = OK, body = Acme),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
        (status = BAD_GATEWAY, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    Confirmed(Operates(session)): Confirmed<Operates>,
    State(app): State<AppState>,
    Message(asked): Message<AcmeRevocation>,
) -> Result<Json<Acme>, Problem> {
    Ok(Json(app.acme_revoke(&session.actor, asked).await?))
}
