//! Who may sign in.

use rusqlite::OptionalExtension as _;

use super::{Change, Error, List, Store};

/// A user, with what the password is checked against.
pub(crate) struct User {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    /// Raised by every change of the password: sessions of an older generation have ended.
    pub(crate) generation: i64,
}

impl Store {
    /// The user of that name; none if users were changed behind the node's back.
    pub(crate) fn user(&self, name: &str) -> Result<Option<User>, Error> {
        if self.is_suspect(List::Users)? {
            return Ok(None);
        }
        Ok(self
            .connection
            .query_row("SELECT salt, hash, generation FROM users WHERE name = ?1", [name], |row| {
                Ok(User { salt: row.get(0)?, hash: row.get(1)?, generation: row.get(2)? })
            })
            .optional()?)
    }
}

impl Change<'_> {
    /// Removes all users, if they were changed behind the node's back.
    pub(crate) fn forget_suspect_users(&self) -> Result<(), Error> {
        self.begin_anew_if_suspect(List::Users)
    }

    /// Gives the user of that name, who may be new, a password. The first generation is random, so that sessions of a former
    /// user of the same name do not come to life again.
    pub(crate) fn set_password(&self, name: &str, salt: &[u8], hash: &[u8]) -> Result<(), Error> {
        self.touched.users();
        self.transaction.execute(
            "INSERT INTO users (name, salt, hash, generation) VALUES (?1, ?2, ?3, (random() & 4611686018427387903))
             ON CONFLICT (name) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, generation = generation + 1",
            (name, salt, hash),
        )?;
        Ok(())
    }
}
