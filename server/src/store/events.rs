//! The event log: a chain in which every link is signed with the node's key over the link before it.
//!
//! An edit, a removal or another order breaks the chain; the signed head makes a cut at the end show. The log keeps its
//! latest records; the signed tail, which is the link of the last one that was dropped, makes any other cut at the
//! beginning show. The head also says by which event each setting was set last, see [`super::settings`].

use std::collections::BTreeMap;

use certway_core::Time;
use rusqlite::{Connection, OptionalExtension as _, Params, Transaction};
use serde::{Deserialize, Serialize};

use super::{Change, Error, Store};
use crate::seal::NodeKey;

/// How many records are kept: at 300 bytes each 30 MB, and less than 0.4 s to verify at start, measured unoptimised. A
/// busy node of 200 changes a day fills it in more than a year. Guesses of passwords are recorded too, five a second from
/// one source at most, which would drop the oldest after five hours: each record also goes to the node's log, which the
/// system keeps.
const KEPT: i64 = 100_000;

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
    /// Adds a record to this change, and drops what is older than the latest [`KEPT`].
    pub(crate) fn record(&self, actor: &str, entry: &Entry) -> Result<(), Error> {
        let (last, before) = last(&self.transaction)?;
        let number = last + 1;
        let settings = last_set(&self.transaction, self.key)?;
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
        write_head(&self.transaction, self.key, (number, &event.link), &settings)?;
        self.drop_events(number - KEPT)
    }

    /// Drops the records up to number `last`, and keeps the link that the next one is signed over.
    fn drop_events(&self, last: i64) -> Result<(), Error> {
        let dropped = link_of(&self.transaction, "SELECT number, link FROM events WHERE number = ?1", [last])?;
        let Some((number, link)) = dropped else { return Ok(()) };
        self.transaction.execute(
            "INSERT INTO event_tail (id, number, link, seal) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET number = excluded.number, link = excluded.link, seal = excluded.seal",
            (number, &link, tail(self.key, number, &link)),
        )?;
        self.transaction.execute("DELETE FROM events WHERE number <= ?1", [number])?;
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
        let dropped = self.connection.query_row("SELECT number, link, seal FROM event_tail", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        });
        let (mut number, mut before) = match dropped.optional()? {
            None => (0, Vec::new()),
            Some((number, link, seal)) if seal == tail(&self.key, number, &link) => (number, link),
            Some((number, ..)) => {
                return Ok(Err(format!("the end of the dropped events, number {number}, was changed")));
            }
        };
        let mut statement = self.connection.prepare("SELECT * FROM events ORDER BY number")?;
        for event in statement.query_map([], Event::from_row)? {
            let event = event?;
            number += 1;
            if event.number != number || event.link != event.sign(&self.key, &before) {
                return Ok(Err(format!("event {number} is missing or was changed")));
            }
            before = event.link;
        }
        let whole = match Head::read(&self.connection)? {
            Some(head) => head.fits(&self.key, number, &before),
            // A node that was founded has recorded that.
            None => number == 0 && self.is_new()?,
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
pub(super) fn sign_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let settings = last_set(transaction, old)?;
    let mut statement = transaction.prepare("SELECT * FROM events ORDER BY number")?;
    let dropped = link_of(transaction, "SELECT number, link FROM event_tail", [])?;
    let (mut last, mut before) = dropped.unwrap_or_default();
    transaction.execute("UPDATE event_tail SET seal = ?1", [tail(new, last, &before)])?;
    for event in statement.query_map([], Event::from_row)? {
        let event = event?;
        before = event.sign(new, &before);
        last = event.number;
        transaction.execute("UPDATE events SET link = ?2 WHERE number = ?1", (last, &before))?;
    }
    write_head(transaction, new, (last, &before), &settings)
}

/// Which settings and lists there are, each with the number of the event by which it was set last.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct LastSet {
    pub(super) events: BTreeMap<String, i64>,
    /// Whether that is all there is to know. If the head was not as the node wrote it, a setting that is not named may have been deleted.
    pub(super) whole: bool,
    /// Whether it names the lists too, see [`super::lists`]. In a store from before they were signed it does not.
    #[serde(default)]
    pub(super) lists: bool,
}

/// The signed head of the log.
struct Head {
    number: i64,
    seal: Vec<u8>,
    /// JSON of [`LastSet`]; none in a store from before that was kept.
    settings: Option<String>,
}

impl Head {
    fn read(connection: &Connection) -> Result<Option<Self>, Error> {
        let head = connection.query_row("SELECT number, seal, settings FROM event_head", [], |row| {
            Ok(Self { number: row.get(0)?, seal: row.get(1)?, settings: row.get(2)? })
        });
        Ok(head.optional()?)
    }

    /// Whether it was written for a log that ends with this event.
    fn fits(&self, key: &NodeKey, number: i64, link: &[u8]) -> bool {
        self.number == number && self.seal == sign_head(key, number, link, self.settings.as_deref())
    }
}

/// What the head says of settings. Nothing, if it is not as the node wrote it: then no setting can be relied on until it is set anew.
pub(super) fn last_set(connection: &Connection, key: &NodeKey) -> Result<LastSet, Error> {
    let (number, link) = last(connection)?;
    let head = Head::read(connection)?.filter(|head| head.fits(key, number, &link));
    let settings = head.and_then(|head| serde_json::from_str(&head.settings?).ok());
    Ok(settings.unwrap_or_default())
}

/// The head of a log without events, of a node without settings.
pub(super) fn begin(connection: &Connection, key: &NodeKey) -> Result<(), Error> {
    write_head(connection, key, (0, &[]), &LastSet { whole: true, lists: true, ..LastSet::default() })
}

/// The number of the latest event, and its link.
pub(super) fn last(connection: &Connection) -> Result<(i64, Vec<u8>), Error> {
    Ok(link_of(connection, "SELECT number, link FROM events ORDER BY number DESC LIMIT 1", [])?.unwrap_or_default())
}

/// Signs the head of a log that ends with this event.
pub(super) fn write_head(
    connection: &Connection,
    key: &NodeKey,
    (number, link): (i64, &[u8]),
    settings: &LastSet,
) -> Result<(), Error> {
    let settings = serde_json::to_string(settings)
        .map_err(|error| Error::Damaged(format!("what was set last cannot be written: {error}")))?;
    connection.execute(
        "INSERT INTO event_head (id, number, seal, settings) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, seal = excluded.seal, settings = excluded.settings",
        (number, sign_head(key, number, link, Some(&settings)), &settings),
    )?;
    Ok(())
}

/// Whether the head is whole and of a store from before it said anything of settings.
pub(super) fn is_from_before(connection: &Connection, key: &NodeKey) -> Result<bool, Error> {
    let (number, link) = last(connection)?;
    Ok(Head::read(connection)?.is_some_and(|head| head.settings.is_none() && head.fits(key, number, &link)))
}

fn link_of(connection: &Connection, query: &str, parameters: impl Params) -> Result<Option<(i64, Vec<u8>)>, Error> {
    Ok(connection.query_row(query, parameters, |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn tail(key: &NodeKey, number: i64, link: &[u8]) -> Vec<u8> {
    key.sign(&[b"event tail", &number.to_be_bytes(), link])
}

fn sign_head(key: &NodeKey, number: i64, link: &[u8], settings: Option<&str>) -> Vec<u8> {
    let number = number.to_be_bytes();
    match settings {
        Some(settings) => key.sign(&[b"event head", &number, link, settings.as_bytes()]),
        None => key.sign(&[b"event head", &number, link]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        let mut store = Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap();
        let found = |change: &Change<'_>| {
            change.found_node(b"a temporary CA")?;
            Ok::<_, Error>(((), Entry::new("node-founded", "for the tests")))
        };
        store.change(Time::from_unix(0), "node", found).unwrap();
        for number in 1..5 {
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

    /// A log that has dropped its first three records.
    fn full() -> (tempfile::TempDir, Store) {
        let (folder, mut store) = store();
        let all_at_once = |change: &Change<'_>| {
            for number in 5..KEPT + 2 {
                change.record("admin", &Entry::new("tried", format!("number {number}")))?;
            }
            Ok::<_, Error>(((), Entry::new("tried", "the last")))
        };
        store.change(Time::from_unix(9), "admin", all_at_once).unwrap();
        (folder, store)
    }

    #[test]
    fn the_latest_hundred_thousand_are_kept_and_what_is_left_of_the_chain_is_verified() {
        let (_folder, mut store) = full();
        let count = |store: &Store| -> (i64, i64, i64) {
            let query = "SELECT min(number), max(number), count(*) FROM events";
            store.connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
        };
        assert_eq!(count(&store), (4, KEPT + 3, KEPT));
        assert_eq!(store.check_events().unwrap(), Ok(()));
        store.record(Time::from_unix(10), "admin", Entry::new("tried", "once more")).unwrap();
        assert_eq!(count(&store), (5, KEPT + 4, KEPT));
        assert_eq!(store.check_events().unwrap(), Ok(()));
        store.change_key(Time::from_unix(11), "admin", NodeKey::random().unwrap()).unwrap();
        assert_eq!(store.check_events().unwrap(), Ok(()));
        for tampering in [
            // As if it had been dropped.
            "DELETE FROM events WHERE number = 6",
            "DELETE FROM events WHERE number = 6; UPDATE event_tail SET number = 6",
            "UPDATE event_tail SET number = 6, link = (SELECT link FROM events WHERE number = 6);
             DELETE FROM events WHERE number = 6",
            "DELETE FROM event_tail",
            "UPDATE event_tail SET link = zeroblob(32)",
            "UPDATE events SET number = number - 5; DELETE FROM event_tail",
            "DELETE FROM events; DELETE FROM event_head",
        ] {
            store.connection.execute_batch(&format!("BEGIN; {tampering}")).unwrap();
            assert!(store.check_events().unwrap().is_err(), "not noticed: {tampering}");
            store.connection.execute_batch("ROLLBACK").unwrap();
        }
        assert_eq!(store.check_events().unwrap(), Ok(()));
    }

    #[test]
    fn every_edit_deletion_reordering_and_truncation_shows() {
        for tampering in [
            "UPDATE events SET details = 'nothing' WHERE number = 3",
            "UPDATE events SET at = at + 1 WHERE number = 5",
            "UPDATE events SET actor = 'admin' WHERE number = 1",
            "DELETE FROM events WHERE number = 3",
            "DELETE FROM events WHERE number = 5",
            "DELETE FROM events",
            "DELETE FROM events; DELETE FROM event_head",
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
