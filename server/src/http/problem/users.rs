//! Refusals that have to do with users.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::UserRefusal;

impl From<UserRefusal> for Problem {
    fn from(refusal: UserRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        match refusal {
            UserRefusal::Name(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "user-name", "Nobody can be called so", text)
            }
            UserRefusal::Taken(_) => Self::new(StatusCode::CONFLICT, "user-exists", "There is one of that name", text),
            UserRefusal::Unknown(_) => Self::not_found(text),
            UserRefusal::LastAdministrator(_) => {
                Self::new(StatusCode::CONFLICT, "last-administrator", "Nobody would be left", text)
            }
            UserRefusal::Password(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "poor-password", "The password is not good enough", text)
            }
        }
    }
}
