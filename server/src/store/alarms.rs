//! The alarms that are raised now.

use certway_core::Time;
use rusqlite::Row;

use super::{Change, Entry, Error, Store};

/// Something that an administrator should mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// What it is about; there is one alarm of a kind at a time.
    pub(crate) id: String,
    /// `critical`, `alert`, `warning` or `notice`.
    pub(crate) severity: String,
    /// What is the case.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
    /// What counts as news of it when it changes, beside the severity: the warning that is reached. Nobody is shown it.
    pub(crate) mark: String,
}

/// An alarm that is raised.
pub(crate) struct Raised {
    pub(crate) alarm: Alarm,
    pub(crate) raised_at: Time,
    pub(crate) acknowledged: Option<Acknowledged>,
}

/// Somebody has taken note of an alarm.
#[derive(Clone)]
pub(crate) struct Acknowledged {
    pub(crate) by: String,
    pub(crate) at: Time,
    pub(crate) note: String,
}

impl Store {
    /// The alarms, oldest first.
    pub(crate) fn alarms(&self) -> Result<Vec<Raised>, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM alarms ORDER BY raised_at, id")?;
        let alarms = statement.query_map([], Raised::from_row)?.collect::<Result<_, _>>()?;
        Ok(alarms)
    }

    /// Raises and clears alarms so that exactly `wanted` are raised. An alarm that stays keeps its time, and who took note of
    /// it as long as its severity stays.
    pub(crate) fn set_alarms(&mut self, now: Time, wanted: &[Alarm]) -> Result<(), Error> {
        let raised: Vec<Alarm> = self.alarms()?.into_iter().map(|raised| raised.alarm).collect();
        for old in raised.iter().filter(|old| wanted.iter().all(|alarm| alarm.id != old.id)) {
            self.change(now, "node", |change| {
                change.transaction.execute("DELETE FROM alarms WHERE id = ?1", [&old.id])?;
                Ok::<_, Error>(((), Entry::new("alarm-cleared", format!("{}: {}", old.id, old.message))))
            })?;
        }
        for alarm in wanted.iter().filter(|alarm| !raised.contains(alarm)) {
            let is_new = raised.iter().all(|old| old.id != alarm.id);
            let action = if is_new { "alarm-raised" } else { "alarm-changed" };
            self.change(now, "node", |change| {
                change.raise(alarm)?;
                Ok::<_, Error>(((), Entry::new(action, format!("{}: {}", alarm.id, alarm.message))))
            })?;
        }
        Ok(())
    }
}

impl Change<'_> {
    fn raise(&self, alarm: &Alarm) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO alarms (id, severity, message, remedy, raised_at, mark) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, message = excluded.message,
                remedy = excluded.remedy, mark = excluded.mark,
                acknowledged_by = CASE WHEN severity = excluded.severity THEN acknowledged_by END",
            (&alarm.id, &alarm.severity, &alarm.message, &alarm.remedy, self.now.unix(), &alarm.mark),
        )?;
        Ok(())
    }

    /// Somebody takes note of an alarm; gives whether it is raised.
    pub(crate) fn acknowledge_alarm(&self, id: &str, by: &str, note: &str) -> Result<bool, Error> {
        let changed = self.transaction.execute(
            "UPDATE alarms SET acknowledged_by = ?2, acknowledged_at = ?3, note = ?4 WHERE id = ?1",
            (id, by, self.now.unix(), note),
        )?;
        Ok(changed > 0)
    }
}

impl Raised {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let acknowledged = match row.get("acknowledged_by")? {
            Some(by) => {
                Some(Acknowledged { by, at: Time::from_unix(row.get("acknowledged_at")?), note: row.get("note")? })
            }
            None => None,
        };
        Ok(Self {
            alarm: Alarm {
                id: row.get("id")?,
                severity: row.get("severity")?,
                message: row.get("message")?,
                remedy: row.get("remedy")?,
                mark: row.get("mark")?,
            },
            raised_at: Time::from_unix(row.get("raised_at")?),
            acknowledged,
        })
    }
}
