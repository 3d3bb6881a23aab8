//! What the authors of the crates that are shipped want to be said with them: each licence and notice once, with whose it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;
use crate::process;
use crate::project::{Project, files_below, read};

/// How files are called that have such a text.
const NAMES: [&str; 5] = ["licen", "copying", "notice", "copyright", "unlicense"];

/// Writes the notices of all crates that the lists in `sboms` name.
///
/// # Errors
/// If a list or a crate cannot be read, or a crate that is listed is not there.
pub(super) fn write(project: &Project, sboms: &Path, to: &Path) -> Result<(), Failure> {
    let mut shipped = BTreeSet::new();
    for list in files_below(sboms, &|_path| true)? {
        let list = parsed(&read(&list)?, "a list of crates")?;
        shipped.extend(list["components"].as_array().into_iter().flatten().map(name));
    }
    let text = process::answer(&mut project.cargo(&["metadata", "--locked", "--format-version", "1"]))
        .ok_or_else(|| Failure::new("`cargo metadata` failed: run it in the project's folder to see why."))?;
    let metadata = parsed(&text, "`cargo metadata`")?;
    // Each text, and the crates that have it.
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        // The workspace's own crates come from nowhere.
        if !shipped.remove(&name(package)) || package["source"].is_null() {
            continue;
        }
        let said = format!("{} ({})", name(package), package["license"].as_str().unwrap_or("its own licence"));
        let found = texts_of(package)?;
        if found.is_empty() {
            let authors: Vec<&str> =
                package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            without.push(format!("{said} {}", authors.join(", ")).trim_end().to_owned());
        }
        for text in found {
            texts.entry(text).or_default().insert(said.clone());
        }
    }
    if let Some(stranger) = shipped.first() {
        return Err(Failure::new(format!("{stranger} is listed as shipped, and Cargo does not know it.")));
    }
    std::fs::write(to, notices(&texts, &without)).map_err(|error| Failure::file("Writing", to, &error))
}

/// Name and version of a crate.
fn name(of: &Value) -> String {
    format!("{} {}", of["name"].as_str().unwrap_or_default(), of["version"].as_str().unwrap_or_default())
}

fn parsed(text: &str, what: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::new(format!("{what} cannot be read: {error}.")))
}

/// The licences and notices in a crate's folder, and of what it has taken in from others.
fn texts_of(package: &Value) -> Result<Vec<String>, Failure> {
    let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let folder = manifest.parent().unwrap_or(manifest);
    let is_text = |path: &Path| {
        let inside = path.strip_prefix(folder).unwrap_or(path);
        let mut folders = inside.parent().into_iter().flatten();
        // What is tried and shown there is not shipped.
        let aside = folders.any(|name| ["tests", "examples", "benches"].iter().any(|aside| name == *aside));
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let named = !name.ends_with(".rs") && NAMES.iter().any(|begin| name.starts_with(begin));
        !aside && (named || inside.parent().is_some_and(|place| place.ends_with("LICENSES")))
    };
    let mut texts = Vec::new();
    for path in files_below(folder, &is_text)? {
        let bytes = std::fs::read(&path).map_err(|error| Failure::file("Reading", &path, &error))?;
        let text = String::from_utf8_lossy(&bytes).replace('\r', "");
        texts.push(text.trim_matches('\n').trim_end().to_owned());
    }
    Ok(texts)
}

fn notices(texts: &BTreeMap<String, BTreeSet<String>>, without: &[String]) -> String {
    let mut all = String::from(
        "Certway's binary, with the page inside it, is made with crates of other authors. These are their licences and\n\
         notices. Certway's own licence is Apache-2.0.\n",
    );
    for (text, crates) in texts {
        let crates: Vec<&str> = crates.iter().map(String::as_str).collect();
        // Writing to a text does not fail.
        let _ = write!(all, "\n{}\n{}\n\n{text}\n", "=".repeat(100), crates.join("\n"));
    }
    if !without.is_empty() {
        let _ = write!(
            all,
            "\n{}\nThese bring no such text with them. The name of each one's licence, and its authors, stand beside it:\n\n{}\n",
            "=".repeat(100),
            without.join("\n")
        );
    }
    all
}
