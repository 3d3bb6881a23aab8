//! How much a browser downloads, compressed as the node sends it.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::project::{Project, files_below};
use crate::terminal::say;

/// When a file of the page is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Before the page can be used.
    Page,
    /// Beside it: the judge.
    Judge,
    /// When the page has nothing more urgent to do: its second module.
    Deferred,
    /// Before the page can be used in German, else when the service worker keeps it.
    Language,
    /// Later or never: the service worker, sample files, the handbook.
    Later,
}

/// One file of the page.
#[derive(Debug)]
pub(crate) struct File {
    name: String,
    /// When it is fetched.
    pub(crate) part: Part,
    bytes: u64,
    /// Its size under brotli at quality 11, which is how the node sends it.
    pub(crate) brotli: u64,
}

/// Compresses every file of the page and notes its size.
///
/// # Errors
/// If the page is not built, or `brotli` is missing.
pub(crate) fn measure(project: &Project) -> Result<Vec<File>, Failure> {
    let dist = project.dist();
    let index = std::fs::read_to_string(dist.join("index.html")).unwrap_or_default();
    let mut files = Vec::new();
    for path in files_below(&dist, &|_path| true)? {
        let name = path.strip_prefix(&dist).unwrap_or(&path).to_string_lossy().into_owned();
        let bytes = std::fs::metadata(&path).map_err(|error| Failure::file("Reading", &path, &error))?.len();
        files.push(File { part: part(&name, &index), bytes, brotli: compressed(&path)?, name });
    }
    Ok(files)
}

/// Prints the sizes as a Markdown table.
///
/// # Errors
/// As `measure`.
pub(crate) fn table(project: &Project) -> Result<(), Failure> {
    let files = measure(project)?;
    say("| file | fetched | bytes | brotli |\n| --- | --- | ---: | ---: |");
    for file in files.iter().filter(|file| file.part != Part::Later) {
        say(&format!("| {} | {:?} | {} | {} |", file.name, file.part, file.bytes, file.brotli));
    }
    for part in [Part::Page, Part::Judge, Part::Deferred, Part::Language] {
        let sum: u64 = files.iter().filter(|file| file.part == part).map(|file| file.brotli).sum();
        say(&format!("| **{part:?}, together** | | | **{sum}** |"));
    }
    Ok(())
}

/// The page needs what index.html names and its own wasm; files of the judge begin with `judge`, the second module with
/// `deferred`, which the document names too, as it does the handbook.
fn part(name: &str, index: &str) -> Part {
    if name.starts_with("judge") {
        return Part::Judge;
    }
    if name.starts_with("deferred") {
        return Part::Deferred;
    }
    if name.starts_with("german") {
        return Part::Language;
    }
    if name.starts_with("handbook") {
        return Part::Later;
    }
    if name == "index.html" || (!name.contains('/') && name != "sw.js" && index.contains(name)) {
        return Part::Page;
    }
    Part::Later
}

fn compressed(path: &Path) -> Result<u64, Failure> {
    let mut command = Command::new("brotli");
    let output = command.args(["--stdout", "--quality=11", "--lgwin=24"]).arg(path).output().map_err(|error| {
        Failure::new(format!("`brotli` could not be started: {error}. Install the package brotli."))
    })?;
    if !output.status.success() {
        return Err(Failure::new(format!("`brotli {}` failed.", path.display())));
    }
    Ok(output.stdout.len() as u64)
}
