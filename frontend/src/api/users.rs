//! Typed calls to the node about users, about who is signed in, and about tokens.
//!
//! A user's name and a token's id need no escaping in a path: the node takes letters, digits and `. - _ @ +` only.

use certway_wire::tokens::{MadeToken, Tokens};
use certway_wire::users::{RecoveryCodes, SecondFactorOffer, Users};
use wasm_bindgen::JsValue;

use super::{Api, Call, changed, done};
use crate::json::quoted;

impl Api {
    pub(crate) fn users(self) -> Call<Users> {
        self.read("/users")
    }

    /// What changes a user, and is answered by all of them: `method` and path below `/users`. Without fields `json` is empty; with them they are
    /// those of the messages in `certway_wire::users`.
    pub(crate) fn change_users(self, method: &'static str, path: &str, json: &str) -> Call<Users> {
        changed(self.with_fields(method, &format!("/users{path}"), json))
    }

    pub(crate) fn set_own_password(self, current: &str, new: &str) -> Call<()> {
        // The fields are those of `certway_wire::users::OwnPassword`.
        let body = format!(r#"{{"current":{},"new":{}}}"#, quoted(current), quoted(new));
        done(self.json("PUT", "/session/password", &body))
    }

    pub(crate) fn offer_second_factor(self) -> Call<SecondFactorOffer> {
        changed(self.text("POST", "/session/second-factor", JsValue::UNDEFINED, None))
    }

    pub(crate) fn begin_second_factor(self, code: &str) -> Call<RecoveryCodes> {
        // The field is that of `certway_wire::users::SecondFactorCode`.
        changed(self.json("PUT", "/session/second-factor", &format!(r#"{{"code":{}}}"#, quoted(code))))
    }

    pub(crate) fn end_second_factor(self) -> Call<()> {
        self.change("DELETE", "/session/second-factor")
    }

    pub(crate) fn tokens(self) -> Call<Tokens> {
        self.read("/tokens")
    }

    /// The fields are those of `certway_wire::tokens::NewToken`.
    pub(crate) fn make_token(self, json: &str) -> Call<MadeToken> {
        changed(self.json("POST", "/tokens", json))
    }

    pub(crate) fn revoke_token(self, id: &str) -> Call<Tokens> {
        changed(self.text("DELETE", &format!("/tokens/{id}"), JsValue::UNDEFINED, None))
    }
}
