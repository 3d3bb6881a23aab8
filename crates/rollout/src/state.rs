//! Where a change stands: all that is kept of it besides the plan and the log.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{Mode, NodeId};
use crate::command::{Action, Command};
use crate::event::Choice;
use crate::plan::{Plan, Step};
use crate::time::Time;
use crate::verifier::{Reason, Refused, Serving, Trust};

/// The state of a change. It is kept where all nodes can read it, and moves by [`State::apply`] alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// Where it goes.
    pub direction: Direction,
    /// The step that is being done.
    pub step: Step,
    /// The nodes, in the order of the plan.
    pub nodes: Vec<NodeState>,
    /// The dead-man timer: Permissive is closed then, whatever happens. `None`: it is not open by this change.
    pub permissive_until: Option<Time>,
    /// Until when the canary waits to be confirmed.
    pub confirm_by: Option<Time>,
    /// Why the change has stopped, and waits for one of [`State::choices`].
    pub stop: Option<Stop>,
    /// How it ended.
    pub end: Option<End>,
    pub(crate) confirmed: bool,
    /// Permissive is being closed because its time ran out.
    pub(crate) closing: bool,
    /// Deletion of CAs has begun, and not been taken back.
    pub(crate) pruning: bool,
    pub(crate) delete_appended: bool,
    /// Until when a restart waits for nodes that are away.
    pub(crate) patience: Option<Time>,
}

/// Where a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the new certificates.
    Forward,
    /// Back to the former ones.
    Back,
    /// To its end, with recovered nodes as they are.
    Abort,
}

/// The state of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeState {
    /// Number of the latest command.
    pub seq: u32,
    /// What it is busy with.
    pub work: Work,
    /// Its trusted CA list; `None` while it may be one or the other.
    pub trust: Option<Trust>,
    /// Its TLS verification mode; `None` while it may be one or the other.
    pub mode: Option<Mode>,
    /// Whether the new certificate is in place and waits for the restart; `None` while that is open.
    pub staged: Option<bool>,
    /// What it serves; `None` while it may be one or the other.
    pub serves: Option<Serving>,
    /// What has become of it.
    pub outcome: Outcome,
    /// Whether it answers.
    pub answers: bool,
    /// Whether it has left the cluster.
    pub removed: bool,
    /// Whom it would refuse under Enforce, once it was asked.
    pub judged: Option<Vec<Refused>>,
}

/// What has become of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing yet.
    Pending,
    /// It serves the new certificate and has recovered.
    Changed,
    /// It got its former certificate back.
    Returned,
    /// The same, and an administrator went on without it.
    Kept,
    /// It takes no part.
    LeftOut,
}

/// What a node is busy with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Work {
    /// Nothing.
    Idle,
    /// It was told something and has not answered.
    Told {
        /// What.
        action: Action,
        /// When its time is over; `None` once that has been acted upon.
        by: Option<Time>,
    },
    /// It was restarted and is watched: [`crate::Event::Probed`] is wanted again and again.
    Recovering {
        /// What it must serve.
        serving: Serving,
        /// Since when everything is right.
        good_since: Option<Time>,
        /// When its time is over; `None` once that has been acted upon.
        by: Option<Time>,
        /// What is not right.
        troubles: Vec<Trouble>,
    },
}

/// What is not right at a restarted node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Trouble {
    /// It does not answer.
    Silent,
    /// No port was probed.
    NoPort,
    /// A port serves another certificate.
    Serves {
        /// The port.
        port: String,
    },
    /// A peer does not verify it.
    Refused {
        /// The peer.
        by: NodeId,
        /// Its reasons.
        reasons: Vec<Reason>,
    },
    /// It could not do as it was told.
    Failed {
        /// What it says.
        why: String,
    },
    /// The probe of a service fails.
    Service {
        /// Its name.
        name: String,
    },
}

/// Why a change has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stop {
    /// At which node, if at one.
    pub node: Option<NodeId>,
    /// Why.
    pub why: Why,
}

/// Why a change has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Why {
    /// The node did not answer a command in time.
    Unanswered {
        /// The command.
        action: Action,
    },
    /// The node could not carry out a command.
    Failed {
        /// The command.
        action: Action,
        /// What it says.
        why: String,
    },
    /// The node did not recover with its new certificate in time, and gets the former one back.
    NotRecovered {
        /// What was not right.
        troubles: Vec<Trouble>,
    },
    /// The node has not recovered with its former certificate either.
    NotReturned {
        /// What is not right.
        troubles: Vec<Trouble>,
    },
    /// The node would be refused by a peer in Enforce, so it was not restarted.
    WouldBeRefused {
        /// The peer.
        by: NodeId,
        /// Its reasons.
        reasons: Vec<Reason>,
    },
    /// The node is away, so that no other one is restarted.
    Away,
    /// The time of Permissive has run out.
    OutOfTime,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All steps are done.
    Complete,
    /// Every node has its former certificate.
    RolledBack,
    /// It was aborted; every node has recovered, with one or the other.
    Aborted,
    /// It was ended at once, as things stood.
    Left,
}

/// Why the TLS verification mode is still Permissive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Hold {
    /// A node would refuse peers under Enforce.
    Refuses {
        /// The node.
        node: NodeId,
        /// Whom.
        refuses: Vec<Refused>,
    },
    /// A node does not answer; it closes by itself, by its own dead-man timer.
    Away {
        /// The node.
        node: NodeId,
    },
    /// A node has not recovered from its restart.
    NotRecovered {
        /// The node.
        node: NodeId,
    },
    /// A node has not yet answered.
    Waits {
        /// The node.
        node: NodeId,
    },
}

impl State {
    pub(crate) fn at_begin(plan: &Plan) -> Self {
        let trust = if plan.append.is_empty() { Trust::Appended } else { Trust::Before };
        let nodes = plan.nodes.iter().map(|node| NodeState {
            seq: 0,
            work: Work::Idle,
            trust: Some(trust),
            mode: Some(plan.mode),
            staged: Some(false),
            serves: Some(Serving::Former),
            outcome: if node.place.is_some() { Outcome::Pending } else { Outcome::LeftOut },
            answers: true,
            removed: false,
            judged: None,
        });
        Self {
            direction: Direction::Forward,
            step: plan.steps.first().map_or(Step::End, |planned| planned.step),
            nodes: nodes.collect(),
            permissive_until: None,
            confirm_by: None,
            stop: None,
            end: None,
            confirmed: false,
            closing: false,
            pruning: false,
            delete_appended: false,
            patience: None,
        }
    }

    /// All commands that are not answered yet. Sending them again does no harm; a node that takes over the lead does.
    pub fn outstanding<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = Command> + 'a {
        let nodes = self.nodes.iter().enumerate().filter(|_| self.end.is_none());
        nodes.filter_map(|(index, node)| match &node.work {
            Work::Told { action, .. } => {
                Some(Command { change: plan.change, seq: node.seq, node: NodeId::at(index), action: *action })
            }
            Work::Idle | Work::Recovering { .. } => None,
        })
    }

    /// The nodes that are to be probed, again and again, each with the number of the command that restarted it.
    pub fn watched(&self) -> impl Iterator<Item = (NodeId, u32)> + '_ {
        let nodes = self.nodes.iter().enumerate().filter(|_| self.end.is_none());
        let recovering = nodes.filter(|(_index, node)| matches!(node.work, Work::Recovering { .. }));
        recovering.map(|(index, node)| (NodeId::at(index), node.seq))
    }

    /// What a node may present at this moment: one of its certificates, or both while that is open. Nothing if it has
    /// left the cluster.
    #[must_use]
    pub fn presents(&self, node: NodeId) -> &'static [Serving] {
        match self.nodes.get(node.index()) {
            Some(node) if !node.removed => match node.serves {
                Some(Serving::Former) => &[Serving::Former],
                Some(Serving::New) => &[Serving::New],
                None => &[Serving::Former, Serving::New],
            },
            _ => &[],
        }
    }

    /// The next moment at which time alone changes something: [`crate::Event::Time`] is wanted then.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        if self.end.is_some() {
            return None;
        }
        let works = self.nodes.iter().filter_map(|node| match node.work {
            Work::Told { by, .. } | Work::Recovering { by, .. } => by,
            Work::Idle => None,
        });
        let timer = self.permissive_until.filter(|_| !self.closing);
        works.chain(timer).chain(self.confirm_by).chain(self.patience).min()
    }

    /// The decisions that are open.
    #[must_use]
    pub fn choices(&self, plan: &Plan, now: Time) -> Vec<Choice> {
        let mut choices = Vec::new();
        if self.end.is_some() {
            return choices;
        }
        if self.confirm_by.is_some() {
            choices.push(Choice::Confirm);
        }
        if let Some(stop) = &self.stop {
            choices.push(Choice::Retry);
            if self.may_continue(stop) {
                choices.push(Choice::Continue);
            }
        }
        if self.direction == Direction::Forward {
            choices.push(Choice::RollBack { delete_appended: false });
            choices.push(Choice::RollBack { delete_appended: true });
        }
        let stopped_back = self.direction == Direction::Back && self.stop.is_some();
        if self.direction == Direction::Forward || stopped_back {
            choices.push(Choice::Abort);
        }
        let stuck = self.direction != Direction::Forward && self.stop.is_some();
        if stuck || !self.alarm(plan, now).is_empty() {
            choices.push(Choice::EndHere);
        }
        choices
    }

    fn may_continue(&self, stop: &Stop) -> bool {
        let Some(node) = stop.node.and_then(|node| self.nodes.get(node.index())) else { return false };
        match stop.why {
            Why::NotRecovered { .. } => self.direction == Direction::Forward,
            // It answers with its former certificate: an administrator may say that this will do.
            Why::NotReturned { .. } => match &node.work {
                Work::Recovering { good_since, troubles, .. } => {
                    good_since.is_some() || !(troubles.is_empty() || troubles.contains(&Trouble::Silent))
                }
                Work::Idle | Work::Told { .. } => false,
            },
            _ => false,
        }
    }

    /// The standing alarm: why the mode is not Enforce again although it should be; empty if nothing is wrong.
    #[must_use]
    pub fn alarm(&self, plan: &Plan, now: Time) -> Vec<Hold> {
        let closes = self.closing || self.end.is_some() || self.step == Step::Enforce;
        let overdue = self.permissive_until.is_none_or(|until| until <= now) || self.end.is_some();
        if plan.mode == Mode::Permissive || !(closes || overdue) {
            return Vec::new();
        }
        let mut holds = Vec::new();
        for (index, state) in self.nodes.iter().enumerate() {
            if state.removed || state.mode == Some(Mode::Enforce) {
                continue;
            }
            let node = NodeId::at(index);
            match &state.judged {
                _ if state.serves.is_none() => holds.push(Hold::NotRecovered { node }),
                Some(refuses) if !refuses.is_empty() => {
                    holds.push(Hold::Refuses { node, refuses: refuses.clone() });
                }
                _ if !state.answers => holds.push(Hold::Away { node }),
                _ if overdue || matches!(state.work, Work::Told { by: None, .. }) => holds.push(Hold::Waits { node }),
                _ => {}
            }
        }
        holds
    }
}
