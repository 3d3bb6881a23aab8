//! Signing in and out, and giving the password again before what is dangerous.

use std::net::IpAddr;
use std::sync::Arc;

use certway_core::decode_certificates;
use certway_wire::node::Session;
use certway_wire::sign_in::{ClientCertificateTest, SignInMode};

use super::error::Error;
use super::second_factor::{self, SecondFactorRefusal};
use super::sessions::{Ending, SignedIn, TERMINAL, sha256};
use super::sign_in_rules::{SignInRefusal, named};
use super::throttle::Source;
use super::{App, origin, passwords};
use crate::clock;
use crate::seal::to_hex;
use crate::store::{Change, Entry, Store, User};
use crate::tls::Shown;

/// Longer passwords cannot be set, so they need not be hashed.
const LONGEST_PASSWORD: usize = 1024;

/// Where somebody wants to sign in from.
pub(crate) struct Caller {
    /// What attempts are counted by.
    pub(crate) source: Source,
    /// The address.
    pub(crate) address: IpAddr,
    /// The client certificate of the connection.
    pub(crate) shown: Option<Arc<Shown>>,
    /// The session that the caller had before.
    pub(crate) before: Option<SignedIn>,
}

/// A session that has begun.
pub(crate) struct Begun {
    /// Goes into the cookie, and is kept nowhere.
    pub(crate) token: String,
    /// Marks the browser as one that has signed in before.
    pub(crate) device: String,
    /// What may be told of it.
    pub(crate) session: Session,
}

impl App {
    /// Begins a session, if name and password are right, and the code where the user has a second factor. A session that the caller had before ends.
    pub(crate) async fn sign_in(
        self: &Arc<Self>,
        from: Caller,
        username: String,
        password: String,
        code: Option<String>,
    ) -> Result<Begun, Error> {
        self.passwords.turn(from.source).await.map_err(Error::TooManyAttempts)?;
        self.may_try_password(&username, from.shown.as_deref(), from.address).await?;
        let user = self.verify(username.clone(), password).await?;
        let code = code.filter(|code| !code.is_empty());
        if code.is_some() && user.as_ref().is_some_and(|user| user.second_factor.is_some()) {
            let source = Source::User(sha256(username.as_bytes()));
            self.codes.turn(source).await.map_err(Error::TooManyAttempts)?;
        }
        let app = Arc::clone(self);
        blocking(move || {
            let Some(user) = user else {
                app.refuse_guess(&username, from.address, "")?;
                return Err(Error::WrongCredentials);
            };
            let address = from.address;
            let begun = app.begin(&user, from, |change| second_factor::check(change, &user.name, code.as_deref()));
            if let Err(Error::SecondFactor(SecondFactorRefusal::Wrong)) = &begun {
                app.refuse_sign_in(&username, address, " with a wrong code of the second factor")?;
            }
            begun
        })
        .await
    }

    /// Begins a session of the user whom the connection's client certificate names. No password is asked for.
    pub(crate) async fn sign_in_by_certificate(self: &Arc<Self>, from: Caller) -> Result<Begun, Error> {
        self.passwords.turn(from.source).await.map_err(Error::TooManyAttempts)?;
        if self.settled_mode().await? != SignInMode::Authentication {
            return Err(SignInRefusal::ByPassword.into());
        }
        let test = self.judgement(from.shown.as_deref(), ()).await?;
        let app = Arc::clone(self);
        blocking(move || {
            let user = match named(&test) {
                Some(name) => app.store().user(name)?.filter(|user| !user.disabled),
                None => None,
            };
            let Some(user) = user else {
                app.refuse_guess("unknown", from.address, " with a client certificate")?;
                return Err(SignInRefusal::Certificate(Box::new(ClientCertificateTest::clone(&test))).into());
            };
            app.begin(&user, from, |_| Ok(()))
        })
        .await
    }

    /// What a client certificate is needed for: `certway reset-password` may have opened the door again.
    async fn settled_mode(self: &Arc<Self>) -> Result<SignInMode, Error> {
        let app = Arc::clone(self);
        blocking(move || {
            app.settle_sign_in();
            Ok(app.sign_in_settings().mode)
        })
        .await
    }

    /// Where a client certificate is needed, nobody guesses passwords without one.
    async fn may_try_password(
        self: &Arc<Self>,
        username: &str,
        shown: Option<&Shown>,
        address: IpAddr,
    ) -> Result<(), Error> {
        if self.settled_mode().await? == SignInMode::Authentication {
            return Err(SignInRefusal::ByCertificate.into());
        }
        let Err(refused) = self.admit(shown, username).await else { return Ok(()) };
        let (app, username) = (Arc::clone(self), username.to_owned());
        let recorded = blocking(move || app.refuse_guess(&username, address, " for want of a client certificate"));
        if let Err(error) = recorded.await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
        Err(refused)
    }

    /// All guesses are counted; of one source no more are recorded than [`super::throttle::STRANGERS`] says.
    fn refuse_guess(&self, username: &str, address: IpAddr, why: &str) -> Result<(), Error> {
        if self.strangers.may(Source::of(address)) {
            return self.refuse_sign_in(username, address, why);
        }
        self.metrics.sign_ins_refused.add();
        Ok(())
    }

    fn refuse_sign_in(&self, username: &str, address: IpAddr, why: &str) -> Result<(), Error> {
        self.metrics.sign_ins_refused.add();
        let mut store = self.store();
        // A password typed into the wrong field must not end up in the log.
        let actor = if store.user(username)?.is_some() { username } else { "unknown" };
        let entry = Entry::new("sign-in-refused", format!("from {address}{why}"));
        Ok(store.record(clock::now(), actor, entry)?)
    }

    fn begin(
        &self,
        user: &User,
        from: Caller,
        besides: impl FnOnce(&Change<'_>) -> Result<(), Error>,
    ) -> Result<Begun, Error> {
        let (username, now) = (user.name.clone(), clock::now());
        self.store().change(now, &username, |change| {
            besides(change)?;
            Ok::<_, Error>(((), Entry::new("signed-in", format!("from {}", from.address))))
        })?;
        if let Some(before) = from.before {
            self.sessions.end(&before);
        }
        self.metrics.sign_ins.add();
        let revision = self.sign_in.rules.load().revision;
        let certificate = from.shown.and_then(|shown| {
            let (_, leaf) = decode_certificates(shown.pem.as_bytes()).into_iter().next()?;
            Some(Ending { not_after: leaf.not_after, subject: leaf.subject })
        });
        let (token, expires_at) = self.sessions.begin(&username, user.generation, revision, certificate, now)?;
        let second_factor = user.second_factor.is_some();
        let session = Session { username, role: user.role, second_factor, expires_at: expires_at.to_string() };
        Ok(Begun { token, device: self.new_device()?, session })
    }

    /// Counts the session as confirmed, if the password is right.
    pub(crate) async fn confirm(
        self: &Arc<Self>,
        source: Source,
        session: SignedIn,
        password: String,
    ) -> Result<(), Error> {
        self.passwords.turn(source).await.map_err(Error::TooManyAttempts)?;
        let right = self.verify(session.username.clone(), password).await?.is_some();
        let app = Arc::clone(self);
        blocking(move || {
            let action = if right { "session-confirmed" } else { "session-confirmation-refused" };
            app.store().record(clock::now(), &session.actor, Entry::new(action, ""))?;
            if !right {
                return Err(Error::WrongPassword);
            }
            app.sessions.confirm(&session);
            Ok(())
        })
        .await
    }

    /// Ends a session. It is over whatever the disk says, so a full one is no reason to keep the answer back.
    pub(crate) fn sign_out(&self, session: &SignedIn) {
        self.sessions.end(session);
        if let Err(error) = self.store().record(clock::now(), &session.actor, Entry::new("signed-out", "")) {
            tracing::error!(%error, user = session.username, "that a user signed out could not be recorded");
        }
    }

    /// The session of a cookie's token, if it lasts, its user is not disabled and the password still the same. Whether the connection may
    /// go on with it is another question: [`App::admit`].
    pub(crate) fn session(&self, token: &str) -> Result<Option<SignedIn>, Error> {
        let Some(mut session) = self.sessions.find(token) else { return Ok(None) };
        let user = self.store().user(&session.username)?;
        if let Some(user) = user.filter(|user| user.generation == session.generation && !user.disabled) {
            session.role = user.role;
            session.second_factor = user.second_factor.is_some();
            return Ok(Some(session));
        }
        self.sessions.end(&session);
        Ok(None)
    }

    /// Somebody who is let in at another node, in no other role than here; nobody, if there is no such user here who may sign in.
    ///
    /// Who was removed or disabled is so at once at the node that knows it, whichever node is asked first. Who was added a moment ago, and is not
    /// known here yet, is refused with it: that lasts a second, and what is refused can be asked again. Who is at the terminal of a node of the
    /// cluster is no user.
    pub(crate) fn let_in_here(&self, mut introduced: SignedIn) -> Result<Option<SignedIn>, Error> {
        if introduced.username == TERMINAL {
            return Ok(Some(introduced));
        }
        let user = self.store().user(&introduced.username)?.filter(|user| !user.disabled);
        Ok(user.map(|user| {
            introduced.role = introduced.role.min(user.role);
            introduced
        }))
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

    /// The user, if the password is this one and the user is not disabled.
    async fn verify(self: &Arc<Self>, username: String, password: String) -> Result<Option<User>, Error> {
        let _room = self.hashing.acquire().await.map_err(|closed| Error::GivenUp(closed.to_string()))?;
        let app = Arc::clone(self);
        blocking(move || {
            let user = app.store().user(&username)?;
            if password.len() > LONGEST_PASSWORD {
                return Ok(None);
            }
            let expected = user.as_ref().map(|user| (user.salt.as_slice(), user.hash.as_slice()));
            let right = passwords::verify(&password, expected)?;
            Ok(user.filter(|user| right && !user.disabled))
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
    match tokio::task::spawn_blocking(origin::carried(work)).await {
        Ok(result) => result,
        Err(error) => Err(Error::GivenUp(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::damage::a_node;
    use super::*;
    use crate::store::Wanted;

    #[test]
    fn guesses_do_not_fill_the_log() {
        let (_folder, app) = a_node();
        let recorded = |app: &App| {
            let events = app.store().events(&Wanted::default(), 1000).unwrap();
            events.iter().filter(|event| event.action == "sign-in-refused").count()
        };
        for _ in 0..300 {
            app.refuse_guess("admin", IpAddr::from([192, 0, 2, 1]), "").unwrap();
        }
        // Some may have come back in the time that this took.
        assert!((100..120).contains(&recorded(&app)), "{}", recorded(&app));
        let before = recorded(&app);
        app.refuse_guess("admin", IpAddr::from([192, 0, 2, 2]), "").unwrap();
        // Whoever has the password is told of, however often it is tried.
        app.refuse_sign_in("admin", IpAddr::from([192, 0, 2, 1]), " with a wrong code of the second factor").unwrap();
        assert_eq!(recorded(&app), before + 2);
    }
}
