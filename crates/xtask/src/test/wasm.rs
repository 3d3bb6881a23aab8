//! What is checked for wasm: the page's crates, the pure crates without a world, the corpus.

use crate::failure::Failure;
use crate::project::Project;
use crate::{process, tools};

pub(super) fn clippy(project: &Project) -> Result<(), Failure> {
    tools::rust_target(tools::PAGE_TARGET)?;
    let mut command = project.cargo(&["clippy", "--package", "certway-frontend", "--package", "certway-worker"]);
    process::run(command.args(["--target", tools::PAGE_TARGET, "--", "-D", "warnings"]))
}

/// A target without a standard library binds the dependencies too: none of them can read a clock or a file.
pub(super) fn bare(project: &Project) -> Result<(), Failure> {
    tools::rust_target(tools::BARE_TARGET)?;
    // One after the other: together, the features that one asks of a dependency would hold for the other.
    for package in ["certway-core", "certway-rollout"] {
        process::run(&mut project.cargo(&["check", "--package", package, "--target", tools::BARE_TARGET]))?;
    }
    Ok(())
}

pub(super) fn corpus(project: &Project) -> Result<(), Failure> {
    tools::rust_target(tools::PAGE_TARGET)?;
    let runner = format!("{} test", tools::bindgen(project)?.display());
    let mut command = project.cargo(&["test", "--package", "certway-core", "--test", "corpus", "--test", "repair"]);
    command.args(["--target", tools::PAGE_TARGET]).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    process::run(&mut command)
}
