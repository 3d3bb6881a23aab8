//! What 'an acceptable level of security' is: the one place where it is written down.
//!
//! The specification warns of a certificate that 'does not have an acceptable level of security' and leaves open what
//! that is. Here it is four named levels, of which an administrator chooses one. The signature of a root is not judged:
//! nobody relies on it.

use alloc::string::String;

use crate::oid;
use crate::parsed::certificate::{Algorithm, Certificate};
use crate::parsed::public_key::{KeyKind, PublicKey, bit_length};
use crate::signature;
use crate::time::Time;

/// Which level is asked of certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecurityLevel {
    /// 80 bits, for old equipment.
    Legacy,
    /// 112 bits.
    #[default]
    Standard,
    /// 112 bits, and no longer than a public CA may make it.
    Public,
    /// 128 bits, and no longer than a public CA may make it.
    High,
}

impl SecurityLevel {
    /// Every level, the lowest first.
    pub const ALL: [Self; 4] = [Self::Legacy, Self::Standard, Self::Public, Self::High];

    /// Its name in every interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Standard => "standard",
            Self::Public => "public",
            Self::High => "high",
        }
    }

    /// The level of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// What it asks.
    #[must_use]
    pub fn requirements(self) -> &'static Requirements {
        match self {
            Self::Legacy => &LEGACY,
            Self::Standard => &STANDARD,
            Self::Public => &PUBLIC,
            Self::High => &HIGH,
        }
    }
}

/// What a level asks of every certificate of a chain.
#[derive(Debug, PartialEq, Eq)]
pub struct Requirements {
    /// For whom it is, in one sentence.
    pub purpose: &'static str,
    /// The shortest RSA modulus, in bits.
    pub rsa_bits: u32,
    /// The lowest public exponent of RSA.
    pub rsa_exponent: u32,
    /// The smallest curve, in bits. Curves without a name, or with parameters written out, are never taken.
    pub curve_bits: u32,
    /// The keys that are taken, in words.
    pub keys: &'static str,
    /// The least resistance to collisions of a signature's hash, in bits.
    pub hash_bits: u32,
    /// The hashes that are taken, in words.
    pub hashes: &'static str,
    /// How long a server or client certificate may live, by the day on which its validity begins; the latest that fits
    /// counts. None: as long as its CA likes.
    pub lifetimes: &'static [Lifetime],
    /// Where that is written.
    pub source: &'static str,
}

/// How long a certificate may live that begins on or after a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The first day.
    pub from: Time,
    /// The longest validity, in days.
    pub days: i64,
}

const LEGACY: Requirements = Requirements {
    purpose: "Old equipment that can do no better: only what is broken in practice is warned of.",
    rsa_bits: 1024,
    rsa_exponent: 3,
    curve_bits: 160,
    keys: "RSA with at least 1024 bits, a named curve of at least 160 bits, or Ed25519",
    hash_bits: 63,
    hashes: "SHA-1, SHA-256, SHA-384 or SHA-512",
    lifetimes: &[],
    source: "NIST SP 800-131A (2011): 80 bits",
};

const STANDARD: Requirements = Requirements {
    purpose: "Most networks, with CAs of their own or public ones.",
    rsa_bits: 2048,
    rsa_exponent: 3,
    curve_bits: 224,
    keys: "RSA with at least 2048 bits, P-256, P-384, P-521 or Ed25519",
    hash_bits: 112,
    hashes: "SHA-256, SHA-384 or SHA-512",
    lifetimes: &[],
    source: "NIST SP 800-131A, revision 2: 112 bits",
};

const PUBLIC: Requirements = Requirements {
    purpose: "What browsers take from public CAs: as standard, and no longer than such a CA may make it.",
    lifetimes: &LIFETIMES,
    source: "NIST SP 800-131A, revision 2; CA/Browser Forum Baseline Requirements 6.3.2 (SC-081)",
    ..STANDARD
};

const HIGH: Requirements = Requirements {
    purpose: "Certificates that are to hold beyond 2030.",
    rsa_bits: 3072,
    rsa_exponent: 65_537,
    curve_bits: 256,
    keys: "RSA with at least 3072 bits and a public exponent of at least 65537, P-256, P-384, P-521 or Ed25519",
    hash_bits: 128,
    hashes: "SHA-256, SHA-384 or SHA-512",
    lifetimes: &LIFETIMES,
    source: "NIST SP 800-57, part 1, revision 5: 128 bits; FIPS 186-5; CA/Browser Forum Baseline Requirements 6.3.2 (SC-081)",
};

/// What public CAs may make: 825 days from 2018-03-01, 398 from 2020-09-01, 200 from 2026-03-15, 100 from 2027-03-15 and
/// 47 from 2029-03-15.
const LIFETIMES: [Lifetime; 5] = [
    Lifetime { from: Time::from_unix(1_519_862_400), days: 825 },
    Lifetime { from: Time::from_unix(1_598_918_400), days: 398 },
    Lifetime { from: Time::from_unix(1_773_532_800), days: 200 },
    Lifetime { from: Time::from_unix(1_805_068_800), days: 100 },
    Lifetime { from: Time::from_unix(1_868_227_200), days: 47 },
];

/// Why a key is weaker than asked, if it is.
pub(crate) fn key_weakness(key: &PublicKey<'_>, asked: &Requirements) -> Option<String> {
    match key.kind {
        KeyKind::Rsa { modulus, .. } if bit_length(modulus) < asked.rsa_bits => {
            Some(alloc::format!("RSA with {} bits", bit_length(modulus)))
        }
        // An exponent of up to four bytes is a number; a longer one is above what any level asks.
        KeyKind::Rsa { exponent, .. } => {
            let value = exponent.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
            let low = exponent.len() <= 4 && value < u64::from(asked.rsa_exponent);
            low.then(|| alloc::format!("RSA with the public exponent {value}"))
        }
        KeyKind::OtherCurve { curve } if oid::known(curve).is_none() => {
            Some(alloc::format!("the curve {}", oid::dotted(curve)))
        }
        KeyKind::ExplicitCurve => Some(String::from("an elliptic curve with explicit parameters")),
        KeyKind::Ec { .. } | KeyKind::OtherCurve { .. } => {
            let low = key.bits() != 0 && key.bits() < asked.curve_bits;
            low.then(|| alloc::format!("the curve {}", key.algorithm()))
        }
        KeyKind::Dsa { .. } if key.bits() < asked.rsa_bits => Some(alloc::format!("DSA with {} bits", key.bits())),
        _ => None,
    }
}

/// Why a signature is weaker than asked, if it is: its algorithm.
pub(crate) fn signature_weakness(certificate: &Certificate<'_>, asked: &Requirements) -> Option<String> {
    let algorithm = &certificate.signature_algorithm;
    let weak = hash_strength(algorithm).is_some_and(|bits| bits < asked.hash_bits);
    (weak && !certificate.is_root()).then(|| oid::name(algorithm.oid))
}

/// The longest life, in days, that is asked of a certificate which lives longer.
pub(crate) fn exceeded_lifetime(certificate: &Certificate<'_>, asked: &Requirements) -> Option<i64> {
    let fits = |lifetime: &&Lifetime| certificate.not_before >= lifetime.from;
    let days = asked.lifetimes.iter().rev().find(fits)?.days;
    (lifetime_seconds(certificate) > days * 86_400).then_some(days)
}

/// How long a certificate lives. Both its ends belong to it (RFC 5280 section 4.1.2.5).
pub(crate) fn lifetime_seconds(certificate: &Certificate<'_>) -> i64 {
    certificate.not_after.unix().saturating_sub(certificate.not_before.unix()).saturating_add(1)
}

/// What an attacker must spend on a key or a signature, as bits of a symmetric key (NIST SP 800-57, table 2); `None` if that is
/// not known here.
pub(crate) fn key_strength(key: &PublicKey<'_>) -> Option<u32> {
    Some(match key.kind {
        KeyKind::Rsa { .. } | KeyKind::Dsa { .. } => match key.bits() {
            15_360.. => 256,
            7_680.. => 192,
            3_072.. => 128,
            2_048.. => 112,
            1_024.. => 80,
            _ => 0,
        },
        KeyKind::Ed25519 { .. } => 128,
        KeyKind::Ec { .. } | KeyKind::OtherCurve { .. } if key.bits() != 0 => (key.bits() / 2).min(256),
        // FIPS 204, table 1: categories 2, 3 and 5.
        KeyKind::MlDsa { algorithm: oid::ML_DSA_44, .. } => 128,
        KeyKind::MlDsa { algorithm: oid::ML_DSA_65, .. } => 192,
        KeyKind::MlDsa { algorithm: oid::ML_DSA_87, .. } => 256,
        _ => return None,
    })
}

/// The resistance to collisions of a signature's hash, in bits; `None` where the key alone counts.
pub(crate) fn hash_strength(algorithm: &Algorithm<'_>) -> Option<u32> {
    Some(match algorithm.oid {
        // Collisions are made in seconds.
        oid::MD2_WITH_RSA | oid::MD5_WITH_RSA => 0,
        // Stevens et al. 2017.
        oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 | oid::DSA_WITH_SHA1 => 63,
        oid::SHA224_WITH_RSA | oid::ECDSA_WITH_SHA224 | oid::DSA_WITH_SHA224 => 112,
        oid::SHA256_WITH_RSA | oid::ECDSA_WITH_SHA256 | oid::DSA_WITH_SHA256 => 128,
        oid::SHA384_WITH_RSA | oid::ECDSA_WITH_SHA384 => 192,
        oid::SHA512_WITH_RSA | oid::ECDSA_WITH_SHA512 => 256,
        oid::RSASSA_PSS => signature::pss_hash_bits(algorithm.parameters)? / 2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's certificate must not have such a key, so that only a root's counts: never the weakest link of a path.
    #[test]
    fn the_keys_of_fips_204_have_the_strength_of_its_categories() {
        for (last_arc, bits) in [(17, 128), (18, 192), (19, 256)] {
            let key = [0x30, 17, 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last_arc, 3, 2, 0, 0];
            let key = PublicKey::parse(&key);
            assert_eq!(key.ok().as_ref().and_then(key_strength), Some(bits));
        }
    }

    #[test]
    fn a_hash_resists_collisions_with_half_its_bits_unless_it_is_broken() {
        let bits_of = |oid: &'static [u8]| hash_strength(&Algorithm { oid, parameters: &[], raw: &[] });
        for (broken, bits) in [(oid::MD5_WITH_RSA, 0), (oid::SHA1_WITH_RSA, 63), (oid::ECDSA_WITH_SHA1, 63)] {
            assert_eq!(bits_of(broken), Some(bits));
        }
        for (rsa, ecdsa, bits) in [
            (oid::SHA224_WITH_RSA, oid::ECDSA_WITH_SHA224, 112),
            (oid::SHA256_WITH_RSA, oid::ECDSA_WITH_SHA256, 128),
            (oid::SHA384_WITH_RSA, oid::ECDSA_WITH_SHA384, 192),
            (oid::SHA512_WITH_RSA, oid::ECDSA_WITH_SHA512, 256),
        ] {
            assert_eq!((bits_of(rsa), bits_of(ecdsa)), (Some(bits), Some(bits)));
        }
    }
}
