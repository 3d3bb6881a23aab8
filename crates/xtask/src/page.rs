//! The page: built into `frontend/dist`, and only when something that it is made of has changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::project::{Project, files_below, without_own_paths};
use crate::terminal::step;
use crate::{process, tools};

/// What the page is made of, relative to the project.
const SOURCES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "corpus/accept-ca-kinds-of-key.case",
    "docs/handbook",
    "frontend",
    "crates/bindgen",
    "crates/core",
    "crates/rollout",
    "crates/wire",
    "crates/worker",
];

/// Builds the page, unless it is already there from these very sources.
///
/// # Errors
/// If a tool is missing or fails.
pub(crate) fn build(project: &Project) -> Result<(), Failure> {
    let stamp = project.target.join("page.stamp");
    let sources = fingerprint(project)?;
    let built = project.dist().join("index.html").is_file();
    if built && std::fs::read_to_string(&stamp).is_ok_and(|text| text == sources) {
        return Ok(());
    }
    tools::for_page(project)?;
    step("Building the page", || {
        let bindgen = tools::bindgen(project)?;
        process::run(&mut modules(project))?;
        // A half-written page must not pass for a whole one.
        let _absent = std::fs::remove_file(&stamp);
        let mut assembly = Command::new("node");
        let modules = project.target.join(tools::PAGE_TARGET).join("wasm");
        assembly.arg("frontend/tools/build.mjs").args([bindgen, modules, project.tools.clone()]);
        process::run(assembly.current_dir(&project.root).env("PATH", tools::path(project)?))?;
        std::fs::create_dir_all(&project.target)
            .and_then(|()| std::fs::write(&stamp, sources))
            .map_err(|error| Failure::file("Writing", &stamp, &error))
    })
}

/// Compiles page and judge, together: what both need is compiled once, and each is linked on a CPU of its own.
fn modules(project: &Project) -> Command {
    let mut command = project.cargo(&["build", "--package", "certway-frontend", "--package", "certway-worker"]);
    command.args(["--profile", "wasm", "--target", tools::PAGE_TARGET]);
    without_own_paths(&mut command, "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS");
    command
}

/// SHA-256 over names and contents of all sources: times change with every checkout, contents do not.
fn fingerprint(project: &Project) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    for path in source_files(&project.root)? {
        let bytes = std::fs::read(&path).map_err(|error| Failure::file("Reading", &path, &error))?;
        hash.update(path.strip_prefix(&project.root).unwrap_or(&path).as_os_str().as_encoded_bytes());
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    Ok(tools::hex(&hash.finalize()))
}

fn source_files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for source in SOURCES.iter().map(|source| root.join(source)) {
        if source.is_dir() {
            files.extend(files_below(&source, &|_path| true)?);
        } else if source.is_file() {
            files.push(source);
        }
    }
    Ok(files)
}
