//! `certway backup`

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::node::NewBackup;
use clap::Args;
use hyper::{Method, StatusCode};

use super::answer::Refusal;
use super::local::Local;
use crate::data_dir::write_durably;
use crate::passphrase;

/// Make a backup of a node: its store and its key in one `age` file under a passphrase. Works while the node runs.
///
/// Exit status: 0 made, 1 not made, 64 usage.
#[derive(Args)]
pub(super) struct Backup {
    #[command(flatten)]
    node: Local,
    /// A file with the passphrase; it is asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Where to write the backup. It must not be there yet.
    out: PathBuf,
}

impl Backup {
    pub(super) fn run(self) -> ExitCode {
        match self.make() {
            Ok(bytes) => {
                // The backup is there even if nobody reads this.
                let _ = writeln!(std::io::stderr(), "{} has the backup: {bytes} bytes.", self.out.display());
                ExitCode::SUCCESS
            }
            Err(error) => super::fail(&*error),
        }
    }

    fn make(&self) -> Result<usize, Box<dyn std::error::Error>> {
        if self.out.exists() {
            return Err(format!("{} is there already; nothing was written", self.out.display()).into());
        }
        let passphrase = passphrase::read_new(self.passphrase_file.as_deref(), "Passphrase for the backup: ")?;
        let node = self.node.control()?;
        // The file comes first: what the node records to have made is not to find that nobody can keep it.
        let cannot = |error: std::io::Error| format!("{} cannot be written: {error}", self.out.display());
        File::create_new(&self.out).map_err(cannot)?;
        let made = || {
            let passphrase = passphrase.as_str().to_owned();
            let answer = node.send(Method::POST, "/api/v1/backup", &NewBackup { passphrase })?;
            if answer.status != StatusCode::OK {
                return Err(Refusal::of(&answer).detail().into());
            }
            write_durably(&self.out, &answer.body).map_err(cannot)?;
            Ok(answer.body.len())
        };
        made().inspect_err(|_| {
            // It is empty.
            let _ = fs::remove_file(&self.out);
        })
    }
}
