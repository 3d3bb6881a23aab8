//! Messages about alarms that are to go out or have gone out, what each channel was last told of each alarm, and the secrets
//! of the channels.
//!
//! Nothing is told by whoever raises an alarm: what stands is compared with what a channel was told, so a message is neither lost
//! by a kill nor told twice.

use std::collections::BTreeMap;

use certway_core::Time;
use certway_wire::delivery::{AlarmSeverity, DeliveryState};
use rusqlite::{OptionalExtension as _, Row, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use super::alarms::{Acknowledged, Raised};
use super::{Alarm, Change, Error, Store};
use crate::deliver::Owed;
use crate::seal::NodeKey;

/// The same of an alarm is told once in this time.
const ONCE_SECONDS: i64 = 60 * 60;
/// The most messages of a channel that wait. The oldest is dropped for one more.
const WAITING: i64 = 200;
/// How many of those that do not wait any more are kept.
const KEPT: i64 = 500;
/// What becomes of messages that nobody is told any more.
const SWITCHED_OFF: &str = "Dropped: the channel was switched off.";
const TOO_MANY: &str = "Dropped: more than 200 messages were waiting.";
/// What an alarm that is not raised stands at.
const CLEARED: &str = "cleared";

/// A channel: its name, the mildest alarms that it is told, and one that it is not told of.
pub(crate) struct Told<'a> {
    pub(crate) channel: &'a str,
    pub(crate) least: AlarmSeverity,
    /// The alarm that this very channel fails.
    pub(crate) without: String,
}

/// A message of the log.
pub(crate) struct Delivery {
    pub(crate) number: i64,
    pub(crate) channel: String,
    /// `raised`, `changed`, `cleared`, `test`.
    pub(crate) what: String,
    pub(crate) alarm: Alarm,
    pub(crate) raised_at: Time,
    pub(crate) made_at: Time,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: u32,
    pub(crate) tried_at: Option<Time>,
    pub(crate) next_at: Option<Time>,
    pub(crate) outcome: String,
    /// What is left of it, if the others have it.
    pub(crate) owed: Option<Owed>,
    /// Recipients to whom an earlier message of the alarm is owed. Only what is due says it, and the next.
    pub(crate) behind: Vec<String>,
    /// Who has taken note of the alarm, if it stands as it is told here.
    pub(crate) acknowledged: Option<Acknowledged>,
}

/// What came of an attempt.
pub(crate) enum Attempt {
    /// It was taken.
    Sent(String),
    /// It is tried again then.
    Again(Time, String),
    /// Some have it, and it is tried again then for the others.
    Partly(Time, String, Owed),
    /// It is not tried again.
    GivenUp(String),
}

/// What a channel was told.
#[derive(Default)]
struct Known {
    /// The last of each alarm.
    last: BTreeMap<String, Last>,
    /// Alarms and states, lately.
    lately: Vec<(String, String)>,
}

/// What a channel was last told of an alarm.
struct Last {
    state: String,
    alarm: Alarm,
    raised_at: Time,
}

impl Store {
    /// Queues what the channels have not been told yet; those that are not among them are told nothing more. Gives how many
    /// messages are new.
    pub(crate) fn queue_deliveries(&mut self, now: Time, channels: &[Told<'_>]) -> Result<usize, Error> {
        let raised = self.alarms()?;
        let mut news = Vec::new();
        for told in channels {
            news.extend(self.news(now, told, &raised)?.into_iter().map(|news| (told.channel, news)));
        }
        let names: Vec<&str> = channels.iter().map(|told| told.channel).collect();
        let names = serde_json::to_string(&names).unwrap_or_default();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE deliveries SET state = 'dropped', next_at = NULL, outcome = ?2
             WHERE state = 'waiting' AND channel NOT IN (SELECT value FROM json_each(?1))",
            (&names, SWITCHED_OFF),
        )?;
        transaction
            .execute("DELETE FROM alarms_told WHERE channel NOT IN (SELECT value FROM json_each(?1))", [&names])?;
        for (channel, (what, state, last)) in &news {
            let number = insert(&transaction, now, channel, what, &last.alarm, last.raised_at)?;
            transaction.execute(
                "INSERT OR REPLACE INTO alarms_told
                 (number, channel, alarm, state, severity, message, remedy, raised_at, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                (
                    number,
                    channel,
                    &last.alarm.id,
                    state,
                    &last.alarm.severity,
                    &last.alarm.message,
                    &last.alarm.remedy,
                    last.raised_at.unix(),
                    now.unix(),
                ),
            )?;
            drop_oldest(&transaction, channel)?;
        }
        // What is old keeps nothing back any more; the latest is kept, unless it says what goes without saying.
        transaction.execute(
            "DELETE FROM alarms_told WHERE at <= ?1 AND (state = 'cleared' OR number <
             (SELECT MAX(number) FROM alarms_told AS later
              WHERE later.channel = alarms_told.channel AND later.alarm = alarms_told.alarm))",
            [now.unix() - ONCE_SECONDS],
        )?;
        transaction.commit()?;
        Ok(news.len())
    }

    /// What a channel is to be told: what it is, the state that is told, and the alarm.
    fn news(&self, now: Time, told: &Told<'_>, raised: &[Raised]) -> Result<Vec<(&'static str, String, Last)>, Error> {
        let Known { last, lately } = self.told(now, told.channel)?;
        let held = |id: &str, state: &str| lately.iter().any(|(alarm, told)| alarm == id && told == state);
        let mut news = Vec::new();
        for Raised { alarm, raised_at, .. } in raised.iter().filter(|raised| raised.alarm.id != told.without) {
            let state = format!("{} {}", alarm.severity, alarm.mark);
            let known = last.get(&alarm.id).filter(|last| last.state != CLEARED);
            let what = match known {
                None if AlarmSeverity::of(&alarm.severity) < told.least => continue,
                None => "raised",
                Some(last) if last.state == state => continue,
                Some(_) => "changed",
            };
            if !held(&alarm.id, &state) {
                let last = Last { state: state.clone(), alarm: alarm.clone(), raised_at: *raised_at };
                news.push((what, state, last));
            }
        }
        for (id, last) in last {
            let stands = raised.iter().any(|raised| raised.alarm.id == id);
            if !stands && last.state != CLEARED && !held(&id, CLEARED) {
                news.push(("cleared", CLEARED.to_owned(), last));
            }
        }
        Ok(news)
    }

    /// What a channel was last told of each alarm, and what it was told within the hour.
    fn told(&self, now: Time, channel: &str) -> Result<Known, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM alarms_told WHERE channel = ?1 ORDER BY number")?;
        let mut rows = statement.query([channel])?;
        let mut known = Known::default();
        while let Some(row) = rows.next()? {
            let (state, at): (String, i64) = (row.get("state")?, row.get("at")?);
            let alarm = alarm_of(row)?;
            if (now.unix() - ONCE_SECONDS + 1..=now.unix()).contains(&at) {
                known.lately.push((alarm.id.clone(), state.clone()));
            }
            let raised_at = Time::from_unix(row.get("raised_at")?);
            known.last.insert(alarm.id.clone(), Last { state, alarm, raised_at });
        }
        Ok(known)
    }

    /// Messages that are to be sent now by a channel, of one alarm only the first that nobody has. Those come last that were tried last, so
    /// that one which is never taken holds up no other. No pause is longer than an hour: who waits for longer was given it by
    /// a clock that has been put back.
    pub(crate) fn due_deliveries(&self, channel: &str, now: Time) -> Result<Vec<Delivery>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND channel = ?2
             AND (next_at <= ?1 OR next_at > ?1 + 3600) AND NOT EXISTS
             (SELECT 1 FROM deliveries AS before WHERE before.state = 'waiting' AND before.channel = deliveries.channel
              AND before.alarm = deliveries.alarm AND before.number < deliveries.number
              AND (before.owed IS NULL OR deliveries.owed IS NOT NULL))
             ORDER BY tried_at NULLS FIRST, number",
        )?;
        let due = statement.query_map((now.unix(), channel), Delivery::from_row)?;
        let mut due = due.collect::<Result<Vec<_>, _>>()?;
        let raised = self.alarms()?;
        for delivery in &mut due {
            delivery.behind = self.owed_before(delivery)?;
            let stands = raised.iter().find(|raised| {
                let Raised { alarm, raised_at, .. } = raised;
                let is_it = alarm.id == delivery.alarm.id && alarm.severity == delivery.alarm.severity;
                is_it && *raised_at == delivery.raised_at && delivery.what != "cleared"
            });
            delivery.acknowledged = stands.and_then(|raised| raised.acknowledged.clone());
        }
        Ok(due)
    }

    fn owed_before(&self, delivery: &Delivery) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT owed FROM deliveries WHERE state = 'waiting' AND channel = ?1 AND alarm = ?2 AND number < ?3
             AND owed IS NOT NULL",
        )?;
        let owed = statement.query_map((&delivery.channel, &delivery.alarm.id, delivery.number), |row| {
            Ok(owed(row.get("owed")?).map(|owed| owed.to))
        })?;
        let owed: Vec<Option<Vec<String>>> = owed.collect::<Result<_, _>>()?;
        Ok(owed.into_iter().flatten().flatten().collect())
    }

    /// When the next message is to be sent by a channel.
    pub(crate) fn next_delivery(&self, channel: &str) -> Result<Option<Time>, Error> {
        let first = "SELECT MIN(next_at) FROM deliveries WHERE state = 'waiting' AND channel = ?1";
        let next = self.connection.query_row(first, [channel], |row| row.get::<_, Option<i64>>(0))?;
        Ok(next.map(Time::from_unix))
    }

    /// The latest messages, the last one first.
    pub(crate) fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM deliveries ORDER BY number DESC LIMIT ?1")?;
        let all = statement.query_map([limit], Delivery::from_row)?.collect::<Result<_, _>>()?;
        Ok(all)
    }

    /// How many messages wait.
    pub(crate) fn waiting_deliveries(&self) -> Result<i64, Error> {
        let waiting = "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'";
        Ok(self.connection.query_row(waiting, [], |row| row.get(0))?)
    }

    /// The channels that fail, each with what it said last: what waits was tried `attempts` times, or the latest was given up.
    pub(crate) fn failing_channels(&self, attempts: u32) -> Result<Vec<(String, String)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT channel, outcome, MAX(tried_at) FROM deliveries AS tried WHERE what != 'test' AND
             (state = 'waiting' AND attempts >= ?1 OR state = 'failed' AND NOT EXISTS (SELECT 1 FROM deliveries AS later
              WHERE later.channel = tried.channel AND later.state = 'sent' AND later.tried_at >= tried.tried_at))
             GROUP BY channel",
        )?;
        let failing = statement.query_map([attempts], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(failing.collect::<Result<_, _>>()?)
    }

    /// Keeps what came of an attempt. If it failed, the others of the channel wait with it; if some have it, only what some have.
    pub(crate) fn keep_attempt(&mut self, now: Time, delivery: &Delivery, attempt: &Attempt) -> Result<(), Error> {
        let (state, next, outcome, left) = match attempt {
            Attempt::Sent(said) => ("sent", None, said, None),
            Attempt::Again(at, why) => ("waiting", Some(at.unix()), why, None),
            Attempt::Partly(at, why, owed) => ("waiting", Some(at.unix()), why, serde_json::to_string(owed).ok()),
            Attempt::GivenUp(why) => ("failed", None, why, None),
        };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE deliveries SET state = ?2, attempts = attempts + 1, tried_at = ?3, next_at = ?4, outcome = ?5,
             owed = COALESCE(?6, owed) WHERE number = ?1 AND state = 'waiting'",
            (delivery.number, state, now.unix(), next, outcome, &left),
        )?;
        transaction.execute(
            "UPDATE deliveries SET next_at = MAX(next_at, ?2) WHERE state = 'waiting' AND channel = ?1 AND ?2 IS NOT NULL
             AND (?3 IS NULL OR owed IS NOT NULL)",
            (&delivery.channel, next, &left),
        )?;
        Ok(transaction.commit()?)
    }

    /// A secret of a channel, if it is for this destination.
    pub(crate) fn delivery_secret(&self, name: &str, destination: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let sealed = self
            .connection
            .query_row(
                "SELECT sealed FROM delivery_secrets WHERE name = ?1 AND destination = ?2",
                (name, destination),
                |row| row.get::<_, Vec<u8>>(0),
            )
            .optional()?;
        Ok(sealed.and_then(|sealed| self.key.open(&place(name, destination), &sealed).ok()))
    }
}

impl Change<'_> {
    /// Keeps a secret, sealed, in place of the former one. It opens for its destination alone.
    pub(crate) fn keep_delivery_secret(&self, name: &str, destination: &str, secret: &[u8]) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT OR REPLACE INTO delivery_secrets (name, destination, sealed) VALUES (?1, ?2, ?3)",
            (name, destination, self.key.seal(&place(name, destination), secret)),
        )?;
        Ok(())
    }

    /// Whether there is a secret of a name.
    pub(crate) fn has_delivery_secret(&self, name: &str) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM delivery_secrets WHERE name = ?1)";
        Ok(self.transaction.query_row(sql, [name], |row| row.get(0))?)
    }

    /// Forgets the secrets of a name, but for one destination.
    pub(crate) fn forget_delivery_secret(&self, name: &str, but_for: Option<&str>) -> Result<(), Error> {
        self.transaction
            .execute("DELETE FROM delivery_secrets WHERE name = ?1 AND destination IS NOT ?2", (name, but_for))?;
        Ok(())
    }

    /// What waits is tried at once: by one channel, or by all.
    pub(crate) fn retry_deliveries(&self, channel: Option<&str>) -> Result<(), Error> {
        self.transaction.execute(
            "UPDATE deliveries SET next_at = ?2 WHERE state = 'waiting' AND (?1 IS NULL OR channel = ?1)",
            (channel, self.now.unix()),
        )?;
        Ok(())
    }

    /// Keeps a message by which a channel was tried, with what came of it.
    pub(crate) fn keep_test_delivery(&self, channel: &str, alarm: &Alarm, ok: bool, said: &str) -> Result<(), Error> {
        let number = insert(&self.transaction, self.now, channel, "test", alarm, self.now)?;
        self.transaction.execute(
            "UPDATE deliveries SET state = ?2, attempts = 1, tried_at = made_at, next_at = NULL, outcome = ?3
             WHERE number = ?1",
            (number, if ok { "sent" } else { "failed" }, said),
        )?;
        drop_oldest(&self.transaction, channel)
    }
}

/// Seals the secrets with another key of the node. One that cannot be unsealed stays as it is.
pub(super) fn seal_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let mut statement = transaction.prepare("SELECT name, destination, sealed FROM delivery_secrets")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    for (name, destination, sealed) in rows.collect::<Result<Vec<_>, _>>()? {
        let place = place(&name, &destination);
        if let Ok(secret) = old.open(&place, &sealed) {
            let update = "UPDATE delivery_secrets SET sealed = ?2 WHERE name = ?1";
            transaction.execute(update, (name, new.seal(&place, &secret)))?;
        }
    }
    Ok(())
}

fn place(name: &str, destination: &str) -> Vec<u8> {
    format!("delivery secret\n{name}\n{destination}").into_bytes()
}

fn insert(
    transaction: &Transaction<'_>,
    now: Time,
    channel: &str,
    what: &str,
    alarm: &Alarm,
    raised_at: Time,
) -> Result<i64, Error> {
    transaction.execute(
        "INSERT INTO deliveries (channel, what, alarm, severity, message, remedy, raised_at, made_at, state, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', ?8)",
        (channel, what, &alarm.id, &alarm.severity, &alarm.message, &alarm.remedy, raised_at.unix(), now.unix()),
    )?;
    Ok(transaction.last_insert_rowid())
}

/// Keeps the queue of a channel and the log within their bounds.
fn drop_oldest(transaction: &Transaction<'_>, channel: &str) -> Result<(), Error> {
    transaction.execute(
        "UPDATE deliveries SET state = 'dropped', next_at = NULL,
         outcome = ?3 || ' ' || outcome
         WHERE state = 'waiting' AND channel = ?1 AND number <= (SELECT number FROM deliveries
         WHERE state = 'waiting' AND channel = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        (channel, WAITING, TOO_MANY),
    )?;
    transaction.execute(
        "DELETE FROM deliveries WHERE state != 'waiting' AND number <= (SELECT number FROM deliveries
         WHERE state != 'waiting' ORDER BY number DESC LIMIT 1 OFFSET ?1)",
        [KEPT],
    )?;
    Ok(())
}

fn alarm_of(row: &Row<'_>) -> rusqlite::Result<Alarm> {
    Ok(Alarm {
        id: row.get("alarm")?,
        severity: row.get("severity")?,
        message: row.get("message")?,
        remedy: row.get("remedy")?,
        mark: String::new(),
    })
}

impl Delivery {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state: String = row.get("state")?;
        let time = |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(name)?.map(Time::from_unix));
        Ok(Self {
            number: row.get("number")?,
            channel: row.get("channel")?,
            what: row.get("what")?,
            alarm: alarm_of(row)?,
            raised_at: Time::from_unix(row.get("raised_at")?),
            made_at: Time::from_unix(row.get("made_at")?),
            state: match state.as_str() {
                "waiting" => DeliveryState::Waiting,
                "sent" => DeliveryState::Sent,
                "failed" => DeliveryState::Failed,
                _ => DeliveryState::Dropped,
            },
            attempts: row.get("attempts")?,
            tried_at: time("tried_at")?,
            next_at: time("next_at")?,
            outcome: row.get("outcome")?,
            owed: owed(row.get("owed")?),
            behind: Vec::new(),
            acknowledged: None,
        })
    }
}

/// What is left of a message. What cannot be read counts as all of it: twice is better than never.
fn owed(text: Option<String>) -> Option<Owed> {
    serde_json::from_str(&text?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Entry;

    const HOUR: i64 = ONCE_SECONDS;

    fn at(seconds: i64) -> Time {
        Time::from_unix(1_800_000_000 + seconds)
    }

    fn alarm(severity: &str) -> Vec<Alarm> {
        let text = |text: &str| text.to_owned();
        vec![Alarm {
            id: text("a"),
            severity: text(severity),
            message: text("m"),
            remedy: text("r"),
            mark: String::new(),
        }]
    }

    struct Case {
        _folder: tempfile::TempDir,
        store: Store,
        least: AlarmSeverity,
    }

    impl Case {
        fn new(least: AlarmSeverity) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
            let mut store = Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap();
            let found = |change: &Change<'_>| {
                change.found_node(b"a temporary CA")?;
                change.keep_delivery_secret("smtp", "mail:587 u", b"a password that nobody finds")?;
                Ok::<_, Error>(((), Entry::new("founded", "for the tests")))
            };
            store.change(at(0), "node", found).unwrap();
            Self { _folder: folder, store, least }
        }

        /// What is told when the alarms are these at a time.
        fn told(&mut self, seconds: i64, alarms: &[Alarm]) -> Vec<String> {
            let before = self.store.deliveries(1).unwrap().first().map_or(0, |last| last.number);
            self.store.set_alarms(at(seconds), alarms).unwrap();
            let told = Told { channel: "smtp", least: self.least, without: "own".into() };
            self.store.queue_deliveries(at(seconds), &[told]).unwrap();
            let new = self.store.deliveries(1000).unwrap().into_iter().filter(|one| one.number > before);
            new.map(|one| format!("{} {}", one.what, one.alarm.severity)).collect()
        }
    }

    #[test]
    fn the_same_is_told_once_in_an_hour_and_what_stands_then_is_told_after_it() {
        let mut case = Case::new(AlarmSeverity::Notice);
        assert_eq!(case.told(0, &alarm("warning")), ["raised warning"]);
        assert_eq!(case.told(60, &alarm("warning")), [""; 0]);
        assert_eq!(case.told(120, &[]), ["cleared warning"]);
        assert_eq!(case.told(180, &alarm("warning")), [""; 0], "it was told within the hour");
        assert_eq!(case.told(240, &[]), [""; 0], "and is as it was told");
        assert_eq!(case.told(300, &alarm("warning")), [""; 0]);
        assert_eq!(case.told(HOUR, &alarm("warning")), ["raised warning"], "the hour is over, and it stands");
        assert_eq!(case.told(HOUR + 1, &alarm("alert")), ["changed alert"], "another severity is news");
        assert_eq!(case.told(HOUR + 2, &alarm("warning")), [""; 0]);
        assert_eq!(case.told(2 * HOUR, &alarm("warning")), ["changed warning"]);
        assert_eq!(case.told(2 * HOUR + 1, &[]), ["cleared warning"]);
        assert_eq!(case.told(9 * HOUR, &[]), [""; 0]);
        // A clock that was put back holds nothing back.
        assert_eq!(case.told(-9 * HOUR, &alarm("alert")), ["raised alert"]);
    }

    #[test]
    fn mild_alarms_are_not_told_unless_they_were_severe() {
        let mut case = Case::new(AlarmSeverity::Alert);
        assert_eq!(case.told(0, &alarm("warning")), [""; 0]);
        assert_eq!(case.told(1, &[]), [""; 0]);
        assert_eq!(case.told(2, &alarm("critical")), ["raised critical"]);
        assert_eq!(case.told(3, &alarm("notice")), ["changed notice"]);
        assert_eq!(case.told(4, &[]), ["cleared notice"]);
        let own = Alarm { id: "own".into(), ..alarm("critical").remove(0) };
        assert_eq!(case.told(5, &[own]), [""; 0], "a channel is not told that it fails");
    }

    #[test]
    fn the_queue_is_bounded_and_says_what_it_dropped_and_a_channel_that_is_off_drops_all() {
        let mut case = Case::new(AlarmSeverity::Notice);
        for hour in 0..WAITING + 5 {
            let severity = if hour % 2 == 0 { "warning" } else { "alert" };
            assert_eq!(case.told(hour * HOUR, &alarm(severity)).len(), 1);
        }
        let all = case.store.deliveries(1000).unwrap();
        let dropped: Vec<&Delivery> = all.iter().filter(|one| one.state == DeliveryState::Dropped).collect();
        assert_eq!((case.store.waiting_deliveries().unwrap(), dropped.len()), (200, 5));
        assert!(dropped.iter().all(|one| one.number <= 5 && one.outcome.contains("more than 200")));
        let due = case.store.due_deliveries("smtp", at(i64::from(i32::MAX))).unwrap();
        assert_eq!(due.iter().map(|one| one.number).collect::<Vec<_>>(), [6], "of one alarm one after the other");
        case.store.queue_deliveries(at(0), &[]).unwrap();
        assert_eq!((case.store.waiting_deliveries().unwrap(), case.store.next_delivery("smtp").unwrap()), (0, None));
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_no_message_waiting_for_longer_than_an_hour() {
        let mut case = Case::new(AlarmSeverity::Notice);
        let due = |case: &Case, seconds: i64| case.store.due_deliveries("smtp", at(seconds)).unwrap();
        let year = 365 * 24 * HOUR;
        assert_eq!(case.told(year, &alarm("warning")), ["raised warning"]);
        let first = due(&case, year).remove(0);
        case.store.keep_attempt(at(year), &first, &Attempt::Again(at(year + HOUR), "away".into())).unwrap();
        assert_eq!((due(&case, year).len(), due(&case, year + HOUR).len()), (0, 1));
        assert_eq!(due(&case, 0).len(), 1, "a year ago nobody could have meant to wait so long");
        assert!(case.store.due_deliveries("webhook", at(0)).unwrap().is_empty());
    }

    #[test]
    fn a_secret_is_sealed_for_its_destination_and_under_another_key_too() {
        let mut case = Case::new(AlarmSeverity::Notice);
        case.store.change_key(at(0), "admin", NodeKey::random().unwrap()).unwrap();
        let secret = |store: &Store, destination: &str| store.delivery_secret("smtp", destination).unwrap();
        assert_eq!(secret(&case.store, "mail:587 u").unwrap().as_slice(), b"a password that nobody finds");
        assert!(secret(&case.store, "evil:587 u").is_none());
        case.store.connection.execute("UPDATE delivery_secrets SET destination = 'evil:587 u'", []).unwrap();
        assert!(secret(&case.store, "evil:587 u").is_none(), "it opens nowhere else");
    }
}
