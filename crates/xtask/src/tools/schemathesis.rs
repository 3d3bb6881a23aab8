//! schemathesis, which draws calls from the description of the HTTP interface.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::terminal::step;

/// The program's path, for the tests.
pub(crate) const SCHEMATHESIS: &str = "CERTWAY_SCHEMATHESIS";

/// The program and all that it needs, each with its version and the hashes of its files.
const REQUIREMENTS: &str = include_str!("schemathesis.txt");

/// Makes sure that schemathesis is there, and gives its path: the one that the environment names, or that in the tool cache.
///
/// # Errors
/// If it is missing and cannot be installed; the text says what to do.
pub(crate) fn schemathesis(project: &Project) -> Result<OsString, Failure> {
    if let Some(program) = std::env::var_os(SCHEMATHESIS) {
        return Ok(program);
    }
    let own = project.tools.join("schemathesis");
    let (program, installed) = (own.join("bin/schemathesis"), own.join("requirements.txt"));
    let is_there = std::fs::read_to_string(&installed).is_ok_and(|text| text == REQUIREMENTS);
    // What it was made with may be gone since.
    if !is_there || !own.join("bin/python").exists() {
        step("Installing schemathesis", || install(&own, &installed)).map_err(|failure| {
            Failure::new(format!(
                "schemathesis could not be installed into {}. {failure}\n\
                 Install it by hand and name the program in {SCHEMATHESIS}. Nothing else was changed.",
                own.display()
            ))
        })?;
    }
    Ok(program.into())
}

/// An environment of its own, made anew. For the packages in it Python's pip will do, which need not be inside.
fn install(environment: &Path, installed: &Path) -> Result<(), Failure> {
    let python = || Command::new("python3");
    process::run(python().args(["-m", "venv", "--clear", "--without-pip"]).arg(environment))?;
    let wanted = environment.join("wanted.txt");
    std::fs::write(&wanted, REQUIREMENTS).map_err(|error| Failure::file("Writing", &wanted, &error))?;
    let mut pip = python();
    pip.args(["-m", "pip", "--python"]).arg(environment.join("bin/python"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]);
    process::run(pip.arg("--requirement").arg(&wanted))?;
    // Last of all: what was broken off is begun anew, as another version is.
    std::fs::rename(&wanted, installed).map_err(|error| Failure::file("Renaming", &wanted, &error))
}
