//! Stores of every former format: today's node finds in them all that was there, and opens no other door.

use std::path::Path;

use certway_core::SecurityLevel;
use certway_wire::sign_in::SignInMode;

use super::damage::{Seen, Sound, alarms_of_damage, config};
use crate::node;
use crate::seal::NodeKey;
use crate::store::former::{self, IDENTITIES, LATEST, Rows, SETTINGS, TOKENS};

/// What is written anew when an older store is opened: signatures, and what they are over.
const SIGNED_ANEW: &[(&str, &[&str])] =
    &[("event_head", &["number", "seal", "settings"]), ("settings", &["seal", "number"])];

/// More than a node has that was set up only now, so that there are rows to be kept.
const MORE: &str = "
INSERT INTO peers VALUES ('peer.example.com', 443, 'a chain', 1);
INSERT INTO deliveries (channel, what, alarm, severity, message, remedy, raised_at, made_at, state)
    VALUES ('mail', 'raised', 'an-alarm', 'warning', 'It is so.', 'Do something.', 1, 2, 'sent');
INSERT INTO codes_taken VALUES ('admin', 7);
INSERT INTO crls (fingerprint, scope, der, this_update, stored_at) VALUES ('00', x'01', x'3000', 1, 2);
";

/// A sound node's data directory, its store in a former format.
fn former_store(sound: &Sound, format: usize) -> tempfile::TempDir {
    let folder = sound.copy();
    let app = node::open_stopped(&config(folder.path())).unwrap();
    app.store().danger_change_unseen(MORE).unwrap();
    drop(app);
    let key = folder.path().join("node.key");
    former::put_in_place(&store_in(&folder), || NodeKey::read(&key).unwrap(), format).unwrap();
    folder
}

fn store_in(folder: &tempfile::TempDir) -> std::path::PathBuf {
    folder.path().join("certway.db")
}

/// What a node has seen in a store of today, as far as a former format could hold it.
fn held(sound: &Seen, format: usize) -> Seen {
    let mut seen = sound.clone();
    if format < TOKENS {
        seen.tokens.clear();
    }
    if format < SETTINGS {
        (seen.mode, seen.level) = (SignInMode::default(), SecurityLevel::default());
    }
    if format < IDENTITIES {
        seen.request = None;
    }
    seen
}

/// What was in a store of a former format and is not in the later one, if anything.
fn lost(before: &Rows, after: &Rows, format: usize) -> Option<String> {
    for (table, (columns, rows)) in before.iter().filter(|(_, (_, rows))| !rows.is_empty()) {
        let Some((names, now)) = after.get(table) else { return Some(table.clone()) };
        let anew = SIGNED_ANEW.iter().find(|(of, _)| of == table).map_or(&[][..], |(_, columns)| *columns);
        for (place, column) in columns.iter().enumerate().filter(|(_, column)| !anew.contains(&column.as_str())) {
            let Some(there) = names.iter().position(|name| name == column) else {
                return Some(format!("{table}.{column}"));
            };
            let was: Vec<_> = rows.iter().map(|row| &row[place]).collect();
            let is: Vec<_> = now.iter().map(|row| &row[there]).collect();
            let same = match table.as_str() {
                // The client's, which are the same, come first.
                "slots" if format < IDENTITIES => is.ends_with(&was),
                // Of what is found at the start.
                "events" => is.starts_with(&was),
                "alarms" => true,
                _ => is == was,
            };
            if !same {
                return Some(format!("{table}.{column}: {is:?} instead of {was:?}"));
            }
        }
    }
    None
}

fn format_of(path: &Path) -> usize {
    former::read(path).unwrap().0
}

#[test]
fn everything_in_a_store_of_each_former_format_is_there_after_the_upgrade() {
    let sound = Sound::new();
    for format in 1..=LATEST {
        let folder = former_store(&sound, format);
        let (found, before) = former::read(&store_in(&folder)).unwrap();
        assert_eq!(found, format);
        let app = node::open_stopped(&config(folder.path())).unwrap();
        assert_eq!(alarms_of_damage(&app), Vec::<String>::new(), "format {format}");
        let log = app.store().check_events().unwrap();
        assert!(log.is_ok(), "format {format}: {log:?}");
        assert_eq!(Seen::of(&app).unwrap(), held(&sound.seen, format), "format {format}");
        drop(app);

        let (now, after) = former::read(&store_in(&folder)).unwrap();
        assert_eq!(now, LATEST);
        assert_eq!(lost(&before, &after, format), None, "format {format}");
        // The way back.
        let copy = folder.path().join(format!("certway.format-{format}.db"));
        assert_eq!(copy.exists(), format < LATEST);
        if format < LATEST {
            assert_eq!(format_of(&copy), format);
            assert!(former::read(&copy).unwrap().1 == before, "format {format}: the copy is not what it was");
        }
    }
}

#[test]
fn what_was_edited_in_a_former_format_is_noticed_after_the_upgrade() {
    let sound = Sound::new();
    for format in 1..=LATEST {
        let folder = former_store(&sound, format);
        let store = rusqlite::Connection::open(store_in(&folder)).unwrap();
        store.execute_batch("UPDATE events SET details = 'nothing' WHERE number = 1").unwrap();
        drop(store);
        let app = node::open_stopped(&config(folder.path())).unwrap();
        assert!(alarms_of_damage(&app).contains(&"events-changed".to_owned()), "format {format}");
    }
}

#[test]
fn the_trial_finds_what_an_upgrade_loses() {
    let sound = Sound::new();
    let folder = former_store(&sound, 1);
    let (_, before) = former::read(&store_in(&folder)).unwrap();
    assert_eq!(lost(&before, &before, 1), None);
    for table in ["users", "certificates", "trusted_cas", "node"] {
        let mut after = before.clone();
        after.get_mut(table).unwrap().1.pop();
        assert!(lost(&before, &after, 1).is_some_and(|what| what.starts_with(table)), "{table}");
        after.remove(table);
        assert_eq!(lost(&before, &after, 1).as_deref(), Some(table));
    }
}
