//! `/api/v1/client-certificate-test` and what is below it

use axum::Json;
use axum::extract::{Request, State};
use certway_core::limits::CERTIFICATE_BYTES;
use certway_wire::node::Problem as ProblemSchema;
use certway_wire::sign_in::{ClientCertificateTest, NewSignInSettings, RevocationCheck, SignInRules};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::AppState;
use super::message::Message;
use super::multipart::{self, Part, missing, once, unknown};
use super::policy::{Administers, Confirmed, Reads};
use super::problem::Problem;
use crate::app::{TestRules, blocking};

const LIMIT: usize = CERTIFICATE_BYTES + 64 * 1024;

/// A certificate, and by what it is tested; what is left out is as it is set.
#[derive(ToSchema)]
struct TestUpload {
    /// The certificate, PEM or DER; further certificates in the file may help to build its path.
    #[schema(value_type = String, format = Binary)]
    file: Zeroizing<Vec<u8>>,
    /// A regular expression with named groups; empty, nobody asks for a user name.
    expression: Option<String>,
    /// What the user name is put together from: `#group#` stands for what a named group caught.
    template: Option<String>,
    /// How revocation counts.
    revocation: Option<RevocationCheck>,
}

/// Tests a client certificate against the trusted CA list and the revocation lists. Nothing of it is kept.
#[utoipa::path(
    post, operation_id = "client_certificate_test", path = "/client-certificate-test",
    request_body(content = TestUpload, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = ClientCertificateTest, description = "The answer, whatever it is"),
        (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn test(
    _: Reads,
    State(app): State<AppState>,
    request: Request,
) -> Result<Json<ClientCertificateTest>, Problem> {
    let (room, parts) = multipart::receive(&app.uploads, request, LIMIT).await?;
    let upload = sort(parts)?;
    let set = app.sign_in_settings();
    let rules = TestRules {
        expression: upload.expression.unwrap_or(set.expression),
        template: upload.template.unwrap_or(set.template),
        revocation: upload.revocation.unwrap_or(set.revocation),
        mode: set.mode,
    };
    Ok(Json(app.test_client_certificate(upload.file, rules, room).await?))
}

/// How administrators sign in.
#[utoipa::path(
    get, operation_id = "sign_in_settings_show", path = "/client-certificate-test/settings",
    responses((status = OK, body = SignInRules))
)]
pub(super) async fn show_settings(Reads(session): Reads, State(app): State<AppState>) -> Json<SignInRules> {
    Json(app.sign_in_rules(&session))
}

/// 'Make these settings permanent'. Who could not sign in again under them can only try them for some minutes.
#[utoipa::path(
    put, operation_id = "sign_in_settings_set", path = "/client-certificate-test/settings",
    request_body = NewSignInSettings,
    responses(
        (status = OK, body = SignInRules),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json",
            description = "This connection shows no certificate with which one could sign in again; the reasons are told"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "Expression and template give no user name"),
    )
)]
pub(super) async fn set_settings(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(new): Message<NewSignInSettings>,
) -> Result<Json<SignInRules>, Problem> {
    Ok(Json(app.set_sign_in(session, new).await?))
}

/// Keeps the settings that are tried. Only a session that was begun under them shows that one can sign in.
#[utoipa::path(
    post, operation_id = "sign_in_settings_keep", path = "/client-certificate-test/settings/keep",
    responses(
        (status = OK, body = SignInRules),
        (status = NOT_FOUND, body = ProblemSchema, content_type = "application/problem+json"),
        (status = CONFLICT, body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn keep_settings(
    Administers(session): Administers,
    State(app): State<AppState>,
) -> Result<Json<SignInRules>, Problem> {
    Ok(Json(blocking(move || app.keep_sign_in(&session)).await?))
}

fn sort(parts: Vec<Part>) -> Result<TestUpload, Problem> {
    let (mut file, mut expression, mut template, mut revocation) = (None, None, None, None);
    for Part { name, bytes, unfilled } in parts {
        match name.as_str() {
            _ if unfilled => {}
            "file" => once(&mut file, &name, Zeroizing::new(bytes))?,
            "expression" => once(&mut expression, &name, text(&name, bytes)?)?,
            "template" => once(&mut template, &name, text(&name, bytes)?)?,
            "revocation" => once(&mut revocation, &name, check(&text(&name, bytes)?)?)?,
            _ => return Err(unknown(&name)),
        }
    }
    Ok(TestUpload { file: file.ok_or_else(|| missing("file"))?, expression, template, revocation })
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    let text = String::from_utf8(bytes);
    text.map_err(|_| Problem::bad_request(format!("The part `{name}` is not UTF-8. Nothing was changed.")))
}

fn check(word: &str) -> Result<RevocationCheck, Problem> {
    serde_json::from_value(word.trim().into())
        .map_err(|_| Problem::bad_request("`revocation` is one of off, if-listed, required. Nothing was changed."))
}
