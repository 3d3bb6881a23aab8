//! `cargo xtask bench`: the figures of docs/performance.md, peers measured in the same run.

pub(crate) mod download;

use std::process::Command;

use crate::failure::Failure;
use crate::project::Project;
use crate::terminal::{say, step};
use crate::test::node_modules;
use crate::{node, process, tools};

const FIGURES: [&str; 6] = ["download", "decode", "verify", "handshake", "load", "browser"];

/// Measures all figures, or those named, and prints each as a Markdown table.
///
/// # Errors
/// If a name is none of a figure, or something that is measured cannot be built or run.
pub(crate) fn run(project: &Project, names: &[String]) -> Result<(), Failure> {
    if let Some(stranger) = names.iter().find(|name| !FIGURES.contains(&name.as_str())) {
        return Err(Failure::new(format!("There is no figure '{stranger}'. They are {}.", FIGURES.join(", "))));
    }
    let binary = node::build(project)?;
    for figure in FIGURES.into_iter().filter(|figure| names.is_empty() || names.iter().any(|name| name == figure)) {
        step(&format!("Measuring: {figure}"), || match figure {
            "download" => download::table(project),
            "browser" => browser(project),
            "handshake" | "load" => tools::packages(tools::FOR_SERVER_FIGURES).and_then(|()| native(project, figure)),
            _ => native(project, figure),
        })?;
    }
    say(&format!("Measured with {}.", binary.display()));
    Ok(())
}

/// The figures that the crate in `bench/` measures.
fn native(project: &Project, figure: &str) -> Result<(), Failure> {
    process::run(&mut project.cargo(&["build", "--release", "--package", "certway-bench"]))?;
    let mut command = Command::new(project.target.join("release/certway-bench"));
    command.arg(figure).arg(project.binary()).arg(project.target.join("bench-data"));
    process::run(&mut command)
}

fn browser(project: &Project) -> Result<(), Failure> {
    tools::packages(tools::FOR_TESTS)?;
    process::run(&mut project.cargo(&["build", "--release", "--package", "certway-bench"]))?;
    let data = project.target.join("bench-data");
    process::run(
        Command::new(project.target.join("release/certway-bench")).arg("data").arg(project.binary()).arg(&data),
    )?;
    let folder = project.root.join("bench");
    node_modules(&folder)?;
    process::run(Command::new("node").arg("browser/run.mjs").arg(project.binary()).arg(&data).current_dir(&folder))
}
