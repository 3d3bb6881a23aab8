//! The tools: found in the cache or on PATH, else installed into the cache.

mod wasm;
mod cargo_deny;
mod cargo_tool;
mod debian;
mod schemathesis;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::project::Project;

pub(crate) use cargo_deny::{ADVISORIES, cargo_deny};
pub(crate) use cargo_tool::{CARGO_CYCLONEDX, CARGO_DEB, CARGO_MUTANTS};
pub(crate) use debian::{FOR_SERVER_FIGURES, FOR_TESTS, packages};
pub(crate) use schemathesis::{SCHEMATHESIS, schemathesis};
pub(crate) use wasm::{BARE_TARGET, PAGE_TARGET, bindgen, npm_packages, rust_target};

/// Installs what builds the page: the wasm target, wasm-split, wasm-opt, esbuild and marked.
///
/// # Errors
/// If one of them is missing and cannot be installed; the text says how to do it by hand.
pub(crate) fn for_page(project: &Project) -> Result<(), Failure> {
    rust_target(PAGE_TARGET)?;
    // The npm package has wasm-opt in a newer version, but no wasm-split.
    packages(debian::FOR_PAGE)?;
    npm_packages(project)
}

/// PATH with the tool cache in front.
///
/// # Errors
/// If the cache's name cannot stand in PATH.
pub(crate) fn path(project: &Project) -> Result<OsString, Failure> {
    let own = project.tools.join("node_modules/.bin");
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([own].into_iter().chain(std::env::split_paths(&inherited)))
        .map_err(|error| Failure::new(format!("The tool cache's name cannot stand in PATH: {error}.")))
}

/// Runs an installation; when it fails, says what could not be installed and how to do it by hand.
fn install(what: &str, cache: &Path, command: &mut Command) -> Result<(), Failure> {
    std::fs::create_dir_all(cache).map_err(|error| Failure::file("Making the folder", cache, &error))?;
    process::run(command).map_err(|failure| {
        Failure::new(format!(
            "{what} could not be installed into {}. {failure}\n\
             Install it by hand, so that it is on PATH, and run the same command again. Nothing else was changed.",
            cache.display()
        ))
    })
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
