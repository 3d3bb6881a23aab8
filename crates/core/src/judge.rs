//! One function, one screen: an upload and what it depends on in, a report out.

use crate::decision::Decision;
use crate::material::{Inputs, Material};
use crate::report::Report;
use crate::rules;
use crate::security::SecurityLevel;
use crate::time::Time;

/// Into which box a file was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A server certificate, with or without its key.
    ServerCertificate,
    /// A client certificate, with or without its key.
    ClientCertificate,
    /// A private key alone.
    PrivateKey,
    /// Certificates for the trusted CA list.
    TrustedCa,
    /// A certificate revocation list.
    Crl,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::ServerCertificate, Self::ClientCertificate, Self::PrivateKey, Self::TrustedCa, Self::Crl];

    /// The kind's name in every interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerCertificate => "server-certificate",
            Self::ClientCertificate => "client-certificate",
            Self::PrivateKey => "private-key",
            Self::TrustedCa => "trusted-ca",
            Self::Crl => "crl",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What was uploaded, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// Into which box `file` was dropped.
    pub kind: Kind,
    /// The file.
    pub file: &'a [u8],
    /// The private key file uploaded with a certificate.
    pub private_key: Option<&'a [u8]>,
    /// The certificate that an uploaded key must match.
    pub certificate: Option<&'a [u8]>,
}

impl<'a> Upload<'a> {
    /// A file alone.
    #[must_use]
    pub const fn of(kind: Kind, file: &'a [u8]) -> Self {
        Self { kind, file, private_key: None, certificate: None }
    }
}

/// Everything else that a judgement depends on. All files are PEM.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The time to judge at.
    pub now: Time,
    /// The files of the trusted CA list; `None` if the list is not known.
    pub trusted_cas: Option<&'a [&'a [u8]]>,
    /// The revocation lists at hand.
    pub crls: &'a [&'a [u8]],
    /// The key now in use: a private key, a public key, or its certificate.
    pub current_key: Option<&'a [u8]>,
    /// The certificate signing request in progress.
    pub csr: Option<&'a [u8]>,
    /// What is to be done with wildcards.
    pub wildcards: Wildcards,
    /// What is an acceptable level of security.
    pub security_level: SecurityLevel,
}

impl Context<'_> {
    /// A context with an empty trusted CA list and nothing in use.
    #[must_use]
    pub const fn at(now: Time) -> Self {
        Self {
            now,
            trusted_cas: Some(&[]),
            crls: &[],
            current_key: None,
            csr: None,
            wildcards: Wildcards::Refuse,
            security_level: SecurityLevel::Standard,
        }
    }
}

/// Whether `*.example.com` passes as a subject alternative name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wildcards {
    /// It is refused, as the specification has it.
    #[default]
    Refuse,
    /// It is a warning.
    Warn,
}

/// Judges one upload. It never fails: what is wrong is in the report.
#[must_use]
pub fn judge(upload: &Upload<'_>, context: &Context<'_>) -> Report {
    judge_with_progress(upload, context, &mut |_, _| {})
}

/// Judges one upload and tells how many of its certificates are done, so that a person sees a long list advance.
pub fn judge_with_progress(upload: &Upload<'_>, context: &Context<'_>, progress: &mut dyn FnMut(u32, u32)) -> Report {
    let inputs = Inputs::split(upload, context);
    let mut material = Material::link(&inputs, upload, context);
    let findings = rules::check_all(&inputs, &mut material);
    let decision = Decision::from_findings(&findings);
    material.into_report(decision, findings, progress)
}
