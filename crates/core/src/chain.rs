//! The path from a certificate to a trusted CA, or every reason why there is none (RFC 5280 section 6, RFC 4158).
//!
//! `build` walks from the leaf towards the anchors, along every issuer whose name (and key identifier, where both have
//! one) fits; a signature is verified before a link counts. Each path that reaches an anchor is checked; the first one
//! without a fault is the answer. If there is none, the answer has the best attempt and what stood against each.

mod build;
mod work;
pub(crate) mod checks;
mod policies;
mod profile;
mod constraints;
mod peer_name;
pub(crate) mod revocation;

use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use build::build;
pub(crate) use peer_name::check_peer_name;
pub use policies::InitialPolicies;
pub(crate) use profile::{Role, issuing};

use crate::decoded::LinkOrigin;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::time::Time;

/// What can stand against a certificate or a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// No certificate of the issuer is at hand.
    IssuerMissing,
    /// The path ends in a self-signed certificate that is not trusted.
    RootNotTrusted,
    /// The signature was not made with the issuer's key.
    SignatureInvalid,
    /// The signature's algorithm is not one that is accepted.
    SignatureUnsupported,
    /// The two statements of the signature algorithm differ.
    AlgorithmMismatch,
    /// It is past its end of validity.
    Expired,
    /// It is before its start of validity.
    NotYetValid,
    /// It issued a certificate and is not a CA.
    NotACa,
    /// It issued a certificate and its keyUsage does not allow that.
    KeyUsage,
    /// More certificates follow than its path length allows.
    PathLength,
    /// It has a critical extension that is not understood.
    UnknownCriticalExtension,
    /// A name is outside the name constraints of a CA above.
    NameConstraints,
    /// The path is not valid for a policy that is asked for.
    Policy,
    /// It breaks the rules for what a certificate may say, though its path may be sound.
    Profile,
    /// Its extended key usage does not allow the purpose.
    Purpose,
    /// It was revoked.
    Revoked,
    /// Revocation was asked for and no valid CRL of its issuer is at hand.
    RevocationUnknown,
    /// It is not for the name that was asked for.
    NameMismatch,
    /// The path has more certificates than allowed.
    TooLong,
    /// The work for this chain passed a limit.
    BudgetExhausted,
    /// It cannot be read.
    NotDecodable,
}

impl Fault {
    /// The fault's name in `certway verify`.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::IssuerMissing => "issuer-missing",
            Self::RootNotTrusted => "root-not-trusted",
            Self::SignatureInvalid => "signature-invalid",
            Self::SignatureUnsupported => "signature-unsupported",
            Self::AlgorithmMismatch => "algorithm-mismatch",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::NotACa => "not-a-ca",
            Self::KeyUsage => "key-usage",
            Self::PathLength => "path-length",
            Self::UnknownCriticalExtension => "unknown-critical-extension",
            Self::NameConstraints => "name-constraints",
            Self::Policy => "policy",
            Self::Profile => "profile",
            Self::Purpose => "purpose",
            Self::Revoked => "revoked",
            Self::RevocationUnknown => "revocation-unknown",
            Self::NameMismatch => "name-mismatch",
            Self::TooLong => "path-too-long",
            Self::BudgetExhausted => "budget-exhausted",
            Self::NotDecodable => "not-decodable",
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::IssuerMissing | Self::RootNotTrusted => "RFC 5280 6.1 (the path ends at a trust anchor)",
            Self::SignatureInvalid => "RFC 5280 6.1.3 (a)(1)",
            Self::SignatureUnsupported => "RFC 5280 6.1.3 (a)(1), RFC 9155",
            Self::AlgorithmMismatch => "RFC 5280 4.1.1.2",
            Self::Expired | Self::NotYetValid => "RFC 5280 6.1.3 (a)(2)",
            Self::Revoked | Self::RevocationUnknown => "RFC 5280 6.1.3 (a)(3)",
            Self::NameConstraints => "RFC 5280 6.1.3 (b) and (c)",
            Self::Policy => "RFC 5280 6.1.3 (d) to (f) and 6.1.5 (g), RFC 9618",
            Self::Profile => "RFC 5280 4.1 and 4.2, CA/Browser Forum Baseline Requirements 7.1",
            Self::NotACa => "RFC 5280 6.1.4 (k)",
            Self::PathLength => "RFC 5280 6.1.4 (l) and (m)",
            Self::KeyUsage => "RFC 5280 6.1.4 (n)",
            Self::UnknownCriticalExtension => "RFC 5280 6.1.4 (o) and 6.1.5 (f)",
            Self::Purpose => "RFC 5280 4.2.1.12",
            Self::NameMismatch => "RFC 9525 6",
            Self::TooLong | Self::BudgetExhausted => "RFC 4158 7.6",
            Self::NotDecodable => "RFC 5280 4.1",
        }
    }
}

/// One fault of one certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What stands against it.
    pub fault: Fault,
    /// The same in words, with the values that were compared.
    pub message: String,
    /// The subject of the certificate at fault.
    pub certificate: String,
    /// Which certificate of the pool it is; `None` for one that is missing.
    pub(crate) index: Option<usize>,
}

/// Which certificates of a trusted CA list anchor a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchors {
    /// Self-signed ones (uploads and peers).
    Roots,
    /// All of them (`certway verify`).
    Listed,
}

/// What a path is checked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'s, 'a> {
    pub(crate) now: Time,
    pub(crate) anchors: Anchors,
    /// The extended key usage that the intermediates must allow.
    pub(crate) purpose: Option<&'static [u8]>,
    pub(crate) maximum_intermediates: Option<usize>,
    pub(crate) profile: Profile,
    pub(crate) policies: InitialPolicies<'s>,
    pub(crate) crls: &'s [Crl<'a>],
    pub(crate) revocation: Revocation,
}

/// What is asked of certificates besides a sound path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Nothing: RFC 5280 section 6 alone.
    #[default]
    Path,
    /// The rules of RFC 5280 section 4 for conforming CAs, and what strict TLS clients ask for.
    Strict,
}

/// How revocation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// What a CRL at hand revokes is revoked.
    IfListed,
    /// Every certificate but the anchor needs a CRL that is valid now.
    Required,
}

/// The certificates that may take part in a path: the leaf first.
#[derive(Debug)]
pub(crate) struct Pool<'s, 'a> {
    /// The leaf.
    pub(crate) leaf: &'s Certificate<'a>,
    /// Certificates that came with it.
    pub(crate) beside: Vec<&'s Certificate<'a>>,
    /// The trusted CA list.
    pub(crate) trusted: &'s [Certificate<'a>],
}

impl<'s, 'a> Pool<'s, 'a> {
    pub(crate) fn get(&self, index: usize) -> &'s Certificate<'a> {
        if index == 0 {
            return self.leaf;
        }
        match self.beside.get(index - 1) {
            Some(certificate) => certificate,
            None => &self.trusted[index - 1 - self.beside.len()],
        }
    }

    pub(crate) fn len(&self) -> usize {
        1 + self.beside.len() + self.trusted.len()
    }

    pub(crate) fn is_listed(&self, index: usize) -> bool {
        index > self.beside.len()
    }

    pub(crate) fn is_anchor(&self, index: usize, anchors: Anchors) -> bool {
        self.is_listed(index) && (anchors == Anchors::Listed || (self.get(index).is_root() && self.get(index).is_ca()))
    }

    pub(crate) fn origin(&self, index: usize, anchors: Anchors) -> LinkOrigin {
        if self.is_anchor(index, anchors) {
            LinkOrigin::Root
        } else if self.is_listed(index) {
            LinkOrigin::TrustedList
        } else {
            LinkOrigin::File
        }
    }
}

/// What path building found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Positions in the pool, leaf first: the path, or the best attempt.
    pub(crate) path: Vec<usize>,
    /// Whether that path ends at an anchor.
    pub(crate) anchored: bool,
    /// What stands against it; for an attempt, against the other attempts as well.
    pub(crate) problems: Vec<Problem>,
    /// If there is no path: each that was tried, with what stands against it.
    pub(crate) attempts: Vec<Outcome>,
}

impl Outcome {
    /// Whether the path is one: it ends at an anchor, and nothing stands against it.
    pub(crate) fn is_sound(&self) -> bool {
        self.anchored && self.problems.is_empty()
    }
}
