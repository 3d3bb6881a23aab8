//! `/api/v1/server-certificate` and what is below it

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use certway_core::limits::{CERTIFICATE_BYTES, KEY_BYTES};
use certway_wire::Report;
use certway_wire::node::{CertificateStored, Problem as ProblemSchema, ServerCertificate};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::AppState;
use super::multipart::{self, Part, missing, once, unknown};
use super::policy::SignedIn;
use super::problem::Problem;
use crate::app::blocking;

/// Certificate and key, each up to its own limit and a little beyond, so that one that is too large gets its report.
const LIMIT: usize = CERTIFICATE_BYTES + KEY_BYTES + 64 * 1024;

/// A server certificate, and its private key unless the current one is used again.
#[derive(ToSchema)]
struct Upload {
    /// The PEM file with the certificate and, better, its chain.
    #[schema(value_type = String, format = Binary)]
    certificate: Vec<u8>,
    /// The PEM file with the private key.
    #[schema(value_type = Option<String>, format = Binary)]
    private_key: Option<Zeroizing<Vec<u8>>>,
}

/// What is active, pending, previous and temporary.
#[utoipa::path(
    get, operation_id = "server_certificate_show", path = "/server-certificate", security(("session" = [])), responses((status = OK, body = ServerCertificate))
)]
pub(super) async fn show(_: SignedIn, State(app): State<AppState>) -> Result<Json<ServerCertificate>, Problem> {
    Ok(Json(blocking(move || app.server_certificate()).await?))
}

/// Uploads a server certificate: judged, stored, and loaded at once if nothing stands against it.
#[utoipa::path(
    put, operation_id = "server_certificate_upload", path = "/server-certificate", security(("session" = [])),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = CertificateStored, description = "Stored; loaded, or pending"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Refused; the report says why. Nothing was changed"),
        (status = INSUFFICIENT_STORAGE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn upload(
    SignedIn(session): SignedIn,
    State(app): State<AppState>,
    request: Request,
) -> Result<Json<CertificateStored>, Problem> {
    let (_room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let upload = sort(parts)?;
    let app = AppState::clone(&app);
    let stored = blocking(move || app.upload_server_certificate(&session.username, &upload.certificate, upload.key()));
    Ok(Json(stored.await?))
}

/// Resets to the temporary certificate. What was active becomes the previous one.
#[utoipa::path(
    delete, operation_id = "server_certificate_reset", path = "/server-certificate", security(("session" = [])), responses((status = OK, body = ServerCertificate))
)]
pub(super) async fn reset(
    SignedIn(session): SignedIn,
    State(app): State<AppState>,
) -> Result<Json<ServerCertificate>, Problem> {
    Ok(Json(blocking(move || app.reset_server_certificate(&session.username)).await?))
}

/// The active certificate and its chain.
#[utoipa::path(get, operation_id = "server_certificate_pem", path = "/server-certificate.pem", security(("session" = [])), responses((status = OK, body = String)))]
pub(super) async fn pem(_: SignedIn, State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let pem = blocking(move || app.server_certificate_pem()).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem))
}

/// Judges an upload against the node as it is, and stores nothing.
#[utoipa::path(
    post, operation_id = "server_certificate_check", path = "/server-certificate/check", security(("session" = [])),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = OK, body = Report, description = "The report, whatever it decides"))
)]
pub(super) async fn check(_: SignedIn, State(app): State<AppState>, request: Request) -> Result<Json<Report>, Problem> {
    let (_room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let upload = sort(parts)?;
    let app = AppState::clone(&app);
    Ok(Json(blocking(move || app.check_server_certificate(&upload.certificate, upload.key())).await?))
}

/// Forgets the pending certificate.
#[utoipa::path(
    delete, operation_id = "server_certificate_discard_pending", path = "/server-certificate/pending", security(("session" = [])),
    responses(
        (status = NO_CONTENT, description = "Forgotten"),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn discard_pending(
    SignedIn(session): SignedIn,
    State(app): State<AppState>,
) -> Result<StatusCode, Problem> {
    blocking(move || app.discard_pending(&session.username)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 'Load anyway': loads the pending certificate against its warnings, with an alarm.
#[utoipa::path(
    post, operation_id = "server_certificate_load_pending", path = "/server-certificate/pending/load", security(("session" = [])),
    responses(
        (status = OK, body = ServerCertificate),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "TLS cannot sign with the key"),
    )
)]
pub(super) async fn load_pending(
    SignedIn(session): SignedIn,
    State(app): State<AppState>,
) -> Result<Json<ServerCertificate>, Problem> {
    Ok(Json(blocking(move || app.load_pending(&session.username)).await?))
}

/// Brings the previous certificate back. It and the active one change places.
#[utoipa::path(
    post, operation_id = "server_certificate_load_previous", path = "/server-certificate/previous/load", security(("session" = [])),
    responses(
        (status = OK, body = ServerCertificate),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn load_previous(
    SignedIn(session): SignedIn,
    State(app): State<AppState>,
) -> Result<Json<ServerCertificate>, Problem> {
    Ok(Json(blocking(move || app.load_previous(&session.username)).await?))
}

impl Upload {
    fn key(&self) -> Option<&[u8]> {
        self.private_key.as_deref().map(Vec::as_slice)
    }
}

fn sort(parts: Vec<Part>) -> Result<Upload, Problem> {
    let (mut certificate, mut private_key) = (None, None);
    for Part { name, bytes, unfilled } in parts {
        match name.as_str() {
            _ if unfilled => {}
            "certificate" => once(&mut certificate, &name, bytes)?,
            "private_key" => once(&mut private_key, &name, Zeroizing::new(bytes))?,
            _ => return Err(unknown(&name)),
        }
    }
    Ok(Upload { certificate: certificate.ok_or_else(|| missing("certificate"))?, private_key })
}
