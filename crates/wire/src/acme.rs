//! The ACME certificate service (RFC 8555): who signs, what for, when, and how it went.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::node::{KeyKind, StoredCertificate};

/// The ACME certificate service of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acme {
    /// Who may be chosen by name.
    pub providers: Vec<AcmeProvider>,
    /// What is set.
    pub settings: AcmeSettings,
    /// The account with the provider that is set; null without one.
    pub account: Option<AcmeAccount>,
    /// How it goes.
    pub status: AcmeStatus,
    /// The certificate that was signed and is not deployed yet; null without one.
    pub pending: Option<AcmePending>,
    /// Whether the configuration names a command that puts records into the DNS, which `dns-01` needs.
    pub has_dns_hook: bool,
    /// Whether the active server certificate came from the service: no restart is needed for such ones, and the
    /// procedure for changing a server certificate does not apply to them.
    pub active_is_acme: bool,
}

/// A provider that may be chosen by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeProvider {
    /// What `AcmeSettings.provider` says.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its directory, a URL.
    pub directory: String,
    /// Where it tells about itself.
    pub website: String,
    /// Whether it wants an account of its own first (RFC 8555 section 7.3.4).
    pub external_account: bool,
}

/// What is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeSettings {
    /// The provider's id; `other` for one that `directory` names, and empty for none.
    pub provider: String,
    /// The directory of another provider: an `https://` URL.
    #[serde(default)]
    pub directory: Option<String>,
    /// The CAs that TLS to another provider's server is verified against, PEM; what is beside certificates is dropped.
    /// Without them it is the trusted CA list.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// The names of the certificate, the common name first. None: those of the request in progress, else of the active
    /// certificate, else the node's own.
    #[serde(default)]
    pub names: Vec<String>,
    /// The kind of a new private key.
    #[serde(default = "default_key")]
    pub key: KeyKind,
    /// Whether each certificate gets a new private key; else the current one is used again, if there is one.
    #[serde(default = "yes")]
    pub rotate_key: bool,
    /// How the provider is shown that the names are the node's.
    #[serde(default)]
    pub challenge: AcmeChallenge,
    /// The provider's profile to order by, if it has profiles; none for its default.
    #[serde(default)]
    pub profile: Option<String>,
    /// Whether the node signs and deploys by itself.
    #[serde(default)]
    pub automatic: bool,
    /// The days of the week on which it deploys by itself; none for all of them.
    #[serde(default)]
    pub deploy_days: Vec<Weekday>,
    /// When on those days: `HH:MM`, UTC.
    #[serde(default = "default_time")]
    pub deploy_time: String,
    /// Whether a deployed certificate becomes the client certificate too, if it can be one.
    #[serde(default = "yes")]
    pub copy_to_client: bool,
}

fn default_key() -> KeyKind {
    KeyKind::EcdsaP256
}

fn default_time() -> String {
    String::from("03:00")
}

fn yes() -> bool {
    true
}

impl Default for AcmeSettings {
    fn default() -> Self {
        Self {
            provider: String::new(),
            directory: None,
            ca_pem: None,
            names: Vec::new(),
            key: default_key(),
            rotate_key: true,
            challenge: AcmeChallenge::default(),
            profile: None,
            automatic: false,
            deploy_days: Vec::new(),
            deploy_time: default_time(),
            copy_to_client: true,
        }
    }
}

/// How a provider is shown that a name is the node's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AcmeChallenge {
    /// A file over plain HTTP, port 80 (RFC 8555 section 8.3).
    #[default]
    #[serde(rename = "http-01")]
    Http01,
    /// A certificate over TLS, port 443 (RFC 8737).
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
    /// A record in the DNS (RFC 8555 section 8.4), by the command that the configuration names.
    #[serde(rename = "dns-01")]
    Dns01,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "a day's name says it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Whose directory is to be looked at.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeDirectoryQuestion {
    /// As in the settings.
    pub provider: String,
    /// As in the settings.
    #[serde(default)]
    pub directory: Option<String>,
    /// As in the settings.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

/// What a provider says about itself (RFC 8555 section 7.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeDirectory {
    /// Its terms of service, word for word as it names them: a URL, but not always one of the web.
    pub terms_of_service: Option<String>,
    /// Its website.
    pub website: Option<String>,
    /// Whether it wants an account of its own first.
    pub external_account_required: bool,
    /// Whether it says when certificates should be renewed (RFC 9773).
    pub renewal_information: bool,
    /// The profiles that an order may name.
    pub profiles: Vec<AcmeProfile>,
}

/// A profile of a provider's certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeProfile {
    /// What an order says.
    pub name: String,
    /// What the provider says about it.
    pub description: String,
}

/// A registration with the provider that is set.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeRegistration {
    /// Where the provider may write to; empty for nowhere.
    #[serde(default)]
    pub email: String,
    /// The terms of service that were read and accepted, as the provider's directory names them; null if it has none.
    #[serde(default)]
    pub terms_of_service: Option<String>,
    /// The account that the provider gave out for this, if it wants one.
    #[serde(default)]
    pub external_account: Option<AcmeExternalAccount>,
}

/// What a provider gives out so that an ACME account belongs to a customer's (RFC 8555 section 7.3.4).
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeExternalAccount {
    /// The key's identifier.
    pub key_id: String,
    /// The key, base64url. It is used once and not kept.
    pub hmac_key: String,
}

impl core::fmt::Debug for AcmeExternalAccount {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("AcmeExternalAccount").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// An account with a provider. Its key never leaves the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeAccount {
    /// The provider's directory.
    pub directory: String,
    /// The account's own URL; null if the provider has not answered yet.
    pub url: Option<String>,
    /// Where the provider writes to; empty for nowhere.
    pub email: String,
    /// The terms of service that were accepted.
    pub terms_of_service: Option<String>,
    /// The identifier of the provider's own account.
    pub external_key_id: Option<String>,
    /// When, RFC 3339.
    pub created_at: String,
}

/// How it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeStatus {
    /// What is being done right now; null if nothing is.
    pub running: Option<String>,
    /// Whether an order was begun and is not over: *Discard* gives it up too.
    pub has_order: bool,
    /// The last certificate that was asked for.
    pub last_sign: Option<AcmeOutcome>,
    /// The last certificate that was deployed, or was to be.
    pub last_deploy: Option<AcmeOutcome>,
    /// What comes of it next, in a sentence.
    pub next_sign: AcmeNext,
    /// The same for the deployment.
    pub next_deploy: AcmeNext,
}

/// How something went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeOutcome {
    /// When, RFC 3339.
    pub at: String,
    /// Whether it worked.
    pub ok: bool,
    /// What happened, in words.
    pub message: String,
    /// What to do about it; empty if nothing.
    pub remedy: String,
}

/// What is to be expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeNext {
    /// When, RFC 3339; null if the node does nothing by itself.
    pub at: Option<String>,
    /// What and why, in words.
    pub message: String,
}

/// A certificate that was signed and waits to be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmePending {
    /// The certificate, decoded and judged by the rules for uploads.
    pub certificate: StoredCertificate,
    /// What differs from the active certificate.
    pub differences: Vec<AcmeDifference>,
    /// What stands against deploying it.
    pub objections: Vec<AcmeObjection>,
    /// The CAs of its chain that are not in the trusted CA list and can be appended to it.
    pub cas_at_hand: Vec<AcmeCa>,
    /// Whether it becomes the client certificate too when it is deployed.
    pub becomes_client: bool,
}

/// Old against new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeDifference {
    /// What: `Names`, `Issuer`, ...
    pub what: String,
    /// Of the active certificate.
    pub active: String,
    /// Of the pending one.
    pub pending: String,
}

/// Something that stands against deploying a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeObjection {
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Whether an administrator may deploy it all the same.
    pub may_be_overruled: bool,
}

/// A CA of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeCa {
    /// Its subject.
    pub subject: String,
    /// SHA-256 of its DER, lower-case hexadecimal.
    pub fingerprint_sha256: String,
    /// Whether it is a root.
    pub is_root: bool,
}

/// A deployment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeDeploy {
    /// Whether objections that may be overruled are.
    #[serde(default)]
    pub anyway: bool,
}

/// A certificate to be revoked by its provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcmeRevocation {
    /// Which one.
    pub certificate: AcmeRevoked,
    /// Why.
    #[serde(default)]
    pub reason: RevocationReason,
}

/// Which certificate is to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AcmeRevoked {
    /// The one that was signed and waits.
    Pending,
    /// The active server certificate.
    Active,
    /// What was active before it.
    Previous,
}

/// Why a certificate is revoked: the reasons of RFC 5280 section 5.3.1 that a subscriber may give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RevocationReason {
    /// None is given.
    #[default]
    Unspecified,
    /// The private key is known to others.
    KeyCompromise,
    /// The names belong to another organisation now.
    AffiliationChanged,
    /// Another certificate is in its place.
    Superseded,
    /// The node is given up.
    CessationOfOperation,
}
