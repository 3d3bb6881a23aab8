//! One question of path validation, as the command line and the HTTP interface put it.

use std::net::IpAddr;

use certway_core::{InitialPolicies, PeerName, Profile, Purpose, Time, VerifyRequest, verify};
use certway_wire::Verification;
use zeroize::Zeroizing;

use crate::clock;

/// The files and the settings. What is left out is as `certway verify` has it.
#[derive(Default)]
pub(crate) struct Question {
    /// The certificate; others in the file help to build the path.
    pub(crate) file: Zeroizing<Vec<u8>>,
    /// Trust anchors.
    pub(crate) trusted: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates that may help.
    pub(crate) untrusted: Vec<Zeroizing<Vec<u8>>>,
    /// Revocation lists. With any, each certificate but the anchor needs one.
    pub(crate) crls: Vec<Zeroizing<Vec<u8>>>,
    /// The time to validate at; now, if left out.
    pub(crate) at: Option<Time>,
    /// What the certificate shall be used for.
    pub(crate) purpose: Purpose,
    /// The name that it shall be for.
    pub(crate) name: Option<Name>,
    /// The most intermediates allowed.
    pub(crate) maximum_intermediates: Option<usize>,
    /// Policies of which one must be valid; without any, all are accepted.
    pub(crate) policies: Vec<String>,
    /// RFC 5280: initial-explicit-policy.
    pub(crate) require_explicit_policy: bool,
    /// RFC 5280: initial-policy-mapping-inhibit.
    pub(crate) inhibit_policy_mapping: bool,
    /// RFC 5280: initial-any-policy-inhibit.
    pub(crate) inhibit_any_policy: bool,
}

/// A name that a certificate shall be for.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Dns(String),
    Ip(IpAddr),
    Email(String),
}

impl Question {
    /// Validates, and gives every reason.
    pub(crate) fn answer(&self) -> Verification {
        fn slices(files: &[Zeroizing<Vec<u8>>]) -> Vec<&[u8]> {
            files.iter().map(|file| file.as_slice()).collect()
        }
        let accepted: Vec<&str> = self.policies.iter().map(String::as_str).collect();
        let name = self.name.as_ref().map(|name| match name {
            Name::Dns(name) => PeerName::Dns(name),
            Name::Ip(address) => PeerName::Ip(*address),
            Name::Email(address) => PeerName::Email(address),
        });
        Verification::from(&verify(&VerifyRequest {
            untrusted: &slices(&self.untrusted),
            crls: &slices(&self.crls),
            purpose: self.purpose,
            name,
            maximum_intermediates: self.maximum_intermediates,
            profile: Profile::of(self.purpose),
            policies: InitialPolicies {
                accepted: &accepted,
                require_explicit: self.require_explicit_policy,
                inhibit_mapping: self.inhibit_policy_mapping,
                inhibit_any: self.inhibit_any_policy,
            },
            ..VerifyRequest::of(&self.file, &slices(&self.trusted), self.at.unwrap_or_else(clock::now))
        }))
    }
}

/// An object identifier in dotted decimals: a first arc of 0 to 2, and at least one more.
pub(crate) fn object_identifier(text: &str) -> Result<String, String> {
    let arcs: Vec<&str> = text.split('.').collect();
    let is_number = |arc: &&str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
    if arcs.len() > 1 && arcs.iter().all(is_number) && matches!(arcs[0], "0" | "1" | "2") {
        return Ok(text.to_owned());
    }
    Err("an object identifier is wanted, such as 2.16.840.1.101.3.2.1.48.1".to_owned())
}
