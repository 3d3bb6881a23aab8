//! The trusted CA list, in the order in which it was appended.

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::{AcceptedCas, Time};
use rusqlite::Connection;

use super::{Change, Error, Store};
use crate::seal::to_hex;

/// How long a deletion can be undone: ten minutes.
const UNDO_SECONDS: i64 = 600;

/// One certificate of the list.
pub(crate) struct TrustedCa {
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub(crate) fingerprint: String,
    pub(crate) der: Vec<u8>,
    /// `default` or `upload`.
    pub(crate) origin: String,
    pub(crate) added_at: Time,
}

/// A fingerprint that is not in the list.
#[derive(Debug)]
pub(crate) struct UnknownTrustedCa(pub(crate) String);

impl Store {
    /// The whole list.
    pub(crate) fn trusted_cas(&self) -> Result<Vec<TrustedCa>, Error> {
        all(&self.connection)
    }
}

impl Store {
    /// How many deleted certificates could be brought back, and until when the first of them can.
    pub(crate) fn undoable_deletions(&self, now: Time) -> Result<Option<(usize, Time)>, Error> {
        let (count, first): (i64, Option<i64>) = self.connection.query_row(
            "SELECT count(*), min(deleted_at) FROM deleted_cas WHERE deleted_at > ?1",
            [now.unix() - UNDO_SECONDS],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let until = first.map(|first| Time::from_unix(first + UNDO_SECONDS));
        Ok(until.map(|until| (usize::try_from(count).unwrap_or(usize::MAX), until)))
    }

    /// Forgets deleted certificates that can no longer be brought back.
    pub(crate) fn forget_deletions(&self, now: Time) -> Result<(), Error> {
        let old = "DELETE FROM deleted_cas WHERE deleted_at <= ?1";
        self.connection.execute(old, [now.unix() - UNDO_SECONDS])?;
        Ok(())
    }
}

fn all(connection: &Connection) -> Result<Vec<TrustedCa>, Error> {
    let mut statement = connection.prepare("SELECT * FROM trusted_cas ORDER BY position")?;
    let rows = statement.query_map([], |row| {
        Ok(TrustedCa {
            fingerprint: row.get("fingerprint")?,
            der: row.get("der")?,
            origin: row.get("origin")?,
            added_at: Time::from_unix(row.get("added_at")?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Change<'_> {
    /// The list as this change leaves it so far.
    pub(crate) fn trusted_cas(&self) -> Result<Vec<TrustedCa>, Error> {
        all(&self.transaction)
    }

    /// Appends what is new; gives how many that were.
    pub(crate) fn append_trusted_cas(&self, accepted: &AcceptedCas) -> Result<usize, Error> {
        self.insert_trusted_cas(accepted, "upload")
    }

    /// Puts `defaults` in place of the whole list; gives how many were removed and how many added.
    pub(crate) fn reset_trusted_cas(&self, defaults: &AcceptedCas) -> Result<(usize, usize), Error> {
        let kept: Vec<String> = defaults.added_der().iter().map(|der| fingerprint(der)).collect();
        let mut removed = 0;
        let mut statement = self.transaction.prepare("SELECT fingerprint FROM trusted_cas")?;
        let present = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        for gone in present.iter().filter(|present| !kept.contains(present)) {
            removed += self.delete_trusted_ca(gone)?;
        }
        let added = self.insert_trusted_cas(defaults, "default")?;
        Ok((removed, added))
    }

    /// Deletes all of `fingerprints`, or none if one of them is not in the list.
    pub(crate) fn delete_trusted_cas(&self, fingerprints: &[String]) -> Result<Result<usize, UnknownTrustedCa>, Error> {
        for fingerprint in fingerprints {
            if self.delete_trusted_ca(fingerprint)? == 0 {
                return Ok(Err(UnknownTrustedCa(fingerprint.clone())));
            }
        }
        Ok(Ok(fingerprints.len()))
    }

    fn delete_trusted_ca(&self, fingerprint: &str) -> Result<usize, Error> {
        self.transaction.execute(
            "INSERT OR REPLACE INTO deleted_cas SELECT position, fingerprint, der, origin, added_at, ?2 FROM trusted_cas
             WHERE fingerprint = ?1",
            (fingerprint, self.now.unix()),
        )?;
        Ok(self.transaction.execute("DELETE FROM trusted_cas WHERE fingerprint = ?1", [fingerprint])?)
    }

    /// Brings back, to where they stood, the certificates that were deleted less than [`UNDO_SECONDS`] ago; gives how many.
    pub(crate) fn undo_deletions(&self) -> Result<usize, Error> {
        let restored = self.transaction.execute(
            "INSERT OR IGNORE INTO trusted_cas (position, fingerprint, der, origin, added_at)
             SELECT position, fingerprint, der, origin, added_at FROM deleted_cas WHERE deleted_at > ?1",
            [self.now.unix() - UNDO_SECONDS],
        )?;
        self.transaction.execute("DELETE FROM deleted_cas", [])?;
        Ok(restored)
    }

    /// How many distinct certificates the list has.
    pub(crate) fn trusted_cas_count(&self) -> Result<usize, Error> {
        let count: i64 = self.transaction.query_row("SELECT count(*) FROM trusted_cas", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Puts another temporary CA in the place of the node's.
    pub(super) fn replace_temporary_ca(&self, ca: &[u8]) -> Result<(), Error> {
        let old: Vec<u8> = self.transaction.query_row("SELECT temporary_ca FROM node", [], |row| row.get(0))?;
        self.transaction.execute("UPDATE node SET temporary_ca = ?1", [ca])?;
        self.transaction.execute(
            "UPDATE trusted_cas SET fingerprint = ?2, der = ?3, added_at = ?4 WHERE fingerprint = ?1",
            (fingerprint(&old), fingerprint(ca), ca, self.now.unix()),
        )?;
        Ok(())
    }

    fn insert_trusted_cas(&self, accepted: &AcceptedCas, origin: &str) -> Result<usize, Error> {
        let mut statement = self.transaction.prepare(
            "INSERT INTO trusted_cas (fingerprint, der, origin, added_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (fingerprint) DO NOTHING",
        )?;
        let mut added = 0;
        for der in accepted.added_der() {
            let mark = fingerprint(der);
            added += statement.execute((&mark, der, origin, self.now.unix()))?;
            // What is there again need not be brought back.
            self.transaction.execute("DELETE FROM deleted_cas WHERE fingerprint = ?1", [&mark])?;
        }
        Ok(added)
    }
}

/// SHA-256 of DER, lower-case hexadecimal.
pub(super) fn fingerprint(der: &[u8]) -> String {
    to_hex(digest(&SHA256, der).as_ref()).to_string()
}
