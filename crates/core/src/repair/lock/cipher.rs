//! The block ciphers in CBC mode that protect keys.

use alloc::string::String;
use alloc::vec::Vec;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, InnerIvInit as _, KeyIvInit as _};
use des::{Des, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

use super::LockFault;

/// A block cipher in CBC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::repair) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Des,
    /// With three keys.
    TripleDes,
    /// With two keys, of which the first is used again as the third.
    TwoKeyTripleDes,
    /// With keys of so many bytes, and as many bits that take effect.
    Rc2 {
        key_bytes: usize,
        effective_bits: usize,
    },
}

impl Cipher {
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::Aes128 | Self::TwoKeyTripleDes => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Des => 8,
            Self::Rc2 { key_bytes, .. } => key_bytes,
        }
    }

    pub(super) const fn block_bytes(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::Des | Self::TripleDes | Self::TwoKeyTripleDes | Self::Rc2 { .. } => 8,
        }
    }

    pub(super) fn name(self) -> String {
        String::from(match self {
            Self::Aes128 => "AES-128",
            Self::Aes192 => "AES-192",
            Self::Aes256 => "AES-256",
            Self::Des => "DES",
            Self::TripleDes => "3DES",
            Self::TwoKeyTripleDes => "3DES with two keys",
            Self::Rc2 { effective_bits, .. } => return alloc::format!("RC2 with {effective_bits} bits"),
        })
    }

    /// Decrypts, and takes the padding off (RFC 8018 section 6.1.1). A passphrase is found wrong by the padding, which
    /// fits by chance once in 256 times.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, LockFault> {
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(self.block_bytes()) {
            return Err(LockFault::Damaged("the encrypted data is not a whole number of blocks"));
        }
        if iv.len() != self.block_bytes() || key.len() != self.key_bytes() {
            return Err(LockFault::Damaged("the key or the initialisation vector has the wrong length"));
        }
        let mut data = Zeroizing::new(ciphertext.to_vec());
        macro_rules! decrypt {
            ($cipher:ty, $key:expr) => {
                Decryptor::<$cipher>::new_from_slices($key, iv)
                    .ok()
                    .and_then(|cipher| cipher.decrypt_padded::<Pkcs7>(&mut data).ok().map(<[u8]>::len))
            };
        }
        let length = match self {
            Self::Aes128 => decrypt!(Aes128, key),
            Self::Aes192 => decrypt!(Aes192, key),
            Self::Aes256 => decrypt!(Aes256, key),
            Self::Des => decrypt!(Des, key),
            Self::TripleDes => decrypt!(TdesEde3, key),
            Self::TwoKeyTripleDes => {
                let three = Zeroizing::new([key, key.get(..8).unwrap_or_default()].concat());
                decrypt!(TdesEde3, &three)
            }
            Self::Rc2 { effective_bits, .. } => {
                Decryptor::inner_iv_slice_init(Rc2::new_with_eff_key_len(key, effective_bits), iv)
                    .ok()
                    .and_then(|cipher| cipher.decrypt_padded::<Pkcs7>(&mut data).ok().map(<[u8]>::len))
            }
        };
        let length = length.ok_or(LockFault::PassphraseWrong)?;
        data.truncate(length);
        Ok(data)
    }
}
