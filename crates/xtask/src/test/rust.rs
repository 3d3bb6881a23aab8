//! What Cargo checks on the native side.
//!
//! Always the whole workspace, even where one crate is meant: a crate by itself asks less of its dependencies, and all of
//! them would be compiled once more for that.

use std::path::Path;

use crate::failure::Failure;
use crate::project::Project;
use crate::terminal::say;
use crate::{process, tools};

pub(super) fn format(project: &Project) -> Result<(), Failure> {
    process::run(&mut project.cargo(&["fmt", "--all", "--check"]))
}

pub(super) fn clippy(project: &Project) -> Result<(), Failure> {
    process::run(&mut project.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

pub(super) fn docs(project: &Project) -> Result<(), Failure> {
    process::run(project.cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

pub(super) fn tests(project: &Project) -> Result<(), Failure> {
    // What of the page needs no browser is tested here too.
    let nextest = process::on_path("cargo-nextest");
    let words: &[&str] =
        if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace", "--all-targets"] };
    process::run(project.cargo(words).env(tools::SCHEMATHESIS, tools::schemathesis(project)?))
}

/// Cases from outside are no part of the project, so a stranger's run has none.
pub(super) fn conformance(project: &Project) -> Result<(), Failure> {
    const CASES: &str = "CERTWAY_CONFORMANCE";
    if std::env::var_os(CASES).is_none() {
        say(&format!("Not run: name a folder with PKITS and x509-limbo in {CASES} (docs/conformance.md)."));
        return Ok(());
    }
    let words = ["test", "--workspace", "--test", "conformance", "--", "--nocapture"];
    process::run(&mut project.cargo(&words))
}

/// A few hundred random chains; `CERTWAY_DIFFERENTIAL` asks for more (docs/conformance.md).
pub(super) fn differential(project: &Project) -> Result<(), Failure> {
    let words = ["test", "--workspace", "--test", "differential", "--", "--ignored", "--nocapture"];
    process::run(&mut project.cargo(&words))
}

pub(super) fn doctests(project: &Project) -> Result<(), Failure> {
    process::run(&mut project.cargo(&["test", "--workspace", "--doc"]))
}

pub(super) fn deny(project: &Project) -> Result<(), Failure> {
    let program = tools::cargo_deny(project)?;
    let check = |arguments: &[&str]| {
        // Called by its path, it is still a Cargo plug-in that looks for Cargo in its environment.
        let mut command = std::process::Command::new(&program);
        process::run(command.args(["--all-features", "check"]).args(arguments).current_dir(&project.root))
    };
    check(&["--hide-inclusion-graph", "bans", "licenses", "sources"])?;
    let Some(database) = std::env::var_os(tools::ADVISORIES) else {
        say(&format!("Advisories were not checked: name a clone of the database in {}.", tools::ADVISORIES));
        return Ok(());
    };
    if !Path::new(&database).is_dir() {
        return Err(Failure::new(format!("{} names no folder.", tools::ADVISORIES)));
    }
    check(&["--disable-fetch", "advisories"])
}
