//! The trusted CA list, in the order in which it was appended. What is deleted can be brought back for a while: see
//! `deletions.rs`.

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::{AcceptedCas, Time};
use rusqlite::{Connection, Row};

use super::{Change, Error, List, Store};
use crate::seal::to_hex;

/// Appends one, unless it is there.
pub(super) const INSERT: &str = "INSERT INTO trusted_cas (fingerprint, der, origin, added_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (fingerprint) DO NOTHING";

/// One certificate of the list.
#[derive(Clone)]
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
    /// The whole list; empty if it was changed behind the node's back.
    pub(crate) fn trusted_cas(&self) -> Result<Vec<TrustedCa>, Error> {
        if self.is_suspect(List::TrustedCas)? { Ok(Vec::new()) } else { all(&self.connection) }
    }
}

fn all(connection: &Connection) -> Result<Vec<TrustedCa>, Error> {
    let mut statement = connection.prepare("SELECT * FROM trusted_cas ORDER BY position")?;
    let rows = statement.query_map([], TrustedCa::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl TrustedCa {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            fingerprint: row.get("fingerprint")?,
            der: row.get("der")?,
            origin: row.get("origin")?,
            added_at: Time::from_unix(row.get("added_at")?),
        })
    }
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
        self.begin_anew_if_suspect(List::TrustedCas)?;
        let kept: Vec<String> = defaults.added_der().iter().map(|der| fingerprint(der)).collect();
        let present: Vec<String> = self.trusted_cas()?.into_iter().map(|ca| ca.fingerprint).collect();
        let deletion = self.begin_deletion()?;
        let mut removed = 0;
        for gone in present.iter().filter(|present| !kept.contains(present)) {
            removed += self.delete_trusted_ca(deletion, gone)?;
        }
        let added = self.insert_trusted_cas(defaults, "default")?;
        self.end_deletion(deletion, kept.iter().filter(|kept| !present.contains(kept)))?;
        Ok((removed, added))
    }

    /// Deletes all of `fingerprints`, or none if one of them is not in the list.
    pub(crate) fn delete_trusted_cas(&self, fingerprints: &[String]) -> Result<Result<usize, UnknownTrustedCa>, Error> {
        let deletion = self.begin_deletion()?;
        for fingerprint in fingerprints {
            if self.delete_trusted_ca(deletion, fingerprint)? == 0 {
                return Ok(Err(UnknownTrustedCa(fingerprint.clone())));
            }
        }
        self.end_deletion(deletion, std::iter::empty())?;
        Ok(Ok(fingerprints.len()))
    }

    /// How many distinct certificates the list has.
    pub(crate) fn trusted_cas_count(&self) -> Result<usize, Error> {
        let count: i64 = self.transaction.query_row("SELECT count(*) FROM trusted_cas", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Puts another temporary CA in the place of the node's.
    pub(super) fn replace_temporary_ca(&self, ca: &[u8]) -> Result<(), Error> {
        let old: Vec<u8> = self.transaction.query_row("SELECT temporary_ca FROM node", [], |row| row.get(0))?;
        self.touched.trusted_cas();
        self.transaction.execute("UPDATE node SET temporary_ca = ?1", [ca])?;
        self.transaction.execute(
            "UPDATE trusted_cas SET fingerprint = ?2, der = ?3, added_at = ?4 WHERE fingerprint = ?1",
            (fingerprint(&old), fingerprint(ca), ca, self.now.unix()),
        )?;
        Ok(())
    }

    fn insert_trusted_cas(&self, accepted: &AcceptedCas, origin: &str) -> Result<usize, Error> {
        self.touched.trusted_cas();
        let mut statement = self.transaction.prepare(INSERT)?;
        let mut added = 0;
        for der in accepted.added_der() {
            added += statement.execute((fingerprint(der), der, origin, self.now.unix()))?;
        }
        Ok(added)
    }
}

/// SHA-256 of DER, lower-case hexadecimal.
pub(super) fn fingerprint(der: &[u8]) -> String {
    to_hex(digest(&SHA256, der).as_ref()).to_string()
}
