//! Tokens, by which programs call in the name of a user: made, known again, revoked.

use certway_core::Time;
use certway_wire::tokens::{MadeToken, NewToken, Token as ShownToken, Tokens};
use certway_wire::users::Role;

use super::App;
use super::error::Error;
use super::sessions::{SignedIn, sha256};
use super::users::{is_name, known};
use crate::clock;
use crate::seal::to_hex;
use crate::store::{Entry, Token};

/// What a token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "certway_";
const LONGEST_DAYS: u16 = 365;
const DAY: i64 = 24 * 3600;
/// More than any cluster has programs.
const TOKENS: usize = 500;

/// Why a token was not made, or does not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenRefusal {
    /// No token can be called so.
    #[error("a token's name has 1 to 64 letters, digits and . - _ @ +, and begins with a letter or a digit")]
    Name,
    /// The user has another one that is called so.
    #[error("there is a token '{name}' of {user} already; revoke it first, or take another name")]
    Taken {
        /// Whose it would be.
        user: String,
        /// What it would be called.
        name: String,
    },
    /// It would be somebody else's.
    #[error("one makes tokens for oneself only; on the node itself `certway tokens make` makes one for any user")]
    NotOwn,
    /// The terminal is no user.
    #[error("a token belongs to a user; say to which")]
    NoUser,
    /// Its user is not let in.
    #[error("'{0}' is disabled, and so would be the token")]
    Disabled(String),
    /// It would do more than its user.
    #[error("a token can have at most the role of its user as its scope; that is {0}")]
    Scope(Role),
    /// It lasts too long, or not at all.
    #[error("a token lasts 1 to {LONGEST_DAYS} days")]
    Days,
    /// There are too many.
    #[error("there are {TOKENS} tokens, which is all that are kept; revoke those that are not used")]
    TooMany,
    /// There is none.
    #[error("there is no such token")]
    Unknown,
    /// It lets nobody in.
    #[error(
        "the token is not known: it was revoked, its user was removed or disabled, or it never was one. Make another one"
    )]
    NotKnown,
    /// It has ended.
    #[error("the token '{0}' ended at {1}. Make another one")]
    Expired(String, Time),
}

impl App {
    /// The tokens that somebody may know of: the own ones, and to an administrator all.
    pub(crate) fn tokens(&self, session: &SignedIn) -> Result<Tokens, Error> {
        let now = clock::now();
        let mut tokens = self.store().tokens()?;
        tokens.retain(|token| concerns(session, token));
        Ok(Tokens { tokens: tokens.iter().map(|token| shown(token, now)).collect() })
    }

    /// Makes a token in the name of who is signed in; at the terminal, of any user. Nobody else does that: what the token did would be
    /// told of that user.
    pub(crate) fn make_token(&self, session: &SignedIn, new: NewToken) -> Result<MadeToken, Error> {
        let NewToken { name, username, scope, expires_in_days } = new;
        let user = match username {
            Some(user) if user == session.username || session.is_at_terminal() => user,
            Some(_) => return Err(TokenRefusal::NotOwn.into()),
            None if session.is_at_terminal() => return Err(TokenRefusal::NoUser.into()),
            None => session.username.clone(),
        };
        if !is_name(&name) {
            return Err(TokenRefusal::Name.into());
        }
        if !(1..=LONGEST_DAYS).contains(&expires_in_days) {
            return Err(TokenRefusal::Days.into());
        }
        let secret = format!("{PREFIX}{}", *random_hex::<32>()?);
        let named = (random_hex::<8>()?.to_string(), sha256(secret.as_bytes()).to_vec());
        let now = clock::now();
        let end = Time::from_unix(now.unix() + i64::from(expires_in_days) * DAY);
        let token = Token::new(named, &user, name, scope, (now, end));
        self.store().change(now, &session.actor, |change| {
            let user = known(change, &token.user)?;
            if user.disabled {
                return Err(TokenRefusal::Disabled(user.name).into());
            }
            if scope > user.role {
                return Err(TokenRefusal::Scope(user.role).into());
            }
            let tokens = change.tokens()?;
            if tokens.iter().any(|other| other.user == token.user && other.name == token.name) {
                return Err(TokenRefusal::Taken { user: user.name, name: token.name.clone() }.into());
            }
            if tokens.len() >= TOKENS {
                return Err(TokenRefusal::TooMany.into());
            }
            change.add_token(&token)?;
            let what = format!("{} of {}, {scope}, until {end}", token.name, token.user);
            Ok::<_, Error>(((), Entry::new("token-made", what)))
        })?;
        Ok(MadeToken { secret, token: shown(&token, now) })
    }

    /// Ends a token at once, at every node.
    pub(crate) fn revoke_token(&self, session: &SignedIn, id: &str) -> Result<Tokens, Error> {
        self.store().change(clock::now(), &session.actor, |change| {
            let tokens = change.tokens()?;
            let token = tokens.iter().find(|token| token.id == id && concerns(session, token));
            let token = token.ok_or(TokenRefusal::Unknown)?;
            change.remove_token(id)?;
            Ok::<_, Error>(((), Entry::new("token-revoked", format!("{} of the user {}", token.name, token.user))))
        })?;
        self.tokens(session)
    }

    /// Whom a token lets in.
    pub(crate) fn by_token(&self, secret: &str) -> Result<SignedIn, Error> {
        let found = self.find_token(secret);
        if let Err(Error::Token(refusal)) = &found {
            self.record_stranger("token-refused", refusal.to_string());
        }
        found
    }

    fn find_token(&self, secret: &str) -> Result<SignedIn, Error> {
        let (token, user) = {
            let store = self.store();
            let token = store.token(&sha256(secret.as_bytes()))?.ok_or(TokenRefusal::NotKnown)?;
            let user = store.user(&token.user)?;
            (token, user)
        };
        let user = user.filter(|user| !user.disabled).ok_or(TokenRefusal::NotKnown)?;
        if token.expires_at() <= clock::now() {
            return Err(TokenRefusal::Expired(token.name.clone(), token.expires_at()).into());
        }
        Ok(SignedIn::by_token(&user.name, &token.name, user.role.min(token.scope), token.expires_at()))
    }
}

/// Whether a token is somebody's business.
fn concerns(session: &SignedIn, token: &Token) -> bool {
    session.role == Role::Administrator || token.user == session.username
}

fn shown(token: &Token, now: Time) -> ShownToken {
    ShownToken {
        id: token.id.clone(),
        name: token.name.clone(),
        username: token.user.clone(),
        scope: token.scope,
        made_at: token.made_at().to_string(),
        expires_at: token.expires_at().to_string(),
        expired: token.expires_at() <= now,
    }
}

fn random_hex<const BYTES: usize>() -> Result<zeroize::Zeroizing<String>, Error> {
    let mut random = zeroize::Zeroizing::new([0_u8; BYTES]);
    aws_lc_rs::rand::fill(random.as_mut()).map_err(|_| Error::NoRandomness)?;
    Ok(to_hex(random.as_ref()))
}
