//! Who is signed in. Kept in memory: a restart of the node ends every session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::Time;
use certway_wire::users::Role;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::Error;
use crate::clock;
use crate::seal::to_hex;
use crate::tls::Shown;
use crate::totp::SECRET_BYTES;

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
    /// What the user's app was offered as a second factor, and has not shown yet that it has it.
    offered: Option<Offered>,
}

/// The secret of a second factor.
pub(super) type Offered = Zeroizing<[u8; SECRET_BYTES]>;

/// The client certificate that somebody has signed in with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ending {
    pub(super) not_after: Time,
    pub(super) subject: String,
}

/// By what somebody is let in.
#[derive(Clone, Debug)]
enum By {
    /// By being at the terminal of the node's own machine.
    Terminal,
    /// By being let in at another node of the cluster.
    AnotherNode,
    Session(Id),
    Token,
}

/// Who is let in at one node of the cluster, as it tells another.
#[derive(Serialize, Deserialize)]
pub(crate) struct Introduction {
    username: String,
    actor: String,
    role: Role,
    confirmed: bool,
    can_confirm: bool,
}

/// Somebody who is let in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    by: By,
    pub(crate) username: String,
    /// What events name.
    pub(crate) actor: String,
    /// What the user may do.
    pub(crate) role: Role,
    /// Whether the user gives a code beside the password.
    pub(crate) second_factor: bool,
    pub(super) generation: i64,
    /// The number of the rules by which it was begun.
    pub(super) revision: u64,
    pub(crate) expires_at: Time,
    /// Whether the password was given again a short time ago, or need not be.
    pub(crate) confirmed: bool,
    /// Whether the password can be given again. A program with a token knows none.
    pub(crate) can_confirm: bool,
    /// The client certificate of the connection that it is used on.
    pub(crate) shown: Option<Arc<Shown>>,
}

impl SignedIn {
    /// Who is at the terminal of the node's own machine.
    pub(crate) fn at_terminal() -> Self {
        Self {
            by: By::Terminal,
            username: TERMINAL.to_owned(),
            actor: TERMINAL.to_owned(),
            role: Role::Administrator,
            second_factor: false,
            generation: 0,
            revision: 0,
            expires_at: clock::now(),
            confirmed: true,
            can_confirm: true,
            shown: None,
        }
    }

    /// A change of the cluster's certificates, which somebody has begun who was let in.
    pub(crate) fn by_change(actor: &str) -> Self {
        Self { actor: actor.to_owned(), ..Self::at_terminal() }
    }

    /// Who is let in at another node of the cluster.
    pub(crate) fn introduced(by: Introduction) -> Self {
        let Introduction { username, actor, role, confirmed, can_confirm } = by;
        Self { by: By::AnotherNode, username, actor, role, confirmed, can_confirm, ..Self::at_terminal() }
    }

    /// What another node of the cluster is told.
    pub(crate) fn introduction(&self) -> Introduction {
        let Self { username, actor, role, confirmed, can_confirm, .. } = self.clone();
        Introduction { username, actor, role, confirmed, can_confirm }
    }

    /// A program that calls in the name of a user. It is spared the password where it may do everything.
    pub(super) fn by_token(username: &str, token: &str, role: Role, expires_at: Time) -> Self {
        Self {
            by: By::Token,
            username: username.to_owned(),
            actor: format!("{username} by token {token}"),
            role,
            expires_at,
            confirmed: role == Role::Administrator,
            can_confirm: false,
            ..Self::at_terminal()
        }
    }

    /// Whether somebody has signed in at this node.
    pub(crate) fn has_session(&self) -> bool {
        matches!(self.by, By::Session(_))
    }

    /// Whether this is the terminal, which nobody can be locked out of.
    pub(crate) fn is_at_terminal(&self) -> bool {
        matches!(self.by, By::Terminal)
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
            sha256(token.as_bytes()),
            Session {
                username: username.to_owned(),
                generation,
                revision,
                begun,
                used: begun,
                confirmed: None,
                expires_at,
                certificate,
                offered: None,
            },
        );
        Ok((token, expires_at))
    }

    /// The session of a token, which counts as used by this. What its user may do is in the store.
    pub(super) fn find(&self, token: &str) -> Option<SignedIn> {
        let id = sha256(token.as_bytes());
        let now = Instant::now();
        let mut sessions = self.lock();
        let session = sessions.get_mut(&id)?;
        if !session.lasts(now) {
            sessions.remove(&id);
            return None;
        }
        session.used = now;
        Some(SignedIn {
            by: By::Session(id),
            username: session.username.clone(),
            actor: session.username.clone(),
            // The least there is, until the store has been asked.
            role: Role::Auditor,
            second_factor: false,
            generation: session.generation,
            revision: session.revision,
            expires_at: session.expires_at,
            confirmed: session.confirmed.is_some_and(|confirmed| now.duration_since(confirmed) < CONFIRMED),
            can_confirm: true,
            shown: None,
        })
    }

    pub(super) fn confirm(&self, session: &SignedIn) {
        if let By::Session(id) = &session.by
            && let Some(session) = self.lock().get_mut(id)
        {
            session.confirmed = Some(Instant::now());
        }
    }

    /// Lets a session last although its user's password has changed: in it that was done.
    pub(super) fn renew(&self, session: &SignedIn, generation: i64) {
        if let By::Session(id) = &session.by
            && let Some(session) = self.lock().get_mut(id)
        {
            session.generation = generation;
        }
    }

    /// Keeps what is offered in a session as a second factor, in the place of what was offered before.
    pub(super) fn offer(&self, session: &SignedIn, secret: Offered) {
        self.set_offered(session, Some(secret));
    }

    /// What was offered in a session, and neither taken nor withdrawn.
    pub(super) fn offered(&self, session: &SignedIn) -> Option<Offered> {
        let By::Session(id) = &session.by else { return None };
        self.lock().get(id)?.offered.clone()
    }

    pub(super) fn withdraw_offer(&self, session: &SignedIn) {
        self.set_offered(session, None);
    }

    fn set_offered(&self, session: &SignedIn, offered: Option<Offered>) {
        if let By::Session(id) = &session.by
            && let Some(session) = self.lock().get_mut(id)
        {
            session.offered = offered;
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
        if let By::Session(id) = &session.by {
            self.lock().remove(id);
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

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}
/// The name of the user in whose name somebody acts, by a token or not.
pub(super) fn user_of(actor: &str) -> &str {
    actor.split(' ').next().unwrap_or(actor)
}
