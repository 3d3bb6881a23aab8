//! `cargo xtask serve`: one node on SQLite, from nothing.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::failure::Failure;
use crate::node;
use crate::project::Project;
use crate::terminal::say;

/// Builds what has changed and becomes the node, so that signals reach it and its exit status is this one's.
///
/// # Errors
/// If something cannot be built or the node cannot be started.
pub(crate) fn run(project: &Project, options: &[String]) -> Result<(), Failure> {
    let binary = node::build(project)?;
    let mut command = Command::new(&binary);
    command.arg("serve").args(options);
    let given = |name: &str| options.iter().any(|option| option == name || option.starts_with(&format!("{name}=")));
    if !given("--data-dir") && !given("--config") {
        let data = project.target.join("certway-data");
        say(&format!("The node keeps its data in {}.", data.display()));
        command.arg("--data-dir").arg(data);
    }
    let error = command.exec();
    Err(Failure::new(format!("{} could not be started: {error}.", binary.display())))
}
