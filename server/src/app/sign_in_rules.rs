//! What administrators need for signing in: the password, a client certificate, or both.

use certway_wire::sign_in::SignInSettings;
use serde::{Deserialize, Serialize};

use super::App;
use super::error::Error;
use crate::store::Setting;

/// What is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignInSetting {
    pub(super) settings: SignInSettings,
}

impl Setting for SignInSetting {
    const NAME: &'static str = "administrator-sign-in";
}

impl App {
    /// What is in force.
    pub(crate) fn sign_in_settings(&self) -> Result<SignInSettings, Error> {
        Ok(self.store().setting::<SignInSetting>()?.settings)
    }
}
