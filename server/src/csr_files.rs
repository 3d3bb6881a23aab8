//! Copies of the request in progress and its encrypted key, where the specification places them. The store remains the
//! truth: what lies here is written from it and goes with it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use certway_core::pem;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2;
use zeroize::Zeroizing;

use crate::data_dir::write_durably;

/// The passphrase has 256 random bits: stretching it would slow down nobody but the node.
const ITERATIONS: u32 = 2048;

/// The folder of the request in progress.
#[derive(Debug)]
pub(crate) struct CsrFiles(PathBuf);

/// Why the copies could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The system says no.
    #[error("the copies of the request in {} cannot be written", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The key could not be encrypted.
    #[error("the request's private key could not be encrypted for its copy")]
    Encryption,
}

impl CsrFiles {
    /// The copies in `folder`, which need not be there yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Whether the copy is that of this request.
    pub(crate) fn hold(&self, request_pem: &str) -> bool {
        self.key().exists() && fs::read_to_string(self.request()).is_ok_and(|text| text == request_pem)
    }

    /// Writes request and key; the key as encrypted PKCS#8.
    pub(crate) fn write(&self, request_pem: &str, key: &[u8], passphrase: &str) -> Result<(), Error> {
        let encrypted = encrypt(key, passphrase).ok_or(Error::Encryption)?;
        let write = || {
            DirBuilder::new().mode(0o700).recursive(true).create(&self.0)?;
            write_durably(&self.key(), encrypted.as_bytes())?;
            write_durably(&self.request(), request_pem.as_bytes())
        };
        write().map_err(|error| Error::Io(self.0.clone(), error))
    }

    /// Removes what is there.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        for path in [self.key(), self.request()] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Io(path, error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn request(&self) -> PathBuf {
        self.0.join("csr.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.join("privkey.pem")
    }
}

fn encrypt(pkcs8: &[u8], passphrase: &str) -> Option<Zeroizing<String>> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    aws_lc_rs::rand::fill(&mut iv).ok()?;
    let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv).ok()?;
    let key = PrivateKeyInfoRef::try_from(pkcs8).ok()?;
    let document = key.encrypt_with_params(scheme, passphrase).ok()?;
    Some(Zeroizing::new(pem::encode("ENCRYPTED PRIVATE KEY", document.as_bytes())))
}
