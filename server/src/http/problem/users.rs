//! Refusals that have to do with users, their second factors and their tokens.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::{SecondFactorRefusal, TokenRefusal, UserRefusal};

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
            UserRefusal::OwnAccount(_) => Self::new(StatusCode::CONFLICT, "own-account", "Nobody may be left", text),
            UserRefusal::Overtaken => {
                Self::new(StatusCode::CONFLICT, "user-changed", "The account was changed meanwhile", text)
            }
            UserRefusal::Password(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "poor-password", "The password is not good enough", text)
            }
        }
    }
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        match refusal {
            TokenRefusal::Name | TokenRefusal::Days | TokenRefusal::NoUser => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "new-token", "The token was not made", text)
            }
            TokenRefusal::Taken { .. } | TokenRefusal::TooMany | TokenRefusal::Disabled(_) => {
                Self::new(StatusCode::CONFLICT, "new-token", "The token was not made", text)
            }
            TokenRefusal::NotOwn => Self::new(StatusCode::FORBIDDEN, "token-user", "It would be another user's", text),
            TokenRefusal::Scope(_) => {
                Self::new(StatusCode::FORBIDDEN, "token-scope", "The token would do more than its user", text)
            }
            TokenRefusal::Unknown => Self::not_found(text),
            TokenRefusal::NotKnown => Self::new(StatusCode::UNAUTHORIZED, "token", "The token lets nobody in", text),
            TokenRefusal::Expired(..) => {
                Self::new(StatusCode::UNAUTHORIZED, "token-expired", "The token has ended", text)
            }
        }
    }
}

impl From<SecondFactorRefusal> for Problem {
    fn from(refusal: SecondFactorRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        match refusal {
            SecondFactorRefusal::Missing => {
                Self::new(StatusCode::UNAUTHORIZED, "second-factor", "A code is needed too", text)
            }
            SecondFactorRefusal::Wrong => Self::new(StatusCode::FORBIDDEN, "wrong-code", "The code does not do", text),
            SecondFactorRefusal::NotBegun | SecondFactorRefusal::On | SecondFactorRefusal::Off => {
                Self::new(StatusCode::CONFLICT, "second-factor-state", "The second factor stays as it is", text)
            }
        }
    }
}
