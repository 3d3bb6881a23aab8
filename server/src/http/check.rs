//! `/api/v1/check`

use axum::extract::{Request, State};
use axum::{Extension, Json};
use certway_core::Kind;
use certway_core::limits::{CA_BUNDLE_BYTES, CERTIFICATE_BYTES, KEY_BYTES};
use certway_wire::Report;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::security::SecurityLevel;
use zeroize::Zeroizing;

use super::AppState;
use super::multipart::{self, Part, missing, once, unknown};
use super::policy::Anyone;
use super::problem::Problem;
use crate::app::{CheckUpload, Source, blocking};
use crate::tls::connections::Peer;

/// The file and the trusted CA list may both be bundles; certificate, keys, CRLs and request beside them. A part that is
/// above its own limit still gets its report.
const LIMIT: usize = 2 * CA_BUNDLE_BYTES + 2 * CERTIFICATE_BYTES + 2 * KEY_BYTES;

/// Judges files as the command line's `check` does. Nothing is stored, and nothing of the node is used.
#[utoipa::path(
    post, operation_id = "check_check", path = "/check", request_body(content = CheckUpload, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = Report, description = "The report, whatever it decides"),
        (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, body = ProblemSchema, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, body = ProblemSchema, content_type = "application/problem+json",
            description = "More than two thousand at once, or twenty a second, from one address"),
    )
)]
pub(super) async fn check(
    _: Anyone,
    State(app): State<AppState>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Result<Json<Report>, Problem> {
    app.admit_check(Source::of(peer.ip())).await?;
    let (_room, parts) = multipart::receive(&app.checks, request, LIMIT).await?;
    let upload = sort(parts)?;
    Ok(Json(blocking(move || Ok(upload.judge())).await?))
}

fn sort(parts: Vec<Part>) -> Result<CheckUpload, Problem> {
    let mut upload = CheckUpload::default();
    let mut file = None;
    for Part { name, bytes, unfilled } in parts {
        if unfilled {
            continue;
        }
        match name.as_str() {
            "kind" => once(&mut upload.kind, &name, kind(&bytes)?)?,
            "file" => once(&mut file, &name, bytes)?,
            "key" => once(&mut upload.key, &name, Zeroizing::new(bytes))?,
            "certificate" => once(&mut upload.certificate, &name, bytes)?,
            "trusted" => upload.trusted.push(bytes),
            "crl" => upload.crls.push(bytes),
            "csr" => once(&mut upload.csr, &name, bytes)?,
            "current_key" => once(&mut upload.current_key, &name, Zeroizing::new(bytes))?,
            "at" => once(&mut upload.at, &name, time(&bytes)?)?,
            "security_level" => once(&mut upload.security_level, &name, level(&bytes)?)?,
            _ => return Err(unknown(&name)),
        }
    }
    upload.file = file.ok_or_else(|| missing("file"))?;
    Ok(upload)
}

fn kind(bytes: &[u8]) -> Result<Kind, Problem> {
    let name = str::from_utf8(bytes).unwrap_or_default().trim();
    Kind::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        Problem::bad_request(format!("`kind` is one of {}.", known.join(", ")))
    })
}

fn level(bytes: &[u8]) -> Result<SecurityLevel, Problem> {
    let name = str::from_utf8(bytes).unwrap_or_default().trim();
    certway_core::SecurityLevel::from_name(name).map(SecurityLevel::from).ok_or_else(|| {
        let known = certway_core::SecurityLevel::ALL.map(certway_core::SecurityLevel::name);
        Problem::bad_request(format!("`security_level` is one of {}.", known.join(", ")))
    })
}

fn time(bytes: &[u8]) -> Result<certway_core::Time, Problem> {
    let text = str::from_utf8(bytes).unwrap_or_default().trim();
    text.parse().map_err(|error: certway_core::NotATime| Problem::bad_request(format!("`at` is {error}.")))
}
