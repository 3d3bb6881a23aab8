//! Leading the change: commands are sent, restarted nodes are looked at, what comes of both moves the change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use certway_rollout::{Command, CredentialId, Event, NodeId, Probe, Reason, Refused, Serving};
use certway_wire::cluster::{PeerVerdict, Verdict};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::super::App;
use super::super::certificates::fingerprint;
use super::super::cluster::Member;
use super::super::error::Error;
use super::agent::Order;
use super::material::{Asked, Probed};
use super::{in_words, now};
use crate::cluster::{LatestChange, Records};

/// How long nobody leads after a leader has died.
const LEASE_SECONDS: u32 = 5;
/// How often is looked whether there is something to lead, or still to be led.
const LOOK: Duration = Duration::from_secs(1);
/// How long is waited before a node that did not answer is told again.
const AGAIN: Duration = Duration::from_secs(1);

/// What came of a call to a node.
struct Came {
    node: NodeId,
    event: Option<Event>,
}

impl App {
    /// Leads the change that runs, if nobody else does.
    pub(crate) async fn lead_again_and_again(self: Arc<Self>) {
        loop {
            let _ = timeout(LOOK, self.change.moved.notified()).await;
            if self.latest_running().is_none() {
                continue;
            }
            if let Err(error) = self.lead().await {
                tracing::warn!(why = in_words(&error), "the change cannot be led from here now");
                sleep(AGAIN).await;
            }
        }
    }

    async fn lead(self: &Arc<Self>) -> Result<(), Error> {
        let records = self.records_of_cluster().await?;
        let leader = records.leader().await?;
        self.change.leader.store(leader.clone().map(Arc::new));
        if leader.is_some() {
            return Ok(());
        }
        let lease = records.etcd.grant(LEASE_SECONDS).await?;
        if !records.lead(self.name(), lease).await? {
            return Ok(records.etcd.revoke(lease).await?);
        }
        self.change.leader.store(Some(Arc::new(self.name().to_owned())));
        let led = self.lead_to_its_end(&records, lease).await;
        let _ = records.etcd.revoke(lease).await;
        led
    }

    async fn lead_to_its_end(self: &Arc<Self>, records: &Records, lease: i64) -> Result<(), Error> {
        self.look_at_change(records).await?;
        let Some(own) = self.latest_running().and_then(|latest| latest.planned.plan.node(self.name())) else {
            return Ok(());
        };
        self.move_change(records, &Event::Elected { node: own }).await?;
        let mut calls: JoinSet<Came> = JoinSet::new();
        let mut busy: BTreeMap<NodeId, u32> = BTreeMap::new();
        let mut kept_alive = Instant::now();
        while let Some(latest) = self.latest_running() {
            if kept_alive.elapsed() > LOOK {
                if !records.etcd.keep_alive(lease).await? {
                    // Another may lead by now; it sends everything again.
                    return Ok(());
                }
                kept_alive = Instant::now();
            }
            let members = self.members();
            if members.iter().all(|member| member.name != self.name()) {
                // Who is no node any more does not say who is one.
                return Ok(());
            }
            for event in self.seen_of_nodes(&latest, &members) {
                self.move_change(records, &event).await?;
            }
            let (plan, state) = (&latest.planned.plan, &latest.standing.state);
            for command in
                state.outstanding(plan).filter(|command| !busy.contains_key(&command.node)).collect::<Vec<_>>()
            {
                busy.insert(command.node, command.seq);
                calls.spawn(Arc::clone(self).tell(Arc::clone(&latest), command));
            }
            for (node, seq) in state.watched().filter(|(node, _)| !busy.contains_key(node)).collect::<Vec<_>>() {
                busy.insert(node, seq);
                calls.spawn(Arc::clone(self).look_after_restart(Arc::clone(&latest), node, seq));
            }
            let wakes = state.wake_at().map_or(i64::MAX, |wake| wake.unix()) <= now().unix();
            if wakes {
                self.move_change(records, &Event::Time).await?;
            }
            tokio::select! {
                Some(came) = calls.join_next() => {
                    let Ok(Came { node, event }) = came else { continue };
                    busy.remove(&node);
                    if let Some(event) = event {
                        self.move_change(records, &event).await?;
                    }
                }
                () = self.change.moved.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
        Ok(())
    }

    fn latest_running(&self) -> Option<Arc<LatestChange>> {
        self.change.latest.load_full().filter(|latest| latest.standing.state.end.is_none())
    }

    /// Who has gone, come back, or is no node any more.
    fn seen_of_nodes(&self, latest: &LatestChange, members: &[Member]) -> Vec<Event> {
        let alive = self.alive();
        let plan = &latest.planned.plan;
        let nodes = plan.ids().zip(&latest.standing.state.nodes).filter(|(_, node)| !node.removed);
        let seen = nodes.filter_map(|(id, node)| {
            let name = plan.name(id);
            if members.iter().all(|member| member.name != name) {
                return Some(Event::Removed { node: id });
            }
            match (node.answers, name == self.name() || alive.iter().any(|alive| alive == name)) {
                (true, false) => Some(Event::Away { node: id }),
                (false, true) => Some(Event::Back { node: id }),
                _ => None,
            }
        });
        seen.collect()
    }

    fn member(&self, latest: &LatestChange, node: NodeId) -> Option<Member> {
        let name = latest.planned.plan.name(node);
        self.members().into_iter().find(|member| member.name == name)
    }

    /// Sends a command; gives what the node answers.
    async fn tell(self: Arc<Self>, latest: Arc<LatestChange>, command: Command) -> Came {
        let node = command.node;
        let order = Order { planned: latest.planned.clone(), state: latest.standing.state.clone(), command };
        let Some(member) = self.member(&latest, node) else { return Came { node, event: None } };
        let answered = if member.name == self.name() {
            self.carry_out(self.name(), order).await.map_err(|error| in_words(&error))
        } else {
            self.send_to(&member, "/peer/command", &order).await.map_err(|error| error.to_string())
        };
        match answered {
            Ok(event) => {
                let again = match &event {
                    Some(Event::Judged { refuses, .. }) => !refuses.is_empty(),
                    Some(Event::Failed { .. }) => true,
                    _ => false,
                };
                if again {
                    // It is told again until it refuses nobody, or can do it.
                    sleep(AGAIN).await;
                }
                Came { node, event }
            }
            Err(why) => {
                tracing::warn!(node = member.name, why, "a node did not take a command; it is told again");
                sleep(AGAIN).await;
                Came { node, event: None }
            }
        }
    }

    /// Looks at a node that was restarted, from everywhere.
    async fn look_after_restart(self: Arc<Self>, latest: Arc<LatestChange>, node: NodeId, seq: u32) -> Came {
        // Not more often than that.
        sleep(AGAIN).await;
        let probe = match self.member(&latest, node) {
            Some(member) => self.probe(&latest, node, &member).await,
            None => Probe::default(),
        };
        Came { node, event: Some(Event::Probed { node, seq, probe }) }
    }

    async fn probe(self: &Arc<Self>, latest: &LatestChange, node: NodeId, member: &Member) -> Probe {
        let seen: Option<Probed> = if member.name == self.name() {
            self.probe_self().await.ok()
        } else {
            self.ask(member, &Asked::Probe).await.ok()
        };
        let Some(seen) = seen else { return Probe::default() };
        let mut ports: Vec<(String, CredentialId)> = Vec::new();
        ports.push(("HTTPS".to_owned(), CredentialId(seen.https.unwrap_or_default())));
        let plan = &latest.planned.plan;
        let mut refused = Vec::new();
        for verifier in plan.ids().filter(|&id| id != node) {
            let state = &latest.standing.state.nodes[verifier.index()];
            let Some(peer) = self.member(latest, verifier).filter(|_| state.answers && !state.removed) else {
                continue;
            };
            let (verdict, chain) = if peer.name == self.name() {
                self.look_at_chain(member).await
            } else {
                (self.ask(&peer, &Asked::Look { name: member.name.clone() }).await.ok(), Vec::new())
            };
            if let Some(leaf) = chain.first() {
                ports.push(("the port for peers".to_owned(), CredentialId(fingerprint(leaf))));
            }
            // Which of the two it is shows at the ports; what counts here is that it is not verified.
            let serving = Serving::New;
            let reasons = match verdict {
                Some(PeerVerdict { verdict: Verdict::Verified, .. }) => continue,
                Some(verdict) => verdict.reasons,
                None => vec![format!("{} could not be asked", peer.name)],
            };
            let reasons = reasons.into_iter().map(Reason).collect();
            refused.push(Refused { verifier, presented: node, serving, reasons });
        }
        Probe { answers: true, ports, refused, services: seen.services, restart: seen.restart }
    }
}
