//! The tools that make the page: Rust's wasm targets, wasm-bindgen, wasm-opt, esbuild, marked.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::terminal::step;

/// The target of the page and the judge.
pub(crate) const PAGE_TARGET: &str = "wasm32-unknown-unknown";
/// A target without an operating system: what compiles for it cannot reach the world.
pub(crate) const BARE_TARGET: &str = "wasm32v1-none";

/// wasm-opt, in a newer version than Debian's, what makes scripts and style sheets small, and what makes HTML of Markdown.
const PACKAGES: &[(&str, &str)] = &[("binaryen", "132.0.0"), ("esbuild", "0.28.2"), ("marked", "18.2.1")];

/// Makes sure that Rust's library for a target is there.
pub(crate) fn rust_target(target: &str) -> Result<(), Failure> {
    let library = || {
        let sysroot = process::answer(Command::new("rustc").args(["--print", "sysroot"]))?;
        Some(Path::new(&sysroot).join("lib/rustlib").join(target).join("lib").is_dir())
    };
    if library() == Some(true) {
        return Ok(());
    }
    step(&format!("Installing the Rust target {target}"), || {
        process::run(Command::new("rustup").args(["target", "add", target])).map_err(|failure| {
            Failure::new(format!(
                "The Rust target {target} is missing and could not be installed. {failure}\n\
                 Install it by hand with `rustup target add {target}`."
            ))
        })
    })
}

/// Builds wasm-bindgen as far as it is needed here, and gives the program's path.
pub(crate) fn bindgen(project: &Project) -> Result<PathBuf, Failure> {
    process::run(&mut project.cargo(&["build", "--workspace", "--bin", "certway-bindgen"]))?;
    Ok(project.target.join("debug/certway-bindgen"))
}

/// Makes sure that the page's tools are there that come from npm.
pub(crate) fn npm_packages(project: &Project) -> Result<(), Failure> {
    let missing: Vec<String> = PACKAGES
        .iter()
        .filter(|(name, version)| !is_installed(project, name, version))
        .map(|(name, version)| format!("{name}@{version}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    step(&format!("Installing the npm packages {names}"), || {
        let mut command = Command::new("npm");
        command.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&project.tools);
        super::install(&format!("{names} (npm)"), &project.tools, command.args(missing))
    })
}

fn is_installed(project: &Project, name: &str, version: &str) -> bool {
    let manifest = project.tools.join("node_modules").join(name).join("package.json");
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
}
