//! `/api/v1/server-certificate`, `/api/v1/client-certificate` and what is below them: the same calls, told apart by their
//! path.

use axum::Json;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use certway_core::limits::{CERTIFICATE_BYTES, KEY_BYTES};
use certway_wire::Report;
use certway_wire::node::{CertificateStored, Certificates, Peer, Problem as ProblemSchema, Reception};
use serde::Deserialize;
use utoipa::openapi::path::Paths;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::UtoipaMethodRouter;
use zeroize::Zeroizing;

use super::AppState;
use super::message::{Asked, Message};
use super::multipart::{self, Part, missing, once, unknown};
use super::policy::{Operates, Reads};
use super::problem::Problem;
use crate::app::{Identity, blocking};

/// Certificate and key, each up to its own limit and a little beyond, so that one that is too large gets its report.
const LIMIT: usize = CERTIFICATE_BYTES + KEY_BYTES + 64 * 1024;

/// A server certificate, and its private key unless the current one is used again. Every part is a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read part by part")]
struct UploadParts {
    /// PEM, with the certificate and, better, its chain.
    #[schema(format = Binary)]
    certificate: String,
    /// PEM, with the private key.
    #[schema(format = Binary)]
    private_key: Option<String>,
    /// In its place, sealed with `/sealing-key`: the encapsulated secret, then what was encrypted, base64. So it may come
    /// through another node of the cluster.
    sealed_private_key: Option<String>,
}

/// What came of [`UploadParts`], opened.
struct Upload {
    certificate: Vec<u8>,
    private_key: Option<Zeroizing<Vec<u8>>>,
}

/// What is to become of an upload.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Waiting {
    /// Keep it pending until a change of the cluster's certificates loads it.
    #[serde(default)]
    wait: bool,
}

/// What is active, pending, previous and temporary.
#[utoipa::path(
    get, operation_id = "server_certificate_show", path = "/server-certificate", responses((status = OK, body = Certificates))
)]
pub(super) async fn show(
    _: Reads,
    Of(identity): Of,
    State(app): State<AppState>,
) -> Result<Json<Certificates>, Problem> {
    Ok(Json(blocking(move || app.certificates(identity)).await?))
}

/// Uploads a server certificate: judged, stored, and loaded at once if nothing stands against it.
#[utoipa::path(
    put, operation_id = "server_certificate_upload", path = "/server-certificate",
    params(Waiting), request_body(content = UploadParts, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = CertificateStored, description = "Stored; loaded, or pending"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Refused; the report says why. Nothing was changed"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "A change of the cluster's certificates is under way, in which the node takes part. Nothing was changed"),
        (status = INSUFFICIENT_STORAGE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn upload(
    Operates(session): Operates,
    Of(identity): Of,
    State(app): State<AppState>,
    Asked(Waiting { wait }): Asked<Waiting>,
    request: Request,
) -> Result<Json<CertificateStored>, Problem> {
    let (room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let upload = sort(&app, parts)?;
    let uploading = AppState::clone(&app);
    let stored = blocking(move || {
        uploading.upload_certificate(&session.actor, identity, &upload.certificate, upload.key(), wait)
    })
    .await?;
    drop(room);
    Ok(Json(CertificateStored { ocsp: app.ask_about_own().await, ..stored }))
}

/// Resets to the temporary certificate. What was active becomes the previous one.
#[utoipa::path(
    delete, operation_id = "server_certificate_reset", path = "/server-certificate",
    responses(
        (status = OK, body = Certificates),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "A change of the cluster's certificates is under way, in which the node takes part. Nothing was changed"),
    )
)]
pub(super) async fn reset(
    Operates(session): Operates,
    Of(identity): Of,
    State(app): State<AppState>,
) -> Result<Json<Certificates>, Problem> {
    Ok(Json(blocking(move || app.reset_certificate(&session.actor, identity)).await?))
}

/// The active certificate and its chain.
#[utoipa::path(get, operation_id = "server_certificate_pem", path = "/server-certificate.pem", responses((status = OK, body = String, content_type = "application/x-pem-file")))]
pub(super) async fn pem(_: Reads, Of(identity): Of, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let pem = blocking(move || app.certificate_pem(identity)).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem))
}

/// Judges an upload against the node as it is, and stores nothing.
#[utoipa::path(
    post, operation_id = "server_certificate_check", path = "/server-certificate/check",
    request_body(content = UploadParts, content_type = "multipart/form-data"),
    responses((status = OK, body = Report, description = "The report, whatever it decides"))
)]
pub(super) async fn check(
    _: Reads,
    Of(identity): Of,
    State(app): State<AppState>,
    request: Request,
) -> Result<Json<Report>, Problem> {
    let (_room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let upload = sort(&app, parts)?;
    let app = AppState::clone(&app);
    Ok(Json(blocking(move || app.check_certificate(identity, &upload.certificate, upload.key())).await?))
}

/// Forgets the pending certificate.
#[utoipa::path(
    delete, operation_id = "server_certificate_discard_pending", path = "/server-certificate/pending",
    responses(
        (status = NO_CONTENT, description = "Forgotten"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "A change of the cluster's certificates is under way, in which the node takes part. Nothing was changed"),
    )
)]
pub(super) async fn discard_pending(
    Operates(session): Operates,
    Of(identity): Of,
    State(app): State<AppState>,
) -> Result<StatusCode, Problem> {
    blocking(move || app.discard_pending(&session.actor, identity)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 'Load anyway': loads the pending certificate against its warnings, with an alarm.
#[utoipa::path(
    post, operation_id = "server_certificate_load_pending", path = "/server-certificate/pending/load",
    responses(
        (status = OK, body = Certificates),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "TLS cannot sign with the key, or a change of the cluster's certificates is under way, in which the node takes part"),
    )
)]
pub(super) async fn load_pending(
    Operates(session): Operates,
    Of(identity): Of,
    State(app): State<AppState>,
) -> Result<Json<Certificates>, Problem> {
    let loading = AppState::clone(&app);
    let loaded = blocking(move || loading.load_pending(&session.actor, identity)).await?;
    Ok(Json(Certificates { ocsp: app.ask_about_own().await, ..loaded }))
}

/// Brings the previous certificate back. It and the active one change places.
#[utoipa::path(
    post, operation_id = "server_certificate_load_previous", path = "/server-certificate/previous/load",
    responses(
        (status = OK, body = Certificates),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "A change of the cluster's certificates is under way, in which the node takes part. Nothing was changed"),
    )
)]
pub(super) async fn load_previous(
    Operates(session): Operates,
    Of(identity): Of,
    State(app): State<AppState>,
) -> Result<Json<Certificates>, Problem> {
    let loading = AppState::clone(&app);
    let loaded = blocking(move || loading.load_previous(&session.actor, identity)).await?;
    Ok(Json(Certificates { ocsp: app.ask_about_own().await, ..loaded }))
}

/// 'Copy server certificate as client certificate': judged as an upload of the active server certificate and its key.
#[utoipa::path(
    post, operation_id = "client_certificate_copy", path = "/client-certificate/copy",
    responses(
        (status = OK, body = CertificateStored, description = "Stored; loaded, or pending"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Refused; the report says why. Nothing was changed"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "The server certificate is the temporary one, which is not copied, it cannot be used, or a change of the cluster's certificates is under way. Nothing was changed"),
    )
)]
pub(super) async fn copy(
    Operates(session): Operates,
    State(app): State<AppState>,
) -> Result<Json<CertificateStored>, Problem> {
    let copying = AppState::clone(&app);
    let stored = blocking(move || copying.copy_to_client(&session.actor)).await?;
    Ok(Json(CertificateStored { ocsp: app.ask_about_own().await, ..stored }))
}

/// Connects to a server as a client, shows the client certificate if it is asked for, and says how it went.
#[utoipa::path(
    post, operation_id = "client_certificate_try", path = "/client-certificate/try", request_body = Peer,
    responses((status = OK, body = Reception))
)]
pub(super) async fn try_connection(
    Operates(session): Operates,
    State(app): State<AppState>,
    Message(peer): Message<Peer>,
) -> Result<Json<Reception>, Problem> {
    Ok(Json(app.try_connection(&session.actor, peer).await?))
}

/// Whose certificate a call is about, by its path.
pub(super) struct Of(Identity);

impl FromRequestParts<AppState> for Of {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        Ok(Self(if path.contains(CLIENT) { Identity::Client } else { Identity::Server }))
    }
}

const SERVER: &str = "/server-certificate";
const CLIENT: &str = "/client-certificate";

/// The same call for the client certificate, in the router and in its description.
pub(super) fn for_client((schemas, paths, router): UtoipaMethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    let renamed = paths.paths.into_iter().map(|(path, mut item)| {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().filter_map(Option::as_mut);
        for operation in operations {
            let client = |text: &String| text.replace("server", "client");
            operation.operation_id = operation.operation_id.as_ref().map(client);
            operation.summary = operation.summary.as_ref().map(client);
        }
        (path.replace(SERVER, CLIENT), item)
    });
    let paths = renamed.fold(Paths::new(), |mut paths, (path, item)| {
        paths.paths.insert(path, item);
        paths
    });
    (schemas, paths, router)
}

impl Upload {
    fn key(&self) -> Option<&[u8]> {
        self.private_key.as_deref().map(Vec::as_slice)
    }
}

fn sort(app: &AppState, parts: Vec<Part>) -> Result<Upload, Problem> {
    let (mut certificate, mut private_key, mut sealed) = (None, None, None);
    for Part { name, bytes, unfilled } in parts {
        match name.as_str() {
            _ if unfilled => {}
            "certificate" => once(&mut certificate, &name, bytes)?,
            "private_key" => once(&mut private_key, &name, Zeroizing::new(bytes))?,
            "sealed_private_key" => once(&mut sealed, &name, bytes)?,
            _ => return Err(unknown(&name)),
        }
    }
    if let Some(sealed) = sealed {
        let opened = app.open_sealed_key(&sealed).ok_or_else(Problem::sealed_for_another)?;
        once(&mut private_key, "private_key", opened)?;
    }
    Ok(Upload { certificate: certificate.ok_or_else(|| missing("certificate"))?, private_key })
}
