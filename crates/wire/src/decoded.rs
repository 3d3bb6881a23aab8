//! Decoded material. The fields are those of `certway_core::decoded`; times are RFC 3339 in UTC.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use certway_core::decoded;
use serde::{Deserialize, Serialize};

/// One certificate, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// Subject distinguished name, RFC 4514.
    pub subject: String,
    /// Issuer distinguished name, RFC 4514.
    pub issuer: String,
    /// The first common name of the subject.
    pub common_name: Option<String>,
    /// The subject alternative names, in order.
    pub alternative_names: Vec<AlternativeName>,
    /// Serial number, lower-case hexadecimal.
    pub serial: String,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// The public key.
    pub public_key: PublicKey,
    /// The signature algorithm's name, or its OID.
    pub signature_algorithm: String,
    /// basicConstraints: cA.
    pub is_ca: bool,
    /// basicConstraints: pathLenConstraint.
    pub path_length: Option<u32>,
    /// keyUsage bits by their names in RFC 5280, or null without the extension.
    pub key_usage: Option<Vec<String>>,
    /// Extended key usages by name or OID, or null without the extension.
    pub extended_key_usage: Option<Vec<String>>,
    /// subjectKeyIdentifier, lower-case hexadecimal.
    pub subject_key_id: Option<String>,
    /// authorityKeyIdentifier, lower-case hexadecimal.
    pub authority_key_id: Option<String>,
    /// OCSP responders.
    pub ocsp_urls: Vec<String>,
    /// Where the issuer's certificate is published. Shown, never fetched.
    pub ca_issuer_urls: Vec<String>,
    /// CRL distribution points.
    pub crl_urls: Vec<String>,
    /// Whether subject and issuer are the same name.
    pub self_issued: bool,
    /// Every extension, in order.
    pub extensions: Vec<Extension>,
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub fingerprint_sha256: String,
    /// SHA-1 of the DER, lower-case hexadecimal.
    pub fingerprint_sha1: String,
    /// The PEM block in its file, counted from 0.
    pub block: u32,
    /// The line of its `-----BEGIN`, counted from 1; 0 for DER.
    pub line: u32,
}

/// One subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlternativeName {
    /// The GeneralName's choice: `dNSName`, `iPAddress`, ...
    pub kind: String,
    /// Its value, printable.
    pub value: String,
}

/// One extension, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extension {
    /// Its name, or its OID.
    pub name: String,
    /// Whether it is marked critical.
    pub critical: bool,
    /// Its value: in words where Certway knows the extension, else in hexadecimal.
    pub value: String,
}

/// Public facts of a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicKey {
    /// `RSA`, `P-256`, `P-384`, `P-521`, `Ed25519`, or the algorithm's name or OID.
    pub algorithm: String,
    /// Its size in bits; 0 if unknown.
    pub bits: u32,
    /// SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal.
    pub fingerprint_sha256: String,
}

/// Public facts of a private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivateKey {
    /// The public half.
    pub public_key: PublicKey,
    /// `PKCS#8`, `PKCS#1` or `SEC1`.
    pub format: String,
    /// `uploaded`, `current` or `csr`.
    pub origin: String,
}

/// One step of the path from a certificate to its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathLink {
    /// Subject distinguished name; for a missing link, the name of the issuer that is wanted.
    pub subject: String,
    /// SHA-256 of the certificate; null for a missing link.
    pub fingerprint_sha256: Option<String>,
    /// `file`, `trusted_list`, `root` or `missing`.
    pub origin: String,
    /// What stands against this link, in words; empty if it is sound.
    pub problems: Vec<String>,
    /// For a missing link: where its certificate is published. Never fetched.
    pub ca_issuer_urls: Vec<String>,
    /// For a missing link: the key identifier that is wanted.
    pub key_id: Option<String>,
}

/// The link of a path that costs an attacker least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeakestLink {
    /// Subject distinguished name, RFC 4514.
    pub subject: String,
    /// What about it is weak, in words: `its key, RSA 2048`.
    pub what: String,
    /// How strong that is, as bits of a symmetric key (NIST SP 800-57).
    pub strength_bits: u32,
}

impl From<&decoded::WeakestLink> for WeakestLink {
    fn from(link: &decoded::WeakestLink) -> Self {
        Self { subject: link.subject.clone(), what: link.what.clone(), strength_bits: link.strength_bits }
    }
}

/// How a CA file changes the trusted CA list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedCaChange {
    /// Certificates that are new.
    pub added: u32,
    /// Certificates that were there already.
    pub known: u32,
    /// Distinct certificates in the list afterwards.
    pub total: u32,
}

/// One certificate revocation list, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Crl {
    /// Issuer distinguished name, RFC 4514.
    pub issuer: String,
    /// When it was made, RFC 3339.
    pub this_update: String,
    /// When the next one is due, RFC 3339.
    pub next_update: Option<String>,
    /// How many certificates it revokes.
    pub revoked: u32,
    /// cRLNumber, lower-case hexadecimal.
    pub number: Option<String>,
    /// The signature algorithm's name, or its OID.
    pub signature_algorithm: String,
}

/// One certificate signing request, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Request {
    /// Subject distinguished name, RFC 4514.
    pub subject: String,
    /// The names asked for.
    pub alternative_names: Vec<AlternativeName>,
    /// The public key.
    pub public_key: PublicKey,
    /// The signature algorithm's name, or its OID.
    pub signature_algorithm: String,
}

impl From<&decoded::Certificate> for Certificate {
    fn from(certificate: &decoded::Certificate) -> Self {
        let decoded::Certificate {
            subject,
            issuer,
            common_name,
            alternative_names,
            serial,
            not_before,
            not_after,
            public_key,
            signature_algorithm,
            is_ca,
            path_length,
            key_usage,
            extended_key_usage,
            subject_key_id,
            authority_key_id,
            ocsp_urls,
            ca_issuer_urls,
            crl_urls,
            self_issued,
            extensions,
            fingerprint_sha256,
            fingerprint_sha1,
            block,
            line,
        } = certificate.clone();
        Self {
            subject,
            issuer,
            common_name,
            alternative_names: alternative_names.iter().map(AlternativeName::from).collect(),
            serial,
            not_before: not_before.to_string(),
            not_after: not_after.to_string(),
            public_key: PublicKey::from(&public_key),
            signature_algorithm,
            is_ca,
            path_length,
            key_usage: key_usage.map(|bits| bits.into_iter().map(ToOwned::to_owned).collect()),
            extended_key_usage,
            subject_key_id,
            authority_key_id,
            ocsp_urls,
            ca_issuer_urls,
            crl_urls,
            self_issued,
            extensions: extensions.into_iter().map(Extension::from).collect(),
            fingerprint_sha256,
            fingerprint_sha1,
            block,
            line,
        }
    }
}

impl From<&decoded::AlternativeName> for AlternativeName {
    fn from(name: &decoded::AlternativeName) -> Self {
        Self { kind: name.kind.to_owned(), value: name.value.clone() }
    }
}

impl From<decoded::Extension> for Extension {
    fn from(extension: decoded::Extension) -> Self {
        Self { name: extension.name, critical: extension.critical, value: extension.value }
    }
}

impl From<&decoded::PublicKey> for PublicKey {
    fn from(key: &decoded::PublicKey) -> Self {
        Self { algorithm: key.algorithm.clone(), bits: key.bits, fingerprint_sha256: key.fingerprint_sha256.clone() }
    }
}

impl From<&decoded::PrivateKey> for PrivateKey {
    fn from(key: &decoded::PrivateKey) -> Self {
        Self {
            public_key: PublicKey::from(&key.public_key),
            format: key.format.to_owned(),
            origin: key.origin.as_str().to_owned(),
        }
    }
}

impl From<&decoded::PathLink> for PathLink {
    fn from(link: &decoded::PathLink) -> Self {
        Self {
            subject: link.subject.clone(),
            fingerprint_sha256: link.fingerprint_sha256.clone(),
            origin: link.origin.as_str().to_owned(),
            problems: link.problems.clone(),
            ca_issuer_urls: link.ca_issuer_urls.clone(),
            key_id: link.key_id.clone(),
        }
    }
}

impl From<decoded::TrustedCaChange> for TrustedCaChange {
    fn from(change: decoded::TrustedCaChange) -> Self {
        Self { added: change.added, known: change.known, total: change.total }
    }
}

impl From<&decoded::Crl> for Crl {
    fn from(crl: &decoded::Crl) -> Self {
        Self {
            issuer: crl.issuer.clone(),
            this_update: crl.this_update.to_string(),
            next_update: crl.next_update.map(|time| time.to_string()),
            revoked: crl.revoked,
            number: crl.number.clone(),
            signature_algorithm: crl.signature_algorithm.clone(),
        }
    }
}

impl From<&decoded::Request> for Request {
    fn from(request: &decoded::Request) -> Self {
        Self {
            subject: request.subject.clone(),
            alternative_names: request.alternative_names.iter().map(AlternativeName::from).collect(),
            public_key: PublicKey::from(&request.public_key),
            signature_algorithm: request.signature_algorithm.clone(),
        }
    }
}
