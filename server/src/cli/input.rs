//! Reading the files that a command line names.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certway_core::limits;
use zeroize::Zeroizing;

/// The exit status when a file cannot be read (`EX_NOINPUT`).
const NO_INPUT: u8 = 66;

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {source}", path.display())]
pub(super) struct Unreadable {
    path: PathBuf,
    source: std::io::Error,
}

impl Unreadable {
    /// A file, and why it cannot be read.
    pub(super) fn new(path: &Path, source: std::io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }

    /// Says so on standard error.
    pub(super) fn report(&self) -> ExitCode {
        // A closed standard error is no reason to fail in another way.
        let _ = writeln!(std::io::stderr(), "certway: {self}");
        ExitCode::from(NO_INPUT)
    }
}

/// The bytes of a file, `-` for standard input. It may hold a key, whatever it is called: zeroised on drop. One byte
/// more than the largest file there may be is read, so that an endless file is refused and not waited for.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let mut bytes = Zeroizing::new(Vec::new());
    let limit = limits::CA_BUNDLE_BYTES as u64 + 1;
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    match outcome {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Unreadable::new(path, source)),
    }
}

/// The bytes of a file that may be left out.
pub(super) fn read_optional(path: Option<&Path>) -> Result<Option<Zeroizing<Vec<u8>>>, Unreadable> {
    path.map(read).transpose()
}

/// The bytes of several files.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<Zeroizing<Vec<u8>>>, Unreadable> {
    paths.iter().map(|path| read(path)).collect()
}

/// Several files as the core takes them.
pub(super) fn slices(files: &[Zeroizing<Vec<u8>>]) -> Vec<&[u8]> {
    files.iter().map(|file| file.as_slice()).collect()
}
