//! Servers that the node has connected to, with the chain that each showed when it was last seen.

use super::{Change, Error, Store};

/// How many are remembered; the one not seen for longest goes first.
const KEPT: i64 = 100;

/// One server.
pub(crate) struct SeenPeer {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What it showed, leaf first.
    pub(crate) chain_pem: String,
}

impl Store {
    /// All servers, the last seen first.
    pub(crate) fn peers(&self) -> Result<Vec<SeenPeer>, Error> {
        let mut statement =
            self.connection.prepare("SELECT host, port, chain_pem FROM peers ORDER BY seen_at DESC, host, port")?;
        let rows = statement
            .query_map([], |row| Ok(SeenPeer { host: row.get(0)?, port: row.get(1)?, chain_pem: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Change<'_> {
    /// Remembers what a server has shown.
    pub(crate) fn remember_peer(&self, host: &str, port: u16, chain_pem: &str) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO peers (host, port, chain_pem, seen_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (host, port) DO UPDATE SET chain_pem = excluded.chain_pem, seen_at = excluded.seen_at",
            (host, port, chain_pem, self.now.unix()),
        )?;
        let old = "DELETE FROM peers WHERE rowid NOT IN (SELECT rowid FROM peers ORDER BY seen_at DESC LIMIT ?1)";
        self.transaction.execute(old, [KEPT])?;
        Ok(())
    }
}
