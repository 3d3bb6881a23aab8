//! `certway completions` and `certway man`: what shells and `man` want to know, from the command line's own definition.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};

/// Print the completion script of a shell.
#[derive(Args)]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::CommandLine::command(), "certway", &mut script);
        // A reader that has gone is no error.
        let _ = std::io::stdout().lock().write_all(&script);
        ExitCode::SUCCESS
    }
}

/// Write the manual pages, one for each command, into a folder.
#[derive(Args)]
pub(super) struct Man {
    /// The folder; it must exist.
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(self) -> ExitCode {
        match clap_mangen::generate_to(super::CommandLine::command(), &self.folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::fail(&error),
        }
    }
}
