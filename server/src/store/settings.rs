//! What administrators set: one row a setting, JSON, signed with the node's key together with the number of the event by which it was set.
//! The signed head of the event log names that number for each setting that there is. So an edit shows, a row that is gone, and an older
//! one that is put back. Who puts back the whole log with it, cut short, goes back to what once was, as by an old copy of the file.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::events::{self, LastSet};
use super::{Change, Error, Store};
use crate::seal::NodeKey;

/// A setting: its name, and what it is made of. Without a row it is the type's default.
pub(crate) trait Setting: Serialize + DeserializeOwned + Default {
    /// In kebab case.
    const NAME: &'static str;
}

/// A setting as it lies in the store.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
    number: i64,
    seal: Vec<u8>,
}

impl Store {
    /// A setting as it was last set.
    pub(crate) fn setting<S: Setting>(&self) -> Result<S, Error> {
        setting(&self.connection, &self.key)
    }
}

fn setting<S: Setting>(connection: &Connection, key: &NodeKey) -> Result<S, Error> {
    let Some(value) = value(connection, key, S::NAME)? else { return Ok(S::default()) };
    serde_json::from_str(&value).map_err(|error| Error::Damaged(format!("the setting '{}': {error}", S::NAME)))
}

/// What a setting is made of; nothing if it was never set.
fn value(connection: &Connection, key: &NodeKey, name: &str) -> Result<Option<String>, Error> {
    let last_set = events::last_set(connection, key)?;
    let row = connection
        .query_row("SELECT name, value, number, seal FROM settings WHERE name = ?1", [name], Row::read)
        .optional()?;
    match (row, last_set.events.get(name)) {
        (None, None) if last_set.whole => Ok(None),
        (Some(row), Some(&number)) if row.number == number && row.seal == row.sign(key) => Ok(Some(row.value)),
        _ => Err(Error::Damaged(format!("the setting '{name}' was changed"))),
    }
}

/// Whether a setting is as the node wrote it.
pub(super) fn is_whole(connection: &Connection, key: &NodeKey, name: &str) -> Result<bool, Error> {
    match value(connection, key, name) {
        Err(Error::Damaged(_)) => Ok(false),
        read => read.map(|_| true),
    }
}

impl Change<'_> {
    /// A setting as this change leaves it so far.
    pub(crate) fn setting<S: Setting>(&self) -> Result<S, Error> {
        setting(&self.transaction, self.key)
    }

    /// Sets a setting, by the event that this change will record.
    pub(crate) fn set<S: Setting>(&self, setting: &S) -> Result<(), Error> {
        let value = serde_json::to_string(setting)
            .map_err(|error| Error::Damaged(format!("the setting '{}' cannot be written: {error}", S::NAME)))?;
        self.touched.setting(S::NAME);
        self.set_value(S::NAME, value)
    }

    /// Sets a setting to what it is made of, JSON.
    pub(super) fn set_value(&self, name: &str, value: String) -> Result<(), Error> {
        let mut last_set = events::last_set(&self.transaction, self.key)?;
        let (last, link) = events::last(&self.transaction)?;
        let row = Row { name: name.to_owned(), value, number: last + 1, seal: Vec::new() };
        row.write(&self.transaction, self.key)?;
        last_set.events.insert(row.name, row.number);
        events::write_head(&self.transaction, self.key, (last, &link), &last_set)
    }
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { name: row.get(0)?, value: row.get(1)?, number: row.get(2)?, seal: row.get(3)? })
    }

    pub(super) fn all(connection: &Connection) -> Result<Vec<Self>, Error> {
        let mut statement = connection.prepare("SELECT name, value, number, seal FROM settings")?;
        Ok(statement.query_map([], Self::read)?.collect::<Result<_, _>>()?)
    }

    /// Writes it with its signature.
    fn write(&self, connection: &Connection, key: &NodeKey) -> Result<(), Error> {
        connection.execute(
            "INSERT INTO settings (name, value, number, seal) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, number = excluded.number, seal = excluded.seal",
            (&self.name, &self.value, self.number, self.sign(key)),
        )?;
        Ok(())
    }

    fn sign(&self, key: &NodeKey) -> Vec<u8> {
        key.sign(&[b"setting", self.name.as_bytes(), self.value.as_bytes(), &self.number.to_be_bytes()])
    }

    /// As it was signed before it had a number.
    pub(super) fn sign_as_before(&self, key: &NodeKey) -> Vec<u8> {
        key.sign(&[b"setting", self.name.as_bytes(), self.value.as_bytes()])
    }
}

/// Signs all settings with another key of the node. One that was edited stays invalid.
pub(super) fn sign_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    for row in Row::all(transaction)? {
        if row.seal == row.sign(old) {
            row.write(transaction, new)?;
        }
    }
    Ok(())
}

/// Brings the settings of a store from before the head named them under it, as they are. One that was edited stays invalid.
pub(super) fn adopt(connection: &mut Connection, key: &NodeKey) -> Result<(), Error> {
    if !events::is_from_before(connection, key)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    if events::is_from_before(&transaction, key)? {
        let (number, link) = events::last(&transaction)?;
        let mut last_set = LastSet { whole: true, ..LastSet::default() };
        for row in Row::all(&transaction)? {
            let row = Row { number, ..row };
            if row.seal == row.sign_as_before(key) {
                row.write(&transaction, key)?;
            }
            last_set.events.insert(row.name, number);
        }
        events::write_head(&transaction, key, (number, &link), &last_set)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use certway_core::Time;
    use serde::Deserialize;

    use super::*;
    use crate::store::Entry;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Doors {
        open: bool,
    }

    impl Setting for Doors {
        const NAME: &'static str = "doors";
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Windows {
        open: bool,
    }

    impl Setting for Windows {
        const NAME: &'static str = "windows";
    }

    const NOW: Time = Time::from_unix(0);

    fn open(folder: &tempfile::TempDir) -> Store {
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap()
    }

    fn set<S: Setting>(store: &mut Store, setting: &S) {
        let set = |change: &Change<'_>| Ok::<_, Error>((change.set(setting)?, Entry::new("set", S::NAME)));
        store.change(NOW, "admin", set).unwrap();
    }

    fn founded() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(&folder);
        let found = |change: &Change<'_>| {
            change.found_node(b"a temporary CA")?;
            Ok::<_, Error>(((), Entry::new("node-founded", "for the tests")))
        };
        store.change(NOW, "node", found).unwrap();
        (folder, store)
    }

    #[test]
    fn a_setting_is_kept_also_under_another_key() {
        let (_folder, mut store) = founded();
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: false });
        set(&mut store, &Doors { open: true });
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        store.change_key(NOW, "admin", NodeKey::random().unwrap()).unwrap();
        store.record(NOW, "admin", Entry::new("tried", "something else")).unwrap();
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        assert_eq!(store.setting::<Windows>().unwrap(), Windows { open: false });
        assert!(store.check_events().unwrap().is_ok());
    }

    #[test]
    fn an_edit_a_deletion_and_an_older_row_show_until_it_is_set_anew() {
        for tampering in [
            "UPDATE settings SET value = '{\"open\":false}'",
            "DELETE FROM settings",
            "DELETE FROM settings; INSERT INTO settings SELECT * FROM older",
            "DELETE FROM settings; INSERT INTO settings SELECT * FROM older;
             UPDATE settings SET number = (SELECT number FROM event_head)",
            // With the head of that time, and without one.
            "DELETE FROM settings; INSERT INTO settings SELECT * FROM older;
             DELETE FROM event_head; INSERT INTO event_head SELECT * FROM older_head",
            "DELETE FROM settings; INSERT INTO settings SELECT * FROM older;
             UPDATE event_head SET settings = (SELECT settings FROM older_head)",
            "DELETE FROM settings; UPDATE event_head SET settings = NULL",
            "DELETE FROM settings; DELETE FROM event_head",
            "DELETE FROM settings; UPDATE event_head SET settings = '{\"events\":{},\"whole\":true}'",
        ] {
            let (_folder, mut store) = founded();
            set(&mut store, &Doors { open: false });
            let kept =
                "CREATE TABLE older AS SELECT * FROM settings; CREATE TABLE older_head AS SELECT * FROM event_head";
            store.connection.execute_batch(kept).unwrap();
            set(&mut store, &Doors { open: true });
            store.connection.execute_batch(tampering).unwrap();
            let damaged = |store: &Store| matches!(store.setting::<Doors>(), Err(Error::Damaged(_)));
            assert!(damaged(&store), "not noticed: {tampering}");
            store.record(NOW, "admin", Entry::new("tried", "something else")).unwrap();
            assert!(damaged(&store), "another event made it good: {tampering}");
            set(&mut store, &Windows { open: true });
            assert!(damaged(&store), "another setting made it good: {tampering}");
            assert_eq!(store.setting::<Windows>().unwrap(), Windows { open: true });
            store.change_key(NOW, "admin", NodeKey::random().unwrap()).unwrap();
            assert!(damaged(&store), "another key made it good: {tampering}");
            set(&mut store, &Doors { open: true });
            assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        }
    }

    #[test]
    fn settings_of_a_store_from_before_are_taken_over_and_edited_ones_are_not() {
        let (folder, mut store) = founded();
        set(&mut store, &Doors { open: true });
        set(&mut store, &Windows { open: true });
        let (last, link) = events::last(&store.connection).unwrap();
        let seal = store.key.sign(&[b"event head", &last.to_be_bytes(), &link]);
        store.connection.execute("UPDATE event_head SET seal = ?1, settings = NULL", [seal]).unwrap();
        for row in Row::all(&store.connection).unwrap() {
            let seal = row.sign_as_before(&store.key);
            store
                .connection
                .execute("UPDATE settings SET number = 0, seal = ?1 WHERE name = ?2", (seal, row.name))
                .unwrap();
        }
        store.connection.execute("UPDATE settings SET value = '{\"open\":false}' WHERE name = 'windows'", []).unwrap();
        drop(store);
        let store = open(&folder);
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        assert!(matches!(store.setting::<Windows>(), Err(Error::Damaged(_))));
        assert!(store.check_events().unwrap().is_ok());
        store.connection.execute("DELETE FROM settings WHERE name = 'doors'", []).unwrap();
        assert!(matches!(store.setting::<Doors>(), Err(Error::Damaged(_))));
    }
}
