//! Servers beside the node that serve its certificate.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The servers beside the node, in the order in which they are given a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Services {
    /// One each; none if the configuration file names none.
    pub services: Vec<Service>,
}

/// One server, as the configuration file describes it, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What is written for it.
    pub files: Vec<ServiceFile>,
    /// Program and arguments that make it read them; empty if it does so by itself.
    pub reload: Vec<String>,
    /// `HOST:PORT (NAME)`, where the node looks whether it serves them; absent if it does not look.
    pub probe: Option<String>,
    /// How it stands.
    pub state: ServiceState,
    /// What it was last given and serves.
    pub serves: Option<ServiceCertificate>,
    /// The last time that it was given something, or was to be.
    pub last: Option<ServiceOutcome>,
}

/// A file of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceFile {
    /// Where it is.
    pub path: String,
    /// `certificate`, `chain`, `full-chain`, `key`, `full-chain-and-key` or `ca-bundle`.
    pub content: String,
    /// Octal: `0640`.
    pub mode: String,
    /// As the configuration file says it; absent if it is the node's own.
    pub owner: Option<String>,
}

/// How a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceState {
    /// The node serves its temporary certificate, which is given to nobody.
    NoCertificate,
    /// It is about to be given the active certificate.
    Due,
    /// It is being given it.
    Publishing,
    /// It has the active certificate and the trusted CA list as they are.
    Current,
    /// It could not be given them, and has what it had before.
    Failed,
}

/// A certificate that a server was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceCertificate {
    /// Subject distinguished name.
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// End of its validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of its DER, hexadecimal.
    pub fingerprint_sha256: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceOutcome {
    /// When, RFC 3339.
    pub at: String,
    /// Whether it worked.
    pub ok: bool,
    /// In words.
    pub message: String,
    /// What to do, if it did not.
    pub remedy: String,
}
