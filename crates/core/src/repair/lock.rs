//! Opening what a passphrase protects, under a budget: PKCS#5 (RFC 8018), PKCS#12 (RFC 7292) and RFC 1421 headers.
//!
//! Nothing here encrypts. Old algorithms are weak, and are here because the files of administrators are old.

mod budget;
mod cipher;
mod derivation;
mod hash;
mod headers;
mod scheme;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

pub(super) use budget::Budget;
pub(super) use derivation::{Use, pkcs12_key};
pub(super) use hash::Hash;
pub(super) use headers::{cipher_name, open as open_headers};
pub(super) use scheme::{Scheme, iterations, pbkdf2_key};

/// Why something stays locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LockFault {
    /// A passphrase is needed, and none was given.
    PassphraseNeeded,
    /// It does not open with this passphrase.
    PassphraseWrong,
    /// It is broken, whatever the passphrase: what does not hold.
    Damaged(&'static str),
    /// It is protected in a way that is not undone here; its name.
    Unsupported(String),
    /// It asks for more work than is done: how much, and what the limit is.
    TooMuchWork(String),
}

impl From<crate::der::Fault> for LockFault {
    fn from(fault: crate::der::Fault) -> Self {
        Self::Damaged(fault.as_str())
    }
}

/// A passphrase in the two forms in which it is used.
pub(super) struct Passphrase {
    /// UTF-8, for PKCS#5 and RFC 1421.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// UTF-16, the higher byte first, with a final NUL, for PKCS#12 (RFC 7292 B.1).
    pub(super) bmp: Zeroizing<Vec<u8>>,
}

impl Passphrase {
    /// A passphrase as it was typed.
    pub(super) fn new(text: &str) -> Self {
        let mut bmp = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        for unit in text.encode_utf16().chain([0]) {
            bmp.extend_from_slice(&unit.to_be_bytes());
        }
        Self { bytes: Zeroizing::new(text.as_bytes().to_vec()), bmp }
    }

    /// No passphrase, which some programs write in another way than an empty one: without even the final NUL.
    pub(super) fn absent() -> Self {
        Self { bytes: Zeroizing::default(), bmp: Zeroizing::default() }
    }
}
