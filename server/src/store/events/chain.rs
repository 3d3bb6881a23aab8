//! How records follow each other, and whether they still do.
//!
//! Format 1 signs the record itself after the link before. Format 2, with which every record has been made since, signs the record's digest
//! after the link before; the digest covers the record, where its request came from, and the digest before. A store from before has its
//! digests computed once ([`adopt`]); its links verify as they did.

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::super::{Error, Store};
use super::{Event, Head, last_set, write_head};
use crate::seal::NodeKey;

/// The format of new records.
pub(super) const FORMAT: i64 = 2;

/// The end of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct End {
    pub(super) number: i64,
    pub(super) link: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

/// A log that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// The number of the first record that is kept.
    pub(crate) first: i64,
    /// The number of the last one.
    pub(crate) last: i64,
    /// Its digest.
    pub(crate) digest: Vec<u8>,
}

/// SHA-256 over a record, in this order: the digest before, number, seconds since 1970, actor, action, details, and the address if there is
/// one; each with its length in front, eight bytes, the most significant first, as numbers are.
pub(crate) fn digest_of(
    before: &[u8],
    number: i64,
    at: i64,
    [actor, action, details]: [&str; 3],
    address: Option<&str>,
) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    let (number, at) = (number.to_be_bytes(), at.to_be_bytes());
    let parts =
        [b"certway event".as_slice(), before, &number, &at, actor.as_bytes(), action.as_bytes(), details.as_bytes()];
    for part in parts.into_iter().chain(address.map(str::as_bytes)) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

impl Event {
    pub(super) fn digest_after(&self, before: &[u8]) -> Vec<u8> {
        let words = [self.actor.as_str(), &self.action, &self.details];
        digest_of(before, self.number, self.at.unix(), words, self.address.as_deref())
    }

    pub(super) fn sign(&self, key: &NodeKey, before: &End) -> Vec<u8> {
        if self.format == FORMAT {
            return key.sign(&[b"event 2", &before.link, &self.digest]);
        }
        key.sign(&[
            b"event",
            &before.link,
            &self.number.to_be_bytes(),
            &self.at.unix().to_be_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.details.as_bytes(),
        ])
    }
}

/// The last record, as far as the next one needs it.
pub(super) fn last(connection: &Connection) -> Result<End, Error> {
    let query = "SELECT number, link, digest FROM events ORDER BY number DESC LIMIT 1";
    Ok(end(connection, query)?.unwrap_or_default())
}

fn end(connection: &Connection, query: &str) -> Result<Option<End>, Error> {
    let end = connection.query_row(query, [], |row| {
        let digest = row.get::<_, Option<Vec<u8>>>(2)?.unwrap_or_default();
        Ok(End { number: row.get(0)?, link: row.get(1)?, digest })
    });
    Ok(end.optional()?)
}

/// Drops the records up to number `last`, and keeps the link and the digest that the next one is made over.
pub(super) fn drop_up_to(transaction: &Transaction<'_>, key: &NodeKey, last: i64) -> Result<(), Error> {
    let query = format!("SELECT number, link, digest FROM events WHERE number = {last}");
    let Some(dropped) = end(transaction, &query)? else { return Ok(()) };
    transaction.execute(
        "INSERT INTO event_tail (id, number, link, digest, seal) VALUES (1, ?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, link = excluded.link, digest = excluded.digest, seal = excluded.seal",
        (dropped.number, &dropped.link, &dropped.digest, seal_of_tail(key, &dropped)),
    )?;
    transaction.execute("DELETE FROM events WHERE number <= ?1", [dropped.number])?;
    Ok(())
}

fn tail(connection: &Connection) -> Result<Option<End>, Error> {
    end(connection, "SELECT number, link, digest FROM event_tail")
}

fn seal_of_tail(key: &NodeKey, tail: &End) -> Vec<u8> {
    let number = tail.number.to_be_bytes();
    if tail.digest.is_empty() {
        // From before there were digests.
        return key.sign(&[b"event tail", &number, &tail.link]);
    }
    key.sign(&[b"event tail", &number, &tail.link, &tail.digest])
}

impl Store {
    /// The log, if it is as the node wrote it; else what is wrong with it.
    pub(crate) fn check_events(&self) -> Result<Result<Log, String>, Error> {
        let mut before = End::default();
        if let Some(dropped) = tail(&self.connection)? {
            let seal: Vec<u8> = self.connection.query_row("SELECT seal FROM event_tail", [], |row| row.get(0))?;
            if seal != seal_of_tail(&self.key, &dropped) {
                return Ok(Err(format!("the end of the dropped events, number {}, was changed", dropped.number)));
            }
            before = dropped;
        }
        let (first, mut format) = (before.number + 1, 1);
        let mut statement = self.connection.prepare("SELECT * FROM events ORDER BY number")?;
        for event in statement.query_map([], Event::from_row)? {
            let event = event?;
            let number = before.number + 1;
            let follows = event.number == number
                && event.format >= format
                && event.digest == event.digest_after(&before.digest)
                && event.link == event.sign(&self.key, &before);
            if !follows {
                return Ok(Err(format!("event {number} is missing or was changed")));
            }
            format = event.format;
            before = End { number, link: event.link, digest: event.digest };
        }
        let whole = match Head::read(&self.connection)? {
            Some(head) => head.fits(&self.key, before.number, &before.link),
            // A node that was founded has recorded that.
            None => before.number == 0 && self.is_new()?,
        };
        if !whole {
            return Ok(Err(format!("events after number {} are missing", before.number)));
        }
        Ok(Ok(Log { first, last: before.number, digest: before.digest }))
    }
}

/// Computes the digests of a store from before there were any. Whether its records are as the node wrote them is told by their links.
pub(in super::super) fn adopt(connection: &mut Connection) -> Result<(), Error> {
    let query = "SELECT EXISTS (SELECT 1 FROM events WHERE digest IS NULL)";
    if !connection.query_row(query, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    let mut before = tail(&transaction)?.unwrap_or_default().digest;
    {
        let mut statement = transaction.prepare("SELECT * FROM events ORDER BY number")?;
        for event in statement.query_map([], Event::from_row)? {
            let event = event?;
            before = event.digest_after(&before);
            transaction.execute("UPDATE events SET digest = ?2 WHERE number = ?1", (event.number, &before))?;
        }
    }
    Ok(transaction.commit()?)
}

/// Signs the whole log with another key of the node. The digests stay.
pub(in super::super) fn sign_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let settings = last_set(transaction, old)?;
    let mut statement = transaction.prepare("SELECT * FROM events ORDER BY number")?;
    let mut before = tail(transaction)?.unwrap_or_default();
    transaction.execute("UPDATE event_tail SET seal = ?1", [seal_of_tail(new, &before)])?;
    for event in statement.query_map([], Event::from_row)? {
        let event = event?;
        let link = event.sign(new, &before);
        transaction.execute("UPDATE events SET link = ?2 WHERE number = ?1", (event.number, &link))?;
        before = End { number: event.number, link, digest: event.digest };
    }
    write_head(transaction, new, (before.number, &before.link), &settings)
}

/// The links of these records, which are all there were, as format 1 made them; each with its number.
#[cfg(test)]
pub(in super::super) fn links_of_format_1(events: Vec<Event>, key: &NodeKey) -> Vec<(i64, Vec<u8>)> {
    let mut before = End::default();
    let made = events.into_iter().map(|event| {
        let event = Event { format: 1, ..event };
        before = End { number: event.number, link: event.sign(key, &before), digest: Vec::new() };
        (before.number, before.link.clone())
    });
    made.collect()
}

#[cfg(test)]
mod tests {
    use certway_core::Time;

    use super::super::super::Change;
    use super::super::{Entry, KEPT, Wanted};
    use super::*;

    fn open(folder: &tempfile::TempDir) -> Store {
        let key = NodeKey::read(&folder.path().join("node.key")).unwrap();
        Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap()
    }

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
        assert!(store.check_events().unwrap().is_ok());
        let latest: Vec<i64> = store
            .events(&Wanted { before: Some(5), ..Wanted::default() }, 2)
            .unwrap()
            .iter()
            .map(|event| event.number)
            .collect();
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
        assert!(store.check_events().unwrap().is_ok());
        store.record(Time::from_unix(10), "admin", Entry::new("tried", "once more")).unwrap();
        assert_eq!(count(&store), (5, KEPT + 4, KEPT));
        assert!(store.check_events().unwrap().is_ok());
        store.change_key(Time::from_unix(11), "admin", NodeKey::random().unwrap()).unwrap();
        assert!(store.check_events().unwrap().is_ok());
        for tampering in [
            // As if it had been dropped.
            "DELETE FROM events WHERE number = 6",
            "DELETE FROM events WHERE number = 6; UPDATE event_tail SET number = 6",
            "UPDATE event_tail SET number = 6, link = (SELECT link FROM events WHERE number = 6);
             DELETE FROM events WHERE number = 6",
            "DELETE FROM event_tail",
            "UPDATE event_tail SET link = zeroblob(32)",
            "UPDATE event_tail SET digest = zeroblob(32)",
            "UPDATE event_tail SET digest = NULL",
            "UPDATE events SET number = number - 5; DELETE FROM event_tail",
            "DELETE FROM events; DELETE FROM event_head",
        ] {
            store.connection.execute_batch(&format!("BEGIN; {tampering}")).unwrap();
            assert!(store.check_events().unwrap().is_err(), "not noticed: {tampering}");
            store.connection.execute_batch("ROLLBACK").unwrap();
        }
        assert!(store.check_events().unwrap().is_ok());
    }

    #[test]
    fn every_edit_deletion_reordering_and_truncation_shows() {
        for tampering in [
            "UPDATE events SET details = 'nothing' WHERE number = 3",
            "UPDATE events SET at = at + 1 WHERE number = 5",
            "UPDATE events SET actor = 'admin' WHERE number = 1",
            "UPDATE events SET address = '192.0.2.1' WHERE number = 3",
            "UPDATE events SET format = 1 WHERE number = 3",
            "UPDATE events SET digest = zeroblob(32) WHERE number = 3",
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
    #[test]
    fn a_store_from_before_digests_verifies_and_goes_on() {
        let (folder, store) = store();
        let key = NodeKey::read(&folder.path().join("node.key")).unwrap();
        let settings = last_set(&store.connection, &key).unwrap();
        for (number, link) in links_of_format_1(store.first_events(&Wanted::default(), 100).unwrap(), &key) {
            let update = "UPDATE events SET link = ?2, format = 1, digest = NULL WHERE number = ?1";
            store.connection.execute(update, (number, &link)).unwrap();
            write_head(&store.connection, &key, (number, &link), &settings).unwrap();
        }
        drop(store);
        let mut store = open(&folder);
        assert!(store.check_events().unwrap().is_ok());
        store.asked_from(Some("192.0.2.7".to_owned()));
        store.record(Time::from_unix(9), "admin", Entry::new("tried", "once more")).unwrap();
        assert!(store.check_events().unwrap().is_ok());
        let last = store.events(&Wanted::default(), 1).unwrap().remove(0);
        assert_eq!((last.format, last.address.as_deref()), (FORMAT, Some("192.0.2.7")));
        store.connection.execute("UPDATE events SET details = 'other' WHERE number = 3", []).unwrap();
        store.connection.execute("UPDATE events SET digest = NULL", []).unwrap();
        drop(store);
        assert!(open(&folder).check_events().unwrap().is_err(), "computing digests anew hid an edit");
    }

    /// A log of eight records is damaged in every way that touches one record or two.
    #[test]
    fn no_damage_goes_unnoticed() {
        let (folder, store) = store();
        for (number, details) in [(5, ""), (6, "a\u{0}b"), (7, "=1+1")] {
            let mut store = open(&folder);
            store.asked_from((number == 6).then(|| "2001:db8::1".to_owned()));
            store.record(Time::from_unix(number), "admin", Entry::new("tried", details)).unwrap();
        }
        drop(store);
        let store = open(&folder);
        let last = store.check_events().unwrap().unwrap().last;
        assert_eq!(last, 8);
        let mut damages = Vec::new();
        for one in 1..=last {
            damages.push(format!("DELETE FROM events WHERE number = {one}"));
            damages.push(format!("DELETE FROM events WHERE number >= {one}"));
            damages
                .push(format!("DELETE FROM events WHERE number >= {one}; UPDATE event_head SET number = {}", one - 1));
            damages.push(format!("DELETE FROM events WHERE number <= {one}"));
            damages.push(format!("UPDATE events SET number = number + 100 WHERE number >= {one}"));
            for column in ["actor", "action", "details", "address"] {
                for value in ["'x'", "''", "actor || '.'", "details || 'admin'"] {
                    damages.push(format!("UPDATE events SET {column} = {value} WHERE number = {one}"));
                }
            }
            damages.push(format!("UPDATE events SET at = at - 1 WHERE number = {one}"));
            damages.push(format!("UPDATE events SET format = 3 - format WHERE number = {one}"));
            for bytes in ["link", "digest"] {
                damages.push(format!("UPDATE events SET {bytes} = randomblob(32) WHERE number = {one}"));
            }
            for other in (1..=last).filter(|other| *other != one) {
                damages.push(format!(
                    "UPDATE events SET number = -1 WHERE number = {one}; UPDATE events SET number = {one} WHERE number = {other};
                     UPDATE events SET number = {other} WHERE number = -1"
                ));
                for column in ["at", "actor", "action", "details", "link", "digest"] {
                    damages.push(format!(
                        "UPDATE events SET {column} = (SELECT {column} FROM events WHERE number = {other}) WHERE number = {one}"
                    ));
                }
            }
        }
        let rows = |store: &Store| -> Vec<(i64, i64, Vec<u8>, Vec<u8>)> {
            let events = store.first_events(&Wanted::default(), 100).unwrap().into_iter();
            events
                .map(|event| (event.number, event.format, event.digest_after(&[]), [event.link, event.digest].concat()))
                .collect()
        };
        let untouched = rows(&store);
        let mut tried = 0;
        for damage in damages {
            store.connection.execute_batch(&format!("BEGIN; {damage}")).unwrap();
            // Some say what was there before.
            let changed = rows(&store) != untouched;
            assert_eq!(store.check_events().unwrap().is_err(), changed, "{damage}");
            tried += usize::from(changed);
            store.connection.execute_batch("ROLLBACK").unwrap();
        }
        assert!(tried > 400, "only {tried}");
        assert!(store.check_events().unwrap().is_ok());
    }

    #[test]
    fn a_log_that_is_behind_what_others_know_is_told() {
        let (_folder, store) = store();
        let (last, digest) = store.event_head().unwrap();
        assert_eq!(store.has_had(last, &digest).unwrap(), Ok(()));
        assert!(store.has_had(last + 1, &digest).unwrap().unwrap_err().contains("ends with number 5"));
        assert!(store.has_had(last - 1, &digest).unwrap().unwrap_err().contains("event 4 is another one"));
    }

    #[test]
    fn a_whole_name_is_one_action_and_its_beginning_many() {
        let (_folder, mut store) = store();
        for action in ["server-certificate-loaded", "server-certificate-loaded-anyway"] {
            store.record(Time::from_unix(60), "admin", Entry::new(action, "a certificate")).unwrap();
        }
        let found = |action: &str| {
            let wanted = Wanted { action: Some(action.to_owned()), ..Wanted::default() };
            store.first_events(&wanted, 100).unwrap().len()
        };
        assert_eq!((found("server-certificate-loaded"), found("server-certificate"), found("server-cert")), (1, 2, 0));
    }

    #[test]
    fn events_are_found_by_who_what_when_and_text() {
        let (_folder, mut store) = store();
        store.asked_from(Some("192.0.2.7".to_owned()));
        store.record(Time::from_unix(50), "auditor", Entry::new("sign-in-refused", "100% of _it_")).unwrap();
        let found = |wanted: Wanted| -> Vec<i64> {
            store.first_events(&wanted, 100).unwrap().iter().map(|event| event.number).collect()
        };
        let text = |text: &str| Wanted { text: Some(text.to_owned()), ..Wanted::default() };
        assert_eq!(found(Wanted { actor: Some("auditor".to_owned()), ..Wanted::default() }), [6]);
        assert_eq!(found(Wanted { action: Some("sign-in".to_owned()), ..Wanted::default() }), [6]);
        assert!(found(Wanted { action: Some("sign".to_owned() + "-i"), ..Wanted::default() }).is_empty());
        assert_eq!(found(Wanted { from: Some(Time::from_unix(4)), ..Wanted::default() }), [5, 6]);
        assert_eq!(found(Wanted { to: Some(Time::from_unix(1)), after: Some(1), ..Wanted::default() }), [2]);
        assert_eq!(
            (found(text("NUMBER 3")), found(text("192.0.2")), found(text("0% of _"))),
            (vec![4], vec![6], vec![6])
        );
        assert!(found(text("%")) == [6] && found(text("_of")).is_empty());
    }
}
