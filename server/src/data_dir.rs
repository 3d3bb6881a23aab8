//! The data directory: nobody else may look into it, and one node at a time works in it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A data directory that only its owner can look into.
#[derive(Debug)]
pub(crate) struct DataDir(PathBuf);

/// Held as long as the node runs.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is none, and none was asked for.
    #[error("{} is not a data directory: it has no node's store. Name the right one with --data-dir", .0.display())]
    Missing(PathBuf),
    /// Others may look into it.
    #[error("others may look into the data directory {path} (mode {mode:04o}). Run `chmod 700 {path}` and start again", path = .0.display(), mode = .1)]
    Open(PathBuf, u32),
    /// Others may read a file in it.
    #[error("others may read {path} (mode {mode:04o}). Run `chmod 600 {path}` and start again", path = .0.display(), mode = .1)]
    OpenFile(PathBuf, u32),
    /// Another node works in it.
    #[error("another node is running with the data directory {}. Stop it, or name another directory with --data-dir", .0.display())]
    InUse(PathBuf),
    /// A node was founded here, and its store is gone.
    #[error("a node was founded in {}, and its store is empty or gone. Bring certway.db and node.key back from one backup, or name an empty data directory; nothing was changed", .0.display())]
    StoreGone(PathBuf),
    /// The system says no.
    #[error("the data directory's {} cannot be used", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

impl DataDir {
    /// The directory at `path`, made if it is missing.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        DirBuilder::new().mode(0o700).recursive(true).create(path).map_err(|error| Error::Io(path.into(), error))?;
        Self::checked(path)
    }

    /// The directory at `path`, which a node has made before.
    pub(crate) fn existing(path: &Path) -> Result<Self, Error> {
        let directory = Self::checked(path)?;
        if directory.store().exists() { Ok(directory) } else { Err(Error::Missing(path.into())) }
    }

    /// Whether a node could have it as its own, if it is there.
    pub(crate) fn could_be(path: &Path) -> Result<(), Error> {
        match Self::checked(path) {
            Ok(_) | Err(Error::Missing(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn checked(path: &Path) -> Result<Self, Error> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing(path.into())),
            Err(error) => return Err(Error::Io(path.into(), error)),
        };
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(Error::Open(path.into(), mode));
        }
        Ok(Self(path.into()))
    }

    /// Keeps every other node out until the lock is dropped.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        let path = self.0.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Error::Io(path.clone(), error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(Error::Io(path, error)),
        }
    }

    /// Refuses a first boot where a node was founded before: it would make another administrator.
    pub(crate) fn check_new(&self) -> Result<(), Error> {
        if self.founded().exists() { Err(Error::StoreGone(self.0.clone())) } else { Ok(()) }
    }

    /// Remembers, outside the store, that a node was founded here.
    pub(crate) fn remember_founding(&self) -> io::Result<()> {
        if self.founded().exists() { Ok(()) } else { write_durably(&self.founded(), b"") }
    }

    fn founded(&self) -> PathBuf {
        self.0.join("founded")
    }

    /// The store's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("certway.db")
    }

    /// Where a copy of the store is put together for a backup.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.0.join("backup.tmp")
    }

    /// The folder of the request in progress, as the specification places it.
    pub(crate) fn generated_csr(&self) -> PathBuf {
        self.0.join("persistent/certs/generated_csr")
    }

    /// The socket by which the terminal reaches the node while it runs.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("control")
    }

    /// The file of the key that seals the private keys in the store.
    pub(crate) fn node_key(&self) -> PathBuf {
        self.0.join("node.key")
    }
}

impl DataDir {
    /// A key of the node that is on its way to replace [`DataDir::node_key`].
    pub(crate) fn next_node_key(&self) -> PathBuf {
        self.0.join("node.key.next")
    }
}

/// Refuses a file that others may read or write.
pub(crate) fn check_private(path: &Path) -> Result<(), Error> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::Io(path.into(), error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(Error::OpenFile(path.into(), mode)) }
}

/// Writes a file, for its owner only, that is whole or absent, whatever happens.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A name that nobody gives a file of their own.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = path.with_file_name(format!(".{name}.certway-draft"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
