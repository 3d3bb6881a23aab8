//! The node's own key: it seals private keys for the store, and signs what must not be changed behind the node's back.

use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::data_dir::{self, write_durably};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// The node's key, ready to use. It cannot be printed.
pub(crate) struct NodeKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    sealing: RandomizedNonceKey,
    signing: hmac::Key,
}

/// Why the node's key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is a store, but its key is gone.
    #[error("{} is missing, and the private keys in the store cannot be read without it. Bring it back from a backup, or start with an empty data directory", .0.display())]
    Missing(PathBuf),
    /// The file is not a node's key.
    #[error("{} is damaged: it is not the 64 hexadecimal digits of a node's key. Bring it back from a backup; nothing was changed", .0.display())]
    Damaged(PathBuf),
    /// Others may read it.
    #[error(transparent)]
    Open(#[from] data_dir::Error),
    /// The system says no.
    #[error("{} cannot be used", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The system gives no random numbers.
    #[error("no random numbers can be had from the system")]
    NoRandomness,
}

/// Sealed bytes that were changed, or sealed by another key or for another place.
#[derive(Debug)]
pub(crate) struct Unsealable;

impl NodeKey {
    /// The key in the file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing(path.into())),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(Error::Damaged(path.into())),
            Err(error) => return Err(Error::Io(path.into(), error)),
        };
        data_dir::check_private(path)?;
        let secret = from_hex(text.trim_end()).ok_or_else(|| Error::Damaged(path.into()))?;
        Self::derive(&secret).ok_or_else(|| Error::Damaged(path.into()))
    }

    /// The key in the file at `path`; a new one if there is none. Only for a node that has no store yet.
    pub(crate) fn read_or_create(path: &Path) -> Result<Self, Error> {
        match Self::read(path) {
            Err(Error::Missing(_)) => {}
            answer => return answer,
        }
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(secret.as_mut()).map_err(|_| Error::NoRandomness)?;
        write_durably(path, format!("{}\n", *to_hex(secret.as_slice())).as_bytes())
            .map_err(|error| Error::Io(path.into(), error))?;
        Self::read(path)
    }

    fn derive(secret: &[u8; KEY_BYTES]) -> Option<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, hmac::sign(&root, b"certway seal 1").as_ref()).ok()?;
        let signing = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"certway sign 1").as_ref());
        Some(Self { secret: Zeroizing::new(*secret), sealing, signing })
    }

    /// The key as its file has it.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", *to_hex(self.secret.as_slice())))
    }

    /// `plain`, unreadable without this key. It opens only with the same `place`, so a sealed value cannot be moved.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(place), &mut sealed)
            // AES-GCM refuses only above 64 GiB, and uploads end at 256 KiB.
            .expect("sealing less than 64 GiB");
        [nonce.as_ref().as_slice(), &sealed].concat()
    }

    /// What `seal` was given.
    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealable)?;
        let mut plain = Zeroizing::new(text.to_vec());
        let length = self
            .sealing
            .open_in_place(Nonce::from(nonce), Aad::from(place), plain.as_mut_slice())
            .map_err(|_| Unsealable)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// A signature over `parts`, each with its length, so that no two lists sign alike.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.signing);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let digits = text.as_bytes();
    if digits.len() != KEY_BYTES * 2 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> NodeKey {
        NodeKey::derive(&[7; KEY_BYTES]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_unchanged() {
        let key = key();
        let mut sealed = key.seal(b"row 1", b"secret");
        assert_eq!(key.open(b"row 1", &sealed).unwrap().as_slice(), b"secret");
        assert!(key.open(b"row 2", &sealed).is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(key.open(b"row 1", &sealed).is_err());
        assert!(key.open(b"row 1", b"short").is_err());
    }

    #[test]
    fn lists_of_parts_do_not_sign_alike() {
        assert_ne!(key().sign(&[b"ab", b"c"]), key().sign(&[b"a", b"bc"]));
    }

    #[test]
    fn a_key_file_is_made_once_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        assert!(matches!(NodeKey::read(&path), Err(Error::Missing(_))));
        let sealed = NodeKey::read_or_create(&path).unwrap().seal(b"", b"secret");
        assert_eq!(NodeKey::read_or_create(&path).unwrap().open(b"", &sealed).unwrap().as_slice(), b"secret");
        std::fs::write(&path, "0123").unwrap();
        assert!(matches!(NodeKey::read(&path), Err(Error::Damaged(_))));
    }
}
