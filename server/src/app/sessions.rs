//! Who is signed in. Kept in memory: a restart of the node ends every session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::Time;

use super::error::Error;
use crate::clock;
use crate::seal::to_hex;
use crate::tls::Shown;

/// A session that is not used ends.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// A session ends, used or not.
const LONGEST: Duration = Duration::from_secs(8 * 3600);
/// How long a confirmation with the password counts.
const CONFIRMED: Duration = Duration::from_secs(5 * 60);
/// More sessions than any node has administrators; the one idle for longest makes room.
const SESSIONS: usize = 1000;

/// Who did what was done on the terminal of the node's own machine.
pub(crate) const TERMINAL: &str = "terminal";

/// Sessions under the hash of their token: who reads the memory's dump finds no token.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<Id, Session>>);

type Id = [u8; 32];

/// Durations are measured by the monotonic clock, so that no change of the time of day lengthens a session.
struct Session {
    username: String,
    generation: i64,
    revision: u64,
    begun: Instant,
    used: Instant,
    confirmed: Option<Instant>,
    expires_at: Time,
    certificate: Option<Ending>,
}

/// The client certificate that somebody has signed in with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ending {
    pub(super) not_after: Time,
    pub(super) subject: String,
}

/// A session in use.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// None at the terminal, where there are no sessions.
    id: Option<Id>,
    pub(crate) username: String,
    pub(super) generation: i64,
    /// The number of the rules by which it was begun.
    pub(super) revision: u64,
    pub(crate) expires_at: Time,
    /// Whether the password was given again a short time ago.
    pub(crate) confirmed: bool,
    /// The client certificate of the connection that it is used on.
    pub(crate) shown: Option<Arc<Shown>>,
}

impl SignedIn {
    /// Who is at the terminal of the node's own machine.
    pub(crate) fn at_terminal() -> Self {
        Self {
            id: None,
            username: TERMINAL.to_owned(),
            generation: 0,
            revision: 0,
            expires_at: clock::now(),
            confirmed: true,
            shown: None,
        }
    }

    /// Who is signed in at another node of the cluster.
    pub(crate) fn at_another_node(username: &str, confirmed: bool) -> Self {
        Self { id: Some(Id::default()), username: username.to_owned(), confirmed, ..Self::at_terminal() }
    }

    /// Whether this is the terminal, which nobody can be locked out of.
    pub(super) fn is_at_terminal(&self) -> bool {
        self.id.is_none()
    }
}

impl Sessions {
    /// Begins a session; gives its token, which is never kept.
    pub(super) fn begin(
        &self,
        username: &str,
        generation: i64,
        revision: u64,
        certificate: Option<Ending>,
        now: Time,
    ) -> Result<(String, Time), Error> {
        let mut random = [0; 32];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::NoRandomness)?;
        let token = to_hex(&random).to_string();
        let begun = Instant::now();
        let expires_at = Time::from_unix(now.unix().saturating_add(LONGEST.as_secs().cast_signed()));
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.lasts(begun));
        if sessions.len() >= SESSIONS
            && let Some(idlest) = sessions.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| *id)
        {
            sessions.remove(&idlest);
        }
        sessions.insert(
            id_of(&token),
            Session {
                username: username.to_owned(),
                generation,
                revision,
                begun,
                used: begun,
                confirmed: None,
                expires_at,
                certificate,
            },
        );
        Ok((token, expires_at))
    }

    /// The session of a token, which counts as used by this.
    pub(super) fn find(&self, token: &str) -> Option<SignedIn> {
        let id = id_of(token);
        let now = Instant::now();
        let mut sessions = self.lock();
        let session = sessions.get_mut(&id)?;
        if !session.lasts(now) {
            sessions.remove(&id);
            return None;
        }
        session.used = now;
        Some(SignedIn {
            id: Some(id),
            username: session.username.clone(),
            generation: session.generation,
            revision: session.revision,
            expires_at: session.expires_at,
            confirmed: session.confirmed.is_some_and(|confirmed| now.duration_since(confirmed) < CONFIRMED),
            shown: None,
        })
    }

    pub(super) fn confirm(&self, session: &SignedIn) {
        if let Some(id) = session.id
            && let Some(session) = self.lock().get_mut(&id)
        {
            session.confirmed = Some(Instant::now());
        }
    }

    /// The certificate that ends first of those that somebody is signed in with.
    pub(super) fn first_to_end(&self) -> Option<Ending> {
        let now = Instant::now();
        let sessions = self.lock();
        let last = sessions.values().filter(|session| session.lasts(now));
        last.filter_map(|session| session.certificate.clone()).min()
    }

    pub(super) fn end(&self, session: &SignedIn) {
        if let Some(id) = session.id {
            self.lock().remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Session>> {
        // Every step above leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn lasts(&self, now: Instant) -> bool {
        now.duration_since(self.used) < IDLE && now.duration_since(self.begun) < LONGEST
    }
}

fn id_of(token: &str) -> Id {
    let mut id = Id::default();
    id.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    id
}
