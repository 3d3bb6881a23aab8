//! The Debian package, with all that is in it beside the binary: manual pages, shell completions, and what the binary is made of.

mod check;
mod notices;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::project::{Project, files_below, read};
use crate::terminal::{say, step};
use crate::tools::{CARGO_CYCLONEDX, CARGO_DEB};
use crate::{node, process};

/// Shells, and the name under which each looks for a program's completions.
const SHELLS: [(&str, &str); 3] = [("bash", "certway.bash"), ("zsh", "_certway"), ("fish", "certway.fish")];
/// What runs where: the node on this machine, the page and the judge in the browser. Their folders, and how their lists are called.
const SBOMS: [(&str, &str, &str); 3] = [
    ("x86_64-unknown-linux-gnu", "server", "certway"),
    ("wasm32-unknown-unknown", "frontend", "certway-page"),
    ("wasm32-unknown-unknown", "crates/worker", "certway-judge"),
];
const SBOM: &str = "certway-sbom.cdx";
const NOTICES: &str = "third-party-notices.txt";

/// Makes the package and says where it is.
///
/// # Errors
/// If a tool cannot be had, or something cannot be built.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let binary = match arguments {
        [] => node::build(project)?,
        [option] if option == "--no-build" && project.binary().is_file() => project.binary(),
        [option] if option == "--no-build" => {
            return Err(Failure::new(format!("There is no {} yet: leave --no-build out.", project.binary().display())));
        }
        _ => return Err(Failure::new("`cargo xtask package` takes --no-build and nothing else.")),
    };
    let out = project.root.join("packaging/out");
    step("Writing manual pages and completions", || reference(&binary, &out))?;
    let lists = out.join("sbom");
    sboms(project, &lists)?;
    step("Collecting licences and notices", || notices::write(project, &lists, &out.join(NOTICES)))?;
    let package = debian(project)?;
    step("Looking at the package", || check::check(project, &package))?;
    say(&format!("The package is {}", package.display()));
    Ok(())
}

fn reference(binary: &Path, out: &Path) -> Result<(), Failure> {
    let man = anew(&out.join("man"))?;
    process::run(Command::new(binary).arg("man").arg(&man))?;
    let completions = anew(&out.join("completions"))?;
    for (shell, name) in SHELLS {
        let script = Command::new(binary).args(["completions", shell]).output();
        let script = script.map_err(|error| Failure::file("Running", binary, &error))?;
        if !script.status.success() {
            return Err(Failure::new(format!("The completions for {shell} could not be written.")));
        }
        let path = completions.join(name);
        std::fs::write(&path, script.stdout).map_err(|error| Failure::file("Writing", &path, &error))?;
    }
    Ok(())
}

/// Lists of all crates in what is shipped, CycloneDX. The program writes one beside every manifest of the workspace.
fn sboms(project: &Project, folder: &Path) -> Result<(), Failure> {
    let program = CARGO_CYCLONEDX.get(project)?;
    step("Listing what is inside (SBOM)", || {
        anew(folder)?;
        for (target, of, name) in SBOMS {
            let mut list = Command::new(&program);
            list.args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--all", "--quiet"]);
            list.args(["--target", target, "--override-filename", SBOM]).current_dir(&project.root);
            process::run(&mut list)?;
            let (from, to) =
                (project.root.join(of).join(format!("{SBOM}.json")), folder.join(format!("{name}.cdx.json")));
            // The workspace's own crates are named by their folders, whose place is this machine's alone.
            let list = read(&from)?.replace(&format!("{}/", project.root.display()), "");
            std::fs::write(&to, list).map_err(|error| Failure::file("Writing", &to, &error))?;
            for beside in files_below(&project.root, &|path| path.ends_with(format!("{SBOM}.json")))? {
                std::fs::remove_file(&beside).map_err(|error| Failure::file("Removing", &beside, &error))?;
            }
        }
        Ok(())
    })
}

fn debian(project: &Project) -> Result<PathBuf, Failure> {
    let program = CARGO_DEB.get(project)?;
    step("Packing", || {
        let folder = anew(&project.target.join("debian"))?;
        let mut pack = Command::new(&program);
        pack.args(["deb", "--no-build", "--manifest-path", "server/Cargo.toml", "--output"]).arg(&folder);
        // The folder's own name may stand where cargo does not look for it.
        pack.current_dir(&project.root).env("CARGO_TARGET_DIR", &project.target);
        process::run(&mut pack)?;
        let packages = files_below(&folder, &|path| path.extension().is_some_and(|extension| extension == "deb"))?;
        packages.into_iter().next().ok_or_else(|| Failure::new("cargo-deb has left no package."))
    })
}

/// A folder with nothing in it.
fn anew(folder: &Path) -> Result<PathBuf, Failure> {
    let _not_there = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("Making the folder", folder, &error))?;
    Ok(folder.to_path_buf())
}
