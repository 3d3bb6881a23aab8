//! Certificates, keys and lists as people read them: plain owned values, every text already safe to print.

use alloc::string::String;
use alloc::vec::Vec;

use crate::time::Time;

/// One certificate, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Start of validity.
    pub not_before: Time,
    /// End of validity.
    pub not_after: Time,
    /// The public key.
    pub public_key: PublicKey,
    /// The signature algorithm's name, or its OID.
    pub signature_algorithm: String,
    /// basicConstraints: cA.
    pub is_ca: bool,
    /// basicConstraints: pathLenConstraint.
    pub path_length: Option<u32>,
    /// keyUsage bits by their names in RFC 5280, or `None` without the extension.
    pub key_usage: Option<Vec<&'static str>>,
    /// Extended key usages by name or OID, or `None` without the extension.
    pub extended_key_usage: Option<Vec<String>>,
    /// subjectKeyIdentifier, lower-case hexadecimal.
    pub subject_key_id: Option<String>,
    /// authorityKeyIdentifier, lower-case hexadecimal.
    pub authority_key_id: Option<String>,
    /// authorityInfoAccess: OCSP responders.
    pub ocsp_urls: Vec<String>,
    /// authorityInfoAccess: where the issuer's certificate is published. Shown, never fetched.
    pub ca_issuer_urls: Vec<String>,
    /// cRLDistributionPoints.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlternativeName {
    /// The GeneralName's choice: `dNSName`, `iPAddress`, ...
    pub kind: &'static str,
    /// Its value, printable.
    pub value: String,
}

/// One extension, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name, or its OID.
    pub name: String,
    /// Whether it is marked critical.
    pub critical: bool,
    /// Its value: in words where Certway knows the extension, else in hexadecimal.
    pub value: String,
}

/// Public facts of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `RSA`, `P-256`, `P-384`, `P-521`, `Ed25519`, or the algorithm's name or OID.
    pub algorithm: String,
    /// Its size in bits; 0 if unknown.
    pub bits: u32,
    /// SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal.
    pub fingerprint_sha256: String,
}

impl PublicKey {
    /// As a person calls it: `RSA 2048`, `P-256`.
    #[must_use]
    pub fn named(&self) -> String {
        if matches!(self.algorithm.as_str(), "RSA" | "DSA") {
            alloc::format!("{} {}", self.algorithm, self.bits)
        } else {
            self.algorithm.clone()
        }
    }
}

/// Public facts of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    /// The public half.
    pub public_key: PublicKey,
    /// `PKCS#8`, `PKCS#1` or `SEC1`.
    pub format: &'static str,
    /// Where the key comes from.
    pub origin: KeyOrigin,
}

/// Where the key of an upload comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// It was uploaded.
    Uploaded,
    /// It is the key now in use ('Re-use current private key').
    Current,
    /// It is the key of the certificate signing request in progress.
    Csr,
}

impl KeyOrigin {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Current => "current",
            Self::Csr => "csr",
        }
    }
}

/// One step of the path from a certificate to its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathLink {
    /// Subject distinguished name; for a missing link, the name of the issuer that is wanted.
    pub subject: String,
    /// SHA-256 of the certificate; `None` for a missing link.
    pub fingerprint_sha256: Option<String>,
    /// Where the certificate came from.
    pub origin: LinkOrigin,
    /// What stands against this link, in words; empty if it is sound.
    pub problems: Vec<String>,
    /// For a missing link: where its issuer's certificate is published, as the last certificate says. Never fetched.
    pub ca_issuer_urls: Vec<String>,
    /// For a missing link: the key identifier that is wanted.
    pub key_id: Option<String>,
}

/// The link of a path that costs an attacker least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakestLink {
    /// Subject distinguished name.
    pub subject: String,
    /// What about it is weak, in words: `its key, RSA 2048`.
    pub what: String,
    /// How strong that is, as bits of a symmetric key (NIST SP 800-57).
    pub strength_bits: u32,
}

/// Where a link of a path came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOrigin {
    /// The uploaded file.
    File,
    /// The trusted CA list, as an intermediate.
    TrustedList,
    /// The trusted CA list, as the root that anchors the path.
    Root,
    /// Nowhere: it is missing.
    Missing,
}

impl LinkOrigin {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::TrustedList => "trusted_list",
            Self::Root => "root",
            Self::Missing => "missing",
        }
    }
}

/// How an accepted CA file changes the trusted CA list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedCaChange {
    /// Certificates that are new.
    pub added: u32,
    /// Certificates that were there already.
    pub known: u32,
    /// Distinct certificates in the list afterwards.
    pub total: u32,
}

/// One certificate revocation list, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    /// Issuer distinguished name, RFC 4514.
    pub issuer: String,
    /// When it was made.
    pub this_update: Time,
    /// When the next one is due.
    pub next_update: Option<Time>,
    /// How many certificates it revokes.
    pub revoked: u32,
    /// cRLNumber, lower-case hexadecimal.
    pub number: Option<String>,
    /// The signature algorithm's name, or its OID.
    pub signature_algorithm: String,
}

/// One certificate signing request, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
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
