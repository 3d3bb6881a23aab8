//! What administrators set: one row a setting, JSON, signed with the node's key, so that an edit shows. A row that is deleted,
//! or an older one that is put back, does not: who can write to the store can go back to what once was.

use rusqlite::{OptionalExtension as _, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Change, Error, Store};
use crate::seal::NodeKey;

/// A setting: its name, and what it is made of. Without a row it is the type's default.
pub(crate) trait Setting: Serialize + DeserializeOwned + Default {
    /// In kebab case.
    const NAME: &'static str;
}

impl Store {
    /// A setting as it was last set.
    pub(crate) fn setting<S: Setting>(&self) -> Result<S, Error> {
        let row = self.connection.query_row("SELECT value, seal FROM settings WHERE name = ?1", [S::NAME], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let Some((value, seal)) = row.optional()? else { return Ok(S::default()) };
        if seal != sign(&self.key, S::NAME, &value) {
            return Err(Error::Damaged(format!("the setting '{}' was changed", S::NAME)));
        }
        serde_json::from_str(&value).map_err(|error| Error::Damaged(format!("the setting '{}': {error}", S::NAME)))
    }
}

impl Change<'_> {
    /// Sets a setting.
    pub(crate) fn set<S: Setting>(&self, setting: &S) -> Result<(), Error> {
        let value = serde_json::to_string(setting)
            .map_err(|error| Error::Damaged(format!("the setting '{}' cannot be written: {error}", S::NAME)))?;
        self.transaction.execute(
            "INSERT INTO settings (name, value, seal) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, seal = excluded.seal",
            (S::NAME, &value, sign(self.key, S::NAME, &value)),
        )?;
        Ok(())
    }
}

/// Signs all settings with another key of the node.
/// One that was edited stays invalid.
pub(super) fn sign_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let mut statement = transaction.prepare("SELECT name, value, seal FROM settings")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    for (name, value, seal) in rows.collect::<Result<Vec<_>, _>>()? {
        if seal == sign(old, &name, &value) {
            let seal = sign(new, &name, &value);
            transaction.execute("UPDATE settings SET seal = ?2 WHERE name = ?1", (&name, seal))?;
        }
    }
    Ok(())
}

fn sign(key: &NodeKey, name: &str, value: &str) -> Vec<u8> {
    key.sign(&[b"setting", name.as_bytes(), value.as_bytes()])
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

    #[test]
    fn a_setting_is_kept_also_under_another_key_and_an_edit_of_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        let mut store = Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap();
        let now = Time::from_unix(0);
        let found = |change: &Change<'_>| {
            change.found_node(b"a temporary CA")?;
            Ok::<_, Error>(((), Entry::new("node-founded", "for the tests")))
        };
        store.change(now, "node", found).unwrap();
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: false });
        let set =
            |change: &Change<'_>| Ok::<_, Error>((change.set(&Doors { open: true })?, Entry::new("set", "doors")));
        store.change(now, "admin", set).unwrap();
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        store.change_key(now, "admin", NodeKey::random().unwrap()).unwrap();
        assert_eq!(store.setting::<Doors>().unwrap(), Doors { open: true });
        store.connection.execute_batch("UPDATE settings SET value = '{\"open\":false}'").unwrap();
        assert!(matches!(store.setting::<Doors>(), Err(Error::Damaged(_))));
        store.change_key(now, "admin", NodeKey::random().unwrap()).unwrap();
        assert!(matches!(store.setting::<Doors>(), Err(Error::Damaged(_))), "another key makes it no better");
    }
}
