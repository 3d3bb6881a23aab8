//! Writing what a repair gave. The private key is never readable for others, not for an instant.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certway_wire::Filled;

/// The exit status when a file cannot be written (`EX_CANTCREAT`).
const CANNOT_CREATE: u8 = 73;

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    /// It is there, and was not to be written over.
    #[error("{} is there already; nothing was written. Name another folder, or write over it with --force", .0.display())]
    Exists(PathBuf),
    /// The system says no.
    #[error("{} cannot be written: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Unwritable {
    /// Says so on standard error.
    pub(super) fn report(&self) -> ExitCode {
        // A closed standard error is no reason to fail in another way.
        let _ = writeln!(io::stderr(), "certway: {self}");
        ExitCode::from(CANNOT_CREATE)
    }
}

/// What becomes of files that are there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// They stay, and nothing is written.
    Keep,
    /// They are written over.
    Replace,
}

/// Writes the boxes into a folder, made if it is missing; gives the files.
pub(super) fn write<'a>(
    folder: &Path,
    boxes: impl Iterator<Item = (&'static str, &'a Filled)>,
    existing: Existing,
) -> Result<Vec<PathBuf>, Unwritable> {
    let files: Vec<(PathBuf, &Filled)> = boxes.map(|(name, filled)| (folder.join(name), filled)).collect();
    if let Some((path, _)) =
        files.iter().find(|(path, _)| existing == Existing::Keep && path.symlink_metadata().is_ok())
    {
        return Err(Unwritable::Exists(path.clone()));
    }
    if !files.is_empty() {
        std::fs::create_dir_all(folder).map_err(|source| Unwritable::Io { path: folder.to_owned(), source })?;
    }
    for (path, filled) in &files {
        write_one(path, filled).map_err(|source| Unwritable::Io { path: path.clone(), source })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Under another name first: a file that others may read does not get a key, and a full disk leaves what was there.
fn write_one(path: &Path, filled: &Filled) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mode = if name == "private-key.pem" { 0o600 } else { 0o644 };
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).and_then(|mut file: File| {
            file.write_all(filled.pem.as_bytes())?;
            file.sync_all()
        });
    let outcome = written.and_then(|()| std::fs::rename(&beside, path));
    if outcome.is_err() {
        // It may not have been made at all.
        let _ = std::fs::remove_file(&beside);
    }
    outcome
}
