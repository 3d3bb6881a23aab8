//! The event log: a chain in which every link is signed with the node's key over the link before it.
//!
//! An edit, a removal or another order breaks the chain; the signed head makes a cut at the end show. The log keeps its
//! latest records; the signed tail, which is the link of the last one that was dropped, makes any other cut at the
//! beginning show. The head also says by which event each setting was set last, see [`super::settings`].
//!
//! Beside the links runs a chain of digests without a key ([`chain`]): who has an export and a head can verify it anywhere.

mod chain;

use std::collections::BTreeMap;

use certway_core::Time;
use certway_wire::events::ACTIONS;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::{Change, Error, Store};
use crate::seal::NodeKey;

pub(crate) use chain::digest_of;
#[cfg(test)]
pub(super) use chain::links_of_format_1;
pub(super) use chain::{adopt, sign_anew};

/// How many records are kept: at 300 bytes each 30 MB, and less than 0.4 s to verify at start, measured unoptimised. A
/// busy node of 200 changes a day fills it in more than a year, and guesses from one source in eleven days. Each record also goes
/// to the node's log, which the system keeps.
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
        let action = action.into();
        // The page tells of it in words, and offers it for a search. The store's own tests do things that nodes do not.
        debug_assert!(
            cfg!(test) || ACTIONS.contains(&action.as_str()),
            "'{action}' is none of certway_wire::events::ACTIONS"
        );
        Self { action, details: details.into() }
    }
}

/// One record of the log.
pub(crate) struct Event {
    pub(crate) number: i64,
    pub(crate) at: Time,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) details: String,
    /// Where the request came from; nothing, if the node did it by itself, or at the terminal, or before that was kept.
    pub(crate) address: Option<String>,
    /// SHA-256 over this record and the digest of the one before.
    pub(crate) digest: Vec<u8>,
    /// How its link is made: 1 in stores from before there were digests, 2 since.
    format: i64,
    link: Vec<u8>,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Who did it.
    pub(crate) actor: Option<String>,
    /// What was done: this, or what begins with this and a hyphen.
    pub(crate) action: Option<String>,
    /// What actor, action, details or address have in them, in letters of any case.
    pub(crate) text: Option<String>,
    /// Not earlier than this.
    pub(crate) from: Option<Time>,
    /// Not later than this.
    pub(crate) to: Option<Time>,
    /// Only smaller numbers.
    pub(crate) before: Option<i64>,
    /// Only larger numbers.
    pub(crate) after: Option<i64>,
}

const MATCHING: &str = "number < ?1 AND number > ?2 AND (?3 IS NULL OR actor = ?3)
    AND (?4 IS NULL OR action = ?4 OR NOT ?9 AND substr(action, 1, length(?4) + 1) = ?4 || '-')
    AND (?5 IS NULL OR actor LIKE ?5 ESCAPE '\\' OR action LIKE ?5 ESCAPE '\\' OR details LIKE ?5 ESCAPE '\\' OR address LIKE ?5 ESCAPE '\\')
    AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at <= ?7)";

impl Change<'_> {
    /// Adds a record to this change, and drops what is older than the latest [`KEPT`].
    pub(crate) fn record(&self, actor: &str, entry: &Entry) -> Result<(), Error> {
        let before = chain::last(&self.transaction)?;
        let settings = last_set(&self.transaction, self.key)?;
        let mut event = Event {
            number: before.number + 1,
            at: self.now,
            actor: actor.to_owned(),
            action: entry.action.clone(),
            details: entry.details.clone(),
            address: self.address.map(ToOwned::to_owned),
            digest: Vec::new(),
            format: chain::FORMAT,
            link: Vec::new(),
        };
        event.digest = event.digest_after(&before.digest);
        event.link = event.sign(self.key, &before);
        self.transaction.execute(
            "INSERT INTO events (number, at, actor, action, details, address, digest, format, link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                event.number,
                event.at.unix(),
                &event.actor,
                &event.action,
                &event.details,
                &event.address,
                &event.digest,
                event.format,
                &event.link,
            ),
        )?;
        write_head(&self.transaction, self.key, (event.number, &event.link), &settings)?;
        chain::drop_up_to(&self.transaction, self.key, event.number - KEPT)
    }
}

impl Store {
    /// The latest `limit` of the events that are wanted, latest first.
    pub(crate) fn events(&self, wanted: &Wanted, limit: u32) -> Result<Vec<Event>, Error> {
        self.matching(wanted, limit, "DESC")
    }

    /// The first `limit` of them, in their order.
    pub(crate) fn first_events(&self, wanted: &Wanted, limit: u32) -> Result<Vec<Event>, Error> {
        self.matching(wanted, limit, "ASC")
    }

    fn matching(&self, wanted: &Wanted, limit: u32, order: &str) -> Result<Vec<Event>, Error> {
        let query = format!("SELECT * FROM events WHERE {MATCHING} ORDER BY number {order} LIMIT ?8");
        let text = wanted.text.as_ref().map(|text| {
            let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            format!("%{escaped}%")
        });
        let mut statement = self.connection.prepare(&query)?;
        let parameters = (
            wanted.before.unwrap_or(i64::MAX),
            wanted.after.unwrap_or(-1),
            &wanted.actor,
            &wanted.action,
            text,
            wanted.from.map(Time::unix),
            wanted.to.map(Time::unix),
            limit,
            // A whole name is that action, although others begin with it.
            wanted.action.as_deref().is_some_and(|action| ACTIONS.contains(&action)),
        );
        let events = statement.query_map(parameters, Event::from_row)?.collect::<Result<_, _>>()?;
        Ok(events)
    }

    /// The number of the latest event, and its digest.
    pub(crate) fn event_head(&self) -> Result<(i64, Vec<u8>), Error> {
        let last = chain::last(&self.connection)?;
        Ok((last.number, last.digest))
    }

    /// What stands against this log, if it once had an event of this number and digest. Of one that was dropped nothing is known.
    pub(crate) fn has_had(&self, number: i64, digest: &[u8]) -> Result<Result<(), String>, Error> {
        let last = chain::last(&self.connection)?.number;
        if number > last {
            return Ok(Err(format!("it has had {number} events, and ends with number {last}")));
        }
        let query = "SELECT digest FROM events WHERE number = ?1";
        let kept: Option<Option<Vec<u8>>> = self.connection.query_row(query, [number], |row| row.get(0)).optional()?;
        let same = kept.flatten().is_none_or(|kept| kept == digest);
        Ok(if same { Ok(()) } else { Err(format!("event {number} is another one than it was")) })
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
            address: row.get("address")?,
            digest: row.get::<_, Option<Vec<u8>>>("digest")?.unwrap_or_default(),
            format: row.get("format")?,
            link: row.get("link")?,
        })
    }
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
    let last = chain::last(connection)?;
    Ok((last.number, last.link))
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

pub(super) fn sign_head(key: &NodeKey, number: i64, link: &[u8], settings: Option<&str>) -> Vec<u8> {
    let number = number.to_be_bytes();
    match settings {
        Some(settings) => key.sign(&[b"event head", &number, link, settings.as_bytes()]),
        None => key.sign(&[b"event head", &number, link]),
    }
}
