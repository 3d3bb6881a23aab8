//! The certificate signing request in progress, with its key: at most one.

use certway_core::Time;
use rusqlite::OptionalExtension as _;
use zeroize::Zeroizing;

use super::{Change, Error, Store};

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
        Ok(())
    }

    /// Ends the request in progress: discarded, or completed by a certificate that has its key now.
    pub(crate) fn end_csr(&self) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM csr", [])?;
        Ok(())
    }
}

/// The sealed key opens only beside its own request.
fn place(request_pem: &str) -> Vec<u8> {
    [b"csr\n", request_pem.as_bytes()].concat()
}
