//! The files of a service: written beside, renamed into place, with the former ones kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use certway_core::pem;
use nix::unistd::{Group, User};
use zeroize::Zeroizing;

use super::Material;
use super::settings::{Content, ServiceFile};

/// Why a file could not be written, or put back.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The system says no.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// There is nobody of that name.
    #[error("{} is to belong to '{owner}', and there is no {what} of that name on this machine", .path.display())]
    Owner { path: PathBuf, owner: String, what: &'static str },
    /// One file was written, and the next could not be; nor could the former one be put back.
    #[error("{} cannot be written, and what was there could not be put back: {}", .0.display(), .1)]
    NotBack(PathBuf, io::Error),
    /// It could not be remembered that it was begun.
    #[error("the publication could not be begun: {0}")]
    NotBegun(String),
}

/// A file as it is to be.
struct Wanted<'a> {
    file: &'a ServiceFile,
    bytes: Zeroizing<Vec<u8>>,
    user: Option<u32>,
    group: Option<u32>,
}

/// Whether every file is as it is to be.
pub(super) fn are_there(files: &[ServiceFile], material: &Material) -> Result<bool, Error> {
    Ok(wanted(files, material)?.iter().all(Wanted::is_there))
}

/// Keeps the files as they are, to be put back if others do not work.
pub(super) fn keep(files: &[ServiceFile]) -> Result<(), Error> {
    files.iter().try_for_each(|file| keep_one(&file.path).map_err(|error| Error::Io(former(&file.path), error)))
}

/// Writes all files, or none: with one that fails, those that were kept come back.
pub(super) fn write(files: &[ServiceFile], material: &Material) -> Result<(), Error> {
    for one in wanted(files, material)? {
        if let Err(error) = one.write() {
            put_back(files)?;
            return Err(Error::Io(one.file.path.clone(), error));
        }
    }
    Ok(())
}

/// Puts the files back that were kept; where there was none, there is none again.
pub(super) fn put_back(files: &[ServiceFile]) -> Result<(), Error> {
    let mut outcome = Ok(());
    for file in files {
        // One that cannot be put back keeps none of the others from it.
        outcome = outcome.and(put_back_one(&file.path).map_err(|error| Error::NotBack(file.path.clone(), error)));
    }
    outcome
}

fn wanted<'a>(files: &'a [ServiceFile], material: &Material) -> Result<Vec<Wanted<'a>>, Error> {
    files.iter().map(|file| Wanted::of(file, material)).collect()
}

impl<'a> Wanted<'a> {
    fn of(file: &'a ServiceFile, material: &Material) -> Result<Self, Error> {
        let (user, group) = file.owner.as_deref().map_or(Ok((None, None)), |owner| owner_of(&file.path, owner))?;
        Ok(Self { file, bytes: text(file.content, material), user, group })
    }

    fn is_there(&self) -> bool {
        let Ok(metadata) = fs::metadata(&self.file.path) else { return false };
        metadata.is_file()
            && metadata.permissions().mode() & 0o7777 == self.file.mode
            && self.user.is_none_or(|user| user == metadata.uid())
            && self.group.is_none_or(|group| group == metadata.gid())
            && fs::read(&self.file.path).is_ok_and(|bytes| *Zeroizing::new(bytes) == *self.bytes)
    }

    fn write(&self) -> io::Result<()> {
        replace(&self.file.path, &self.bytes, self.file.mode, self.user, self.group)
    }
}

fn text(content: Content, material: &Material) -> Zeroizing<Vec<u8>> {
    let certificates =
        |ders: &[Vec<u8>]| ders.iter().map(|der| pem::encode("CERTIFICATE", der)).collect::<String>().into_bytes();
    let (leaf, intermediates) = material.served.split_at(material.served.len().min(1));
    let key = || Zeroizing::new(pem::encode("PRIVATE KEY", &material.key).into_bytes());
    match content {
        Content::Certificate => Zeroizing::new(certificates(leaf)),
        Content::Chain => Zeroizing::new(certificates(intermediates)),
        Content::FullChain => Zeroizing::new(certificates(&material.served)),
        Content::Key => key(),
        Content::FullChainAndKey => {
            let (chain, key) = (certificates(&material.served), key());
            // Of its full length from the start: what grows leaves copies behind.
            let mut both = Zeroizing::new(Vec::with_capacity(chain.len() + key.len()));
            both.extend_from_slice(&chain);
            both.extend_from_slice(&key);
            both
        }
        Content::CaBundle => Zeroizing::new(material.ca_bundle.clone().into_bytes()),
    }
}

/// The former file beside a file.
fn former(path: &Path) -> PathBuf {
    beside(path, ".former")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Keeps a copy of a file; an empty one stands for none.
fn keep_one(path: &Path) -> io::Result<()> {
    if path.exists() { copy(path, &former(path)) } else { replace(&former(path), &[], 0o600, None, None) }
}

fn put_back_one(path: &Path) -> io::Result<()> {
    let former = former(path);
    if fs::metadata(&former)?.len() == 0 { remove(path) } else { copy(&former, path) }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::metadata(from)?;
    let bytes = Zeroizing::new(fs::read(from)?);
    replace(to, &bytes, metadata.permissions().mode() & 0o7777, Some(metadata.uid()), Some(metadata.gid()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts a whole file in the place of another, or leaves that as it is.
fn replace(path: &Path, bytes: &[u8], mode: u32, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
    let draft = beside(path, ".new");
    remove(&draft)?;
    // Nobody else reads it before it belongs to whom it should.
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        if user.is_some() || group.is_some() {
            chown(&draft, user, group)?;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

/// User and group of `USER`, `USER:GROUP` or `:GROUP`.
fn owner_of(path: &Path, owner: &str) -> Result<(Option<u32>, Option<u32>), Error> {
    let unknown = |what| Error::Owner { path: path.to_owned(), owner: owner.to_owned(), what };
    let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
    let id = |name: &str, known: Option<u32>, what| match name.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) if name.is_empty() => Ok(None),
        Err(_) => known.map(Some).ok_or_else(|| unknown(what)),
    };
    let known_user = User::from_name(user).ok().flatten().map(|user| user.uid.as_raw());
    let known_group = Group::from_name(group).ok().flatten().map(|group| group.gid.as_raw());
    Ok((id(user, known_user, "user")?, id(group, known_group, "group")?))
}
