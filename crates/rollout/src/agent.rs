//! The node's own side: which commands it heeds, whom it would refuse, and its dead-man timer.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CaId, NodeId};
use crate::command::{Action, Command};
use crate::plan::Plan;
use crate::state::State;
use crate::time::Time;
use crate::verifier::{Presented, Refused, Serving, Trust, Verifier};

/// What a node keeps of the commands that it got, across restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Agent {
    change: u64,
    seq: u32,
    done: bool,
    until: Option<Time>,
}

/// What a node does with a command that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// A newer one has come before it: nothing is done, nothing answered.
    Void,
    /// It is carried out already: only [`crate::Event::Done`] is answered once more.
    Again,
    /// It is carried out, then [`Agent::done`] is called, then it is answered.
    New,
}

/// What the dead-man timer of a node wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadMan {
    /// Nothing: Permissive is not open here, or its time has not run out.
    Rests,
    /// Enforce, now; [`Agent::closed`] is called afterwards.
    Enforce,
    /// An alarm of its own: Enforce is due, and the node would refuse these peers. The leader closes when they verify.
    Held(Vec<Refused>),
}

impl Agent {
    /// Takes a command. The agent is kept before the command is carried out: a timer must not be lost by a crash.
    pub fn receive(&mut self, command: &Command) -> Receipt {
        let (latest, this) = ((self.change, self.seq), (command.change, command.seq));
        if this < latest {
            return Receipt::Void;
        }
        if this > latest {
            (self.change, self.seq) = this;
            self.done = false;
        }
        if self.done {
            return Receipt::Again;
        }
        // Each time: the timer may have rung between a crash over this command and its repetition.
        if let Action::Permissive { until } = command.action {
            self.until = Some(until);
        }
        Receipt::New
    }

    /// The command has been carried out. What is only asked, [`Action::Judge`], and an [`Action::Enforce`] that the node
    /// could not follow are not done: they are asked again.
    pub fn done(&mut self, command: &Command) {
        if (self.change, self.seq) == (command.change, command.seq) && command.action != Action::Judge {
            self.done = true;
            if command.action == Action::Enforce {
                self.until = None;
            }
        }
    }

    /// The node is in Enforce again by its own timer.
    pub fn closed(&mut self) {
        self.until = None;
    }

    /// When the dead-man timer runs out, if Permissive is open here.
    #[must_use]
    pub fn until(&self) -> Option<Time> {
        self.until
    }

    /// What the dead-man timer wants now. It needs no leader, and no state that is up to date: before it wants Enforce the
    /// node must verify, by its own list and by the plan, both certificates of each peer.
    #[must_use]
    pub fn dead_man(
        &self,
        plan: &Plan,
        state: &State,
        node: NodeId,
        trusted: &[CaId],
        verifier: &impl Verifier,
        now: Time,
    ) -> DeadMan {
        if self.until.is_none_or(|until| until > now) {
            return DeadMan::Rests;
        }
        let both = |peer: NodeId| if state.presents(peer).is_empty() { &[][..] } else { &Serving::BOTH };
        let mut refused = refused(plan, node, trusted, verifier, both);
        if refused.is_empty() {
            // The list may yet get the new CAs by a command that is on its way.
            for peer in plan.ids() {
                for &serving in both(peer) {
                    let reasons = plan.verdicts.reasons(Trust::Appended, node, peer, serving);
                    refused.extend(reasons.map(|reasons| Refused {
                        verifier: node,
                        presented: peer,
                        serving,
                        reasons: reasons.to_vec(),
                    }));
                }
            }
        }
        if refused.is_empty() { DeadMan::Enforce } else { DeadMan::Held(refused) }
    }
}

/// Whom a node would refuse under Enforce of what its peers may present: what [`Action::Judge`] and
/// [`Action::Enforce`] ask. `state` is the one that the command came with, or a later one.
#[must_use]
pub fn refuses(plan: &Plan, state: &State, node: NodeId, trusted: &[CaId], verifier: &impl Verifier) -> Vec<Refused> {
    refused(plan, node, trusted, verifier, |peer| state.presents(peer))
}

fn refused<'a>(
    plan: &Plan,
    node: NodeId,
    trusted: &[CaId],
    verifier: &impl Verifier,
    presents: impl Fn(NodeId) -> &'a [Serving],
) -> Vec<Refused> {
    let mut refused = Vec::new();
    for peer in plan.ids().filter(|&peer| peer != node) {
        for &serving in presents(peer) {
            let Some(credential) = plan.credential(peer, serving) else { continue };
            let shown = Presented { node: plan.name(peer), credential };
            if let Err(reasons) = verifier.verifies(trusted, plan.name(node), shown) {
                refused.push(Refused { verifier: node, presented: peer, serving, reasons });
            }
        }
    }
    refused
}

impl Serving {
    const BOTH: [Self; 2] = [Self::Former, Self::New];
}
