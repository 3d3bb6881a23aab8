//! The store's tables, and how an older store becomes a newer one.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::Error;

/// Step `n` makes format `n + 1` out of format `n`. A step, once released, is never edited.
pub(super) const STEPS: &[&str] = &[
    "
CREATE TABLE node (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    temporary_ca BLOB NOT NULL,
    key_check BLOB NOT NULL
) STRICT;
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    chain_pem TEXT NOT NULL,
    served_pem TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('upload', 'temporary')),
    stored_at INTEGER NOT NULL,
    loaded_at INTEGER,
    loaded_anyway INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE slots (
    slot TEXT PRIMARY KEY CHECK (slot IN ('active', 'pending', 'previous', 'temporary')),
    certificate TEXT NOT NULL REFERENCES certificates (id)
) STRICT;
CREATE TABLE trusted_cas (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    der BLOB NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('default', 'upload')),
    added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    raised_at INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL,
    link BLOB NOT NULL
) STRICT;
CREATE TABLE event_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
",
    "
ALTER TABLE node ADD COLUMN passphrase_salt BLOB;
CREATE TABLE csr (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    request_pem TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    reuses_current_key INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE slots_of_identities (
    identity TEXT NOT NULL CHECK (identity IN ('server', 'client')),
    slot TEXT NOT NULL CHECK (slot IN ('active', 'pending', 'previous', 'temporary')),
    certificate TEXT NOT NULL REFERENCES certificates (id),
    PRIMARY KEY (identity, slot)
) STRICT;
INSERT INTO slots_of_identities SELECT 'server', slot, certificate FROM slots;
INSERT INTO slots_of_identities SELECT 'client', 'temporary', certificate FROM slots WHERE slot = 'temporary';
INSERT INTO slots_of_identities SELECT 'client', 'active', certificate FROM slots WHERE slot = 'temporary';
DROP TABLE slots;
ALTER TABLE slots_of_identities RENAME TO slots;
",
    "
CREATE TABLE event_tail (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    link BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;
",
    "
CREATE TABLE crls (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    scope BLOB NOT NULL UNIQUE,
    der BLOB NOT NULL,
    this_update INTEGER NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;
",
    "
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    seal BLOB NOT NULL
) STRICT;
",
    "
CREATE TABLE deleted_cas (
    position INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    der BLOB NOT NULL,
    origin TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL
) STRICT;
CREATE TABLE peers (
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    chain_pem TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (host, port)
) STRICT;
",
    "
ALTER TABLE settings ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event_head ADD COLUMN settings TEXT;
",
    "
CREATE TABLE acme_accounts (
    directory TEXT PRIMARY KEY,
    url TEXT,
    sealed_key BLOB NOT NULL,
    email TEXT NOT NULL,
    terms TEXT,
    external_key_id TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE acme_order (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    directory TEXT NOT NULL,
    url TEXT,
    request_pem TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    uses_csr INTEGER NOT NULL,
    begun_at INTEGER NOT NULL
) STRICT;
CREATE TABLE certificates_of_origins (
    id TEXT PRIMARY KEY,
    chain_pem TEXT NOT NULL,
    served_pem TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('upload', 'temporary', 'acme')),
    stored_at INTEGER NOT NULL,
    loaded_at INTEGER,
    loaded_anyway INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO certificates_of_origins SELECT * FROM certificates;
CREATE TABLE slots_with_signed (
    identity TEXT NOT NULL CHECK (identity IN ('server', 'client')),
    slot TEXT NOT NULL CHECK (slot IN ('active', 'pending', 'previous', 'temporary', 'signed')),
    certificate TEXT NOT NULL REFERENCES certificates_of_origins (id),
    PRIMARY KEY (identity, slot)
) STRICT;
INSERT INTO slots_with_signed SELECT * FROM slots;
DROP TABLE slots;
DROP TABLE certificates;
ALTER TABLE certificates_of_origins RENAME TO certificates;
ALTER TABLE slots_with_signed RENAME TO slots;
",
    "
DROP TABLE deleted_cas;
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    deleted_at INTEGER NOT NULL,
    list_after BLOB NOT NULL
) STRICT;
CREATE TABLE deleted_cas (
    deletion INTEGER NOT NULL REFERENCES deletions (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    der BLOB NOT NULL,
    origin TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (deletion, fingerprint)
) STRICT;
CREATE TABLE cas_of_resets (
    deletion INTEGER NOT NULL REFERENCES deletions (number) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (deletion, fingerprint)
) STRICT;
",
    "
CREATE TABLE cluster (
    id TEXT PRIMARY KEY,
    sealed_key BLOB NOT NULL
) STRICT;
CREATE TABLE shared (
    document TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
",
    "
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'administrator'
    CHECK (role IN ('auditor', 'operator', 'administrator'));
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
",
    "
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('auditor', 'operator', 'administrator')),
    hash BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (user, name)
) STRICT;
",
    "
ALTER TABLE users ADD COLUMN second_factor BLOB;
CREATE TABLE codes_taken (
    user TEXT PRIMARY KEY,
    step INTEGER NOT NULL
) STRICT;
",
    "
ALTER TABLE alarms ADD COLUMN acknowledged_by TEXT;
ALTER TABLE alarms ADD COLUMN acknowledged_at INTEGER;
ALTER TABLE alarms ADD COLUMN note TEXT;
",
    "
ALTER TABLE alarms ADD COLUMN mark TEXT NOT NULL DEFAULT '';
",
    "
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    what TEXT NOT NULL,
    alarm TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    tried_at INTEGER,
    next_at INTEGER,
    outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE alarms_told (
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    alarm TEXT NOT NULL,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, alarm, state)
) STRICT;
CREATE TABLE delivery_secrets (
    name TEXT PRIMARY KEY,
    destination TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
",
    "
ALTER TABLE events ADD COLUMN address TEXT;
ALTER TABLE events ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
ALTER TABLE events ADD COLUMN digest BLOB;
ALTER TABLE event_tail ADD COLUMN digest BLOB;
",
    "
CREATE TABLE lists (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
",
    "
ALTER TABLE deliveries ADD COLUMN owed TEXT;
",
];

/// How long to wait for the other process that may have the store open: `certway reset-password`.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn open(file: &Path) -> Result<Connection, Error> {
    // SQLite gives its own files the mode of this one.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(|error| Error::Damaged(format!("{} cannot be opened: {error}", file.display())))?;
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledged change survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // A trust list of 1000 fits; the node's memory stays small.
    connection.pragma_update(None, "cache_size", -1024)?;
    let health: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if health == "ok" { Ok(connection) } else { Err(Error::Damaged(health)) }
}

/// Brings the store to the latest format. Before it touches an older one it keeps a copy beside it.
pub(super) fn upgrade(connection: &mut Connection, file: &Path, steps: &[&str]) -> Result<(), Error> {
    let found = version(connection)?;
    let known = steps.len();
    if found == known {
        return Ok(());
    }
    if found > known {
        return Err(Error::Newer { found, known });
    }
    if found > 0 {
        keep_copy(connection, file, found)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &steps[found..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known as i64)?;
    transaction.commit()?;
    Ok(())
}

/// A copy as of now beside the store, `certway.format-N.db`: the way back to the version that wrote it.
fn keep_copy(connection: &Connection, file: &Path, found: usize) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Damaged(format!("it cannot be copied before it is upgraded: {error}"));
    let draft = file.with_extension("format.tmp");
    let _left_over = std::fs::remove_file(&draft);
    connection.execute("VACUUM INTO ?1", [draft.to_string_lossy()])?;
    let copy = File::open(&draft).map_err(failed)?;
    copy.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    // One of an earlier upgrade, from which somebody has gone back, knows nothing of what was done since.
    std::fs::rename(&draft, file.with_extension(format!("format-{found}.db"))).map_err(failed)
}

/// Whether the store is to be brought to the latest format.
pub(super) fn is_older(connection: &Connection) -> Result<bool, Error> {
    Ok((1..STEPS.len()).contains(&version(connection)?))
}

/// Refuses a store that is not new although the node's own row is missing: a first boot would make another administrator.
pub(super) fn check_new(connection: &Connection) -> Result<(), Error> {
    let used =
        "SELECT EXISTS (SELECT 1 FROM events UNION ALL SELECT 1 FROM users UNION ALL SELECT 1 FROM certificates)";
    if connection.query_row(used, [], |row| row.get(0))? {
        return Err(Error::Damaged("the node's own row is missing".to_owned()));
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<usize, Error> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    usize::try_from(version).map_err(|_| Error::Damaged(format!("its format is {version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_is_upgraded_and_a_copy_of_it_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certway.db");
        let mut connection = open(&file).unwrap();
        let first = ["CREATE TABLE old (value TEXT) STRICT; INSERT INTO old VALUES ('kept')"];
        upgrade(&mut connection, &file, &first).unwrap();
        assert_eq!(version(&connection).unwrap(), 1);

        let second = [first[0], "ALTER TABLE old RENAME TO new"];
        upgrade(&mut connection, &file, &second).unwrap();
        let value: String = connection.query_row("SELECT value FROM new", [], |row| row.get(0)).unwrap();
        assert_eq!(value, "kept");

        let copy = Connection::open(folder.path().join("certway.format-1.db")).unwrap();
        let value: String = copy.query_row("SELECT value FROM old", [], |row| row.get(0)).unwrap();
        assert_eq!((value.as_str(), version(&copy).unwrap()), ("kept", 1));

        let error = upgrade(&mut connection, &file, &first).unwrap_err();
        assert!(matches!(error, Error::Newer { found: 2, known: 1 }));
    }

    #[test]
    fn an_older_program_leaves_a_newer_store_alone_and_the_copy_is_the_way_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certway.db");
        let first = ["CREATE TABLE old (value TEXT) STRICT; INSERT INTO old VALUES ('kept')"];
        let second = [first[0], "ALTER TABLE old RENAME TO new"];
        let copy = folder.path().join("certway.format-1.db");
        let value = |connection: &Connection, table: &str| -> String {
            connection.query_row(&format!("SELECT value FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        for said in ["kept", "changed after going back"] {
            let mut connection = open(&file).unwrap();
            upgrade(&mut connection, &file, &first).unwrap();
            connection.execute("UPDATE old SET value = ?1", [said]).unwrap();
            upgrade(&mut connection, &file, &second).unwrap();
            drop(connection);
            let before = std::fs::read(&file).unwrap();
            let mut connection = open(&file).unwrap();
            assert!(matches!(upgrade(&mut connection, &file, &first), Err(Error::Newer { found: 2, known: 1 })));
            drop(connection);
            assert_eq!(std::fs::read(&file).unwrap(), before);
            assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::rename(&copy, &file).unwrap();
            let mut connection = open(&file).unwrap();
            upgrade(&mut connection, &file, &first).unwrap();
            assert_eq!(value(&connection, "old"), said);
        }
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certway.db");
        let mut connection = open(&file).unwrap();
        upgrade(&mut connection, &file, &["CREATE TABLE old (value TEXT)", "not SQL"]).unwrap_err();
        assert_eq!(version(&connection).unwrap(), 0);
        connection.query_row("SELECT * FROM old", [], |_| Ok(())).unwrap_err();
    }
}
