//! The commands that set Certway up on a fresh machine: `cargo xtask build`, `serve`, `package`, `test` and `bench`.
//!
//! Each one installs what it needs (into a cache that a second clone finds), builds only what has changed, and says on
//! the terminal what it is at. What cannot be installed is named, with the command that does it by hand.
//!
//! What it does not do: it changes nothing outside the project, its target folder and the tool cache, but for Debian
//! packages, which are installed only when missing, and only as root.

mod project;
mod tools;
mod page;
mod node;
mod serve;
mod package;
mod test;
mod bench;
mod process;
mod failure;
mod terminal;

use std::process::ExitCode;

use failure::Failure;
use project::Project;

const USAGE: &str = "\
cargo xtask build                 builds the page and the release binary, target/release/certway
cargo xtask serve [OPTION...]     builds what has changed and runs one node; options go to `certway serve`
cargo xtask package [--no-build]  builds the Debian package, with manual pages, completions and SBOM, and looks at it; or from the binary that is there
cargo xtask test [STEP...]        runs all checks and tests, or the steps named
cargo xtask bench [FIGURE...]     measures decode, verify, download, handshake, load and browser, or the figures named

Tools are kept in $CERTWAY_TOOLS, or $XDG_CACHE_HOME/certway/tools, or ~/.cache/certway/tools.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Failure::new(format!("No command given.\n\n{USAGE}")));
    };
    let project = Project::find()?;
    match command.as_str() {
        "build" => node::build(&project).map(|_binary| ()),
        "serve" => serve::run(&project, rest),
        "package" => package::run(&project, rest),
        "test" => test::run(&project, rest),
        "bench" => bench::run(&project, rest),
        "help" | "--help" | "-h" => {
            terminal::say(USAGE);
            Ok(())
        }
        other => Err(Failure::new(format!("There is no command '{other}'.\n\n{USAGE}"))),
    }
}
