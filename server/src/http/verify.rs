//! `/api/v1/verify`

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use certway_core::limits::{CA_BUNDLE_BYTES, CERTIFICATE_BYTES};
use certway_core::{Purpose, Time};
use certway_wire::Verification;
use certway_wire::node::Problem as ProblemSchema;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::AppState;
use super::multipart::{self, Part, missing, once, unknown};
use super::policy::Anyone;
use super::problem::Problem;
use crate::app::{Source, blocking};
use crate::tls::connections::Peer;
use crate::verification::{Name, Question, object_identifier};

/// The trust anchors may be a bundle, and so may the revocation lists; certificates beside them.
const LIMIT: usize = 2 * CA_BUNDLE_BYTES + 4 * CERTIFICATE_BYTES;

/// The parts of a question, named as the options of `certway verify`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the parts of a form")]
struct VerifyUpload {
    /// The certificate, PEM or DER; others in the file help to build the path.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Trust anchors, self-signed or not; the part may be repeated.
    #[schema(value_type = Vec<String>, format = Binary)]
    trusted: Vec<Vec<u8>>,
    /// Certificates that may help; the part may be repeated.
    #[schema(value_type = Vec<String>, format = Binary)]
    untrusted: Vec<Vec<u8>>,
    /// Revocation lists; the part may be repeated. With any, each certificate but the anchor needs one.
    #[schema(value_type = Vec<String>, format = Binary)]
    crl: Vec<Vec<u8>>,
    /// The time to validate at, RFC 3339; now unless given.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Time>,
    /// `any` (unless given), `server` or `client`.
    purpose: Option<String>,
    /// The DNS name that it shall be for. At most one of `dns`, `ip` and `email`.
    dns: Option<String>,
    /// The address that it shall be for.
    ip: Option<String>,
    /// The mail address that it shall be for.
    email: Option<String>,
    /// The most intermediates allowed.
    max_intermediates: Option<usize>,
    /// A policy of which one must be valid, as dotted decimals; the part may be repeated.
    policy: Vec<String>,
    /// `true` or `false`: the path must be valid for an accepted policy.
    require_explicit_policy: Option<bool>,
    /// `true` or `false`: no CA may map one policy to another.
    inhibit_policy_mapping: Option<bool>,
    /// `true` or `false`: anyPolicy in a CA certificate stands for nothing.
    inhibit_any_policy: Option<bool>,
}

/// Validates a certificate's path as the command line's `verify` does. Nothing is stored, and nothing of the node is used.
#[utoipa::path(
    post, operation_id = "verify_verify", path = "/verify", request_body(content = VerifyUpload, content_type = "multipart/form-data"),
    responses(
        (status = OK, body = Verification, description = "The answer, valid or not, with every reason and every path that was tried"),
        (status = BAD_REQUEST, body = ProblemSchema, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, body = ProblemSchema, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, body = ProblemSchema, content_type = "application/problem+json",
            description = "More than two thousand at once, or twenty a second, from one address; `/check` counts too"),
    )
)]
pub(super) async fn verify(
    _: Anyone,
    State(app): State<AppState>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Result<Json<Verification>, Problem> {
    app.admit_check(Source::of(peer.ip())).await?;
    let (_room, parts) = multipart::receive(&app.checks, request, LIMIT).await?;
    let question = sort(parts)?;
    Ok(Json(blocking(move || Ok(question.answer())).await?))
}

fn sort(parts: Vec<Part>) -> Result<Question, Problem> {
    let mut question = Question::default();
    let (mut file, mut purpose) = (None, None);
    let (mut explicit, mut mapping, mut any) = (None, None, None);
    for Part { name, bytes, unfilled } in parts {
        if unfilled {
            continue;
        }
        let file_bytes = |bytes| Zeroizing::new(bytes);
        match name.as_str() {
            "file" => once(&mut file, &name, file_bytes(bytes))?,
            "trusted" => question.trusted.push(file_bytes(bytes)),
            "untrusted" => question.untrusted.push(file_bytes(bytes)),
            "crl" => question.crls.push(file_bytes(bytes)),
            "at" => once(&mut question.at, &name, parsed(&name, &bytes, "an RFC 3339 time")?)?,
            "purpose" => once(&mut purpose, &name, purpose_of(&bytes)?)?,
            "dns" => once(&mut question.name, "dns, ip or email", Name::Dns(text(&name, &bytes)?))?,
            "ip" => {
                let address: IpAddr = parsed(&name, &bytes, "an IP address")?;
                once(&mut question.name, "dns, ip or email", Name::Ip(address))?;
            }
            "email" => once(&mut question.name, "dns, ip or email", Name::Email(text(&name, &bytes)?))?,
            "max_intermediates" => {
                once(&mut question.maximum_intermediates, &name, parsed(&name, &bytes, "a number")?)?;
            }
            "policy" => {
                let policy = object_identifier(&text(&name, &bytes)?);
                question.policies.push(policy.map_err(|wanted| Problem::bad_request(format!("`policy`: {wanted}.")))?);
            }
            "require_explicit_policy" => once(&mut explicit, &name, parsed(&name, &bytes, "true or false")?)?,
            "inhibit_policy_mapping" => once(&mut mapping, &name, parsed(&name, &bytes, "true or false")?)?,
            "inhibit_any_policy" => once(&mut any, &name, parsed(&name, &bytes, "true or false")?)?,
            _ => return Err(unknown(&name)),
        }
    }
    question.file = file.ok_or_else(|| missing("file"))?;
    question.purpose = purpose.unwrap_or_default();
    question.require_explicit_policy = explicit.unwrap_or_default();
    question.inhibit_policy_mapping = mapping.unwrap_or_default();
    question.inhibit_any_policy = any.unwrap_or_default();
    Ok(question)
}

fn purpose_of(bytes: &[u8]) -> Result<Purpose, Problem> {
    match bytes.trim_ascii() {
        b"any" => Ok(Purpose::Any),
        b"server" => Ok(Purpose::Server),
        b"client" => Ok(Purpose::Client),
        _ => Err(Problem::bad_request("`purpose` is one of any, server, client.")),
    }
}

fn text(name: &str, bytes: &[u8]) -> Result<String, Problem> {
    let text = str::from_utf8(bytes).map_err(|_| Problem::bad_request(format!("`{name}` is not text.")))?;
    Ok(text.trim().to_owned())
}

fn parsed<T: std::str::FromStr>(name: &str, bytes: &[u8], wanted: &str) -> Result<T, Problem> {
    text(name, bytes)?.parse().map_err(|_| Problem::bad_request(format!("`{name}` is {wanted}.")))
}
