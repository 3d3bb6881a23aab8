//! The event log: a chain in which every link is signed with the node's key over the link before it.
//!
//! An edit, a removal or another order breaks the chain; the signed head makes a cut at the end show.

use certway_core::Time;
use rusqlite::{OptionalExtension as _, Transaction};

use super::{Change, Error, Store};
use crate::seal::NodeKey;

/// What was done, or refused.
pub(crate) struct Entry {
    /// In kebab case: `server-certificate-loaded`.
    pub(crate) action: String,
    /// About what, in words.
    pub(crate) details: String,
}

impl Entry {
    pub(crate) fn new(action: impl Into<String>, details: impl Into<String>) -> Self {
        Self { action: action.into(), details: details.into() }
    }
}

/// One record of the log.
pub(crate) struct Event {
    pub(crate) number: i64,
    pub(crate) at: Time,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) details: String,
    link: Vec<u8>,
}

impl Change<'_> {
    /// Adds a record to this change.
    pub(crate) fn record(&self, actor: &str, entry: &Entry) -> Result<(), Error> {
        let last: Option<(i64, Vec<u8>)> = self
            .transaction
            .query_row("SELECT number, link FROM events ORDER BY number DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (number, before) = last.map_or((1, Vec::new()), |(number, link)| (number + 1, link));
        let mut event = Event {
            number,
            at: self.now,
            actor: actor.to_owned(),
            action: entry.action.clone(),
            details: entry.details.clone(),
            link: Vec::new(),
        };
        event.link = event.sign(self.key, &before);
        self.transaction.execute(
            "INSERT INTO events (number, at, actor, action, details, link) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (number, event.at.unix(), &event.actor, &event.action, &event.details, &event.link),
        )?;
        self.transaction.execute(
            "INSERT INTO event_head (id, number, seal) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET number = excluded.number, seal = excluded.seal",
            (number, head(self.key, number, &event.link)),
        )?;
        Ok(())
    }
}

impl Store {
    /// The latest `limit` events before number `before`, latest first.
    pub(crate) fn events(&self, before: i64, limit: u32) -> Result<Vec<Event>, Error> {
        let mut statement =
            self.connection.prepare("SELECT * FROM events WHERE number < ?1 ORDER BY number DESC LIMIT ?2")?;
        let events = statement.query_map((before, limit), Event::from_row)?.collect::<Result<_, _>>()?;
        Ok(events)
    }

    /// Whether the log is as the node wrote it; else what is wrong with it.
    pub(crate) fn check_events(&self) -> Result<Result<(), String>, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM events ORDER BY number")?;
        let mut before = Vec::new();
        let mut number = 0;
        for event in statement.query_map([], Event::from_row)? {
            let event = event?;
            number += 1;
            if event.number != number || event.link != event.sign(&self.key, &before) {
                return Ok(Err(format!("event {number} is missing or was changed")));
            }
            before = event.link;
        }
        let stored: Option<(i64, Vec<u8>)> = self
            .connection
            .query_row("SELECT number, seal FROM event_head", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let whole = match stored {
            Some((last, seal)) => last == number && seal == head(&self.key, number, &before),
            None => number == 0,
        };
        Ok(if whole { Ok(()) } else { Err(format!("events after number {number} are missing")) })
    }
}

impl Event {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get("number")?,
            at: Time::from_unix(row.get("at")?),
            actor: row.get("actor")?,
            action: row.get("action")?,
            details: row.get("details")?,
            link: row.get("link")?,
        })
    }

    fn sign(&self, key: &NodeKey, before: &[u8]) -> Vec<u8> {
        key.sign(&[
            b"event",
            before,
            &self.number.to_be_bytes(),
            &self.at.unix().to_be_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.details.as_bytes(),
        ])
    }
}

/// Signs the whole log with another key of the node.
pub(super) fn sign_anew(transaction: &Transaction<'_>, key: &NodeKey) -> Result<(), Error> {
    let mut statement = transaction.prepare("SELECT * FROM events ORDER BY number")?;
    let (mut before, mut last) = (Vec::new(), 0);
    for event in statement.query_map([], Event::from_row)? {
        let event = event?;
        before = event.sign(key, &before);
        last = event.number;
        transaction.execute("UPDATE events SET link = ?2 WHERE number = ?1", (last, &before))?;
    }
    transaction.execute("UPDATE event_head SET seal = ?1", [head(key, last, &before)])?;
    Ok(())
}

fn head(key: &NodeKey, number: i64, link: &[u8]) -> Vec<u8> {
    key.sign(&[b"event head", &number.to_be_bytes(), link])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        let mut store = Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap();
        for number in 0..5 {
            store.record(Time::from_unix(number), "admin", Entry::new("tried", format!("number {number}"))).unwrap();
        }
        (folder, store)
    }

    #[test]
    fn an_untouched_log_is_whole() {
        let (_folder, store) = store();
        assert_eq!(store.check_events().unwrap(), Ok(()));
        let latest: Vec<i64> = store.events(5, 2).unwrap().iter().map(|event| event.number).collect();
        assert_eq!(latest, [4, 3]);
    }

    #[test]
    fn every_edit_deletion_reordering_and_truncation_shows() {
        for tampering in [
            "UPDATE events SET details = 'nothing' WHERE number = 3",
            "UPDATE events SET at = at + 1 WHERE number = 5",
            "UPDATE events SET actor = 'node' WHERE number = 1",
            "DELETE FROM events WHERE number = 3",
            "DELETE FROM events WHERE number = 5",
            "DELETE FROM events",
            "DELETE FROM events WHERE number = 5; UPDATE event_head SET number = 4",
            "UPDATE events SET number = 9 WHERE number = 2; UPDATE events SET number = 2 WHERE number = 3; UPDATE events SET number = 3 WHERE number = 9",
            "DELETE FROM event_head",
        ] {
            let (_folder, store) = store();
            store.connection.execute_batch(tampering).unwrap();
            assert!(store.check_events().unwrap().is_err(), "not noticed: {tampering}");
        }
    }
}
