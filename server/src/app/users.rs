//! Users: added, given a role, disabled, removed, given a password. One administrator who can sign in is always left.

use std::sync::Arc;

use certway_wire::sign_in::SignInMode;
use certway_wire::users::{NewUser, Role, User as ShownUser, UserChange, Users};
use zeroize::Zeroizing;

use super::error::Error;
use super::passwords::{NewPassword, PasswordHash, Unacceptable};
use super::sessions::SignedIn;
use super::throttle::Source;
use super::{App, blocking};
use crate::clock;
use crate::store::{Change, Entry, User};

/// More than any name of a person or of a certificate has.
const LONGEST_NAME: usize = 64;
/// What events name who is no user.
const ACTORS: [&str; 4] = ["terminal", "node", "cluster", "unknown"];

/// Why nothing was changed of a user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserRefusal {
    /// Nobody can be called so.
    #[error(
        "'{0}' is no user name: it has 1 to 64 letters, digits and . - _ @ +, begins with a letter or a digit, and is none of terminal, node, cluster and unknown"
    )]
    Name(String),
    /// Somebody is called so, upper and lower case aside.
    #[error("there is a user '{0}' already")]
    Taken(String),
    /// Nobody is called so.
    #[error("there is no user '{0}'")]
    Unknown(String),
    /// Nobody would be left who may add users.
    #[error(
        "'{0}' is the only administrator who can sign in; make another user an administrator first, or everybody is locked out"
    )]
    LastAdministrator(String),
    /// Who signs in by certificate alone cannot tell whether another administrator can.
    #[error(
        "administrators sign in by certificate alone, so that nobody may be left who can: let another administrator do that to '{0}', or ask for passwords again first"
    )]
    OwnAccount(String),
    /// The session has ended while the password was changed.
    #[error("an administrator has changed this account meanwhile")]
    Overtaken,
    /// The password is not good enough.
    #[error("{0}")]
    Password(Unacceptable),
}

impl App {
    /// All users.
    pub(crate) fn users(&self) -> Result<Users, Error> {
        let users = self.store().users()?;
        Ok(Users { users: users.iter().map(shown).collect() })
    }

    /// Adds a user.
    pub(crate) async fn add_user(self: &Arc<Self>, actor: String, new: NewUser) -> Result<Users, Error> {
        let NewUser { username, role, password } = new;
        let password = Zeroizing::new(password);
        if !is_name(&username) {
            return Err(UserRefusal::Name(username).into());
        }
        let hash = self.hashed(password).await?;
        let app = Arc::clone(self);
        blocking(move || {
            app.store().change(clock::now(), &actor, |change| {
                if let Some(user) = change.users()?.into_iter().find(|user| user.name.eq_ignore_ascii_case(&username)) {
                    return Err(UserRefusal::Taken(user.name).into());
                }
                change.add_user(&username, role, &hash.salt, &hash.hash)?;
                Ok::<_, Error>(((), Entry::new("user-added", format!("{username}, {role}"))))
            })?;
            app.users()
        })
        .await
    }

    /// Changes what a user may do. Disabling ends every session of the user.
    pub(crate) fn change_user(&self, actor: &str, name: &str, wanted: UserChange) -> Result<Users, Error> {
        if wanted.disabled == Some(true) || wanted.role.is_some_and(|role| role != Role::Administrator) {
            self.somebody_else_acts(actor, name)?;
        }
        self.store().change(clock::now(), actor, |change| {
            let user = known(change, name)?;
            let role = wanted.role.unwrap_or(user.role);
            let disabled = wanted.disabled.unwrap_or(user.disabled);
            change.set_user(name, role, disabled)?;
            somebody_is_left(change, name)?;
            let state = if disabled { ", disabled" } else { "" };
            Ok::<_, Error>(((), Entry::new("user-changed", format!("{name}, {role}{state}"))))
        })?;
        self.users()
    }

    /// Removes a user, whose sessions end.
    pub(crate) fn remove_user(&self, actor: &str, name: &str) -> Result<Users, Error> {
        self.somebody_else_acts(actor, name)?;
        self.store().change(clock::now(), actor, |change| {
            known(change, name)?;
            change.remove_user(name)?;
            somebody_is_left(change, name)?;
            Ok::<_, Error>(((), Entry::new("user-removed", name)))
        })?;
        self.users()
    }

    /// Gives a user another password, which ends every session of the user.
    pub(crate) async fn set_user_password(
        self: &Arc<Self>,
        actor: String,
        name: String,
        password: String,
    ) -> Result<Users, Error> {
        let hash = self.hashed(Zeroizing::new(password)).await?;
        let app = Arc::clone(self);
        blocking(move || {
            app.store().change(clock::now(), &actor, |change| {
                known(change, &name)?;
                change.set_password(&name, &hash.salt, &hash.hash)?;
                Ok::<_, Error>(((), Entry::new("password-set", format!("of {name}"))))
            })?;
            app.users()
        })
        .await
    }

    /// Gives who is signed in another password, if the present one is right. Every other session of the user ends.
    pub(crate) async fn set_own_password(
        self: &Arc<Self>,
        source: Source,
        session: SignedIn,
        current: String,
        new: String,
    ) -> Result<(), Error> {
        self.confirm(source, session.clone(), current).await?;
        let hash = self.hashed(Zeroizing::new(new)).await?;
        let app = Arc::clone(self);
        blocking(move || {
            let name = session.username.as_str();
            let user = app.store().change(clock::now(), &session.actor, |change| {
                let user = known(change, name)?;
                // An administrator may have set another one meanwhile, or disabled the user: then that counts.
                if user.generation != session.generation || user.disabled {
                    return Err(UserRefusal::Overtaken.into());
                }
                change.set_password(name, &hash.salt, &hash.hash)?;
                Ok::<_, Error>((known(change, name)?, Entry::new("password-changed", "")))
            })?;
            app.sessions.renew(&session, user.generation);
            Ok(())
        })
        .await
    }

    /// Where certificates alone sign administrators in, whether a user's certificate would is known of who is signed in, and of
    /// nobody else. So nobody shuts themselves out, and one who can sign in is left.
    fn somebody_else_acts(&self, actor: &str, name: &str) -> Result<(), Error> {
        let by_certificate = self.sign_in.rules.load().settings().mode == SignInMode::Authentication;
        // A token's user stands before the token.
        if by_certificate && actor.split(' ').next() == Some(name) {
            return Err(UserRefusal::OwnAccount(name.to_owned()).into());
        }
        Ok(())
    }

    /// What to keep of a password that is good enough.
    async fn hashed(self: &Arc<Self>, password: Zeroizing<String>) -> Result<PasswordHash, Error> {
        let password = NewPassword::chosen(&password).map_err(UserRefusal::Password)?;
        let _room = self.hashing.acquire().await.map_err(|closed| Error::GivenUp(closed.to_string()))?;
        blocking(move || password.hash()).await
    }
}

fn shown(user: &User) -> ShownUser {
    ShownUser {
        username: user.name.clone(),
        role: user.role,
        disabled: user.disabled,
        second_factor: user.second_factor.is_some(),
    }
}

/// Whether a user, or a token, can be called so: it stands in events and in a header between nodes.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@+".contains(&byte);
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(fits)
        && !ACTORS.iter().any(|actor| name.eq_ignore_ascii_case(actor))
}

pub(super) fn known(change: &Change<'_>, name: &str) -> Result<User, Error> {
    Ok(change.user(name)?.ok_or_else(|| UserRefusal::Unknown(name.to_owned()))?)
}

/// Refuses a change that leaves nobody who may add users. What was done to `name` in it is undone then.
fn somebody_is_left(change: &Change<'_>, name: &str) -> Result<(), Error> {
    let users = change.users()?;
    if users.iter().any(|user| user.role == Role::Administrator && !user.disabled) {
        return Ok(());
    }
    Err(UserRefusal::LastAdministrator(name.to_owned()).into())
}
