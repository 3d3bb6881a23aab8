//! The node's own key: it seals private keys for the store, and signs what must not be changed behind the node's back.

use std::io;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand;
use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::data_dir::{self, write_durably};
use crate::passphrase;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const SALT_BYTES: usize = 16;
/// argon2id with 64 MiB and three passes (RFC 9106 section 4, second choice): once a start.
const STRETCHING: (u32, u32, u32) = (64 * 1024, 3, 4);

/// Where the node's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeySource {
    /// The file `node.key` in the data directory, made at first boot.
    File,
    /// The systemd credential `node-key`: 64 hexadecimal digits.
    Credential,
    /// A passphrase: typed at every start, or in the file that `node_passphrase_file` names.
    Passphrase,
}

/// The node's key, ready to use. It cannot be printed.
pub(crate) struct NodeKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    /// What the passphrase was stretched with, if there was one.
    salt: Option<[u8; SALT_BYTES]>,
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
    /// There is no credential.
    #[error(
        "the node's key is to come from the systemd credential `node-key`, and there is none: add LoadCredential=node-key:FILE to the unit, or say otherwise with `node_key` in the configuration"
    )]
    NoCredential,
    /// The passphrase cannot be had.
    #[error("the passphrase of the node's key cannot be had")]
    NoPassphrase(#[source] io::Error),
    /// The passphrase cannot be stretched.
    #[error("the passphrase of the node's key cannot be used: {0}")]
    Stretching(argon2::Error),
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

    /// The key that a source gives: `file`, or the passphrase in `passphrase_file`. A store tells the salt of its passphrase; only for a store
    /// that is new may a key be made.
    pub(crate) fn obtain(
        source: KeySource,
        file: &Path,
        passphrase_file: Option<&Path>,
        salt: Option<&[u8]>,
        is_new: bool,
    ) -> Result<Self, Error> {
        match source {
            KeySource::File if is_new => Self::read_or_create(file),
            KeySource::File => Self::read(file),
            KeySource::Credential => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(Error::NoCredential)?;
                Self::read(&Path::new(&folder).join("node-key"))
            }
            KeySource::Passphrase => {
                let question = "Passphrase of the node's key: ";
                let passphrase = if is_new {
                    passphrase::read_new(passphrase_file, question)
                } else {
                    passphrase::read(passphrase_file, question)
                };
                Self::from_passphrase(&passphrase.map_err(Error::NoPassphrase)?, salt)
            }
        }
    }

    /// The key that a passphrase gives with a salt; with a new salt if there is none.
    pub(crate) fn from_passphrase(passphrase: &str, salt: Option<&[u8]>) -> Result<Self, Error> {
        let salt = match salt.and_then(|salt| salt.try_into().ok()) {
            Some(salt) => salt,
            None => random()?,
        };
        let (memory_kib, passes, lanes) = STRETCHING;
        let params = Params::new(memory_kib, passes, lanes, Some(KEY_BYTES)).map_err(Error::Stretching)?;
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, secret.as_mut())
            .map_err(Error::Stretching)?;
        Ok(Self { salt: Some(salt), ..Self::derive(&secret).ok_or(Error::NoRandomness)? })
    }

    /// A new key of random bits.
    pub(crate) fn random() -> Result<Self, Error> {
        Self::derive(&Zeroizing::new(random()?)).ok_or(Error::NoRandomness)
    }

    /// The salt of the passphrase that the key was made of.
    pub(crate) fn salt(&self) -> Option<&[u8]> {
        self.salt.as_ref().map(<[u8; SALT_BYTES]>::as_slice)
    }

    /// The key in the file at `path`; a new one if there is none. Only for a node that has no store yet.
    pub(crate) fn read_or_create(path: &Path) -> Result<Self, Error> {
        match Self::read(path) {
            Err(Error::Missing(_)) => {}
            answer => return answer,
        }
        Self::random()?.write(path)?;
        Self::read(path)
    }

    /// The key that a secret of the right length makes.
    pub(crate) fn from_secret(secret: &[u8]) -> Option<Self> {
        Self::derive(secret.try_into().ok()?)
    }

    /// The key of 64 hexadecimal digits.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::derive(&*from_hex(text)?)
    }

    /// What the key is made of: to be sealed with another.
    pub(crate) fn secret(&self) -> &[u8] {
        self.secret.as_slice()
    }

    fn derive(secret: &[u8; KEY_BYTES]) -> Option<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, hmac::sign(&root, b"certway seal 1").as_ref()).ok()?;
        let signing = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"certway sign 1").as_ref());
        Some(Self { secret: Zeroizing::new(*secret), salt: None, sealing, signing })
    }

    /// Keeps the key in the file at `path`.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        write_durably(path, self.to_text().as_bytes()).map_err(|error| Error::Io(path.into(), error))
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

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
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
