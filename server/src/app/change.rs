//! The change of the cluster's server certificates: planned from what the nodes have, begun, led, carried out, shown.
//!
//! What is to be done next is decided by `certway-rollout` alone; here its commands reach nodes, and what nodes say and what is seen of
//! them reaches it.

mod agent;
mod leader;
mod material;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use certway_core::Time;
use certway_rollout as rollout;
use certway_wire::{Severity, change as wire};
use tokio::sync::Notify;

use super::cluster::ClusterRefusal;
use super::error::Error;
use super::sessions::SignedIn;
use super::what_breaks::Breaking;
use super::{App, blocking};
use crate::clock;
use crate::cluster::etcd::Transacted;
use crate::cluster::{LatestChange, Planned, Records, Standing};
use crate::store::{self, Entry};

pub(crate) use agent::Order;
pub(super) use agent::Permits;
pub(crate) use material::Asked;

/// How often it is tried to move a change that another node moves at the same moment.
const ATTEMPTS: usize = 20;
/// So many lines of its log are kept, the latest.
const LINES: usize = 4000;

/// What there is beside etcd and the store.
#[derive(Default)]
pub(super) struct Change {
    /// The latest change as it was last seen.
    latest: ArcSwapOption<LatestChange>,
    /// Whether it was looked at in etcd since the node was started.
    seen: AtomicBool,
    /// Who leads it, as it was last seen.
    leader: ArcSwapOption<String>,
    /// It has moved.
    moved: Notify,
    /// Commands are carried out one after the other.
    carrying: std::sync::Mutex<()>,
    /// Whom this node would refuse, although it should be in Enforce by now.
    held: ArcSwap<Vec<String>>,
}

/// Why a change stands against something, or is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeRefusal {
    /// One runs.
    #[error("a change of the cluster's certificates is under way; wait for its end, or abort it")]
    Runs,
    /// The plan does not go.
    #[error("the change was not begun: {}", .0.join("; "))]
    NotBegun(Vec<String>),
    /// A decision that is not open.
    #[error("'{0}' is not to be decided now")]
    NotNow(String),
    /// Something else moves it all the time.
    #[error("the change is moved by others all the time; try again")]
    Overtaken,
}

impl App {
    /// What each step of a change would do, judged on what the nodes have. Nothing is changed.
    pub(crate) async fn plan_change(self: &Arc<Self>, new: &wire::NewChange) -> Result<wire::ChangeOffer, Error> {
        let (_, offer) = self.propose_change(new, 1).await?;
        let Breaking { breaks, notes } = self.what_breaks_at_nodes(new, &offer.specification).await;
        Ok(wire::ChangeOffer { breaks, notes, ..wire::ChangeOffer::from(&offer) })
    }

    /// Begins a change, unless its last step would lock out whoever begins it.
    pub(crate) async fn begin_change(
        self: &Arc<Self>,
        session: &SignedIn,
        new: &wire::NewChange,
    ) -> Result<wire::Changes, Error> {
        let actor = session.actor.as_str();
        let records = self.records_of_cluster().await?;
        let latest = records.latest_change().await?;
        if latest.as_ref().is_some_and(|latest| latest.standing.state.end.is_none()) {
            return Err(ChangeRefusal::Runs.into());
        }
        let now = clock::now();
        let after = latest.as_ref().map_or(0, |latest| latest.standing.change);
        // A node knows an old command from a new one by the number, also if etcd was emptied meanwhile.
        let number = now.unix().unsigned_abs().max(after + 1);
        let (gathered, offer) = self.propose_change(new, number).await?;
        let plan = if new.without_permissive {
            offer.without_permissive.ok_or_else(|| {
                let why = "no order keeps Enforce all the time; take the specification's";
                ChangeRefusal::NotBegun(vec![why.to_owned()])
            })?
        } else {
            offer.specification
        };
        let state =
            plan.begin(latest.as_ref().map(|latest| &latest.standing.state)).map_err(|why| not_begun(&plan, &why))?;
        self.stay_in(session, new, &plan).await?;
        let standing = Standing { change: number, state, log: Vec::new() };
        let planned = Planned {
            plan,
            credentials: gathered.credentials,
            clients: gathered.clients,
            cas: gathered.cas,
            by: actor.to_owned(),
            at: now.unix(),
        };
        match records.begin_change(latest.as_ref(), &planned, &standing).await? {
            Transacted::Done(_) => {}
            Transacted::Conflict => return Err(ChangeRefusal::Runs.into()),
        }
        self.record_event(actor, "change-begun", format!("change {number}")).await?;
        self.look_at_change(&records).await?;
        Ok(self.changes())
    }

    /// Refuses a change after whose last step whoever begins it could not sign in again.
    async fn stay_in(
        self: &Arc<Self>,
        session: &SignedIn,
        new: &wire::NewChange,
        plan: &rollout::Plan,
    ) -> Result<(), Error> {
        let (app, session, append) = (Arc::clone(self), session.clone(), new.append.clone());
        let delete: Vec<String> = plan.delete.iter().map(|ca| ca.0.clone()).collect();
        blocking(move || {
            let trust = app.trust.load().with(append.as_bytes()).without(&delete);
            let stays = app.keep_in_with(&session, &trust, &app.crls.load());
            app.record_lock_out(&session, "change-begun", stays)
        })
        .await
    }

    /// The latest change.
    pub(crate) fn changes(&self) -> wire::Changes {
        let leader = self.change.leader.load_full();
        let shown = self.with_change(|planned, Standing { state, log, .. }| {
            let beginning = wire::Beginning {
                by: planned.by.clone(),
                at: Time::from_unix(planned.at),
                leader: leader.map(|leader| leader.as_ref().clone()),
            };
            wire::RunningChange::new(&planned.plan, state, log, &beginning, now())
        });
        wire::Changes { latest: shown }
    }

    /// Decides something in the change that runs.
    pub(crate) async fn decide_in_change(
        self: &Arc<Self>,
        actor: &str,
        decision: &wire::ChangeDecision,
    ) -> Result<wire::Changes, Error> {
        let refused = || ChangeRefusal::NotNow(decision.choice.clone());
        let choice = decision.choice().ok_or_else(refused)?;
        let records = self.records_of_cluster().await?;
        let event = rollout::Event::Chosen { choice, by: actor.to_owned() };
        if !self.move_change(&records, &event).await?.ok_or_else(refused)? {
            return Err(refused().into());
        }
        self.record_event(actor, "change-decided", decision.choice.clone()).await?;
        Ok(self.changes())
    }

    /// Moves the change by an event. Says whether that was open, and nothing if there is no change.
    async fn move_change(self: &Arc<Self>, records: &Records, event: &rollout::Event) -> Result<Option<bool>, Error> {
        for _ in 0..ATTEMPTS {
            let Some(latest) = records.latest_change().await? else { return Ok(None) };
            let mut state = latest.standing.state.clone();
            let Ok(effects) = state.apply(&latest.planned.plan, event, now()) else { return Ok(Some(false)) };
            if state == latest.standing.state && effects.log.is_empty() {
                self.take_in(records, Some(latest)).await?;
                return Ok(Some(true));
            }
            let mut log = latest.standing.log.clone();
            log.extend(effects.log);
            // A record of etcd has room for 1.5 MiB.
            log.drain(..log.len().saturating_sub(LINES));
            let standing = Standing { change: latest.standing.change, state, log };
            if let Transacted::Done(_) = records.move_change(&latest, &standing).await? {
                self.look_at_change(records).await?;
                return Ok(Some(true));
            }
        }
        Err(ChangeRefusal::Overtaken.into())
    }

    /// Takes in how the change stands.
    pub(super) async fn look_at_change(self: &Arc<Self>, records: &Records) -> Result<(), Error> {
        let latest = records.latest_change().await?;
        let told = |latest: &LatestChange| {
            let state = &latest.standing.state;
            (state.stop.clone(), state.confirm_by, state.end)
        };
        let before = self.change.latest.load_full().map(|latest| told(&latest));
        let now = latest.as_ref().map(told);
        let ended = latest.as_ref().is_some_and(|latest| latest.standing.state.end.is_some());
        if !self.take_in(records, latest).await? || !ended && before == now {
            return Ok(());
        }
        let app = Arc::clone(self);
        blocking(move || {
            if ended {
                app.change_is_over()?;
            }
            if before != now {
                // What the alarms say of it has changed.
                app.refresh_or_log(&app.changing());
            }
            Ok(())
        })
        .await
    }

    /// Knows how the change of a cluster stands, unless the node has left that one since it asked. Says which.
    async fn take_in(self: &Arc<Self>, records: &Records, latest: Option<LatestChange>) -> Result<bool, Error> {
        let (app, cluster) = (Arc::clone(self), records.id().to_owned());
        blocking(move || {
            let store = app.store();
            let is_in = Self::is_in(&store, &cluster)?;
            if is_in {
                app.saw_change(latest);
            }
            Ok(is_in)
        })
        .await
    }

    pub(super) fn saw_change(&self, latest: Option<LatestChange>) {
        self.change.latest.store(latest.map(Arc::new));
        self.change.seen.store(true, Ordering::SeqCst);
        self.change.moved.notify_waiters();
    }

    /// Looks at the latest change, and where it stands. Until etcd was looked at since the start, that is what this node was last told of one.
    fn with_change<T>(&self, look: impl FnOnce(&Planned, &Standing) -> T) -> Option<T> {
        if let Some(latest) = self.change.latest.load_full() {
            return Some(look(&latest.planned, &latest.standing));
        }
        if self.change.seen.load(Ordering::SeqCst) {
            return None;
        }
        let told = Permits::of(&self.store()).inspect_err(|error| tracing::error!(%error, "what was told of a change"));
        let Order { planned, state, .. } = told.ok()?.into_order()?;
        let standing = Standing { change: planned.plan.change, state, log: Vec::new() };
        Some(look(&planned, &standing))
    }

    /// Whether one is under way, as far as this node knows.
    pub(super) fn change_runs(&self) -> bool {
        self.with_change(|_, standing| standing.state.end.is_none()).unwrap_or(false)
    }

    /// Whether one is under way that changes the certificate of this node, as far as it knows.
    pub(super) fn takes_part_in_change(&self) -> bool {
        let takes_part = |planned: &Planned, standing: &Standing| {
            let plan = &planned.plan;
            let place = plan.node(self.name()).and_then(|node| plan.nodes[node.index()].place);
            standing.state.end.is_none() && place.is_some()
        };
        self.with_change(takes_part).unwrap_or(false)
    }

    async fn records_of_cluster(self: &Arc<Self>) -> Result<Records, Error> {
        let app = Arc::clone(self);
        blocking(move || app.records()?.ok_or_else(|| ClusterRefusal::NotMember.into())).await
    }

    async fn record_event(self: &Arc<Self>, actor: &str, action: &'static str, details: String) -> Result<(), Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || Ok::<(), Error>(app.store().record(clock::now(), &actor, Entry::new(action, details))?)).await
    }
}

fn not_begun(plan: &rollout::Plan, why: &rollout::NotBegun) -> Error {
    let shown = wire::sentences(plan, why);
    match why {
        rollout::NotBegun::AnotherRuns => ChangeRefusal::Runs.into(),
        _ => ChangeRefusal::NotBegun(shown).into(),
    }
}

fn now() -> rollout::Time {
    rollout::Time::from_unix(clock::now().unix())
}

/// What went wrong, in words for the log of a change.
fn in_words(error: &Error) -> String {
    match error {
        Error::Store(store::Error::ClusterAway(why)) => why.clone(),
        Error::Refused(report) => {
            let findings = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
            format!("{error}: {}", findings.map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; "))
        }
        error => error.to_string(),
    }
}
