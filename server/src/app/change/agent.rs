//! A node's own part in a change: it carries out commands, says whom it would refuse, and closes Permissive by itself.

use std::sync::Arc;
use std::time::Duration;

use certway_core::Accepted;
use certway_rollout::{
    Action, Agent, CaId, Command, DeadMan, Event, NodeId, Plan, Receipt, Refused, Serving, State, Trust, refuses,
};
use serde::{Deserialize, Serialize};

use super::super::error::Error;
use super::super::sessions::SignedIn;
use super::super::{App, alarms, blocking};
use super::material::credential_of;
use super::{in_words, now};
use crate::clock;
use crate::cluster::Planned;
use crate::store::{self, Alarm, Certificate, Entry, Identity, Load, Setting, Slot, Slots, Store};

/// Who acts, in the event log.
const CHANGE: &str = "change";
/// How often it is tried to change what another node changes at the same moment.
const ATTEMPTS: usize = 10;
/// What is waited for in between.
const AGAIN: Duration = Duration::from_millis(300);
/// How often the dead-man timer is looked at.
const TICK: Duration = Duration::from_secs(1);

/// A command with all that is needed to judge it: it needs no etcd where it is carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(super) planned: Planned,
    /// As it was when the command was sent.
    pub(super) state: State,
    pub(super) command: Command,
}

/// What a node keeps of the change, across restarts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Permits {
    agent: Agent,
    /// The latest command.
    order: Option<Box<Order>>,
    /// Permissive is open here by the change, whatever the mode of the cluster.
    pub(in super::super) permissive: bool,
    /// The certificate that waits for a change, by its SHA-256: it does not load by itself.
    pub(in super::super) waits: Option<String>,
    /// The command for which the node was restarted: its change and its number. A restart may end this node, which is told again then.
    restarted: Option<(u64, u32)>,
}

impl Setting for Permits {
    const NAME: &'static str = "change-at-this-node";
}

impl Permits {
    /// What a store keeps. What was edited permits nothing.
    pub(in super::super) fn of(store: &Store) -> Result<Self, Error> {
        match store.setting() {
            Err(store::Error::Damaged(what)) => {
                tracing::error!(what, "what this node kept of a change does not count");
                Ok(Self::default())
            }
            kept => Ok(kept?),
        }
    }

    /// What is kept by a node that has left its cluster: a certificate that waits for somebody's word waits on.
    pub(in super::super) fn of_no_change(mut self) -> Self {
        self.close();
        Self { order: None, ..self }
    }

    /// The latest command, with the change that it is of.
    pub(super) fn into_order(self) -> Option<Order> {
        self.order.map(|order| *order)
    }

    /// Permissive is open here no more, and no timer runs.
    fn close(&mut self) {
        self.permissive = false;
        self.agent.closed();
    }
}

impl App {
    /// Carries a command of the leader out, and says what came of it; nothing if a newer one has come before it.
    pub(crate) async fn carry_out(self: &Arc<Self>, leader: &str, order: Order) -> Result<Option<Event>, Error> {
        let (app, leader) = (Arc::clone(self), leader.to_owned());
        blocking(move || app.carry_out_now(&leader, order)).await
    }

    fn carry_out_now(self: &Arc<Self>, leader: &str, order: Order) -> Result<Option<Event>, Error> {
        let _one = self.carrying();
        let command = order.command;
        let Command { node, seq, action, .. } = command;
        let mut kept = Permits::of(&self.store())?;
        if order.planned.plan.name(node) != self.name() {
            return Err(Error::GivenUp("the command is for another node".to_owned()));
        }
        match kept.agent.receive(&command) {
            Receipt::Void => return Ok(None),
            Receipt::Again => return Ok(Some(Event::Done { node, seq })),
            Receipt::New => {}
        }
        let new = order.planned.plan.credential(node, Serving::New).map(|new| new.0.clone());
        kept.waits = new.or(kept.waits);
        kept.order = Some(Box::new(order.clone()));
        // Before it is carried out: a timer must not be lost by a crash.
        self.keep_permits(&kept, "change-command-received", &format!("{action:?}, of {leader}"))?;
        let done = match action {
            Action::Judge => Ok(false),
            Action::Enforce => Ok(self.would_refuse(&order, node).is_empty()),
            Action::Permissive { .. } => Ok(true),
            Action::Trust { list } => self.have_trust(&order.planned, list).map(|()| true),
            Action::Stage => self.stage(&order.planned.plan, node).map(|()| true),
            Action::Discard => Ok(true),
            Action::Serve { serving } => self.serve_in_change(&order.planned, node, serving).and_then(|moved| {
                let this = Some((command.change, command.seq));
                if (moved || serving == Serving::New) && kept.restarted != this {
                    kept.restarted = this;
                    self.keep_permits(&kept, "change-restart-begun", "")?;
                    self.restart();
                }
                Ok(true)
            }),
        };
        match done {
            Ok(true) => {
                match action {
                    Action::Permissive { .. } => kept.permissive = true,
                    Action::Enforce => kept.permissive = false,
                    _ => {}
                }
                kept.agent.done(&command);
                self.keep_permits(&kept, "change-command-done", &format!("{action:?}"))?;
                Ok(Some(Event::Done { node, seq }))
            }
            Ok(false) => Ok(Some(Event::Judged { node, seq, refuses: self.would_refuse(&order, node) })),
            Err(error) => {
                let why = in_words(&error);
                self.record_refusal(CHANGE, "change-command-failed", why.clone());
                Ok(Some(Event::Failed { node, seq, why }))
            }
        }
    }

    /// What this node keeps of a change is read and written by one at a time.
    fn carrying(&self) -> std::sync::MutexGuard<'_, ()> {
        self.change.carrying.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn keep_permits(&self, kept: &Permits, action: &'static str, details: &str) -> Result<(), Error> {
        {
            let mut store = self.store();
            // The node may have left the cluster while it carried the command out.
            let left = store.membership()?.is_none().then(|| kept.clone().of_no_change());
            store.change(clock::now(), CHANGE, |change| {
                change.set(left.as_ref().unwrap_or(kept))?;
                Ok::<_, Error>(((), Entry::new(action, details)))
            })?;
        }
        self.cluster_changed(&self.changing())
    }

    /// Whom this node would refuse under Enforce of what its peers may show now.
    fn would_refuse(&self, order: &Order, node: NodeId) -> Vec<Refused> {
        let planned = &order.planned;
        let peers = self.peers_in_change(&planned.credentials, &planned.clients, &planned.cas);
        refuses(&planned.plan, &order.state, node, &self.trusted_ids(), &peers)
    }

    pub(super) fn trusted_ids(&self) -> Vec<CaId> {
        self.trust.load().fingerprints().map(CaId::from).collect()
    }

    /// Sees to it that the trusted CA list, which all nodes share, is as it shall be.
    fn have_trust(&self, planned: &Planned, list: Trust) -> Result<(), Error> {
        let (has, has_not) = planned.plan.cas(list);
        let mut attempt = 0;
        loop {
            let now = self.trusted_ids();
            let missing: Vec<&String> =
                has.iter().filter(|ca| !now.contains(ca)).filter_map(|ca| planned.cas.get(ca)).collect();
            let surplus: Vec<String> = has_not.iter().filter(|ca| now.contains(ca)).map(|ca| ca.0.clone()).collect();
            let changed = if !missing.is_empty() {
                let file: String = missing.into_iter().map(String::as_str).collect();
                self.append_trusted_cas(CHANGE, None, file.as_bytes()).map(|_| ())
            } else if !surplus.is_empty() {
                self.take_from_list(&SignedIn::by_change(CHANGE), &surplus).map(|_| ())
            } else {
                return Ok(());
            };
            attempt += 1;
            match changed {
                // Another node does the same at this moment; what it did arrives here.
                Err(Error::Store(store::Error::Overtaken) | Error::UnknownTrustedCa(_)) if attempt < ATTEMPTS => {
                    std::thread::sleep(AGAIN);
                }
                changed => changed?,
            }
        }
    }

    /// Sees to it that the new certificate waits.
    fn stage(&self, plan: &Plan, node: NodeId) -> Result<(), Error> {
        let change = self.changing();
        let slots = self.store().slots(Identity::Server)?;
        let is_new =
            |certificate: &Certificate| plan.credential(node, Serving::New) == Some(&credential_of(certificate));
        if slots.pending.as_ref().is_some_and(is_new) {
            return Ok(());
        }
        // It was loaded before, and taken back.
        let Some(new) = slots.previous.filter(is_new) else {
            return Err(Error::GivenUp("the certificate that waits here is not the one of the plan".to_owned()));
        };
        self.store().change(clock::now(), CHANGE, |change| {
            change.put(Identity::Server, Slot::Pending, &new.id)?;
            Ok::<_, Error>(((), Entry::new("server-certificate-stored", "pending; it waits for the change")))
        })?;
        self.refresh_or_log(&change);
        Ok(())
    }

    /// Serves one of the two certificates from the next handshake on, and shows it as a client too if the former one was. Each of the two may be
    /// so already: by a hand, or by this very command before a crash. Says whether anything was not.
    fn serve_in_change(&self, planned: &Planned, node: NodeId, serving: Serving) -> Result<bool, Error> {
        let wanted = planned.plan.credential(node, serving).cloned();
        let is_wanted = |certificate: &Certificate| wanted == Some(credential_of(certificate));
        let slots = self.store().slots(Identity::Server)?;
        let loads = !is_wanted(&slots.active);
        if loads {
            self.load_in_change(slots, is_wanted, serving)?;
        }
        let active = self.store().slots(Identity::Server)?.active;
        let client = self.store().slots(Identity::Client)?.active;
        let mut copies = !planned.clients.contains_key(self.name()) && client.chain_pem != active.chain_pem;
        if copies && let Err(error) = self.copy_as_client(CHANGE) {
            // It may be one for servers only; then the former one is shown on as a client.
            tracing::warn!(%error, "the client certificate, a copy of the server certificate, stays as it is");
            copies = false;
        }
        Ok(loads || copies)
    }

    fn load_in_change(
        &self,
        slots: Slots,
        is_wanted: impl Fn(&Certificate) -> bool,
        serving: Serving,
    ) -> Result<(), Error> {
        let kept = [slots.pending, slots.previous].into_iter().flatten().find(|one| is_wanted(one));
        let kept = kept.ok_or_else(|| Error::GivenUp("the certificate is not here any more".to_owned()))?;
        let change = self.changing();
        let Some(Accepted::Certificate(accepted)) = self.judge_stored(Identity::Server, &kept).into_accepted() else {
            return Err(Error::GivenUp("the certificate would be refused today".to_owned()));
        };
        let load = if accepted.loadable() { Load::Sound } else { Load::Anyway };
        if serving == Serving::New && load == Load::Anyway {
            return Err(Error::GivenUp("the certificate cannot be loaded: its chain does not verify".to_owned()));
        }
        self.load_stored(CHANGE, Identity::Server, &kept, &accepted, load)?;
        self.refresh_or_log(&change);
        Ok(())
    }

    /// Whether a pending certificate waits for a change, and does not load by itself.
    pub(in super::super) fn waits_for_change(&self, pending: &Certificate) -> Result<bool, Error> {
        Ok(Permits::of(&self.store())?.waits.is_some_and(|waits| waits == credential_of(pending).0))
    }

    /// Closes, at somebody's word, what a change that is over has left Permissive here.
    pub(in super::super) fn close_permissive(&self) -> Result<(), Error> {
        let _one = self.carrying();
        let mut kept = Permits::of(&self.store())?;
        if !kept.permissive {
            return Ok(());
        }
        kept.close();
        self.keep_permits(
            &kept,
            "tls-verification-mode-set",
            "Enforce at this node, which a change had left Permissive",
        )
    }

    /// A change has ended: its plan is of no use any more. What it left Permissive is closed by the timer.
    pub(super) fn change_is_over(&self) -> Result<(), Error> {
        let _one = self.carrying();
        let kept = Permits::of(&self.store())?;
        if kept.order.is_none() || kept.permissive {
            return Ok(());
        }
        self.keep_permits(&Permits { order: None, ..kept }, "change-over", "")
    }

    /// Closes Permissive by itself when its time has run out, whoever leads, with etcd or without.
    pub(crate) async fn watch_dead_man_again_and_again(self: Arc<Self>) {
        loop {
            let app = Arc::clone(&self);
            let held = blocking(move || app.dead_man()).await;
            match held {
                Ok(held) => {
                    let before = self.change.held.swap(Arc::new(held.clone()));
                    if *before != held {
                        let app = Arc::clone(&self);
                        let _ = blocking(move || {
                            app.refresh_or_log(&app.changing());
                            Ok(())
                        })
                        .await;
                    }
                }
                Err(error) => tracing::error!(%error, "the timer of Permissive could not be looked at"),
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Whom this node would refuse, if that keeps it from closing Permissive in time; in sentences.
    fn dead_man(&self) -> Result<Vec<String>, Error> {
        let _one = self.carrying();
        let mut kept = Permits::of(&self.store())?;
        if kept.agent.until().is_none_or(|until| until > now()) {
            return Ok(Vec::new());
        }
        let Some(order) = kept.order.clone() else { return Ok(Vec::new()) };
        let planned = &order.planned;
        let Some(node) = planned.plan.node(self.name()) else { return Ok(Vec::new()) };
        let latest = self.change.latest.load_full();
        let known = latest.as_ref().filter(|latest| latest.standing.change == planned.plan.change);
        let state = known.map_or(&order.state, |latest| &latest.standing.state);
        let peers = self.peers_in_change(&planned.credentials, &planned.clients, &planned.cas);
        match kept.agent.dead_man(&planned.plan, state, node, &self.trusted_ids(), &peers, now()) {
            DeadMan::Rests => Ok(Vec::new()),
            DeadMan::Enforce => {
                kept.close();
                self.keep_permits(
                    &kept,
                    "tls-verification-mode-set",
                    "Enforce, since the time of Permissive has run out",
                )?;
                Ok(Vec::new())
            }
            DeadMan::Held(refused) => {
                let name = |node| planned.plan.name(node).to_owned();
                Ok(refused.iter().map(|one| name(one.presented)).collect())
            }
        }
    }

    /// What is wrong with the change.
    pub(in super::super) fn change_alarms(&self) -> Vec<Alarm> {
        let mut found = Vec::new();
        let held = self.change.held.load();
        if !held.is_empty() {
            found.push(alarms::alarm(
                "change-permissive-held",
                "alert",
                &format!(
                    "The time of Permissive has run out, and the node cannot return to Enforce: it would refuse {}.",
                    held.join(", ")
                ),
                "Look at System > Change: give those nodes certificates that verify, or roll the change back.",
            ));
        }
        if let Some(change) = self.changes().latest.filter(|change| change.end.is_none()) {
            if let Some(stopped) = change.stopped {
                found.push(alarms::alarm(
                    "change-stopped",
                    "alert",
                    &format!("The change of the cluster's certificates has stopped. {stopped}."),
                    "Decide on System > Change how it goes on: try again, go on without the node, or roll back.",
                ));
            }
            if let Some(until) = change.confirm_by {
                found.push(alarms::alarm(
                    "change-waits",
                    "warning",
                    &format!("The change of the cluster's certificates waits until {until} to be confirmed; everything is rolled back otherwise."),
                    "Look whether the first node serves as it should, and confirm on System > Change.",
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::damage::a_node;
    use super::*;

    type Look = fn(&App) -> Result<(), Error>;

    #[test]
    fn what_is_kept_of_a_change_is_not_written_while_a_command_is_carried_out() {
        let (_folder, app) = a_node();
        let kept = Permits { waits: Some("before".to_owned()), ..Permits::default() };
        app.keep_permits(&kept, "change-command-received", "").unwrap();
        let looks: [Look; 2] = [App::change_is_over, |app| app.dead_man().map(drop)];
        for look in looks {
            let carrying = app.carrying();
            std::thread::scope(|scope| {
                let looking = scope.spawn(|| look(&app));
                std::thread::sleep(Duration::from_millis(200));
                assert!(!looking.is_finished(), "it has read what the command is about to change");
                drop(carrying);
                looking.join().unwrap().unwrap();
            });
        }
    }
}
