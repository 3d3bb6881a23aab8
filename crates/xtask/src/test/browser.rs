//! The end-to-end tests: Playwright drives Debian's Chromium against the page as it is shipped, in the node that the other tests run.
//!
//! To compile the node once more, optimised, would take a quarter of all tests' time and find nothing that these look for. `CERTWAY_BINARY`
//! names another one, such as `target/release/certway`.

use std::process::Command;

use crate::failure::Failure;
use crate::project::Project;
use crate::{node, process, tools};

/// The program under test.
const BINARY: &str = "CERTWAY_BINARY";

pub(super) fn end_to_end(project: &Project) -> Result<(), Failure> {
    tools::packages(tools::FOR_TESTS)?;
    let folder = project.root.join("e2e");
    node_modules(&folder)?;
    process::run(Command::new("npx").args(["--no-install", "tsc"]).current_dir(&folder))?;
    let binary = match std::env::var_os(BINARY) {
        Some(binary) => binary.into(),
        None => node::for_tests(project)?,
    };
    let mut command = Command::new("npx");
    command.args(["--no-install", "playwright", "test"]).current_dir(&folder);
    process::run(command.env(BINARY, binary))
}

/// The samples that *Check* offers are copied from the corpus; the copy must not grow old.
pub(super) fn samples(project: &Project) -> Result<(), Failure> {
    process::run(Command::new("node").args(["frontend/samples.mjs", "--check"]).current_dir(&project.root))
}

/// Installs a folder's npm packages as its lock file has them, unless that is done.
pub(crate) fn node_modules(folder: &std::path::Path) -> Result<(), Failure> {
    let modified = |name: &str| std::fs::metadata(folder.join(name)).and_then(|data| data.modified()).ok();
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    // The browser is Debian's; Playwright's own could not be fetched everywhere.
    process::run(command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
}
