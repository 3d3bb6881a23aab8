//! Stores as former versions left them, for tests: a store of today, written down in a former format with all of it that the format could
//! hold.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _};

use super::events::{self, LastSet, Wanted};
use super::{Error, Store, schema, settings};
use crate::seal::NodeKey;

/// The latest format.
pub(crate) const LATEST: usize = schema::STEPS.len();

/// The formats with which something began that is more than a column of its own.
pub(crate) const IDENTITIES: usize = 2;
pub(crate) const SETTINGS: usize = 5;
const SETTINGS_IN_HEAD: usize = 7;
const DELETIONS: usize = 9;
pub(crate) const ROLES: usize = 11;
pub(crate) const TOKENS: usize = 12;
const DIGESTS: usize = 17;
const LISTS: usize = 18;

/// Which rows of a table a store could hold before a format.
const HELD_BEFORE: &[(&str, usize, &str)] = &[
    ("slots", IDENTITIES, "identity = 'server'"),
    // Another table of that name.
    ("deleted_cas", DELETIONS, "FALSE"),
    ("users", ROLES, "role = 'administrator'"),
];

/// All rows of all tables.
pub(crate) type Rows = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;

/// Puts a store of a former format in the place of the one in `file`, which is of the latest, and closed.
pub(crate) fn put_in_place(file: &Path, key: impl Fn() -> NodeKey, format: usize) -> Result<(), Error> {
    let today = Store::open::<Error>(file, |_, _| Ok(vec![key()]))?;
    let draft = file.with_extension("former");
    let mut former = schema::open(&draft)?;
    schema::upgrade(&mut former, &draft, &schema::STEPS[..format])?;
    former.execute("ATTACH ?1 AS today", [file.to_string_lossy()])?;
    former.pragma_update(None, "foreign_keys", "OFF")?;
    for (table, columns) in tables(&former)? {
        let names = columns.join(", ");
        let held = HELD_BEFORE.iter().find(|(of, before, _)| *of == table && format < *before);
        let held = held.map_or("TRUE", |(_, _, rows)| rows);
        let exists = "SELECT 1 FROM today.sqlite_master WHERE type = 'table' AND name = ?1";
        if former.query_row(exists, [&table], |_| Ok(())).optional()?.is_some() && held != "FALSE" {
            former.execute(&format!("INSERT INTO {table} SELECT {names} FROM today.{table} WHERE {held}"), [])?;
        }
    }
    sign(&former, &today, &key(), format)?;
    former.execute("DETACH today", [])?;
    drop((former, today));
    std::fs::rename(&draft, file).map_err(|error| Error::Damaged(error.to_string()))
}

/// Signs log and settings as the format did.
fn sign(former: &Connection, today: &Store, key: &NodeKey, format: usize) -> Result<(), Error> {
    if format < DIGESTS {
        for (number, link) in events::links_of_format_1(today.first_events(&Wanted::default(), u32::MAX)?, key) {
            former.execute("UPDATE events SET link = ?2 WHERE number = ?1", (number, link))?;
        }
    }
    let last: (i64, Vec<u8>) =
        former.query_row("SELECT number, link FROM events ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if format < SETTINGS_IN_HEAD {
        let seal = events::sign_head(key, last.0, &last.1, None);
        former.execute("UPDATE event_head SET seal = ?1", [seal])?;
    } else if format < LISTS {
        let mut named = events::last_set(&today.connection, key)?.events;
        named.retain(|name, _| !name.starts_with("list/"));
        let before_lists = LastSet { events: named, whole: true, lists: false };
        events::write_head(former, key, (last.0, &last.1), &before_lists)?;
    }
    if (SETTINGS..SETTINGS_IN_HEAD).contains(&format) {
        for row in settings::Row::all(&today.connection)? {
            former.execute("UPDATE settings SET seal = ?2 WHERE name = ?1", (&row.name, row.sign_as_before(key)))?;
        }
    }
    Ok(())
}

/// The format of the store in `file`, and all that is in it.
pub(crate) fn read(file: &Path) -> Result<(usize, Rows), Error> {
    let connection = Connection::open(file)?;
    let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut rows = Rows::new();
    for (table, columns) in tables(&connection)? {
        let mut statement = connection.prepare(&format!("SELECT {} FROM {table} ORDER BY 1, 2", columns.join(", ")))?;
        let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
        let all = statement.query_map([], read)?.collect::<Result<_, _>>()?;
        rows.insert(table, (columns, all));
    }
    Ok((usize::try_from(format).unwrap_or_default(), rows))
}

/// The tables, each with its columns.
fn tables(connection: &Connection) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut statement = connection.prepare(
        "SELECT tables.name, group_concat(columns.name) FROM main.sqlite_master AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' GROUP BY tables.name",
    )?;
    let tables = statement.query_map([], |row| {
        let columns: String = row.get(1)?;
        Ok((row.get(0)?, columns.split(',').map(ToOwned::to_owned).collect()))
    })?;
    Ok(tables.collect::<Result<_, _>>()?)
}
