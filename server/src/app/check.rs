//! `/check`: judges files that come with everything they depend on. Uses nothing of the node, and keeps nothing.

use certway_core::{Context, Kind, Time, Upload, Wildcards, judge};
use certway_wire::Report;
use certway_wire::security::SecurityLevel;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::App;
use super::error::Error;
use super::throttle::Source;
use crate::clock;

impl App {
    /// Counts an upload to be checked; too many from one source are turned away.
    pub(crate) async fn admit_check(&self, source: Source) -> Result<(), Error> {
        self.checked.turn(source).await.map_err(Error::TooManyChecks)
    }
}

/// The parts of a check, named as the options of `certway check`.
#[derive(Default, ToSchema)]
pub(crate) struct CheckUpload {
    /// Into which box the file is dropped: `server-certificate` unless another kind is named.
    #[schema(value_type = Option<String>)]
    pub(crate) kind: Option<Kind>,
    /// The file to judge.
    #[schema(value_type = String, format = Binary)]
    pub(crate) file: Vec<u8>,
    /// The private key uploaded with it.
    #[schema(value_type = Option<String>, format = Binary)]
    pub(crate) key: Option<Zeroizing<Vec<u8>>>,
    /// The certificate that an uploaded key must match.
    #[schema(value_type = Option<String>, format = Binary)]
    pub(crate) certificate: Option<Vec<u8>>,
    /// A file of the trusted CA list as it stands; the part may be repeated.
    #[schema(value_type = Vec<String>, format = Binary)]
    pub(crate) trusted: Vec<Vec<u8>>,
    /// A revocation list; the part may be repeated.
    #[schema(value_type = Vec<String>, format = Binary, rename = "crl")]
    pub(crate) crls: Vec<Vec<u8>>,
    /// The certificate signing request in progress.
    #[schema(value_type = Option<String>, format = Binary)]
    pub(crate) csr: Option<Vec<u8>>,
    /// The key now in use, private or public, or its certificate.
    #[schema(value_type = Option<String>, format = Binary)]
    pub(crate) current_key: Option<Zeroizing<Vec<u8>>>,
    /// The time to judge at, RFC 3339; now unless given.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) at: Option<Time>,
    /// What is an acceptable level of security; `standard` unless given.
    pub(crate) security_level: Option<SecurityLevel>,
}

impl CheckUpload {
    /// The report, the same byte for byte as that of the command line.
    pub(crate) fn judge(&self) -> Report {
        let trusted: Vec<&[u8]> = self.trusted.iter().map(Vec::as_slice).collect();
        let crls: Vec<&[u8]> = self.crls.iter().map(Vec::as_slice).collect();
        let upload = Upload {
            kind: self.kind.unwrap_or(Kind::ServerCertificate),
            file: &self.file,
            private_key: self.key.as_deref().map(Vec::as_slice),
            certificate: self.certificate.as_deref(),
        };
        let context = Context {
            now: self.at.unwrap_or_else(clock::now),
            trusted_cas: Some(&trusted),
            crls: &crls,
            current_key: self.current_key.as_deref().map(Vec::as_slice),
            csr: self.csr.as_deref(),
            wildcards: Wildcards::Refuse,
            security_level: self.security_level.unwrap_or_default().into(),
        };
        Report::from(&judge(&upload, &context))
    }
}
