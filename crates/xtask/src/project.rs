//! Where things are: the project, what is built from it, and the tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The project's folders.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder with the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// The tool cache, outside the target folder, so that a second clone finds it.
    pub(crate) tools: PathBuf,
}

impl Project {
    /// Finds them from this crate's own place and the environment.
    ///
    /// # Errors
    /// If there is neither `CERTWAY_TOOLS` nor a home folder to keep tools in.
    pub(crate) fn find() -> Result<Self, Failure> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.join("../..");
        let root = root.canonicalize().map_err(|error| Failure::file("Looking for", &root, &error))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self { target: root.join(target), tools: tool_cache()?, root })
    }

    /// The page as it is built.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("frontend/dist")
    }

    /// The release binary.
    pub(crate) fn binary(&self) -> PathBuf {
        self.target.join("release/certway")
    }

    /// Cargo, in the project's folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root);
        forget_own_package(&mut command);
        command
    }
}

/// Panics name their place in the source; no folder of this machine belongs into what is shipped.
/// `flags` is the variable that has Cargo's flags for the compiler.
pub(crate) fn without_own_paths(command: &mut Command, flags: &str) {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home {
        command.env(flags, format!("--remap-path-prefix={}=cargo", home.display()));
    }
}

/// Reads a text file.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file("Reading", path, &error))
}

/// All files below a folder that `wanted` accepts, in order of their paths.
///
/// # Errors
/// If a folder cannot be listed.
pub(crate) fn files_below(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| Failure::file("Listing", &folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| Failure::file("Listing", &folder, &error))?.path();
            let generated = ["target", "node_modules", "dist", "out", ".git"].iter().any(|name| path.ends_with(name));
            if path.is_dir() && !generated {
                folders.push(path);
            } else if path.is_file() && wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn tool_cache() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os("CERTWAY_TOOLS") {
        return Ok(PathBuf::from(folder));
    }
    let caches = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .ok_or_else(|| Failure::new("There is no home folder to keep tools in. Set CERTWAY_TOOLS to a folder."))?;
    Ok(caches.join("certway/tools"))
}

/// `cargo run` tells its child about the package it runs; left in place, those variables make build scripts of other
/// packages look changed, and everything is built again.
fn forget_own_package(command: &mut Command) {
    for (name, _value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_CRATE_NAME" {
            command.env_remove(&name);
        }
    }
}
