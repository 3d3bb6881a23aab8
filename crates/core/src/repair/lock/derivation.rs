//! From a passphrase to a key: PBKDF1, PBKDF2, scrypt, and the derivations of PKCS#12 and of OpenSSL's PEM.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Budget, Hash, LockFault, Passphrase};

/// How a key is derived.
#[derive(Clone, Copy, Debug)]
pub(super) enum Derivation<'a> {
    /// PBKDF1 (RFC 8018 section 5.1).
    Pbkdf1 { hash: Hash, salt: &'a [u8], iterations: u32 },
    /// PBKDF2 (RFC 8018 section 5.2).
    Pbkdf2 { hash: Hash, salt: &'a [u8], iterations: u32 },
    /// scrypt (RFC 7914): N is two to the power of `log_n`.
    Scrypt { salt: &'a [u8], log_n: u8, r: u32, p: u32 },
    /// RFC 7292 appendix B with SHA-1.
    Pkcs12 { salt: &'a [u8], iterations: u32 },
}

/// What a derivation gives.
#[derive(Default)]
pub(super) struct Derived {
    pub(super) key: Zeroizing<Vec<u8>>,
    /// The initialisation vector; empty where the derivation gives none.
    pub(super) iv: Zeroizing<Vec<u8>>,
}

/// What a key of PKCS#12 is for (RFC 7292 B.3).
#[derive(Clone, Copy, Debug)]
pub(in crate::repair) enum Use {
    Encryption = 1,
    InitialisationVector = 2,
    Mac = 3,
}

impl Derivation<'_> {
    /// Derives, when the budget has room for it.
    pub(super) fn derive(
        self,
        passphrase: &Passphrase,
        key_bytes: usize,
        iv_bytes: usize,
        budget: &mut Budget,
    ) -> Result<Derived, LockFault> {
        let mut key = Zeroizing::new(alloc::vec![0; key_bytes]);
        match self {
            Self::Pbkdf1 { hash, salt, iterations } => {
                budget.take_iterations(u64::from(iterations))?;
                let digest = hash.repeated(&[&passphrase.bytes, salt], iterations);
                // Eight bytes of key, eight of vector; MD5, the shorter, has sixteen.
                let (key, rest) = digest.split_at_checked(key_bytes).unwrap_or_default();
                let iv = rest.get(..iv_bytes).unwrap_or_default();
                Ok(Derived { key: Zeroizing::new(key.to_vec()), iv: Zeroizing::new(iv.to_vec()) })
            }
            Self::Pbkdf2 { hash, salt, iterations } => {
                budget.take_iterations(blocks(key_bytes, hash) * u64::from(iterations))?;
                hash.pbkdf2(&passphrase.bytes, salt, iterations, &mut key);
                Ok(Derived { key, ..Derived::default() })
            }
            Self::Scrypt { salt, log_n, r, p } => {
                let bytes = 1u64.checked_shl(u32::from(log_n)).and_then(|n| n.checked_mul(u64::from(r)));
                let bytes = bytes.and_then(|bytes| bytes.checked_mul(u64::from(p)));
                budget.take_scrypt_bytes(bytes.and_then(|bytes| bytes.checked_mul(128)).unwrap_or(u64::MAX))?;
                let damaged = LockFault::Damaged("the parameters of scrypt are not sound");
                let parameters = scrypt::Params::new(log_n, r, p).map_err(|_| damaged.clone())?;
                scrypt::scrypt(&passphrase.bytes, salt, &parameters, &mut key).map_err(|_| damaged)?;
                Ok(Derived { key, ..Derived::default() })
            }
            Self::Pkcs12 { salt, iterations } => {
                let mut iv = Zeroizing::new(alloc::vec![0; iv_bytes]);
                pkcs12_key(Hash::Sha1, Use::Encryption, passphrase, salt, iterations, &mut key, budget)?;
                pkcs12_key(Hash::Sha1, Use::InitialisationVector, passphrase, salt, iterations, &mut iv, budget)?;
                Ok(Derived { key, iv })
            }
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Pbkdf1 { hash, .. } => alloc::format!("PBKDF1 with {}", hash.name()),
            Self::Pbkdf2 { hash, iterations, .. } => {
                alloc::format!("PBKDF2 with HMAC-{}, {iterations} iterations", hash.name())
            }
            Self::Scrypt { log_n, r, p, .. } => alloc::format!("scrypt with N 2^{log_n}, r {r}, p {p}"),
            Self::Pkcs12 { iterations, .. } => alloc::format!("PKCS#12 with SHA-1, {iterations} iterations"),
        }
    }
}

/// How many times a derivation runs to fill a key.
fn blocks(key_bytes: usize, hash: Hash) -> u64 {
    key_bytes.div_ceil(hash.output_bytes()) as u64
}

/// The key derivation of PKCS#12 (RFC 7292 B.2).
pub(in crate::repair) fn pkcs12_key(
    hash: Hash,
    purpose: Use,
    passphrase: &Passphrase,
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
    budget: &mut Budget,
) -> Result<(), LockFault> {
    budget.take_iterations(blocks(key.len(), hash) * u64::from(iterations))?;
    let width = hash.block_bytes();
    let diversifier = alloc::vec![purpose as u8; width];
    let mut input = Zeroizing::new(Vec::new());
    for part in [salt, &passphrase.bmp] {
        input.extend(part.iter().cycle().take(part.len().next_multiple_of(width)));
    }
    for chunk in key.chunks_mut(hash.output_bytes()) {
        let digest = hash.repeated(&[&diversifier, &input], iterations);
        for (target, byte) in chunk.iter_mut().zip(digest.iter()) {
            *target = *byte;
        }
        for block in input.chunks_mut(width) {
            add_one_and(block, &digest);
        }
    }
    Ok(())
}

/// Adds a number, repeated to the length of the block, and one, modulo the block's size.
fn add_one_and(block: &mut [u8], number: &[u8]) {
    let mut carry = 1;
    let repeated: Vec<u8> = number.iter().copied().cycle().take(block.len()).collect();
    for (digit, addend) in block.iter_mut().zip(repeated).rev() {
        let sum = u16::from(*digit) + u16::from(addend) + carry;
        // The low byte stays, the rest is carried.
        *digit = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
}

/// OpenSSL's derivation for PEM with RFC 1421 headers (EVP_BytesToKey): MD5, once, the vector's first half as salt.
pub(super) fn openssl_key(passphrase: &Passphrase, salt: &[u8], key_bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::new());
    let mut digest = Zeroizing::new(Vec::new());
    while key.len() < key_bytes {
        digest = Hash::Md5.repeated(&[&digest, &passphrase.bytes, salt], 1);
        key.extend_from_slice(&digest);
    }
    key.truncate(key_bytes);
    key
}
