//! Who may sign in.

use rusqlite::OptionalExtension as _;

use super::{Change, Error, Store};

/// A user, with what the password is checked against.
pub(crate) struct User {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    /// Raised by every change of the password: sessions of an older generation have ended.
    pub(crate) generation: i64,
}

impl Store {
    /// The user of that name.
    pub(crate) fn user(&self, name: &str) -> Result<Option<User>, Error> {
        Ok(self
            .connection
            .query_row("SELECT salt, hash, generation FROM users WHERE name = ?1", [name], |row| {
                Ok(User { salt: row.get(0)?, hash: row.get(1)?, generation: row.get(2)? })
            })
            .optional()?)
    }
}

impl Change<'_> {
    /// Gives the user of that name, who may be new, a password.
    pub(crate) fn set_password(&self, name: &str, salt: &[u8], hash: &[u8]) -> Result<(), Error> {
        self.touched.users();
        self.transaction.execute(
            "INSERT INTO users (name, salt, hash, generation) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT (name) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, generation = generation + 1",
            (name, salt, hash),
        )?;
        Ok(())
    }
}
