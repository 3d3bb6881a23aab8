//! One question: does a certificate chain to a trusted CA (RFC 5280 path validation, for `certway verify`).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use crate::chain::{self, Anchors, Fault, InitialPolicies, Outcome, Pool, Problem, Profile, Revocation, Settings};
use crate::decode;
use crate::decoded::PathLink;
use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::time::Time;

/// What a certificate shall be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Extended key usages do not count.
    #[default]
    Any,
    /// TLS server.
    Server,
    /// TLS client.
    Client,
}

impl Purpose {
    fn oid(self) -> Option<&'static [u8]> {
        match self {
            Self::Any => None,
            Self::Server => Some(oid::SERVER_AUTH),
            Self::Client => Some(oid::CLIENT_AUTH),
        }
    }
}

impl Profile {
    /// What is asked for a purpose: nothing more than a sound path if there is none.
    #[must_use]
    pub fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Any => Self::Path,
            Purpose::Server | Purpose::Client => Self::Strict,
        }
    }
}

/// The name that a certificate shall be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerName<'a> {
    /// A DNS name.
    Dns(&'a str),
    /// An address.
    Ip(IpAddr),
    /// A mail address.
    Email(&'a str),
}

impl fmt::Display for PeerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Email(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// The question. Every file may be PEM or DER.
#[derive(Clone, Copy, Debug)]
pub struct VerifyRequest<'a> {
    /// The certificate; further certificates in the file count as untrusted ones.
    pub file: &'a [u8],
    /// Files of trust anchors, self-signed or not.
    pub trusted: &'a [&'a [u8]],
    /// Files of certificates that may help to build a path.
    pub untrusted: &'a [&'a [u8]],
    /// Files of revocation lists.
    pub crls: &'a [&'a [u8]],
    /// How they count. If it is not said, with any list each certificate but the anchor needs one.
    pub revocation: Option<Revocation>,
    /// The time to validate at.
    pub at: Time,
    /// The purpose.
    pub purpose: Purpose,
    /// The name, if one shall be checked.
    pub name: Option<PeerName<'a>>,
    /// The most intermediates allowed.
    pub maximum_intermediates: Option<usize>,
    /// Whether certificates must keep the rules for conforming CAs as well.
    pub profile: Profile,
    /// The policies that the path shall be valid for.
    pub policies: InitialPolicies<'a>,
}

impl<'a> VerifyRequest<'a> {
    /// Does the certificate chain to one of these, for any purpose, name and policy.
    #[must_use]
    pub fn of(file: &'a [u8], trusted: &'a [&'a [u8]], at: Time) -> Self {
        Self {
            file,
            trusted,
            untrusted: &[],
            crls: &[],
            revocation: None,
            at,
            purpose: Purpose::Any,
            name: None,
            maximum_intermediates: None,
            profile: Profile::Path,
            policies: InitialPolicies::default(),
        }
    }
}

/// The answer: valid if there is no reason against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The path, or the best attempt at one, leaf first.
    pub path: Vec<PathLink>,
    /// Everything that stands against the certificate.
    pub reasons: Vec<Problem>,
    /// If there is no path: each that was tried (the first 16), and what stands against it.
    pub attempts: Vec<Attempt>,
}

/// One path that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its certificates, leaf first; the last may be a missing one.
    pub path: Vec<PathLink>,
    /// What stands against it.
    pub reasons: Vec<Problem>,
}

/// Validates a certificate.
#[must_use]
pub fn verify(request: &VerifyRequest<'_>) -> Verification {
    let leaf_file = decode::ders(request.file, decode::CERTIFICATE_LABELS);
    let untrusted: Vec<_> =
        request.untrusted.iter().flat_map(|file| decode::ders(file, decode::CERTIFICATE_LABELS)).collect();
    let trusted: Vec<_> =
        request.trusted.iter().flat_map(|file| decode::ders(file, decode::CERTIFICATE_LABELS)).collect();
    let crl_ders: Vec<_> = request.crls.iter().flat_map(|file| decode::ders(file, decode::CRL_LABELS)).collect();

    let leaf = match leaf_file.first().map(|der| Certificate::parse(der)) {
        Some(Ok(leaf)) => leaf,
        Some(Err(fault)) => return unreadable(alloc::format!("the certificate cannot be read: {}", fault.as_str())),
        None => return unreadable(String::from("the file has no certificate")),
    };
    let beside: Vec<Certificate<'_>> =
        leaf_file.iter().skip(1).chain(&untrusted).filter_map(|der| Certificate::parse(der).ok()).collect();
    let trusted: Vec<Certificate<'_>> = trusted.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
    let crls: Vec<Crl<'_>> = crl_ders.iter().filter_map(|der| Crl::parse(der).ok()).collect();
    let pool = Pool { leaf: &leaf, beside: beside.iter().collect(), trusted: &trusted };
    let settings = Settings {
        now: request.at,
        anchors: Anchors::Listed,
        purpose: request.purpose.oid(),
        maximum_intermediates: request.maximum_intermediates,
        profile: request.profile,
        policies: request.policies,
        crls: &crls,
        revocation: request.revocation.unwrap_or(if request.crls.is_empty() {
            Revocation::IfListed
        } else {
            Revocation::Required
        }),
    };
    let outcome = chain::build(&pool, &settings);
    let mut reasons = leaf_reasons(&leaf, request);
    let path = decode::path(&pool, &outcome, settings.anchors);
    let Outcome { problems, attempts, .. } = outcome;
    let attempt =
        |attempt: Outcome| Attempt { path: decode::path(&pool, &attempt, settings.anchors), reasons: attempt.problems };
    let attempts = attempts.into_iter().map(attempt).collect();
    reasons.extend(problems);
    Verification { path, reasons, attempts }
}

/// What stands against the leaf whatever its path.
fn leaf_reasons(leaf: &Certificate<'_>, request: &VerifyRequest<'_>) -> Vec<Problem> {
    let mut reasons = Vec::new();
    let mut add = |fault, message| {
        reasons.push(Problem { fault, message, certificate: leaf.subject.text(), index: Some(0) });
    };
    if let Some(purpose) = request.purpose.oid()
        && !leaf.extensions.allows(purpose)
    {
        add(Fault::Purpose, alloc::format!("its extended key usage does not allow {}", oid::name(purpose)));
    }
    if let Some(name) = &request.name
        && let Err(message) = chain::check_peer_name(leaf, name)
    {
        add(Fault::NameMismatch, message);
    }
    reasons
}

fn unreadable(message: String) -> Verification {
    let problem = Problem { fault: Fault::NotDecodable, message, certificate: String::new(), index: None };
    Verification { path: Vec::new(), reasons: alloc::vec![problem], attempts: Vec::new() }
}
