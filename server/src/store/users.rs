//! Who may sign in.

use certway_wire::users::Role;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use super::{Change, Error, List, Store};

/// A user, with what the password is checked against.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    /// Raised by every change of the password, and by disabling: sessions of an older generation have ended.
    pub(crate) generation: i64,
    /// Nodes of before there were roles wrote none.
    #[serde(default = "administrator")]
    pub(crate) role: Role,
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Sealed: see `second_factor.rs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_factor: Option<Vec<u8>>,
}

fn administrator() -> Role {
    Role::Administrator
}

/// The columns that [`User::read`] reads.
const COLUMNS: &str = "name, salt, hash, generation, role, disabled, second_factor";

/// The first generation of a user, random, so that sessions of a former user of the same name do not come to life again.
const FIRST: &str = "(random() & 4611686018427387903)";

impl User {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let role: String = row.get(4)?;
        Ok(Self {
            name: row.get(0)?,
            salt: row.get(1)?,
            hash: row.get(2)?,
            generation: row.get(3)?,
            // Whatever else stands there opens no door.
            role: role.parse().unwrap_or(Role::Auditor),
            disabled: row.get(5)?,
            second_factor: row.get(6)?,
        })
    }
}

/// All users, by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<User>, Error> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM users ORDER BY name"))?;
    let users = statement.query_map([], User::read)?;
    Ok(users.collect::<Result<_, _>>()?)
}

fn one(connection: &Connection, name: &str) -> Result<Option<User>, Error> {
    let query = format!("SELECT {COLUMNS} FROM users WHERE name = ?1");
    Ok(connection.query_row(&query, [name], User::read).optional()?)
}

impl Store {
    /// The user of that name; none if users were changed behind the node's back.
    pub(crate) fn user(&self, name: &str) -> Result<Option<User>, Error> {
        if self.is_suspect(List::Users)? {
            return Ok(None);
        }
        one(&self.connection, name)
    }

    /// All users, by name; none if they were changed behind the node's back.
    pub(crate) fn users(&self) -> Result<Vec<User>, Error> {
        if self.is_suspect(List::Users)? {
            return Ok(Vec::new());
        }
        all(&self.connection)
    }
}

impl Change<'_> {
    /// The user of that name, as this change leaves it so far; none if users were changed behind the node's back.
    pub(crate) fn user(&self, name: &str) -> Result<Option<User>, Error> {
        if self.is_suspect(List::Users) {
            return Ok(None);
        }
        one(&self.transaction, name)
    }

    /// All users, as this change leaves them so far; none if they were changed behind the node's back.
    pub(crate) fn users(&self) -> Result<Vec<User>, Error> {
        if self.is_suspect(List::Users) {
            return Ok(Vec::new());
        }
        all(&self.transaction)
    }

    /// Removes all users, if they were changed behind the node's back, with all tokens, which name them; or tokens alone, if those were.
    /// Those of a cluster stay: they are those of its other nodes too.
    pub(crate) fn forget_suspect_users(&self) -> Result<(), Error> {
        if self.is_member()? {
            self.refuse_if_suspect(List::Users)?;
        }
        if self.is_suspect(List::Users) || self.is_suspect(List::Tokens) {
            self.begin_anew_if_suspect(List::Users)?;
            self.forget_tokens()?;
        }
        Ok(())
    }

    /// Adds a user of a name that is free.
    pub(crate) fn add_user(&self, name: &str, role: Role, salt: &[u8], hash: &[u8]) -> Result<(), Error> {
        self.refuse_if_suspect(List::Users)?;
        self.touched.users();
        self.transaction.execute(
            &format!("INSERT INTO users ({COLUMNS}) VALUES (?1, ?2, ?3, {FIRST}, ?4, 0, NULL)"),
            (name, salt, hash, role.word()),
        )?;
        Ok(())
    }

    /// Gives a user another password, which ends the sessions begun with the former one.
    pub(crate) fn set_password(&self, name: &str, salt: &[u8], hash: &[u8]) -> Result<(), Error> {
        self.touched.users();
        let set = "UPDATE users SET salt = ?2, hash = ?3, generation = generation + 1 WHERE name = ?1";
        self.transaction.execute(set, (name, salt, hash))?;
        Ok(())
    }

    /// Ends every session of everybody.
    pub(crate) fn end_all_sessions(&self) -> Result<(), Error> {
        self.touched.users();
        self.transaction.execute("UPDATE users SET generation = generation + 1", [])?;
        Ok(())
    }

    /// Makes the user of that name, who may be new, an administrator who is not disabled, with this password and no second factor.
    pub(crate) fn set_administrator(&self, name: &str, salt: &[u8], hash: &[u8]) -> Result<(), Error> {
        if self.user(name)?.is_none() {
            return self.add_user(name, Role::Administrator, salt, hash);
        }
        self.set_password(name, salt, hash)?;
        self.set_second_factor(name, None)?;
        self.set_user(name, Role::Administrator, false)
    }

    /// Sets what a user may do. Disabling ends the user's sessions.
    pub(crate) fn set_user(&self, name: &str, role: Role, disabled: bool) -> Result<(), Error> {
        self.touched.users();
        let set = "UPDATE users SET role = ?2, disabled = ?3, generation = generation + ?3 WHERE name = ?1";
        self.transaction.execute(set, (name, role.word(), disabled))?;
        Ok(())
    }

    /// Removes a user, with the user's tokens.
    pub(crate) fn remove_user(&self, name: &str) -> Result<(), Error> {
        self.touched.users();
        self.remove_tokens_of(name)?;
        self.transaction.execute("DELETE FROM users WHERE name = ?1", [name])?;
        Ok(())
    }

    /// Puts users of another node in the place of this node's.
    pub(super) fn replace_users(&self, users: &[User]) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM users", [])?;
        let insert = format!("INSERT INTO users ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        let mut insert = self.transaction.prepare(&insert)?;
        for user in users {
            let User { name, salt, hash, generation, role, disabled, second_factor } = user;
            insert.execute((name, salt, hash, generation, role.word(), disabled, second_factor))?;
        }
        Ok(())
    }
}
