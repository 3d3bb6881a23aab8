//! `certway restore`

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::backup;
use crate::config::DEFAULT_DATA_DIR;
use crate::passphrase;

/// Bring a backup back into an empty data directory. A node that is started there is the node that was backed up.
///
/// Exit status: 0 restored, 1 not restored (nothing was changed), 64 usage.
#[derive(Args)]
pub(super) struct Restore {
    /// The data directory; it must have no store yet.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
    /// A file with the passphrase; it is asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The backup.
    backup: PathBuf,
}

impl Restore {
    pub(super) fn run(self) -> ExitCode {
        match self.restore() {
            Ok(name) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "{} is {name} again. Start it with `certway serve --data-dir {}`; stop the old one first.",
                    self.data_dir.display(),
                    self.data_dir.display()
                );
                ExitCode::SUCCESS
            }
            Err(error) => super::fail(&*error),
        }
    }

    fn restore(&self) -> Result<String, Box<dyn std::error::Error>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&self.backup)
            .map_err(|error| format!("{} cannot be read: {error}", self.backup.display()))?;
        file.take(backup::LARGEST_BYTES).read_to_end(&mut bytes)?;
        let passphrase = passphrase::read(self.passphrase_file.as_deref(), "Passphrase of the backup: ")?;
        Ok(backup::restore(&bytes, &passphrase, &self.data_dir)?)
    }
}
