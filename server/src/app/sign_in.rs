//! Signing in and out, and giving the password again before what is dangerous.

use std::net::IpAddr;
use std::sync::Arc;

use certway_core::Time;

use super::error::Error;
use super::sessions::SignedIn;
use super::throttle::Source;
use super::{ADMINISTRATOR, App, passwords};
use crate::clock;
use crate::seal::to_hex;
use crate::store::{Entry, Store};

/// Longer passwords cannot be set, so they need not be hashed.
const LONGEST_PASSWORD: usize = 1024;

/// A session that has begun.
pub(crate) struct Begun {
    /// Goes into the cookie, and is kept nowhere.
    pub(crate) token: String,
    /// Marks the browser as one that has signed in before.
    pub(crate) device: String,
    /// When it ends at the latest.
    pub(crate) expires_at: Time,
}

impl App {
    /// Begins a session, if name and password are right. A session that the caller had before ends.
    pub(crate) async fn sign_in(
        self: &Arc<Self>,
        source: Source,
        address: IpAddr,
        username: String,
        password: String,
        before: Option<SignedIn>,
    ) -> Result<Begun, Error> {
        let generation = self.verify(source, username.clone(), password).await?;
        let app = Arc::clone(self);
        blocking(move || {
            let Some(generation) = generation else {
                app.metrics.sign_ins_refused.add();
                // A password typed into the wrong field must not end up in the log.
                let actor = if username == ADMINISTRATOR { ADMINISTRATOR } else { "unknown" };
                app.store().record(clock::now(), actor, Entry::new("sign-in-refused", format!("from {address}")))?;
                return Err(Error::WrongCredentials);
            };
            app.store().record(clock::now(), &username, Entry::new("signed-in", format!("from {address}")))?;
            if let Some(before) = before {
                app.sessions.end(&before);
            }
            app.metrics.sign_ins.add();
            let (token, expires_at) = app.sessions.begin(&username, generation, clock::now())?;
            Ok(Begun { token, device: app.new_device()?, expires_at })
        })
        .await
    }

    /// Counts the session as confirmed, if the password is right.
    pub(crate) async fn confirm(
        self: &Arc<Self>,
        source: Source,
        session: SignedIn,
        password: String,
    ) -> Result<(), Error> {
        let right = self.verify(source, session.username.clone(), password).await?.is_some();
        let app = Arc::clone(self);
        blocking(move || {
            let action = if right { "session-confirmed" } else { "session-confirmation-refused" };
            app.store().record(clock::now(), &session.username, Entry::new(action, ""))?;
            if !right {
                return Err(Error::WrongPassword);
            }
            app.sessions.confirm(&session);
            Ok(())
        })
        .await
    }

    /// Ends a session.
    pub(crate) fn sign_out(&self, session: &SignedIn) -> Result<(), Error> {
        self.sessions.end(session);
        Ok(self.store().record(clock::now(), &session.username, Entry::new("signed-out", ""))?)
    }

    /// The session of a cookie's token, if it lasts and its user's password is still the same.
    pub(crate) fn session(&self, token: &str) -> Result<Option<SignedIn>, Error> {
        let Some(session) = self.sessions.find(token) else { return Ok(None) };
        let user = self.store().user(&session.username)?;
        if user.is_some_and(|user| user.generation == session.generation) {
            return Ok(Some(session));
        }
        self.sessions.end(&session);
        Ok(None)
    }

    /// Records that a call with a session was refused since it seemed to come from another site.
    pub(crate) fn refuse_cross_site(&self, session: &SignedIn, what: &str) {
        self.record_refusal(&session.username, "cross-site-refused", what);
    }

    /// Whether a device's mark is one that this node has given.
    pub(crate) fn device(&self, mark: &str) -> Option<Source> {
        let (name, signature) = mark.split_once('.')?;
        let expected = to_hex(&sign_device(&self.store(), name));
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).ok()?;
        let mut device = [0; 16];
        device.copy_from_slice(name.as_bytes().get(..16)?);
        Some(Source::Device(device))
    }

    fn new_device(&self) -> Result<String, Error> {
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::NoRandomness)?;
        let name = to_hex(&random);
        Ok(format!("{}.{}", *name, *to_hex(&sign_device(&self.store(), &name))))
    }

    /// The generation of the user's password, if it is this one.
    async fn verify(
        self: &Arc<Self>,
        source: Source,
        username: String,
        password: String,
    ) -> Result<Option<i64>, Error> {
        self.passwords.turn(source).await.map_err(Error::TooManyAttempts)?;
        let _room = self.hashing.acquire().await.map_err(|closed| Error::GivenUp(closed.to_string()))?;
        let app = Arc::clone(self);
        blocking(move || {
            let user = app.store().user(&username)?;
            if password.len() > LONGEST_PASSWORD {
                return Ok(None);
            }
            let expected = user.as_ref().map(|user| (user.salt.as_slice(), user.hash.as_slice()));
            let right = passwords::verify(&password, expected)?;
            Ok(user.filter(|_| right).map(|user| user.generation))
        })
        .await
    }
}

fn sign_device(store: &Store, name: &str) -> Vec<u8> {
    store.sign(&[b"device", name.as_bytes()])
}

/// Runs work that takes a while, or waits for the disk, off the threads that serve connections.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::GivenUp(error.to_string())),
    }
}
