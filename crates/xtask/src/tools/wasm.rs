//! The tools that make the page: Rust's wasm targets, wasm-bindgen, wasm-opt, Trunk.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::terminal::{say, step};

/// The target of the page and the judge.
pub(crate) const PAGE_TARGET: &str = "wasm32-unknown-unknown";
/// A target without an operating system: what compiles for it cannot reach the world.
pub(crate) const BARE_TARGET: &str = "wasm32v1-none";

const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132";

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

/// Makes sure that wasm-bindgen is there, in exactly the version of Cargo.lock: its output format has no other promise.
pub(crate) fn wasm_bindgen(project: &Project) -> Result<(), Failure> {
    let version = project.locked_version("wasm-bindgen")?;
    if super::has_version(project, "wasm-bindgen", &version)?
        && super::has_version(project, "wasm-bindgen-test-runner", &version)?
    {
        return Ok(());
    }
    say("wasm-bindgen is compiled once, for some minutes.");
    step(&format!("Installing wasm-bindgen {version}"), || {
        // Without --locked: the lock file that the crate ships does not resolve.
        let mut command = cargo_install(project, "wasm-bindgen-cli", &version);
        command
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        super::install(&format!("wasm-bindgen-cli {version}"), &project.tools, &mut command)
    })
}

/// Makes sure that Trunk is there.
pub(crate) fn trunk(project: &Project) -> Result<(), Failure> {
    if super::has_version(project, "trunk", TRUNK)? {
        return Ok(());
    }
    say("Trunk is compiled once, for some minutes.");
    step(&format!("Installing Trunk {TRUNK}"), || {
        // A debug build takes a third of the time, and Trunk's own work is small.
        let mut command = cargo_install(project, "trunk", TRUNK);
        command.args(["--locked", "--debug"]).env("CARGO_PROFILE_DEV_DEBUG", "0");
        super::install(&format!("trunk {TRUNK}"), &project.tools, &mut command)
    })
}

/// Makes sure that wasm-opt is there, from the npm package `binaryen`.
pub(crate) fn binaryen(project: &Project) -> Result<(), Failure> {
    let manifest = project.tools.join("node_modules/binaryen/package.json");
    let wanted = format!("\"version\": \"{BINARYEN}.");
    if std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&wanted)) {
        return Ok(());
    }
    step(&format!("Installing binaryen {BINARYEN} (wasm-opt)"), || {
        let mut command = Command::new("npm");
        command.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&project.tools);
        command.arg(format!("binaryen@{BINARYEN}"));
        super::install(&format!("binaryen {BINARYEN} (it needs Node.js and npm)"), &project.tools, &mut command)
    })
}

fn cargo_install(project: &Project, package: &str, version: &str) -> Command {
    let mut command = project.cargo(&["install", package, "--version", version, "--force", "--root"]);
    // Its own temporary target folder: two versions of one dependency would otherwise evict each other's builds.
    command.arg(&project.tools).current_dir("/").env_remove("CARGO_TARGET_DIR");
    command
}
