//! The hash functions of key derivation, chosen by the file.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::oid;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::repair) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the OID of the function itself, as DigestInfo has it.
    pub(in crate::repair) fn from_oid(oid: &[u8]) -> Option<Self> {
        match oid {
            oid::MD5 => Some(Self::Md5),
            oid::SHA1 => Some(Self::Sha1),
            oid::SHA224 => Some(Self::Sha224),
            oid::SHA256 => Some(Self::Sha256),
            oid::SHA384 => Some(Self::Sha384),
            oid::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// By the OID of HMAC with it (RFC 8018 B.1).
    pub(in crate::repair) fn from_hmac_oid(oid: &[u8]) -> Option<Self> {
        match oid {
            oid::HMAC_WITH_SHA1 => Some(Self::Sha1),
            oid::HMAC_WITH_SHA224 => Some(Self::Sha224),
            oid::HMAC_WITH_SHA256 => Some(Self::Sha256),
            oid::HMAC_WITH_SHA384 => Some(Self::Sha384),
            oid::HMAC_WITH_SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(in crate::repair) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// How many bytes it gives.
    pub(in crate::repair) const fn output_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// How many bytes it takes in at a time.
    pub(in crate::repair) const fn block_bytes(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    /// The hash of some parts, hashed again until it was hashed `times` times; at least once.
    pub(in crate::repair) fn repeated(self, parts: &[&[u8]], times: u32) -> Zeroizing<Vec<u8>> {
        macro_rules! repeat {
            ($hash:ty) => {{
                let mut first = <$hash>::new();
                for part in parts {
                    first.update(part);
                }
                let mut digest = first.finalize();
                for _ in 1..times {
                    digest = <$hash>::digest(&digest);
                }
                Zeroizing::new(digest.to_vec())
            }};
        }
        match self {
            Self::Md5 => repeat!(Md5),
            Self::Sha1 => repeat!(Sha1),
            Self::Sha224 => repeat!(Sha224),
            Self::Sha256 => repeat!(Sha256),
            Self::Sha384 => repeat!(Sha384),
            Self::Sha512 => repeat!(Sha512),
        }
    }

    /// Whether `code` is the HMAC of a message, compared in constant time.
    pub(in crate::repair) fn is_hmac(self, key: &[u8], message: &[u8], code: &[u8]) -> bool {
        macro_rules! verify {
            ($hash:ty) => {
                Hmac::<$hash>::new_from_slice(key)
                    .is_ok_and(|hmac| hmac.chain_update(message).verify_slice(code).is_ok())
            };
        }
        match self {
            Self::Md5 => verify!(Md5),
            Self::Sha1 => verify!(Sha1),
            Self::Sha224 => verify!(Sha224),
            Self::Sha256 => verify!(Sha256),
            Self::Sha384 => verify!(Sha384),
            Self::Sha512 => verify!(Sha512),
        }
    }

    /// PBKDF2 (RFC 8018 section 5.2) with HMAC.
    pub(in crate::repair) fn pbkdf2(self, passphrase: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
        let derive = match self {
            Self::Md5 => pbkdf2::pbkdf2_hmac::<Md5>,
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>,
            Self::Sha224 => pbkdf2::pbkdf2_hmac::<Sha224>,
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>,
            Self::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>,
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>,
        };
        derive(passphrase, salt, iterations, key);
    }
}
