//! Refusals of what was asked about alarms.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::AlarmRefusal;

impl From<AlarmRefusal> for Problem {
    fn from(refusal: AlarmRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        let (kind, title) = match refusal {
            AlarmRefusal::NotRaised(_) => return Self::not_found(text),
            AlarmRefusal::Note => ("alarm-note", "The alarm was not acknowledged"),
            AlarmRefusal::ExpiryWarnings(_) => ("expiry-warnings", "The days of warning were not taken"),
            AlarmRefusal::Delivery(_) => ("alarm-delivery", "The settings were not taken"),
            AlarmRefusal::ChannelOff(_) => {
                return Self::new(StatusCode::CONFLICT, "channel-off", "The channel is not set", text);
            }
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, text)
    }
}
