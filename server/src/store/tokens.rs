//! Tokens, by which programs call in the name of a user. Of the token itself only the hash is kept: it is 256 random bits, which nobody
//! guesses, so the hash need not be slow.

use certway_core::Time;
use certway_wire::users::Role;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use super::{Change, Error, List, Store};

/// A token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Random, hexadecimal.
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) name: String,
    pub(crate) scope: Role,
    /// SHA-256 of the token.
    pub(crate) hash: Vec<u8>,
    /// Seconds since 1970.
    made_at: i64,
    expires_at: i64,
}

/// The columns that [`Token::read`] reads.
const COLUMNS: &str = "id, user, name, scope, hash, made_at, expires_at";

impl Token {
    /// A token that is made now.
    pub(crate) fn new(
        (id, hash): (String, Vec<u8>),
        user: &str,
        name: String,
        scope: Role,
        (made_at, expires_at): (Time, Time),
    ) -> Self {
        let (made_at, expires_at) = (made_at.unix(), expires_at.unix());
        Self { id, user: user.to_owned(), name, scope, hash, made_at, expires_at }
    }

    /// When it was made.
    pub(crate) fn made_at(&self) -> Time {
        Time::from_unix(self.made_at)
    }

    /// When it ends.
    pub(crate) fn expires_at(&self) -> Time {
        Time::from_unix(self.expires_at)
    }

    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let scope: String = row.get(3)?;
        Ok(Self {
            id: row.get(0)?,
            user: row.get(1)?,
            name: row.get(2)?,
            // Whatever else stands there opens no door.
            scope: scope.parse().unwrap_or(Role::Auditor),
            hash: row.get(4)?,
            made_at: row.get(5)?,
            expires_at: row.get(6)?,
        })
    }
}

fn all(connection: &Connection) -> Result<Vec<Token>, Error> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM tokens ORDER BY made_at, id"))?;
    let tokens = statement.query_map([], Token::read)?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

impl Store {
    /// All tokens, in the order in which they were made; none if they were changed behind the node's back.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, Error> {
        if self.is_suspect(List::Tokens)? {
            return Ok(Vec::new());
        }
        all(&self.connection)
    }

    /// The token with this SHA-256; none if tokens were changed behind the node's back.
    pub(crate) fn token(&self, hash: &[u8]) -> Result<Option<Token>, Error> {
        if self.is_suspect(List::Tokens)? {
            return Ok(None);
        }
        let query = format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?1");
        Ok(self.connection.query_row(&query, [hash], Token::read).optional()?)
    }
}

impl Change<'_> {
    /// All tokens, as this change leaves them so far; none if they were changed behind the node's back.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, Error> {
        if self.is_suspect(List::Tokens) {
            return Ok(Vec::new());
        }
        all(&self.transaction)
    }

    /// Keeps a token.
    pub(crate) fn add_token(&self, token: &Token) -> Result<(), Error> {
        self.refuse_if_suspect(List::Tokens)?;
        self.touched.tokens();
        self.insert_tokens(std::slice::from_ref(token))
    }

    /// Forgets a token.
    pub(crate) fn remove_token(&self, id: &str) -> Result<(), Error> {
        self.touched.tokens();
        self.transaction.execute("DELETE FROM tokens WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Forgets the tokens of a user.
    pub(super) fn remove_tokens_of(&self, user: &str) -> Result<(), Error> {
        self.touched.tokens();
        self.transaction.execute("DELETE FROM tokens WHERE user = ?1", [user])?;
        Ok(())
    }

    /// Forgets all tokens.
    pub(super) fn forget_tokens(&self) -> Result<(), Error> {
        self.touched.tokens();
        self.writes_anew(List::Tokens);
        self.replace_tokens(&[])
    }

    /// Puts tokens of another node in the place of this node's.
    pub(super) fn replace_tokens(&self, tokens: &[Token]) -> Result<(), Error> {
        self.transaction.execute("DELETE FROM tokens", [])?;
        self.insert_tokens(tokens)
    }

    fn insert_tokens(&self, tokens: &[Token]) -> Result<(), Error> {
        let insert = format!("INSERT INTO tokens ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        let mut insert = self.transaction.prepare(&insert)?;
        for token in tokens {
            let Token { id, user, name, scope, hash, made_at, expires_at } = token;
            insert.execute((id, user, name, scope.word(), hash, made_at, expires_at))?;
        }
        Ok(())
    }
}
