//! Findings to a decision, and the material that an accepted upload may be stored as.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::report::{Finding, Severity};
use crate::time::Time;

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is stored; nothing stands against it.
    Accept,
    /// It is stored; the warnings say what will not work as wished.
    AcceptWithWarnings,
    /// It is not stored; nothing changes.
    Refuse,
}

impl Decision {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptWithWarnings => "accept_with_warnings",
            Self::Refuse => "refuse",
        }
    }

    /// The decision that follows from findings: the heaviest of them counts.
    pub(crate) fn from_findings(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.rule.severity).min() {
            Some(Severity::Error) => Self::Refuse,
            Some(Severity::Warning) => Self::AcceptWithWarnings,
            Some(Severity::Advice) | None => Self::Accept,
        }
    }
}

/// Material that was judged and not refused. Its fields are private: only [`judge`](crate::judge) makes one.
#[derive(Debug)]
pub enum Accepted {
    /// A server (or client) certificate with its key.
    Certificate(AcceptedCertificate),
    /// New trusted CA certificates.
    TrustedCas(AcceptedCas),
    /// Certificate revocation lists.
    Crls(Vec<AcceptedCrl>),
}

/// A certificate, its chain and its key, judged together.
#[derive(Debug)]
pub struct AcceptedCertificate {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) served: Vec<Vec<u8>>,
    pub(crate) key: AcceptedKey,
    pub(crate) loadable: bool,
    pub(crate) not_after: Time,
}

impl AcceptedCertificate {
    /// The leaf, then the other certificates of the file, each as DER.
    #[must_use]
    pub fn chain_der(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// What a handshake sends: the leaf, then the intermediates from the file or the trusted CA list, never the root.
    #[must_use]
    pub fn served_der(&self) -> &[Vec<u8>] {
        &self.served
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &AcceptedKey {
        &self.key
    }

    /// Whether it may be served at once: a full path to a trusted root, valid now, not revoked, and a key for TLS.
    #[must_use]
    pub fn loadable(&self) -> bool {
        self.loadable
    }

    /// The end of the leaf's validity.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.not_after
    }
}

/// The key that belongs to an accepted certificate.
#[derive(Clone)]
pub enum AcceptedKey {
    /// It was uploaded: PKCS#8 DER.
    Uploaded(Zeroizing<Vec<u8>>),
    /// It is the key now in use.
    Current,
    /// It is the key of the certificate signing request in progress.
    Csr,
}

impl fmt::Debug for AcceptedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uploaded(_) => "Uploaded(..)",
            Self::Current => "Current",
            Self::Csr => "Csr",
        })
    }
}

/// Trusted CA certificates that are new to the list.
#[derive(Debug)]
pub struct AcceptedCas {
    pub(crate) added: Vec<Vec<u8>>,
    pub(crate) crls: Vec<AcceptedCrl>,
}

impl AcceptedCas {
    /// The new certificates as DER, in file order.
    #[must_use]
    pub fn added_der(&self) -> &[Vec<u8>] {
        &self.added
    }

    /// The revocation lists that lay among them.
    #[must_use]
    pub fn crls(&self) -> &[AcceptedCrl] {
        &self.crls
    }
}

/// One certificate revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedCrl {
    pub(crate) der: Vec<u8>,
    pub(crate) scope: Vec<u8>,
    pub(crate) this_update: Time,
    pub(crate) recognised: bool,
}

impl AcceptedCrl {
    /// The list as DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What it tells about: its issuer, its issuing distribution point, and whether it is a delta. A list takes the place of
    /// the former one of the same scope.
    #[must_use]
    pub fn scope(&self) -> &[u8] {
        &self.scope
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// Whether it is signed by a CA of the trusted CA list, as it is after the upload.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        self.recognised
    }
}
