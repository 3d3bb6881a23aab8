//! The node's HTTP interface: what its resources look like.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use certway_core::{self as core_types, RequestFields};
use serde::{Deserialize, Serialize};

use crate::decoded::{Certificate, Request};
use crate::report::Report;
use crate::revocation::SourceResult;
use crate::security::SecurityLevel;
use crate::sign_in::{ClientCertificateTest, SignInMode};
use crate::trust::Undo;
use crate::users::Role;
use crate::verify::Verification;

/// The slots of the server certificate, or of the client certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificates {
    /// What new TLS handshakes get.
    pub active: Option<StoredCertificate>,
    /// Stored, not loaded: the report says why, and what it waits for.
    pub pending: Option<StoredCertificate>,
    /// What was active before; one call brings it back.
    pub previous: Option<StoredCertificate>,
    /// The node's own temporary certificate.
    pub temporary: Option<StoredCertificate>,
    /// Where one was loaded: what responders (OCSP) say of the node's certificates, if they are asked.
    pub ocsp: Vec<SourceResult>,
}

/// One stored certificate with its key (which is never shown).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredCertificate {
    /// Leaf first, then the intermediates that came with it.
    pub pem: String,
    /// The leaf, decoded.
    pub decoded: Certificate,
    /// The report, judged now against the list as it stands.
    pub report: Report,
    /// `upload`, `temporary` or `acme`.
    pub origin: String,
    /// When it was stored, RFC 3339.
    pub stored_at: String,
    /// When it was last loaded, RFC 3339.
    pub loaded_at: Option<String>,
    /// Whether an administrator loaded it by 'Load anyway'.
    pub loaded_anyway: bool,
}

/// The answer to an accepted certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CertificateStored {
    /// Whether new handshakes get it already (`false`: it is pending).
    pub loaded: bool,
    /// The report.
    pub report: Report,
    /// What responders (OCSP) say of the node's certificates, if they are asked.
    pub ocsp: Vec<SourceResult>,
}

/// A server to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Peer {
    /// Its FQDN or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS verify name: what the server is asked for and what its certificate must name; the host, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_name: Option<String>,
}

/// How a server received the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reception {
    /// Whether a TLS connection stands: the server took what it was shown.
    pub connected: bool,
    /// `TLSv1_3` or `TLSv1_2`, if the handshake came to its end.
    pub protocol: Option<String>,
    /// Whether the server asked for a client certificate.
    pub asked_for_certificate: bool,
    /// Whether it was shown the node's.
    pub certificate_shown: bool,
    /// What went wrong, if something did.
    pub failure: Option<String>,
    /// Whether the server's certificate chains to a root in the trusted CA list and has the name; null if it showed none.
    pub server: Option<Verification>,
    /// The chain that the server was shown, or would have been, judged with the same list as a client's; null if there is
    /// none.
    pub own: Option<Verification>,
    /// What the responder of the server's certificate says of it, if responders (OCSP) are asked and its path is complete.
    pub ocsp: Option<SourceResult>,
}

/// The certificate signing request in progress, and what the next one could ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CsrInProgress {
    /// The one in progress.
    pub csr: Option<Csr>,
    /// What is proposed for a new one: the node's own names.
    pub proposed: NewCsr,
    /// What the certificate in use was issued for.
    pub from_certificate: NewCsr,
}

/// A certificate signing request. Its key is neither shown nor given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Csr {
    /// The request, for the certificate authority.
    pub pem: String,
    /// The request, decoded.
    pub decoded: Request,
    /// Whether it is for the private key in use rather than for a new one.
    pub reuses_current_key: bool,
    /// When it was made, RFC 3339.
    pub created_at: String,
}

/// A certificate signing request to make. Only the common name must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCsr {
    /// Common name (CN): an FQDN.
    pub common_name: String,
    /// Subject alternative names beside the common name, which is always one: FQDNs.
    #[serde(default)]
    pub alternative_names: Vec<String>,
    /// Country (C): two capital letters.
    pub country: Option<String>,
    /// State or province (ST).
    pub state: Option<String>,
    /// Locality (L).
    pub locality: Option<String>,
    /// Organisation (O).
    pub organization: Option<String>,
    /// Organisational unit (OU).
    pub organizational_unit: Option<String>,
    /// The key to make, if not `reuse_current_key`; `rsa-2048` unless given.
    pub key: Option<KeyKind>,
    /// The digest of the request's signature; that of the key's curve, or SHA-256, unless given.
    pub digest: Option<Digest>,
    /// 'Re-use current private key': the request is for the key now in use.
    #[serde(default)]
    pub reuse_current_key: bool,
}

impl NewCsr {
    /// What it asks for, for the judge.
    #[must_use]
    pub fn fields(&self) -> RequestFields {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        RequestFields {
            common_name: self.common_name.clone(),
            alternative_names: self.alternative_names.clone(),
            country: text(&self.country),
            state: text(&self.state),
            locality: text(&self.locality),
            organization: text(&self.organization),
            organizational_unit: text(&self.organizational_unit),
        }
    }
}

impl From<RequestFields> for NewCsr {
    fn from(fields: RequestFields) -> Self {
        let text = |text: String| (!text.is_empty()).then_some(text);
        Self {
            common_name: fields.common_name,
            alternative_names: fields.alternative_names,
            country: text(fields.country),
            state: text(fields.state),
            locality: text(fields.locality),
            organization: text(fields.organization),
            organizational_unit: text(fields.organizational_unit),
            ..Self::default()
        }
    }
}

/// A kind of private key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KeyKind {
    /// RSA, 2048 bits: every client and every CA takes it.
    #[default]
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// ECDSA with the curve P-256.
    #[serde(rename = "ecdsa-p256")]
    EcdsaP256,
    /// ECDSA with the curve P-384.
    #[serde(rename = "ecdsa-p384")]
    EcdsaP384,
    /// ECDSA with the curve P-521.
    #[serde(rename = "ecdsa-p521")]
    EcdsaP521,
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The trusted CA list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCas {
    /// How many there may be.
    pub maximum: u32,
    /// The list, in the order in which they were appended.
    pub certificates: Vec<TrustedCa>,
    /// A deletion that can still be undone.
    pub undo: Option<Undo>,
}

/// One trusted CA, as a row of the list. `/trusted-cas/{fingerprint}` has it decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCa {
    /// SHA-256 of the DER, lower-case hexadecimal: the certificate's name in this interface.
    pub fingerprint: String,
    /// Common name, or the whole subject where there is none.
    pub name: String,
    /// Subject distinguished name.
    pub subject: String,
    /// Issuer distinguished name.
    pub issuer: String,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// `RSA 2048`, `P-256`, ...
    pub key: String,
    /// Whether it is self-signed, and so anchors paths.
    pub root: bool,
    /// Whether it is too weak by today's measure.
    pub weak: bool,
    /// Whether the chain of the active server certificate runs through it.
    pub in_use: bool,
    /// `default` (the node's own, or from the configured file) or `upload`.
    pub origin: String,
    /// When it was appended, RFC 3339.
    pub added_at: String,
}

/// One trusted CA, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCaDetails {
    /// The row.
    pub summary: TrustedCa,
    /// The certificate, decoded.
    pub decoded: Certificate,
    /// The certificate as PEM.
    pub pem: String,
}

/// The answer to an accepted trusted CA file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCasAppended {
    /// How many were new.
    pub added: u32,
    /// How many were there already.
    pub known: u32,
    /// How many there are now.
    pub total: u32,
    /// Whether the pending server certificate was loaded by this.
    pub pending_loaded: bool,
    /// What became of the revocation lists in the file; null if there were none.
    pub crls: Option<CrlsChanged>,
    /// The report.
    pub report: Report,
}

/// The certificate revocation lists of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Crls {
    /// In the order in which they came.
    pub crls: Vec<StoredCrl>,
}

/// One certificate revocation list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredCrl {
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub fingerprint: String,
    /// When it was stored, RFC 3339.
    pub stored_at: String,
    /// What it says.
    pub decoded: crate::Crl,
}

/// What became of revocation lists that were uploaded or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CrlsChanged {
    /// How many were the first of their issuer and scope.
    pub added: u32,
    /// How many took the place of an older one.
    pub replaced: u32,
    /// How many were there already.
    pub known: u32,
    /// How many were left out, since a newer one is there.
    pub older: u32,
    /// How many were left out, since no CA of the trusted CA list signed them, while one that is recognised is there.
    pub unrecognised: u32,
    /// How many were left out, since they are dated in the future, while one that is in force is there.
    pub future: u32,
    /// How many were removed.
    pub removed: u32,
    /// How many there are now.
    pub total: u32,
    /// The report on an upload.
    pub report: Option<Report>,
}

/// Which revocation lists to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveCrls {
    /// Their fingerprints. One that is none of a list refuses the whole call.
    pub fingerprints: Vec<String>,
}

/// Which trusted CAs to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteTrustedCas {
    /// Their fingerprints. One that is not in the list refuses the whole call.
    pub fingerprints: Vec<String>,
}

/// The answer to a deletion or a reset of the trusted CA list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCasChanged {
    /// How many were removed.
    pub removed: u32,
    /// How many were added.
    pub added: u32,
    /// How many there are now.
    pub total: u32,
    /// Whether the chain of the active certificate still ends in the list.
    pub active_trusted: bool,
    /// Where a deletion was undone: the names of the first three that are back.
    pub names: Vec<String>,
    /// What else is to be known of it, in a sentence.
    pub note: Option<String>,
}

/// One thing that was done, or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Counted from 1, without gaps.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who: a user's name, which a token's may follow (`olga by token deploy`), or `terminal`, `node` or `cluster`.
    pub actor: String,
    /// What, in kebab case: `server-certificate-loaded`.
    pub action: String,
    /// About what, in words.
    pub details: String,
    /// Where the request came from; absent for what the node did by itself or was told at its terminal, and for events from before this
    /// was kept. Through another node of the cluster: `192.0.2.7 by way of expe2.example.com`.
    pub address: Option<String>,
    /// SHA-256 over this event and the digest of the one before, hexadecimal (docs/handbook/events.md).
    pub digest: String,
}

/// Whether the event log is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventLog {
    /// Whether every event is as the node wrote it, and none is missing that the cluster knows of.
    pub whole: bool,
    /// That, in a sentence; or the first event that is missing or was changed.
    pub message: String,
    /// The first event that is kept; 0 if the log is not whole.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// Its digest, hexadecimal.
    pub digest: String,
    /// What the cluster says of it; absent if the node is in none.
    pub cluster: Option<String>,
}

/// The node, as far as anyone who reaches it may know; the page asks this first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// Its host name.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Whether it still serves its temporary certificate.
    pub temporary_certificate: bool,
    /// SHA-256 of the node's temporary CA, lower-case hexadecimal.
    pub temporary_ca_fingerprint: String,
    /// The temporary CA as PEM, so that a browser can be made to trust it.
    pub temporary_ca_pem: String,
    /// What it does with names such as `*.example.com`.
    #[serde(default)]
    pub wildcards: Wildcards,
    /// The level of security that it asks of certificates.
    #[serde(default)]
    pub security_level: SecurityLevel,
    /// What administrators need a client certificate for.
    #[serde(default)]
    pub client_certificates: SignInMode,
}

/// What a private key that goes to a node through another one is sealed with: HPKE (RFC 9180) in base mode with DHKEM(P-256,
/// HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, without additional data. It holds until the node starts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SealingKey {
    /// The node's name. `info` of HPKE is `Certway private key for `, then this name.
    pub node: String,
    /// The public key, a point uncompressed (65 bytes), base64.
    pub public_key: String,
}

/// HPKE's `info` for a private key that is sealed for a node: what was sealed for another one, or for another purpose, is not
/// opened.
#[must_use]
pub fn sealing_info(node: &str) -> String {
    format!("Certway private key for {node}")
}

/// What is done with wildcards in certificates' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Wildcards {
    /// They are refused.
    #[default]
    Refuse,
    /// They are a warning.
    Warn,
}

impl From<Wildcards> for core_types::Wildcards {
    fn from(wildcards: Wildcards) -> Self {
        match wildcards {
            Wildcards::Refuse => Self::Refuse,
            Wildcards::Warn => Self::Warn,
        }
    }
}

impl From<core_types::Wildcards> for Wildcards {
    fn from(wildcards: core_types::Wildcards) -> Self {
        match wildcards {
            core_types::Wildcards::Refuse => Self::Refuse,
            core_types::Wildcards::Warn => Self::Warn,
        }
    }
}

/// Signing in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credentials {
    /// The user; the first one is `admin`.
    pub username: String,
    /// The password.
    pub password: String,
    /// Of a user with a second factor: the code that the app shows, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl core::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Confirming a session before a dangerous call.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// The password of the user who is signed in.
    pub password: String,
}

impl core::fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Confirmation").finish_non_exhaustive()
    }
}

/// A backup to make.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBackup {
    /// What it is encrypted with: at least twelve characters. Without it nobody can open the backup.
    pub passphrase: String,
}

impl core::fmt::Debug for NewBackup {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NewBackup").finish_non_exhaustive()
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The user.
    pub username: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user gives a code beside the password.
    pub second_factor: bool,
    /// When the session ends at the latest, RFC 3339.
    pub expires_at: String,
}

/// An error, RFC 9457 (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI reference that names the kind: `/problems/refused`, `/problems/confirm-password`, ...
    pub r#type: String,
    /// The kind, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, whether anything was changed, and what to do.
    pub detail: String,
    /// For a refused upload: the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// For a session refused for want of a client certificate: what stands against the one that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificateTest>,
}
