//! Backups of the running node.

use zeroize::Zeroizing;

use super::error::Error;
use super::{App, NewPassword};
use crate::store::Entry;
use crate::{backup, clock};

impl App {
    /// An `age` file with the store and the node's key, under a passphrase that is as good as a password must be.
    pub(crate) fn make_backup(&self, actor: &str, passphrase: &Zeroizing<String>) -> Result<Vec<u8>, Error> {
        let passphrase = NewPassword::chosen(passphrase).map_err(Error::PoorPassphrase)?;
        let _change = self.changing();
        let now = clock::now();
        // Recorded first, so that the backup knows of itself, and none is given out unrecorded.
        self.store().record(now, actor, Entry::new("backup-made", self.name.clone()))?;
        Ok(backup::make(&self.store(), &self.name, now, passphrase.reveal(), &self.scratch)?)
    }
}
