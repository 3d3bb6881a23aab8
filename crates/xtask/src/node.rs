//! The node, with the page inside it.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::project::{Project, without_own_paths};
use crate::terminal::step;
use crate::{page, process};

/// Builds page and release binary as far as they have changed, and gives the binary's path.
///
/// # Errors
/// If a tool is missing or a build fails.
pub(crate) fn build(project: &Project) -> Result<PathBuf, Failure> {
    page::build(project)?;
    step("Building the node", || {
        let mut build = project.cargo(&["build", "--release", "--package", "certway"]);
        without_own_paths(&mut build, "CARGO_BUILD_RUSTFLAGS");
        process::run(&mut build)
    })?;
    Ok(project.binary())
}

/// The same for tests: not optimised, and for the most part compiled already by tests that ran before.
///
/// # Errors
/// As [`build`].
pub(crate) fn for_tests(project: &Project) -> Result<PathBuf, Failure> {
    page::build(project)?;
    // The whole workspace, so that no dependency is compiled once more with other features.
    process::run(&mut project.cargo(&["build", "--workspace"]))?;
    Ok(project.target.join("debug/certway"))
}
