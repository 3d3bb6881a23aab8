//! The alarms that are raised now.

use certway_core::Time;

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
}

impl Store {
    /// The alarms, each with the time since when it is raised, oldest first.
    pub(crate) fn alarms(&self) -> Result<Vec<(Alarm, Time)>, Error> {
        let mut statement = self.connection.prepare("SELECT * FROM alarms ORDER BY raised_at, id")?;
        let alarms = statement
            .query_map([], |row| {
                let alarm = Alarm {
                    id: row.get("id")?,
                    severity: row.get("severity")?,
                    message: row.get("message")?,
                    remedy: row.get("remedy")?,
                };
                Ok((alarm, Time::from_unix(row.get("raised_at")?)))
            })?
            .collect::<Result<_, _>>()?;
        Ok(alarms)
    }

    /// Raises and clears alarms so that exactly `wanted` are raised. An alarm that stays keeps its time.
    pub(crate) fn set_alarms(&mut self, now: Time, wanted: &[Alarm]) -> Result<(), Error> {
        let raised: Vec<Alarm> = self.alarms()?.into_iter().map(|(alarm, _)| alarm).collect();
        for old in raised.iter().filter(|old| wanted.iter().all(|alarm| alarm.id != old.id)) {
            self.change(now, "node", |change| {
                change.transaction.execute("DELETE FROM alarms WHERE id = ?1", [&old.id])?;
                Ok::<_, Error>(((), Entry::new("alarm-cleared", format!("{}: {}", old.id, old.message))))
            })?;
        }
        for alarm in wanted.iter().filter(|alarm| !raised.contains(alarm)) {
            self.change(now, "node", |change| {
                change.raise(alarm)?;
                Ok::<_, Error>(((), Entry::new("alarm-raised", format!("{}: {}", alarm.id, alarm.message))))
            })?;
        }
        Ok(())
    }
}

impl Change<'_> {
    fn raise(&self, alarm: &Alarm) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO alarms (id, severity, message, remedy, raised_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, message = excluded.message,
                remedy = excluded.remedy",
            (&alarm.id, &alarm.severity, &alarm.message, &alarm.remedy, self.now.unix()),
        )?;
        Ok(())
    }
}
