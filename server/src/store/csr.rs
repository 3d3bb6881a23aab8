//! The certificate signing request in progress, with its key: at most one.

use certway_core::Time;
use rusqlite::{OptionalExtension as _, Transaction};
use zeroize::Zeroizing;

use super::{Change, Error, List, Store};
use crate::seal::NodeKey;

/// A request and its private key.
pub(crate) struct Csr {
    pub(crate) request_pem: String,
    /// PKCS#8 DER; absent if it cannot be unsealed.
    pub(crate) key: Option<Zeroizing<Vec<u8>>>,
    pub(crate) reuses_current_key: bool,
    pub(crate) created_at: Time,
}

impl Store {
    /// The request in progress.
    pub(crate) fn csr(&self) -> Result<Option<Csr>, Error> {
        let row = self.connection.query_row(
            "SELECT request_pem, sealed_key, reuses_current_key, created_at FROM csr",
            [],
            |row| {
                let request_pem: String = row.get(0)?;
                let sealed: Vec<u8> = row.get(1)?;
                Ok(Csr {
                    key: self.key.open(&place(&request_pem), &sealed).ok(),
                    request_pem,
                    reuses_current_key: row.get(2)?,
                    created_at: Time::from_unix(row.get(3)?),
                })
            },
        );
        Ok(row.optional()?)
    }
}

impl Change<'_> {
    /// Begins a request; there must be none in progress.
    pub(crate) fn insert_csr(&self, request_pem: &str, key: &[u8], reuses_current_key: bool) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO csr (id, request_pem, sealed_key, reuses_current_key, created_at) VALUES (1, ?1, ?2, ?3, ?4)",
            (request_pem, self.key.seal(&place(request_pem), key), reuses_current_key, self.now.unix()),
        )?;
        self.written.touch(List::Certificates);
        Ok(())
    }

    /// Ends the request in progress: discarded, or completed by a certificate that has its key now.
    pub(crate) fn end_csr(&self) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM csr", [])?;
        self.written.touch(List::Certificates);
        Ok(())
    }
}

/// Seals the request's key with another key of the node.
pub(super) fn seal_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let row = transaction.query_row("SELECT request_pem, sealed_key FROM csr", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    let Some((request_pem, sealed)) = row.optional()? else { return Ok(()) };
    let place = place(&request_pem);
    let key = old.open(&place, &sealed).map_err(|_| Error::Damaged("the request's key cannot be unsealed".into()))?;
    transaction.execute("UPDATE csr SET sealed_key = ?1", [new.seal(&place, &key)])?;
    Ok(())
}

/// The sealed key opens only beside its own request.
fn place(request_pem: &str) -> Vec<u8> {
    [b"csr\n", request_pem.as_bytes()].concat()
}
