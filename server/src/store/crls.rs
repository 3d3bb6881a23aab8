//! Certificate revocation lists: one for each issuer and scope.

use certway_core::{AcceptedCrl, Time};
use rusqlite::{Connection, OptionalExtension as _};

use super::trusted_cas::fingerprint;
use super::{Change, Error, Store};

/// Stores one.
pub(super) const INSERT: &str =
    "INSERT INTO crls (fingerprint, scope, der, this_update, stored_at) VALUES (?1, ?2, ?3, ?4, ?5)";

/// One list.
pub(crate) struct StoredCrl {
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub(crate) fingerprint: String,
    pub(crate) der: Vec<u8>,
    pub(crate) stored_at: Time,
}

/// What became of an accepted list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// There was none of its issuer and scope.
    New,
    /// It took the place of an older one.
    Replaced,
    /// It is there already.
    Known,
    /// A newer one is there, which stays: an old list may lack what was revoked since.
    Older,
    /// A recognised one is there, which stays: anyone can write a list in a CA's name.
    Unrecognised,
    /// One that is in force is there, which stays: a list dated in the future would keep every good one out.
    Future,
}

impl Store {
    /// All lists, in the order in which they came.
    pub(crate) fn crls(&self) -> Result<Vec<StoredCrl>, Error> {
        all(&self.connection)
    }
}

fn all(connection: &Connection) -> Result<Vec<StoredCrl>, Error> {
    let mut statement = connection.prepare("SELECT fingerprint, der, stored_at FROM crls ORDER BY position")?;
    let rows = statement.query_map([], |row| {
        Ok(StoredCrl { fingerprint: row.get(0)?, der: row.get(1)?, stored_at: Time::from_unix(row.get(2)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Change<'_> {
    /// The lists as this change leaves them so far.
    pub(crate) fn crls(&self) -> Result<Vec<StoredCrl>, Error> {
        all(&self.transaction)
    }

    /// Stores a list in the place of the former one of its issuer and scope, if it is the better of the two: recognised
    /// before all others, then in force, then the newer one. Whether the former one is recognised depends on the trusted CA
    /// list as it is now, so `is_recognised` is asked.
    pub(crate) fn keep_crl(
        &self,
        accepted: &AcceptedCrl,
        is_recognised: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Kept, Error> {
        let mark = fingerprint(accepted.der());
        let former = self.transaction.query_row(
            "SELECT fingerprint, this_update, der FROM crls WHERE scope = ?1",
            [accepted.scope()],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?)),
        );
        let kept = match former.optional()? {
            Some((former, ..)) if former == mark => return Ok(Kept::Known),
            Some((_, this_update, der)) => {
                let in_force = |this_update: Time| this_update <= self.now;
                let (own, other) = (accepted.this_update(), Time::from_unix(this_update));
                match (accepted.is_recognised(), is_recognised(&der)) {
                    (true, false) => Kept::Replaced,
                    (false, true) => return Ok(Kept::Unrecognised),
                    _ if in_force(own) != in_force(other) => {
                        if in_force(other) {
                            return Ok(Kept::Future);
                        }
                        Kept::Replaced
                    }
                    _ if other > own => return Ok(Kept::Older),
                    _ => Kept::Replaced,
                }
            }
            None => Kept::New,
        };
        self.transaction.execute("DELETE FROM crls WHERE scope = ?1", [accepted.scope()])?;
        self.touched.crls();
        self.transaction.execute(
            INSERT,
            (mark, accepted.scope(), accepted.der(), accepted.this_update().unix(), self.now.unix()),
        )?;
        Ok(kept)
    }

    /// How many lists there are, and how many bytes they have.
    pub(crate) fn crls_size(&self) -> Result<(usize, usize), Error> {
        let size = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let (count, bytes) =
            self.transaction.query_row("SELECT count(*), coalesce(sum(length(der)), 0) FROM crls", [], size)?;
        Ok((usize::try_from(count).unwrap_or(usize::MAX), usize::try_from(bytes).unwrap_or(usize::MAX)))
    }

    /// Removes all of `fingerprints`; the first that there is no list of is the answer, and then nothing is removed.
    pub(crate) fn remove_crls(&self, fingerprints: &[String]) -> Result<Option<String>, Error> {
        self.touched.crls();
        for fingerprint in fingerprints {
            if self.transaction.execute("DELETE FROM crls WHERE fingerprint = ?1", [fingerprint])? == 0 {
                return Ok(Some(fingerprint.clone()));
            }
        }
        Ok(None)
    }
}
