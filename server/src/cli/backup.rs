//! `certway backup`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::local::Local;
use crate::app::NewPassword;
use crate::data_dir::write_durably;
use crate::{node, passphrase};

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
        let config = self.node.config()?;
        let passphrase = passphrase::read_new(self.passphrase_file.as_deref(), "Passphrase for the backup: ")?;
        let passphrase = NewPassword::chosen(&passphrase)?;
        let backup = node::make_backup(&config, passphrase.reveal())?;
        write_durably(&self.out, &backup)
            .map_err(|error| format!("{} cannot be written: {error}", self.out.display()))?;
        Ok(backup.len())
    }
}
