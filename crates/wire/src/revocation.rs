//! Where revocation lists come from by themselves, and who is asked about certificates.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What the node asks others about revocation, and whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationSources {
    /// Where revocation lists are downloaded from, HTTP or HTTPS: at most 20. HTTPS is verified against the roots of the
    /// trusted CA list, and nothing else.
    #[serde(default)]
    pub urls: Vec<String>,
    /// When, each day: `HH:MM`, UTC.
    pub time: String,
    /// Whether the distribution points that the node's own certificates and their CAs name are followed too.
    #[serde(default)]
    pub follow_distribution_points: bool,
    /// The hosts, names or addresses, that URLs inside certificates may lead to.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Whether responders (OCSP) are asked about the node's own certificates, about those that clients show it, and about
    /// those of servers that it connects to for a test.
    #[serde(default)]
    pub ocsp: bool,
    /// Who is asked in place of the responders that certificates name: an `http://` URL.
    #[serde(default)]
    pub ocsp_responder: Option<String>,
    /// What a certificate counts as while no responder answers.
    #[serde(default)]
    pub ocsp_fallback: OcspFallback,
}

impl Default for RevocationSources {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            time: String::from("03:00"),
            follow_distribution_points: false,
            allowed_hosts: Vec::new(),
            ocsp: false,
            ocsp_responder: None,
            ocsp_fallback: OcspFallback::NotRevoked,
        }
    }
}

/// What a certificate counts as while no responder answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OcspFallback {
    /// In force.
    #[default]
    NotRevoked,
    /// Revoked.
    Revoked,
}

/// What is asked about revocation, and what came of it the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationUpdates {
    /// What is set.
    pub settings: RevocationSources,
    /// When all of it was last asked, RFC 3339; null if it never was.
    pub updated_at: Option<String>,
    /// What came of each source.
    pub results: Vec<SourceResult>,
    /// The subjects of the node's own certificates that no responder was asked about yet.
    pub not_yet_asked: Vec<String>,
}

/// What came of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceResult {
    /// Its URL.
    pub url: String,
    /// What it is.
    pub kind: SourceKind,
    /// Whether it gave what was asked for.
    pub ok: bool,
    /// Whether a file came from it: what fails then is not the download. Never of responders.
    #[serde(default)]
    pub downloaded: bool,
    /// Whether by what a responder said, or since none did, the certificate counts as revoked.
    #[serde(default)]
    pub revoked: bool,
    /// What came of it, in words.
    pub message: String,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SourceKind {
    /// A URL of the settings.
    Url,
    /// A distribution point that a certificate names.
    DistributionPoint,
    /// A responder.
    Ocsp,
}
