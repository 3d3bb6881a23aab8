//! How what a node says of its users and of their tokens is read.

use certway_wire::tokens::{MadeToken, Token, Tokens};
use certway_wire::users::{RecoveryCodes, Role, SecondFactorOffer, User, Users};

use super::{fields, words};

words!(Role { "auditor" = Auditor, "operator" = Operator, "administrator" = Administrator });
fields!(Users { users });
fields!(User { username, role, disabled, second_factor });
fields!(SecondFactorOffer { secret, uri });
fields!(RecoveryCodes { codes });
fields!(Tokens { tokens });
fields!(Token { id, name, username, scope, made_at, expires_at, expired });
fields!(MadeToken { secret, token });
