//! What RFC 5280 section 4 asks of certificates besides a sound path, and what TLS clients add to it.
//!
//! Path validation (section 6) lets a certificate pass that no CA should have issued. Who names a purpose wants to know
//! whether strict peers will take the certificate, so then these count too; a node's own reception does not use them.

use alloc::string::String;
use alloc::vec::Vec;

use super::Fault;
use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::extensions::KeyUsage;
use crate::parsed::general_name::GeneralName;
use crate::parsed::public_key::{KeyKind, bit_length};

/// Where in the path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Leaf,
    /// The leaf itself is in the list.
    TrustedLeaf,
    Issuer,
    Anchor,
}

/// Everything that stands against one certificate.
pub(super) fn check(certificate: &Certificate<'_>, role: Role) -> Vec<(Fault, String)> {
    let mut found = Found { certificate, faults: Vec::new() };
    found.extensions(role);
    found.key_identifiers(role);
    found.key();
    if role != Role::Anchor {
        found.identity();
        found.hash();
    }
    match role {
        Role::Leaf => {
            found.peer();
            found.leaf();
        }
        Role::TrustedLeaf => {}
        Role::Issuer | Role::Anchor => found.issuer(),
    }
    found.faults
}

/// What a CA should not have issued like that, beside what other rules of `check` say of keys, signatures and purposes.
pub(crate) fn issuing(certificate: &Certificate<'_>, role: Role) -> Vec<String> {
    let mut found = Found { certificate, faults: Vec::new() };
    found.extensions(role);
    found.key_identifiers(role);
    found.identity();
    match role {
        Role::Leaf | Role::TrustedLeaf => found.leaf(),
        Role::Issuer | Role::Anchor => found.issuer(),
    }
    found.forum(role);
    found.faults.into_iter().map(|(_, message)| message).collect()
}

struct Found<'c, 'a> {
    certificate: &'c Certificate<'a>,
    faults: Vec<(Fault, String)>,
}

impl Found<'_, '_> {
    fn say(&mut self, message: &str) {
        self.faults.push((Fault::Profile, String::from(message)));
    }

    fn is_critical(&self, oid: &[u8]) -> Option<bool> {
        self.certificate.extensions.find(oid).map(|extension| extension.critical)
    }

    /// Sections 4.2.1.1, 4.2.1.2, 4.2.1.3, 4.2.1.10, 4.2.1.11, 4.2.1.14, 4.2.2.1 and 4.2.2.2.
    fn extensions(&mut self, role: Role) {
        const NEVER_CRITICAL: &[&[u8]] = &[
            oid::AUTHORITY_KEY_IDENTIFIER,
            oid::SUBJECT_KEY_IDENTIFIER,
            oid::AUTHORITY_INFO_ACCESS,
            oid::SUBJECT_INFO_ACCESS,
            oid::FRESHEST_CRL,
        ];
        const ALWAYS_CRITICAL: &[&[u8]] = &[oid::NAME_CONSTRAINTS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY];
        for oid in NEVER_CRITICAL.iter().filter(|oid| self.is_critical(oid) == Some(true)).collect::<Vec<_>>() {
            self.say(&alloc::format!("its {} is critical, which it must not be (RFC 5280 4.2)", oid::name(oid)));
        }
        for oid in ALWAYS_CRITICAL.iter().filter(|oid| self.is_critical(oid) == Some(false)).collect::<Vec<_>>() {
            self.say(&alloc::format!("its {} is not critical, which it must be (RFC 5280 4.2.1)", oid::name(oid)));
        }
        if self.certificate.extensions.key_usage.is_some_and(KeyUsage::is_empty) {
            self.say("its keyUsage names no use (RFC 5280 4.2.1.3)");
        }
        if let Some(constraints) = self.certificate.extensions.name_constraints {
            if role == Role::Leaf && !self.certificate.is_ca() {
                self.say("it has name constraints and is not a CA (RFC 5280 4.2.1.10)");
            }
            if constraints.permitted().chain(constraints.excluded()).next().is_none() {
                self.say("its name constraints are empty (RFC 5280 4.2.1.10)");
            }
            let dotted = |base: GeneralName<'_>| matches!(base, GeneralName::Dns(name) if name.starts_with(b"."));
            if constraints.permitted().chain(constraints.excluded()).any(dotted) {
                self.say("its name constraints have a DNS name with a leading dot (RFC 5280 4.2.1.10)");
            }
        }
    }

    /// Sections 4.2.1.1 and 4.2.1.2. Nothing is looked for above an anchor, so it may do without an authority's.
    fn key_identifiers(&mut self, role: Role) {
        let extensions = &self.certificate.extensions;
        let (authority, subject) = (extensions.authority_key_id, extensions.subject_key_id);
        if matches!(role, Role::Leaf | Role::Issuer) && authority.is_none() {
            self.say("it has no authority key identifier (RFC 5280 4.2.1.1)");
        }
        if matches!(role, Role::Issuer | Role::Anchor) && subject.is_none() {
            self.say("it is a CA and has no subject key identifier (RFC 5280 4.2.1.2)");
        }
    }

    /// What TLS clients refuse whoever signed it (CA/Browser Forum Baseline Requirements 6.1.5 and 6.1.6).
    fn key(&mut self) {
        let key = &self.certificate.public_key;
        match key.kind {
            KeyKind::Rsa { modulus, .. } if bit_length(modulus) < 2048 => {
                self.say(&alloc::format!("its RSA key has {} bits; TLS clients want 2048", bit_length(modulus)));
            }
            KeyKind::Rsa { modulus, .. } if !bit_length(modulus).is_multiple_of(8) => {
                self.say("the size of its RSA key is no multiple of 8 bits, which TLS clients may refuse");
            }
            KeyKind::Rsa { .. } | KeyKind::Ec { .. } | KeyKind::Ed25519 { .. } | KeyKind::MlDsa { .. } => {}
            _ => self.say(&alloc::format!("TLS clients do not take its key: {}", key.algorithm())),
        }
    }

    /// Sections 4.1.2.1, 4.1.2.2 and 4.1.2.4; RFC 9155 and the Baseline Requirements 7.1.3.2 for the hash.
    fn identity(&mut self) {
        let certificate = self.certificate;
        if certificate.version != 3 {
            self.say(&alloc::format!(
                "it is a version {} certificate; 3 is wanted (RFC 5280 4.1.2.1)",
                certificate.version
            ));
        }
        match certificate.serial {
            [first, ..] if first & 0x80 != 0 => self.say("its serial number is negative (RFC 5280 4.1.2.2)"),
            serial if serial.iter().all(|&byte| byte == 0) => self.say("its serial number is zero (RFC 5280 4.1.2.2)"),
            serial if serial.len() > 20 => self.say("its serial number is longer than 20 octets (RFC 5280 4.1.2.2)"),
            _ => {}
        }
        if certificate.issuer.is_empty() {
            self.say("its issuer has no name (RFC 5280 4.1.2.4)");
        }
    }

    fn hash(&mut self) {
        let algorithm = self.certificate.signature_algorithm.oid;
        if [oid::SHA1_WITH_RSA, oid::ECDSA_WITH_SHA1, oid::DSA_WITH_SHA1].contains(&algorithm) {
            self.say(&alloc::format!("TLS clients do not take its signature: {}", oid::name(algorithm)));
        }
    }

    fn peer(&mut self) {
        if self.certificate.extensions.basic_constraints.is_some_and(|constraints| constraints.ca) {
            self.say("it is a CA certificate, which TLS clients do not take from a peer");
        }
    }

    /// Sections 4.1.2.6, 4.2.1.3, 4.2.1.6 and 4.2.1.9.
    fn leaf(&mut self) {
        let extensions = &self.certificate.extensions;
        let is_ca = extensions.basic_constraints.is_some_and(|constraints| constraints.ca);
        let signs = extensions.key_usage.is_some_and(|usage| usage.has(KeyUsage::KEY_CERT_SIGN));
        let limited = extensions.basic_constraints.is_some_and(|constraints| constraints.path_length.is_some());
        if signs && !is_ca {
            self.say("its keyUsage has keyCertSign, and it is not a CA (RFC 5280 4.2.1.3 and 4.2.1.9)");
        }
        if limited && !is_ca {
            self.say("its basicConstraints have a path length, and it is not a CA (RFC 5280 4.2.1.9)");
        }
        if self.certificate.subject.is_empty() && self.is_critical(oid::SUBJECT_ALT_NAME) == Some(false) {
            self.say("it has no subject name, and its subjectAltName is not critical (RFC 5280 4.2.1.6)");
        }
    }

    /// What public CAs have agreed on (CA/Browser Forum Baseline Requirements 7.1.2). Validation lets it pass.
    fn forum(&mut self, role: Role) {
        if role == Role::Leaf && self.is_critical(oid::EXTENDED_KEY_USAGE) == Some(true) {
            self.say("its extended key usage is critical (CA/Browser Forum Baseline Requirements 7.1.2.7.6)");
        }
    }

    /// Sections 4.1.2.6, 4.2.1.3 and 4.2.1.9.
    fn issuer(&mut self) {
        if self.certificate.subject.is_empty() {
            self.say("it is a CA and has no subject name (RFC 5280 4.1.2.6)");
        }
        match self.is_critical(oid::BASIC_CONSTRAINTS) {
            Some(false) => self.say("its basicConstraints are not critical (RFC 5280 4.2.1.9)"),
            None => self.say("it is a CA and has no basicConstraints (RFC 5280 4.2.1.9)"),
            Some(true) => {}
        }
    }
}
