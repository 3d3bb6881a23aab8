//! The ACME certificate service's accounts, with their keys, and the order in progress with its request and key: at most
//! one order, so that nothing is asked for twice.

use certway_core::Time;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use zeroize::Zeroizing;

use super::{Change, Error, Store};
use crate::seal::NodeKey;

/// An account with a provider.
pub(crate) struct AcmeAccount {
    pub(crate) directory: String,
    /// Its URL; absent as long as the provider has not answered.
    pub(crate) url: Option<String>,
    /// PKCS#8 DER; absent if it cannot be unsealed.
    pub(crate) key: Option<Zeroizing<Vec<u8>>>,
    pub(crate) email: String,
    pub(crate) terms: Option<String>,
    pub(crate) external_key_id: Option<String>,
    pub(crate) created_at: Time,
}

/// An order in progress.
pub(crate) struct AcmeOrder {
    pub(crate) directory: String,
    /// Its URL; absent as long as it is not known whether the provider has it.
    pub(crate) url: Option<String>,
    pub(crate) request_pem: String,
    /// PKCS#8 DER; absent if it cannot be unsealed.
    pub(crate) key: Option<Zeroizing<Vec<u8>>>,
    /// Whether the request is the one in progress, which the certificate ends.
    pub(crate) uses_csr: bool,
    pub(crate) begun_at: Time,
}

impl Store {
    /// All accounts, by their directories.
    pub(crate) fn acme_accounts(&self) -> Result<Vec<AcmeAccount>, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM acme_accounts ORDER BY directory")?;
        let rows = statement.query_map([], |row| self.account(row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The account with a directory's provider.
    pub(crate) fn acme_account(&self, directory: &str) -> Result<Option<AcmeAccount>, Error> {
        let row = self
            .connection
            .query_row("SELECT * FROM acme_accounts WHERE directory = ?1", [directory], |row| self.account(row));
        Ok(row.optional()?)
    }

    fn account(&self, row: &Row<'_>) -> Result<AcmeAccount, rusqlite::Error> {
        let directory: String = row.get("directory")?;
        let sealed: Vec<u8> = row.get("sealed_key")?;
        Ok(AcmeAccount {
            key: self.key.open(&place_of_account(&directory), &sealed).ok(),
            directory,
            url: row.get("url")?,
            email: row.get("email")?,
            terms: row.get("terms")?,
            external_key_id: row.get("external_key_id")?,
            created_at: Time::from_unix(row.get("created_at")?),
        })
    }

    /// The order in progress.
    pub(crate) fn acme_order(&self) -> Result<Option<AcmeOrder>, Error> {
        let row = self.connection.query_row("SELECT * FROM acme_order", [], |row| {
            let request_pem: String = row.get("request_pem")?;
            let sealed: Vec<u8> = row.get("sealed_key")?;
            Ok(AcmeOrder {
                key: self.key.open(&place_of_order(&request_pem), &sealed).ok(),
                directory: row.get("directory")?,
                url: row.get("url")?,
                request_pem,
                uses_csr: row.get("uses_csr")?,
                begun_at: Time::from_unix(row.get("begun_at")?),
            })
        });
        Ok(row.optional()?)
    }
}

impl Change<'_> {
    /// Keeps an account, in place of the one with the same provider. Its key is kept before the provider hears of it.
    pub(crate) fn keep_acme_account(&self, account: &AcmeAccount) -> Result<(), Error> {
        let key = account.key.as_ref().ok_or_else(|| Error::Damaged("an account is without its key".into()))?;
        self.transaction.execute(
            "INSERT OR REPLACE INTO acme_accounts
             (directory, url, sealed_key, email, terms, external_key_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                &account.directory,
                &account.url,
                self.key.seal(&place_of_account(&account.directory), key),
                &account.email,
                &account.terms,
                &account.external_key_id,
                account.created_at.unix(),
            ),
        )?;
        Ok(())
    }

    /// Forgets an account and its key.
    pub(crate) fn forget_acme_account(&self, directory: &str) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM acme_accounts WHERE directory = ?1", [directory])?;
        Ok(())
    }

    /// Begins an order; there must be none in progress.
    pub(crate) fn begin_acme_order(
        &self,
        directory: &str,
        request_pem: &str,
        key: &[u8],
        uses_csr: bool,
    ) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO acme_order (id, directory, request_pem, sealed_key, uses_csr, begun_at)
             VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            (directory, request_pem, self.key.seal(&place_of_order(request_pem), key), uses_csr, self.now.unix()),
        )?;
        Ok(())
    }

    /// The provider has the order.
    pub(crate) fn acme_order_is_at(&self, url: &str) -> Result<(), Error> {
        self.transaction.execute("UPDATE acme_order SET url = ?1", [url])?;
        Ok(())
    }

    /// The provider no longer has the order, with the account that it belonged to.
    pub(crate) fn acme_order_is_nowhere(&self) -> Result<(), Error> {
        self.transaction.execute("UPDATE acme_order SET url = NULL", [])?;
        Ok(())
    }

    /// Ends the order in progress.
    pub(crate) fn end_acme_order(&self) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM acme_order", [])?;
        Ok(())
    }
}

/// Seals the keys with another key of the node. Gives what has a key that cannot be unsealed: it stays as it is, as a new
/// account or order takes its place.
pub(super) fn seal_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<Vec<String>, Error> {
    let mut lost = Vec::new();
    let mut statement = transaction.prepare("SELECT directory, sealed_key FROM acme_accounts")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    for (directory, sealed) in rows.collect::<Result<Vec<_>, _>>()? {
        match sealed_anew(&place_of_account(&directory), &sealed, old, new) {
            Some(sealed) => {
                let update = "UPDATE acme_accounts SET sealed_key = ?2 WHERE directory = ?1";
                transaction.execute(update, (directory, sealed))?;
            }
            None => lost.push(format!("the ACME account with {directory}")),
        }
    }
    let order = transaction.query_row("SELECT request_pem, sealed_key FROM acme_order", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    if let Some((request_pem, sealed)) = order.optional()? {
        match sealed_anew(&place_of_order(&request_pem), &sealed, old, new) {
            Some(sealed) => {
                transaction.execute("UPDATE acme_order SET sealed_key = ?1", [sealed])?;
            }
            None => lost.push("the ACME order in progress".to_owned()),
        }
    }
    Ok(lost)
}

fn sealed_anew(place: &[u8], sealed: &[u8], old: &NodeKey, new: &NodeKey) -> Option<Vec<u8>> {
    Some(new.seal(place, &old.open(place, sealed).ok()?))
}

fn place_of_account(directory: &str) -> Vec<u8> {
    [b"acme account\n", directory.as_bytes()].concat()
}

/// The sealed key opens only beside its own request.
fn place_of_order(request_pem: &str) -> Vec<u8> {
    [b"acme order\n", request_pem.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Entry;

    const KEY: &[u8] = b"a private key that must not be found anywhere";

    #[test]
    fn keys_are_sealed_beside_what_they_belong_to_and_under_another_key_of_the_node_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certway.db");
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        let mut store = Store::open::<Error>(&file, |_, _| Ok(vec![key])).unwrap();
        let account = AcmeAccount {
            directory: "https://ca.example.com/dir".into(),
            url: None,
            key: Some(Zeroizing::new(KEY.to_vec())),
            email: String::new(),
            terms: None,
            external_key_id: None,
            created_at: Time::from_unix(0),
        };
        let kept = |change: &Change<'_>| {
            change.found_node(b"a temporary CA")?;
            change.keep_acme_account(&account)?;
            change.begin_acme_order(&account.directory, "a request", KEY, false)?;
            Ok::<_, Error>(((), Entry::new("kept", "for the tests")))
        };
        store.change(Time::from_unix(0), "admin", kept).unwrap();
        store.change_key(Time::from_unix(0), "admin", NodeKey::random().unwrap()).unwrap();
        let found = store.acme_account("https://ca.example.com/dir").unwrap().unwrap();
        assert_eq!(found.key.unwrap().as_slice(), KEY);
        assert_eq!(store.acme_order().unwrap().unwrap().key.unwrap().as_slice(), KEY);
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(KEY.len()).any(|part| part == KEY));
        }
        store.connection.execute_batch("UPDATE acme_accounts SET directory = 'https://other.example.com/'").unwrap();
        assert!(store.acme_accounts().unwrap()[0].key.is_none(), "it opens nowhere else");
        store.change_key(Time::from_unix(0), "admin", NodeKey::random().unwrap()).unwrap();
        assert!(store.acme_accounts().unwrap()[0].key.is_none());
        assert_eq!(store.acme_order().unwrap().unwrap().key.unwrap().as_slice(), KEY, "it goes on without");
        let last = store.events(&crate::store::Wanted::default(), 1).unwrap().remove(0);
        assert_eq!(last.action, "node-key-changed");
        assert!(
            last.details.contains("but not the key of the ACME account with https://other.example.com/"),
            "{}",
            last.details
        );
    }
}
