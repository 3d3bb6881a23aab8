//! Deletions from the trusted CA list, and resets of it, each of which can be undone for a while: the latest first.

use aws_lc_rs::digest::{Context, SHA256};
use certway_core::Time;
use rusqlite::Connection;

use super::trusted_cas::TrustedCa;
use super::{Change, Error, Store};

/// How long a deletion can be undone: ten minutes.
const UNDO_SECONDS: i64 = 600;

/// The latest deletion that can be undone.
pub(crate) struct Undoable {
    number: i64,
    /// Until when.
    pub(crate) until: Time,
    /// What comes back, in the list's order.
    pub(crate) back: Vec<TrustedCa>,
    /// What goes: what a reset has added.
    pub(crate) goes: Vec<TrustedCa>,
    /// What a reset has added and that stays, since the list was changed after it.
    pub(crate) stays: Vec<TrustedCa>,
}

impl Store {
    /// What [`Change::undo`] would undo.
    pub(crate) fn undoable(&self, now: Time) -> Result<Option<Undoable>, Error> {
        undoable(&self.connection, now)
    }

    /// Forgets deletions that can no longer be undone.
    pub(crate) fn forget_deletions(&self, now: Time) -> Result<(), Error> {
        let old = "DELETE FROM deletions WHERE deleted_at <= ?1";
        self.connection.execute(old, [now.unix() - UNDO_SECONDS])?;
        Ok(())
    }
}

fn undoable(connection: &Connection, now: Time) -> Result<Option<Undoable>, Error> {
    let since = now.unix() - UNDO_SECONDS;
    let mut deletions = connection
        .prepare("SELECT number, deleted_at, list_after FROM deletions WHERE deleted_at > ?1 ORDER BY number DESC")?;
    let rows = deletions.query_map([since], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    let list = state(connection)?;
    for row in rows {
        let (number, deleted_at, list_after): (i64, i64, _) = row?;
        let select = |query: &str| {
            let mut statement = connection.prepare(query)?;
            let rows = statement.query_map([number], TrustedCa::read)?;
            Ok::<Vec<TrustedCa>, Error>(rows.collect::<Result<_, _>>()?)
        };
        let back = select(
            "SELECT * FROM deleted_cas
             WHERE deletion = ?1 AND fingerprint NOT IN (SELECT fingerprint FROM trusted_cas) ORDER BY position",
        )?;
        let added = select(
            "SELECT * FROM trusted_cas
             WHERE fingerprint IN (SELECT fingerprint FROM cas_of_resets WHERE deletion = ?1) ORDER BY position",
        )?;
        let (goes, stays) = if list == list_after { (added, Vec::new()) } else { (Vec::new(), added) };
        // One of which everything is there again is none.
        if !back.is_empty() || !goes.is_empty() {
            let until = Time::from_unix(deleted_at + UNDO_SECONDS);
            return Ok(Some(Undoable { number, until, back, goes, stays }));
        }
    }
    Ok(None)
}

/// The list as it stands, as SHA-256.
fn state(connection: &Connection) -> Result<Vec<u8>, Error> {
    let mut statement = connection.prepare("SELECT fingerprint FROM trusted_cas ORDER BY position")?;
    let fingerprints = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut digest = Context::new(&SHA256);
    for fingerprint in fingerprints {
        digest.update(fingerprint?.as_bytes());
    }
    Ok(digest.finish().as_ref().to_vec())
}

impl Change<'_> {
    /// Opens a deletion; gives its number.
    pub(super) fn begin_deletion(&self) -> Result<i64, Error> {
        self.transaction
            .execute("INSERT INTO deletions (deleted_at, list_after) VALUES (?1, x'')", [self.now.unix()])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Deletes one certificate of the list; gives whether it was there, as a number.
    pub(super) fn delete_trusted_ca(&self, deletion: i64, fingerprint: &str) -> Result<usize, Error> {
        self.touched.trusted_cas();
        self.transaction.execute(
            "INSERT INTO deleted_cas SELECT ?2, position, fingerprint, der, origin, added_at FROM trusted_cas
             WHERE fingerprint = ?1",
            (fingerprint, deletion),
        )?;
        Ok(self.transaction.execute("DELETE FROM trusted_cas WHERE fingerprint = ?1", [fingerprint])?)
    }

    /// Ends a deletion, with what was added in place of what is gone.
    pub(super) fn end_deletion<'f>(&self, deletion: i64, added: impl Iterator<Item = &'f String>) -> Result<(), Error> {
        for fingerprint in added {
            self.transaction.execute("INSERT INTO cas_of_resets VALUES (?1, ?2)", (deletion, fingerprint))?;
        }
        let list = state(&self.transaction)?;
        self.transaction.execute("UPDATE deletions SET list_after = ?2 WHERE number = ?1", (deletion, list))?;
        Ok(())
    }

    /// Undoes the latest deletion that can be: what it deleted is where it stood, and what a reset added is gone, unless the
    /// list was changed after it.
    pub(crate) fn undo(&self) -> Result<Option<Undoable>, Error> {
        let Some(undoable) = undoable(&self.transaction, self.now)? else { return Ok(None) };
        self.touched.trusted_cas();
        for ca in &undoable.goes {
            self.transaction.execute("DELETE FROM trusted_cas WHERE fingerprint = ?1", [&ca.fingerprint])?;
        }
        self.transaction.execute(
            "INSERT OR IGNORE INTO trusted_cas (position, fingerprint, der, origin, added_at)
             SELECT position, fingerprint, der, origin, added_at FROM deleted_cas WHERE deletion = ?1",
            [undoable.number],
        )?;
        self.transaction.execute("DELETE FROM deletions WHERE number >= ?1", [undoable.number])?;
        Ok(Some(undoable))
    }
}
