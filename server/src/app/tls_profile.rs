//! Which handshakes HTTPS takes.

use certway_wire::tls::{TlsProfile, TlsProfiles};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::{App, alarms};
use crate::clock;
use crate::store::{self, Alarm, Entry, Setting, Store};
use crate::tls::profile_details;

/// The profile, as the store keeps it.
#[derive(Default, Serialize, Deserialize)]
struct Chosen {
    profile: TlsProfile,
}

impl Setting for Chosen {
    const NAME: &'static str = "tls-profile";
}

/// The profile that was chosen. One that was changed behind the node's back does not count: it would open what was shut.
pub(super) fn of(store: &Store, found: &mut Vec<Alarm>) -> Result<TlsProfile, Error> {
    found.retain(|alarm| alarm.id != alarms::setting_changed_id(Chosen::NAME));
    match store.setting::<Chosen>() {
        Ok(chosen) => Ok(chosen.profile),
        Err(store::Error::Damaged(what)) => {
            tracing::error!(what, "the TLS profile is 'modern'");
            found.push(alarms::setting_changed(Chosen::NAME, "The profile 'modern' is in force: TLS 1.3 only."));
            Ok(TlsProfile::Modern)
        }
        Err(error) => Err(error.into()),
    }
}

impl App {
    /// Every profile, and the one in force.
    pub(crate) fn tls_profiles(&self) -> TlsProfiles {
        TlsProfiles { profile: self.handshakes().profile(), profiles: TlsProfile::ALL.map(profile_details).to_vec() }
    }

    /// Takes handshakes of another profile from the next one on. Connections from before end with the requests that are under way.
    pub(crate) fn set_tls_profile(&self, actor: &str, profile: TlsProfile) -> Result<TlsProfiles, Error> {
        let change = self.changing();
        self.store().change(clock::now(), actor, |change| {
            change.set(&Chosen { profile })?;
            Ok::<_, Error>(((), Entry::new("tls-profile-set", profile.name())))
        })?;
        self.handshakes().take(profile)?;
        self.found_at_start().retain(|alarm| alarm.id != alarms::setting_changed_id(Chosen::NAME));
        self.refresh_or_log(&change);
        Ok(self.tls_profiles())
    }
}
