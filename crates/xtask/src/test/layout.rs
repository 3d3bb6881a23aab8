//! The arrows of ARCHITECTURE.md: who may know whom.

use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;
use crate::process;
use crate::project::{Project, files_below, read};

/// Every crate of the product, and the crates of the product that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("certway-core", &[]),
    ("certway-rollout", &[]),
    ("certway-wire", &["certway-core", "certway-rollout"]),
    ("certway-worker", &["certway-core", "certway-wire"]),
    ("certway-frontend", &["certway-wire"]),
    ("certway", &["certway-core", "certway-rollout", "certway-wire"]),
];

/// A folder or file of the node, and what its text must not name.
const MODULES: &[(&str, &str, &str)] = &[
    // The store's errors are known there: one file maps every error to its status.
    ("server/src/http", "store::Store", "http asks app; it never touches the store"),
    ("server/src/http.rs", "store::Store", "http asks app; it never touches the store"),
    ("server/src/app", "axum::", "app does not know how it is asked"),
    ("server/src/store", "crate::http", "the store does not know who asks"),
    ("crates/core/src", "extern crate std", "the core has no standard library"),
    ("crates/rollout/src", "extern crate std", "the change across a cluster has no standard library"),
];

pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let mut faults = crate_faults(project)?;
    for (place, word, why) in MODULES {
        let place = project.root.join(place);
        for file in sources(&place)? {
            if read(&file)?.contains(word) {
                faults.push(format!("{} names `{word}`: {why}", file.display()));
            }
        }
    }
    for pure in ["crates/core/src/lib.rs", "crates/rollout/src/lib.rs"] {
        if !read(&project.root.join(pure))?.contains("#![no_std]") {
            faults.push(format!("{pure} does not say `#![no_std]`"));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("The layout is broken:\n  {}", faults.join("\n  "))))
}

fn crate_faults(project: &Project) -> Result<Vec<String>, Failure> {
    let text = process::answer(&mut project.cargo(&["metadata", "--no-deps", "--format-version", "1"]))
        .ok_or_else(|| Failure::new("`cargo metadata` failed."))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("`cargo metadata` printed what is not JSON: {error}.")))?;
    let mut faults = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_name, allowed)) = ARROWS.iter().find(|(known, _allowed)| *known == name) else { continue };
        for dependency in list(&package["dependencies"]) {
            let used = dependency["name"].as_str().unwrap_or_default();
            let ours = ARROWS.iter().any(|(known, _allowed)| *known == used);
            if ours && dependency["kind"].is_null() && !allowed.contains(&used) {
                faults.push(format!("{name} uses {used}"));
            }
        }
    }
    Ok(faults)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn sources(place: &Path) -> Result<Vec<std::path::PathBuf>, Failure> {
    if place.is_dir() {
        return files_below(place, &|path| path.extension().is_some_and(|extension| extension == "rs"));
    }
    Ok(if place.is_file() { vec![place.to_path_buf()] } else { Vec::new() })
}
