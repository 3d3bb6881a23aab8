//! The node's memory: one SQLite file. Every change is one transaction together with its event record.
//!
//! It takes only what `certway-core` has accepted, or what the node made itself. A certificate and its key are one row.

mod schema;
mod certificates;
mod csr;
mod acme;
mod trusted_cas;
mod deletions;
mod crls;
mod peers;
mod settings;
mod shared;
mod users;
mod second_factor;
mod tokens;
mod alarms;
mod deliveries;
mod events;
mod lists;
#[cfg(test)]
pub(crate) mod former;

use std::path::Path;

use certway_core::Time;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::seal::NodeKey;
use lists::{Suspects, Written};
use shared::Touched;

pub(crate) use acme::{AcmeAccount, AcmeOrder};
pub(crate) use alarms::{Acknowledged, Alarm, Raised};
pub(crate) use certificates::{Certificate, Identity, Load, Origin, Slot, Slots};
pub(crate) use crls::{Kept, StoredCrl};
pub(crate) use csr::Csr;
pub(crate) use deletions::Undoable;
pub(crate) use deliveries::{Attempt, Delivery, Told};
pub(crate) use events::{Entry, Event, Wanted, digest_of};
pub(crate) use lists::List;
pub(crate) use peers::SeenPeer;
pub(crate) use second_factor::SecondFactor;
pub(crate) use settings::Setting;
pub(crate) use shared::{IN_EVERY_CLUSTER, Incoming, Membership, NotPublished, Outgoing, Plane, is_shared, named};
pub(crate) use tokens::Token;
pub(crate) use trusted_cas::{TrustedCa, UnknownTrustedCa};
pub(crate) use users::User;

/// The store of one node, open.
pub(crate) struct Store {
    connection: Connection,
    key: NodeKey,
    /// Where what is shared is kept for all nodes of the cluster.
    plane: Option<Box<dyn Plane>>,
    /// Where the changes that are made now were asked for.
    asked_from: Option<String>,
    suspects: Suspects,
}

/// Why the store could not do its work. Nothing was changed, unless it says that this is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no room for the change and its event record.
    #[error("there is no room left in the data directory")]
    Full,
    /// The disk does not read or write.
    #[error("the data directory cannot be read or written")]
    Disk(#[source] rusqlite::Error),
    /// The file was changed behind the node's back.
    #[error("the store is damaged: {0}. Bring certway.db and node.key back from one backup")]
    Damaged(String),
    /// A list was changed behind the node's back.
    #[error(
        "the list '{}' was changed behind the node's back, so nothing is added to it. Find out who had access to the data directory, then write it anew: reset the trusted CA list, or set the password of the administrator with `certway reset-password`. In a cluster the node takes the cluster's copy again by itself as soon as it reaches etcd",
        .0.name()
    )]
    Suspect(List),
    /// The key in the data directory is not the one that this store was made with.
    #[error(
        "node.key, or the credential or passphrase in its place, does not belong to this store: it is wrong, damaged, or from another node. Bring the right one back; nothing was changed"
    )]
    WrongKey,
    /// The store was written by a later version.
    #[error(
        "the store was written by a later version of Certway (format {found}; this one knows up to {known}). Nothing was changed. Start that version; or go back to what the store was before it, as docs/upgrade.md tells"
    )]
    Newer {
        /// The store's format.
        found: usize,
        /// The latest format of this program.
        known: usize,
    },
    /// What is shared cannot be changed: where it is kept for all nodes does not answer.
    #[error("what the cluster shares cannot be changed now: {0}")]
    ClusterAway(String),
    /// Where it is kept for all nodes did not answer to the end.
    #[error(
        "it is not known whether this was done: {0}. If it was, or will be yet, it shows as soon as the node reaches etcd again. Look then, before doing it once more"
    )]
    ClusterUnsure(String),
    /// Another node has changed the same.
    #[error("another node of the cluster has changed the same at this moment")]
    Overtaken,
    /// Anything else that SQLite says.
    #[error("the store failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => Self::Disk(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

/// A change in progress: it is made whole, with its event, or not at all.
pub(crate) struct Change<'a> {
    transaction: Transaction<'a>,
    key: &'a NodeKey,
    now: Time,
    /// Where it was asked for.
    address: Option<&'a str>,
    /// Of what is shared.
    touched: Touched,
    /// Of what is signed as a whole.
    written: Written,
    suspects: Vec<List>,
}

impl Store {
    /// The store in `file`, made or upgraded if need be, sealed with the first key of `keys` that fits. They are asked
    /// for with the salt of the passphrase, and whether the store is new.
    pub(crate) fn open<E: From<Error>>(
        file: &Path,
        keys: impl FnOnce(Option<&[u8]>, bool) -> Result<Vec<NodeKey>, E>,
    ) -> Result<Self, E> {
        let mut connection = schema::open(file)?;
        let before = schema::is_older(&connection)?.then(|| lists::digests(&connection));
        schema::upgrade(&mut connection, file, schema::STEPS)?;
        let row = connection.query_row("SELECT key_check, passphrase_salt FROM node", [], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        });
        let row = row.optional().map_err(Error::from)?;
        let salt = row.as_ref().and_then(|(_, salt)| salt.as_deref());
        // A wrong key must be found before anything is sealed with it.
        let fits = |key: &NodeKey| row.as_ref().is_none_or(|(check, _)| key.open(KEY_CHECK, check).is_ok());
        let key = keys(salt, row.is_none())?.into_iter().find(fits).ok_or(Error::WrongKey)?;
        if row.is_none() {
            schema::check_new(&connection)?;
        }
        settings::adopt(&mut connection, &key)?;
        events::adopt(&mut connection)?;
        lists::adopt(&mut connection, &key, before.as_ref())?;
        Ok(Self { connection, key, plane: None, asked_from: None, suspects: Suspects::default() })
    }

    /// Whether this store has been through a first boot.
    pub(crate) fn is_new(&self) -> Result<bool, Error> {
        Ok(!self.connection.query_row("SELECT EXISTS (SELECT 1 FROM node)", [], |row| row.get(0))?)
    }

    /// Says where the changes that come next are asked for; nothing: by the node itself, or at its terminal.
    pub(crate) fn asked_from(&mut self, address: Option<String>) {
        self.asked_from = address;
    }

    /// Makes one change, recorded as done by `actor`. If `work` fails, nothing is changed and nothing recorded.
    pub(crate) fn change<T, E: From<Error>>(
        &mut self,
        now: Time,
        actor: &str,
        work: impl FnOnce(&Change<'_>) -> Result<(T, Entry), E>,
    ) -> Result<T, E> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| E::from(error.into()))?;
        let suspects = self.suspects.now(&transaction, &self.key)?;
        let address = self.asked_from.as_deref();
        let change = Change::begin(transaction, &self.key, (now, address), suspects);
        let (value, entry) = work(&change)?;
        let signed = change.sign_lists()?;
        change.record(actor, &entry)?;
        change.publish(self.plane.as_deref(), actor)?;
        if let Err(error) = change.commit() {
            self.forget_what_was_not_committed();
            return Err(E::from(error.into()));
        }
        self.suspects.clear(&signed);
        tracing::info!(actor, action = entry.action, details = entry.details, address = self.asked_from, "event");
        Ok(value)
    }

    /// Cuts off what a commit has written before it failed, lest a kill bring it back: at the next start, what is whole in the
    /// write-ahead log counts, and that it was never said to be kept stands nowhere.
    fn forget_what_was_not_committed(&self) {
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "what was not committed could not be cut off; the next change writes over it");
        }
    }

    /// Records something that changes nothing else: a refusal, a failed sign-in.
    pub(crate) fn record(&mut self, now: Time, actor: &str, entry: Entry) -> Result<(), Error> {
        self.change(now, actor, |_| Ok(((), entry)))
    }

    /// What has a private key, beside the certificates in their slots, that the node's key does not unseal.
    pub(crate) fn keys_that_do_not_unseal(&self) -> Result<Vec<&'static str>, Error> {
        let mut whose = Vec::new();
        if self.csr()?.is_some_and(|csr| csr.key.is_none()) {
            whose.push("the certificate signing request in progress");
        }
        if self.acme_order()?.is_some_and(|order| order.key.is_none()) {
            whose.push("the ACME order in progress");
        }
        if self.acme_accounts()?.iter().any(|account| account.key.is_none()) {
            whose.push("an ACME account");
        }
        Ok(whose)
    }

    /// The node's key, to sign with.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.key.sign(parts)
    }

    /// The node's key as its file has it: for a backup, and nothing else.
    pub(crate) fn key_text(&self) -> Zeroizing<String> {
        self.key.to_text()
    }

    /// The whole store as of one instant, without what was deleted from it. `scratch` is a file that is not there.
    pub(crate) fn snapshot(&self, scratch: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        let _left_over = std::fs::remove_file(scratch);
        let made = self.connection.execute("VACUUM INTO ?1", [scratch.to_string_lossy()]).map_err(Error::from);
        let bytes = made.and_then(|_| {
            std::fs::read(scratch).map_err(|error| Error::Damaged(format!("its copy cannot be read: {error}")))
        });
        let _gone = std::fs::remove_file(scratch);
        bytes.map(Zeroizing::new)
    }

    /// The node's temporary CA, DER.
    pub(crate) fn temporary_ca(&self) -> Result<Vec<u8>, Error> {
        Ok(self.connection.query_row("SELECT temporary_ca FROM node", [], |row| row.get(0))?)
    }

    /// Whether the file answers; what `/readyz` asks.
    pub(crate) fn answers(&self) -> Result<(), Error> {
        Ok(self.connection.query_row("SELECT 1 FROM node", [], |_| Ok(()))?)
    }

    /// Seals and signs everything anew with another key, in one transaction with its record in the log.
    pub(crate) fn change_key(&mut self, now: Time, actor: &str, key: NodeKey) -> Result<(), Error> {
        seal_anew(&mut self.connection, (&self.key, &key), now, actor)?;
        self.key = key;
        Ok(())
    }
}

fn seal_anew(
    connection: &mut Connection,
    (old, new): (&NodeKey, &NodeKey),
    now: Time,
    actor: &str,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let whole = lists::whole(&transaction, old)?;
    let change = Change::begin(transaction, old, (now, None), Vec::new());
    let lost = acme::seal_anew(&change.transaction, old, new)?;
    let mut details = "everything is sealed anew".to_owned();
    if !lost.is_empty() {
        details += &format!(", but not the key of {}: it could not be unsealed", lost.join(" and "));
    }
    change.record(actor, &Entry::new("node-key-changed", details))?;
    let transaction = change.transaction;
    certificates::seal_anew(&transaction, old, new)?;
    csr::seal_anew(&transaction, old, new)?;
    deliveries::seal_anew(&transaction, old, new)?;
    shared::seal_anew(&transaction, old, new)?;
    settings::sign_anew(&transaction, old, new)?;
    events::sign_anew(&transaction, old, new)?;
    lists::sign_anew(&transaction, new, &whole)?;
    let check = new.seal(KEY_CHECK, KEY_CHECK);
    transaction.execute("UPDATE node SET key_check = ?1, passphrase_salt = ?2", (check, new.salt()))?;
    Ok(transaction.commit()?)
}

/// What a node's row seals, so that a wrong key is noticed.
const KEY_CHECK: &[u8] = b"key check";

impl<'a> Change<'a> {
    fn begin(
        transaction: Transaction<'a>,
        key: &'a NodeKey,
        (now, address): (Time, Option<&'a str>),
        suspects: Vec<List>,
    ) -> Self {
        Self { transaction, key, now, address, touched: Touched::default(), written: Written::default(), suspects }
    }

    fn commit(self) -> Result<(), rusqlite::Error> {
        self.transaction.commit()
    }
}

impl Change<'_> {
    /// The node's own row: once, at first boot.
    pub(crate) fn found_node(&self, temporary_ca: &[u8]) -> Result<(), Error> {
        let check = self.key.seal(KEY_CHECK, KEY_CHECK);
        self.transaction.execute(
            "INSERT INTO node (id, temporary_ca, key_check, passphrase_salt) VALUES (1, ?1, ?2, ?3)",
            (temporary_ca, check, self.key.salt()),
        )?;
        self.written.touch_all();
        events::begin(&self.transaction, self.key)
    }
}
