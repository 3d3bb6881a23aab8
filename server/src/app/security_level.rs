//! What the node takes for an acceptable level of security.

use std::sync::Arc;

use certway_core::SecurityLevel;
use certway_wire::security::{SecurityLevel as Name, SecurityLevels};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::{App, alarms};
use crate::clock;
use crate::store::{self, Alarm, Entry, Setting, Store};

/// The level, as the store keeps it.
#[derive(Default, Serialize, Deserialize)]
struct Chosen {
    level: Name,
}

impl Setting for Chosen {
    const NAME: &'static str = "security-level";
}

/// The level that was chosen. One that was changed behind the node's back does not count, and raises an alarm.
pub(super) fn of(store: &Store, found: &mut Vec<Alarm>) -> Result<SecurityLevel, Error> {
    found.retain(|alarm| alarm.id != alarms::setting_changed_id(Chosen::NAME));
    match store.setting::<Chosen>() {
        Ok(chosen) => Ok(chosen.level.into()),
        Err(store::Error::Damaged(what)) => {
            tracing::error!(what, "the level of security is the standard one");
            found.push(alarms::setting_changed(Chosen::NAME, "The standard level of security is in force."));
            Ok(SecurityLevel::default())
        }
        Err(error) => Err(error.into()),
    }
}

impl App {
    /// The level in force.
    pub(super) fn security_level(&self) -> SecurityLevel {
        **self.security_level.load()
    }

    /// Every level, and which is in force.
    pub(crate) fn security_levels(&self) -> SecurityLevels {
        SecurityLevels::with(self.security_level())
    }

    /// Asks another level from now on; everything that is stored is judged by it.
    pub(crate) fn set_security_level(&self, actor: &str, level: Name) -> Result<SecurityLevels, Error> {
        let change = self.changing();
        let level = SecurityLevel::from(level);
        self.store().change(clock::now(), actor, |change| {
            change.set(&Chosen { level: level.into() })?;
            Ok::<_, Error>(((), Entry::new("security-level-set", level.name())))
        })?;
        self.security_level.store(Arc::new(level));
        self.found_at_start().retain(|alarm| alarm.id != alarms::setting_changed_id(Chosen::NAME));
        self.reload_trust(&change)?;
        self.refresh_or_log(&change);
        Ok(self.security_levels())
    }
}
