//! Backups: store and node's key in one `age` file under a passphrase.
//!
//! `age --decrypt backup.age | tar --list --file -` opens one without Certway.

use std::fs::{self, DirBuilder};
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use age::scrypt;
use age::secrecy::SecretString;
use certway_core::Time;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::data_dir::write_durably;
use crate::seal::NodeKey;
use crate::store::{self, Store};

/// scrypt with 2^16 blocks: 64 MiB and a quarter of a second for the node, and as much for each guess.
const WORK_FACTOR: u8 = 16;
/// What a backup made by `age` itself may ask for: 256 MiB.
const MOST_WORK: u8 = 18;
/// The largest backup that is read: a store with a full trusted CA list has 10 MiB.
pub(crate) const LARGEST_BYTES: u64 = 256 * 1024 * 1024;
/// The version of the archive.
const VERSION: u32 = 1;

const MANIFEST: &str = "certway-backup.json";
const STORE: &str = "certway.db";
const KEY: &str = "node.key";

/// What the archive says of itself.
#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    node: String,
    made_at: String,
    program: String,
}

/// Why there is no backup, or why one was not restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It could not be put together.
    #[error("the backup could not be made")]
    Make(#[source] io::Error),
    /// The file is no backup.
    #[error("this is not a backup of Certway: {0}. Nothing was changed")]
    Foreign(String),
    /// The passphrase is wrong.
    #[error("the passphrase is wrong, or the beginning of the backup was changed. Nothing was changed")]
    WrongPassphrase,
    /// It was changed after it was made.
    #[error("the backup is damaged or was changed: {0}. Nothing was changed")]
    Damaged(String),
    /// A later program made it.
    #[error(
        "the backup was made by a later version of Certway ({0}). Restore it with that version. Nothing was changed"
    )]
    Newer(String),
    /// There is a node already.
    #[error("{} has a node's store already. A backup is restored to an empty data directory only. Nothing was changed", .0.display())]
    NotBare(PathBuf),
    /// The directory cannot be written.
    #[error("{} cannot be written. Nothing was changed", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// An encrypted backup of a store.
pub(crate) fn make(store: &Store, node: &str, now: Time, passphrase: &str, scratch: &Path) -> Result<Vec<u8>, Error> {
    let snapshot = store.snapshot(scratch).map_err(|error| Error::Make(io::Error::other(error)))?;
    let manifest = Manifest {
        version: VERSION,
        node: node.to_owned(),
        made_at: now.to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let secret = store.key_text();
    let pack = || {
        // Room for all at once: a vector that grows leaves copies of the key behind.
        let mut archive = tar::Builder::new(Vec::with_capacity(snapshot.len() + 16 * 1024));
        add(&mut archive, MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
        add(&mut archive, KEY, secret.as_bytes())?;
        add(&mut archive, STORE, &snapshot)?;
        archive.into_inner().map(Zeroizing::new)
    };
    let archive = pack().map_err(Error::Make)?;
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK_FACTOR);
    age::encrypt(&recipient, &archive).map_err(|error| Error::Make(io::Error::other(error)))
}

fn add<W: io::Write>(archive: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

/// What a backup holds, whole and sound.
struct Contents {
    manifest: Manifest,
    store: Zeroizing<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
}

/// Brings a backup back into a data directory that has no store; gives the name of the node that it is of.
pub(crate) fn restore(backup: &[u8], passphrase: &str, data_dir: &Path) -> Result<String, Error> {
    let io = |error| Error::Io(data_dir.into(), error);
    if data_dir.join(STORE).exists() {
        return Err(Error::NotBare(data_dir.into()));
    }
    let contents = open(backup, passphrase)?;
    // Everything is made and tried beside the directory, and takes its place at once.
    let name = data_dir.file_name().ok_or_else(|| io(io::ErrorKind::InvalidInput.into()))?;
    let parent = data_dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = parent.join(format!(".{}.restoring", name.to_string_lossy()));
    let _old_draft = fs::remove_dir_all(&draft);
    DirBuilder::new().mode(0o700).recursive(true).create(&draft).map_err(io)?;
    let tried = write_and_try(&contents, &draft, data_dir);
    if let Err(error) = tried.and_then(|()| fs::rename(&draft, data_dir).map_err(io)) {
        let _draft = fs::remove_dir_all(&draft);
        return Err(error);
    }
    Ok(contents.manifest.node)
}

fn write_and_try(contents: &Contents, draft: &Path, data_dir: &Path) -> Result<(), Error> {
    let io = |error| Error::Io(data_dir.into(), error);
    write_durably(&draft.join(KEY), &contents.key).map_err(io)?;
    write_durably(&draft.join(STORE), &contents.store).map_err(io)?;
    let damaged = |error: &dyn std::fmt::Display| Error::Damaged(error.to_string());
    let key = NodeKey::read(&draft.join(KEY)).map_err(|error| damaged(&error))?;
    let store = Store::open(&draft.join(STORE), |_, _| Ok(vec![key])).map_err(|error| match error {
        store::Error::Newer { found, .. } => Error::Newer(format!("its store has format {found}")),
        other => damaged(&other),
    })?;
    match store.check_events() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(what)) => Err(Error::Damaged(what)),
        Err(error) => Err(damaged(&error)),
    }
}

fn open(backup: &[u8], passphrase: &str) -> Result<Contents, Error> {
    if !backup.starts_with(b"age-encryption.org/v1\n") {
        return Err(Error::Foreign("it is no age file".into()));
    }
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    let archive = age::decrypt(&identity, backup).map(Zeroizing::new).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => Error::Foreign("it is encrypted to a key, not with a passphrase".into()),
        age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => Error::WrongPassphrase,
        other => Error::Damaged(other.to_string()),
    })?;
    read(&archive)
}

fn read(archive: &[u8]) -> Result<Contents, Error> {
    let foreign = |error: &dyn std::fmt::Display| Error::Foreign(error.to_string());
    let (mut manifest, mut store, mut key) = (None, None, None);
    for entry in tar::Archive::new(archive).entries().map_err(|error| foreign(&error))? {
        let mut entry = entry.map_err(|error| foreign(&error))?;
        let name = entry.path().map_err(|error| foreign(&error))?.to_string_lossy().into_owned();
        let mut bytes = Zeroizing::new(Vec::new());
        entry.read_to_end(&mut bytes).map_err(|error| foreign(&error))?;
        match name.as_str() {
            MANIFEST => manifest = Some(bytes),
            STORE => store = Some(bytes),
            KEY => key = Some(bytes),
            other => return Err(Error::Foreign(format!("it holds {}", other.escape_debug()))),
        }
    }
    let manifest = manifest.ok_or_else(|| Error::Foreign(format!("it has no {MANIFEST}")))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| foreign(&error))?;
    if manifest.version > VERSION {
        return Err(Error::Newer(manifest.program));
    }
    let missing = |name: &str| Error::Foreign(format!("it has no {name}"));
    Ok(Contents { manifest, store: store.ok_or_else(|| missing(STORE))?, key: key.ok_or_else(|| missing(KEY))? })
}
