//! Second factors of users: sealed with the key of the cluster, which every node must be able to open, or with the node's own while it is in
//! none.

use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::shared::membership;
use super::{Change, Error, User};
use crate::seal::NodeKey;

/// What a second factor is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct SecondFactor {
    /// What the app and the node share.
    pub(crate) secret: Vec<u8>,
    /// SHA-256 of the recovery codes that are left.
    pub(crate) recovery: Vec<Vec<u8>>,
}

impl Drop for SecondFactor {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// It opens only beside its own user.
fn place(user: &str) -> Vec<u8> {
    [b"second factor\n", user.as_bytes()].concat()
}

impl Change<'_> {
    /// The second factor of a user.
    pub(crate) fn second_factor(&self, user: &User) -> Result<Option<SecondFactor>, Error> {
        let Some(sealed) = &user.second_factor else { return Ok(None) };
        let damaged = || Error::Damaged(format!("the second factor of {} cannot be unsealed", user.name));
        let plain = self.with_shared_key(|key| key.open(&place(&user.name), sealed))?.map_err(|_| damaged())?;
        serde_json::from_slice(&plain).map(Some).map_err(|_| damaged())
    }

    /// Gives a user another second factor, or none.
    pub(crate) fn set_second_factor(&self, user: &str, factor: Option<&SecondFactor>) -> Result<(), Error> {
        self.touched.users();
        let sealed = match factor {
            Some(factor) => {
                // It has string keys only, so it always serialises.
                let plain = Zeroizing::new(serde_json::to_vec(factor).unwrap_or_default());
                Some(self.with_shared_key(|key| key.seal(&place(user), &plain))?)
            }
            None => None,
        };
        self.transaction.execute("UPDATE users SET second_factor = ?2 WHERE name = ?1", (user, sealed))?;
        Ok(())
    }

    /// Takes the code of a step, and none of it or of an earlier one ever again. Says whether it could be taken. Each node keeps that for
    /// itself: signing in must not need the others.
    pub(crate) fn take_code(&self, user: &str, step: i64) -> Result<bool, Error> {
        let taken = "INSERT INTO codes_taken (user, step) VALUES (?1, ?2)
             ON CONFLICT (user) DO UPDATE SET step = excluded.step WHERE excluded.step > step";
        Ok(self.transaction.execute(taken, (user, step))? == 1)
    }

    fn with_shared_key<T>(&self, work: impl FnOnce(&NodeKey) -> T) -> Result<T, Error> {
        let cluster = membership(&self.transaction, self.key)?;
        Ok(work(cluster.as_ref().map_or(self.key, |cluster| &cluster.key)))
    }
}

/// Seals second factors with another key. One that cannot be opened stays shut.
pub(super) fn seal_anew(connection: &Connection, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let names: Vec<String> = {
        let mut statement = connection.prepare("SELECT name FROM users WHERE second_factor IS NOT NULL")?;
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for name in names {
        let query = "SELECT second_factor FROM users WHERE name = ?1";
        let sealed: Option<Vec<u8>> = connection.query_row(query, [&name], |row| row.get(0)).optional()?;
        let Some(plain) = sealed.and_then(|sealed| old.open(&place(&name), &sealed).ok()) else { continue };
        let sealed = new.seal(&place(&name), &plain);
        connection.execute("UPDATE users SET second_factor = ?2 WHERE name = ?1", (&name, sealed))?;
    }
    Ok(())
}
