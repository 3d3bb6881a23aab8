//! Budgets for the length of files: what is short is read.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::project::{Project, files_below, read};
use crate::terminal::say;

const FILE: usize = 600;
const RULE: usize = 120;
const MEDIAN: usize = 200;

/// Documents with a budget of their own.
const DOCUMENTS: &[(&str, usize)] = &[("README.md", 100), ("ARCHITECTURE.md", 150)];

pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let sources = files_below(&project.root, &is_source)?;
    let mut lengths = Vec::new();
    let mut faults = Vec::new();
    for path in &sources {
        let lines = read(path)?.lines().count();
        lengths.push(lines);
        let most = if path.parent().is_some_and(|folder| folder.ends_with("core/src/rules")) { RULE } else { FILE };
        faults.extend(too_long(project, path, lines, most));
        if path.ends_with("mod.rs") {
            faults.push(format!("{}: a module's file is named after it and stands beside its folder", path.display()));
        }
    }
    for (name, most) in DOCUMENTS {
        let path = project.root.join(name);
        if path.is_file() {
            faults.extend(too_long(project, &path, read(&path)?.lines().count(), *most));
        }
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    if median > MEDIAN {
        faults.push(format!("the median file has {median} lines; at most {MEDIAN} are wanted"));
    }
    say(&format!("{} source files, median {median} lines, longest {}", lengths.len(), lengths.last().unwrap_or(&0)));
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("Too long:\n  {}", faults.join("\n  "))))
}

fn too_long(project: &Project, path: &Path, lines: usize, most: usize) -> Option<String> {
    let name: PathBuf = path.strip_prefix(&project.root).unwrap_or(path).into();
    (lines > most).then(|| format!("{}: {lines} lines; at most {most} are allowed", name.display()))
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["rs", "ts", "mjs", "js", "css"].iter().any(|known| extension == *known))
}
