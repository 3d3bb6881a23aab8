//! Programs of cargo's that are compiled into the cache.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::terminal::step;

/// A program of cargo's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CargoTool {
    program: &'static str,
    version: &'static str,
    /// How much it is optimised: what has little to do itself is better compiled soon.
    level: &'static str,
}

/// Makes the Debian package.
pub(crate) const CARGO_DEB: CargoTool = CargoTool { program: "cargo-deb", version: "3.8.0", level: "1" };
/// Tells what is inside (SBOM).
pub(crate) const CARGO_CYCLONEDX: CargoTool = CargoTool { program: "cargo-cyclonedx", version: "0.5.9", level: "1" };
/// Puts faults into a crate, for its tests to find.
pub(crate) const CARGO_MUTANTS: CargoTool = CargoTool { program: "cargo-mutants", version: "27.1.0", level: "0" };

impl CargoTool {
    /// Makes sure that the program is there, and gives its path.
    ///
    /// # Errors
    /// If it is missing and cannot be compiled; the text says how to do it by hand.
    pub(crate) fn get(self, project: &Project) -> Result<PathBuf, Failure> {
        let Self { program, version, level } = self;
        let own = project.tools.join("bin").join(program);
        if own.is_file() {
            return Ok(own);
        }
        if process::on_path(program) {
            return Ok(program.into());
        }
        step(&format!("Installing {program} {version}"), || {
            let mut command = project.cargo(&["install", program, "--version", version, "--locked", "--root"]);
            command.arg(&project.tools).current_dir("/").env_remove("CARGO_TARGET_DIR");
            command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level);
            super::install(&format!("{program} {version}"), &project.tools, &mut command)
        })?;
        Ok(own)
    }
}
