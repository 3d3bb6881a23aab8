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

/// What is read of an archive's manifest before anything else of it: a later program may have changed all the rest.
#[derive(Deserialize)]
struct Stamp {
    version: u32,
    #[serde(default)]
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
    let archive = pack(store, node, now, scratch)?;
    lock(&archive, passphrase, WORK_FACTOR)
}

/// The archive, in the clear.
fn pack(store: &Store, node: &str, now: Time, scratch: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
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
    pack().map_err(Error::Make)
}

fn lock(archive: &[u8], passphrase: &str, work_factor: u8) -> Result<Vec<u8>, Error> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(work_factor);
    age::encrypt(&recipient, archive).map_err(|error| Error::Make(io::Error::other(error)))
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
        Ok(Ok(_)) => Ok(()),
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
            MANIFEST => manifest = Some(known(&bytes)?),
            STORE => store = Some(bytes),
            KEY => key = Some(bytes),
            other => return Err(Error::Foreign(format!("it holds {}", other.escape_debug()))),
        }
    }
    let missing = |name: &str| Error::Foreign(format!("it has no {name}"));
    Ok(Contents {
        manifest: manifest.ok_or_else(|| missing(MANIFEST))?,
        store: store.ok_or_else(|| missing(STORE))?,
        key: key.ok_or_else(|| missing(KEY))?,
    })
}

/// The manifest, which stands first, of an archive that this program knows how to read.
fn known(manifest: &[u8]) -> Result<Manifest, Error> {
    let foreign = |error: serde_json::Error| Error::Foreign(error.to_string());
    let stamp: Stamp = serde_json::from_slice(manifest).map_err(foreign)?;
    if stamp.version > VERSION {
        return Err(Error::Newer(stamp.program));
    }
    serde_json::from_slice(manifest).map_err(foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::draw::Draw;
    use crate::store::Entry;

    const PASSPHRASE: &str = "correct horse battery";
    /// So little that a thousand archives are opened in seconds.
    const CHEAP: u8 = 1;
    const ARCHIVES: u64 = 1000;
    /// What stands between the head of an age file and its chunks, and how long a chunk with its tag is.
    const NONCE: usize = 16;
    const CHUNK: usize = 64 * 1024 + 16;

    /// A node's store of several of age's chunks, which are 64 KiB.
    fn store(folder: &Path) -> Store {
        let key = NodeKey::read_or_create(&folder.join(KEY)).unwrap();
        let mut store = Store::open::<store::Error>(&folder.join(STORE), |_, _| Ok(vec![key])).unwrap();
        store
            .change::<_, store::Error>(clock::now(), "node", |change| {
                change.found_node(&[7; 70 * 1024])?;
                Ok(((), Entry::new("node-founded", "for the tests")))
            })
            .unwrap();
        store
    }

    fn archive(store: &Store, folder: &Path) -> Zeroizing<Vec<u8>> {
        pack(store, "node.example.com", clock::now(), &folder.join("scratch")).unwrap()
    }

    /// A folder with an empty data directory, and what restoring into it says; the folder is as it was then.
    #[track_caller]
    fn refused(bare: &Path, backup: &[u8]) -> Error {
        let data = bare.join("data");
        let error = restore(backup, PASSPHRASE, &data).expect_err("it was restored");
        assert!(fs::read_dir(&data).unwrap().next().is_none(), "something is in the data directory: {error}");
        assert_eq!(fs::read_dir(bare).unwrap().count(), 1, "something is beside the data directory: {error}");
        error
    }

    fn bare() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        folder
    }

    #[test]
    fn a_backup_of_a_later_version_is_refused_by_that_name_and_nothing_is_changed() {
        let (folder, bare) = (tempfile::tempdir().unwrap(), bare());
        let later = |manifest: &str, more: &[(&str, &[u8])]| {
            let mut archive = tar::Builder::new(Vec::new());
            add(&mut archive, MANIFEST, manifest.as_bytes()).unwrap();
            for (name, bytes) in more {
                add(&mut archive, name, bytes).unwrap();
            }
            lock(&archive.into_inner().unwrap(), PASSPHRASE, CHEAP).unwrap()
        };
        let all_new = later(r#"{"version":2,"program":"9.0.0","nodes":[]}"#, &[("stores/1", b"")]);
        assert!(matches!(refused(bare.path(), &all_new), Error::Newer(program) if program == "9.0.0"));
        assert!(matches!(refused(bare.path(), &later(r#"{"version":3}"#, &[])), Error::Newer(_)));

        let store = store(folder.path());
        rusqlite::Connection::open(folder.path().join(STORE)).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let newer_store = lock(&archive(&store, folder.path()), PASSPHRASE, CHEAP).unwrap();
        let error = refused(bare.path(), &newer_store);
        assert!(matches!(&error, Error::Newer(what) if what.contains("format 99")), "{error}");
        assert!(error.to_string().contains("Restore it with that version. Nothing was changed"), "{error}");
    }

    /// One tampering, of the eight kinds in turn. `other` is another backup of the same node under the same passphrase.
    fn tamper(seed: u64, backup: &[u8], other: &[u8], head: usize) -> Vec<u8> {
        /// Of the 16 bytes in base64 that follow "age-encryption.org/v1\n-> scrypt ".
        const SALT_ENDS: usize = 54;
        let mut numbers = Draw::from(seed);
        let mut tampered = backup.to_vec();
        let flip = |byte: &mut u8, numbers: &mut Draw| *byte ^= 1 << numbers.index(8);
        // Of the chunks: from one boundary to the next, or from anywhere to anywhere.
        let chunk = |index: usize| head + NONCE + index * CHUNK;
        let span = |numbers: &mut Draw| {
            let (from, length) = (numbers.index(CHUNK + CHUNK / 2), numbers.index(CHUNK / 2) + 2);
            if numbers.index(4) == 0 {
                chunk(from / CHUNK)..chunk(from / CHUNK + 1)
            } else {
                chunk(0) + from..chunk(0) + from + length
            }
        };
        match seed % 8 {
            0 => flip(&mut tampered[numbers.index(head)], &mut numbers),
            1 => flip(&mut tampered[head + numbers.index(backup.len() - head)], &mut numbers),
            2 => tampered.truncate(numbers.index(backup.len())),
            3 => drop(tampered.drain(span(&mut numbers))),
            4 => {
                // Once, whole chunks change places.
                let place = if seed == 4 { chunk(0)..chunk(2) } else { span(&mut numbers) };
                let half = place.len() / 2;
                tampered[place].rotate_left(half);
            }
            // Of two backups that are both sound, the beginning of one, its salt and more, and the rest of the other.
            5 => {
                let at = SALT_ENDS + numbers.index(head + NONCE - SALT_ENDS);
                tampered.splice(at.., other[at..].iter().copied());
            }
            6 => {
                let place = span(&mut numbers);
                tampered.splice(place.clone(), other[place].iter().copied());
            }
            _ => {
                let at = numbers.index(backup.len());
                tampered.insert(at, tampered[at] ^ 1);
            }
        }
        tampered
    }

    #[test]
    fn of_a_thousand_tampered_archives_none_is_restored() {
        let (folder, bare) = (tempfile::tempdir().unwrap(), bare());
        let plain = archive(&store(folder.path()), folder.path());
        let [backup, other] = [(); 2].map(|()| lock(&plain, PASSPHRASE, CHEAP).unwrap());
        let head = backup.windows(5).position(|line| line == b"\n--- ").unwrap() + 5 + 43 + 1;
        assert_eq!(backup[head - 1], b'\n');
        assert!(backup.len() > head + NONCE + 2 * CHUNK, "too small to swap chunks in it");
        for seed in 0..ARCHIVES {
            let tampered = tamper(seed, &backup, &other, head);
            assert!(tampered != backup && tampered != other, "{seed}");
            let error = refused(bare.path(), &tampered);
            let known = matches!(error, Error::Foreign(_) | Error::WrongPassphrase | Error::Damaged(_));
            assert!(known && error.to_string().ends_with("Nothing was changed"), "{seed}: {error}");
        }
        // The same file untouched is restored by the same call.
        assert_eq!(restore(&backup, PASSPHRASE, &bare.path().join("data")).unwrap(), "node.example.com");
    }
}
