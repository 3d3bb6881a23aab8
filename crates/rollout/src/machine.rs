//! The machine: an event moves the state, and says what nodes are to be told.
//!
//! It has no memory besides the state. After each event it looks at what the current step still wants of which node, so
//! that it makes no difference who leads, or how often.

mod answers;
mod forward;
mod back;
mod close;
mod choices;

use alloc::vec::Vec;

use crate::cluster::{Mode, NodeId};
use crate::command::{Action, Command};
use crate::event::{Event, NotNow};
use crate::log::{Entry, What};
use crate::plan::{Plan, Step};
use crate::state::{Direction, End, NodeState, State, Stop, Why, Work};
use crate::time::Time;
use crate::verifier::{Reason, Serving, Trust};

/// What follows from an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// New commands, to be sent once the state is kept.
    pub commands: Vec<Command>,
    /// New lines of the log.
    pub log: Vec<Entry>,
}

impl State {
    /// Moves on by one event.
    ///
    /// The caller keeps the new state and the lines of the log in one transaction, only if nobody else has moved the
    /// state meanwhile, and then sends the commands. If it dies in between, the next leader sends
    /// [`State::outstanding`].
    ///
    /// # Errors
    ///
    /// A decision that is not open; nothing is changed then.
    pub fn apply(&mut self, plan: &Plan, event: &Event, now: Time) -> Result<Effects, NotNow> {
        let mut turn = Turn { plan, state: self, now, effects: Effects::default() };
        if let Event::Chosen { choice, by } = event {
            turn.choose(*choice, by)?;
        } else if turn.state.end.is_none() {
            turn.take(event);
        }
        if turn.state.end.is_none() {
            turn.look_at_the_clock();
            turn.drive();
        }
        Ok(turn.effects)
    }
}

/// One event, being worked in.
struct Turn<'a> {
    plan: &'a Plan,
    state: &'a mut State,
    now: Time,
    effects: Effects,
}

/// Whether a step has nothing left to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waits,
    Complete,
}

impl Turn<'_> {
    /// Takes steps until one has to wait.
    fn drive(&mut self) {
        while self.state.end.is_none() {
            if self.state.stop.is_some() && self.state.direction != Direction::Abort {
                if self.state.closing && self.close() == Progress::Complete {
                    self.state.closing = false;
                }
                return;
            }
            let progress = match self.state.direction {
                Direction::Forward => self.forward(),
                Direction::Back => self.back(),
                Direction::Abort => self.abort(),
            };
            if progress == Progress::Waits {
                return;
            }
        }
    }

    /// What the clock alone decides.
    fn look_at_the_clock(&mut self) {
        let now = self.now;
        let over = |by: Option<Time>| by.is_some_and(|by| by <= now);
        if over(self.state.confirm_by) {
            self.log(None, What::NotConfirmed);
            self.turn_back();
        }
        let late: Vec<NodeId> =
            self.ids().filter(|&id| self.node(id).work.by().is_some_and(|by| by <= self.now)).collect();
        for id in late {
            self.is_late(id);
        }
        if over(self.state.patience) {
            self.state.patience = None;
            let away = self.ids().find(|&id| !self.node(id).answers);
            self.stop(away, Why::Away);
        }
        let runs_out = over(self.state.permissive_until) && !self.state.closing;
        if runs_out && self.state.direction != Direction::Abort && self.state.step != Step::Enforce {
            self.log(None, What::OutOfTime);
            self.state.closing = true;
            self.forget_judgements();
            self.stop(None, Why::OutOfTime);
        }
    }

    /// The nodes that are still part of the cluster.
    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let ids: Vec<NodeId> = self.plan.ids().filter(|&id| !self.node(id).removed).collect();
        ids.into_iter()
    }

    fn node(&self, id: NodeId) -> &NodeState {
        &self.state.nodes[id.index()]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut NodeState {
        &mut self.state.nodes[id.index()]
    }

    fn log(&mut self, node: Option<NodeId>, what: What) {
        self.effects.log.push(Entry { at: self.now, step: self.state.step, node, what });
    }

    /// Stops the change, unless it has stopped already: the first reason is the one to tell.
    fn stop(&mut self, node: Option<NodeId>, why: Why) {
        // That a node does not even come back as it was is worse than why it was to go back.
        let is_worse = matches!(why, Why::NotReturned { .. });
        if self.state.stop.is_none() || is_worse {
            self.log(node, What::Stopped { why: why.clone() });
            self.state.stop = Some(Stop { node, why });
        }
    }

    fn end(&mut self, end: End) {
        self.state.end = Some(end);
        self.state.step = Step::End;
        self.state.stop = None;
        self.log(None, What::Ended { end });
    }

    /// Gives a node something to do. Whatever it was told before is void from then on.
    fn tell(&mut self, id: NodeId, action: Action) {
        let settings = &self.plan.settings;
        let limit_s = match action {
            Action::Serve { serving } => settings.recover_s.saturating_add(self.steady_s(serving)),
            _ => settings.answer_s,
        };
        let by = Some(self.now.plus_s(limit_s));
        let node = self.node_mut(id);
        node.seq += 1;
        node.work = Work::Told { action, by };
        // Until it answers it may be one or the other.
        match action {
            Action::Trust { .. } => node.trust = None,
            Action::Permissive { .. } | Action::Enforce => node.mode = None,
            Action::Stage | Action::Discard => node.staged = None,
            Action::Serve { serving } => {
                node.staged = None;
                if node.serves != Some(serving) {
                    node.serves = None;
                }
            }
            Action::Judge => {}
        }
        let seq = node.seq;
        self.effects.commands.push(Command { change: self.plan.change, seq, node: id, action });
        self.log(Some(id), What::Told { action });
    }

    /// Tells it to the node unless it has been told so already.
    fn ensure_told(&mut self, id: NodeId, action: Action) {
        let told = matches!(&self.node(id).work, Work::Told { action: known, .. } if *known == action);
        if !told {
            self.tell(id, action);
        }
    }

    /// Has every node keep that trusted CA list.
    fn ensure_trust(&mut self, list: Trust) -> Progress {
        let others: Vec<NodeId> = self.ids().filter(|&id| self.node(id).trust != Some(list)).collect();
        for &id in &others {
            self.ensure_told(id, Action::Trust { list });
        }
        if others.is_empty() { Progress::Complete } else { Progress::Waits }
    }

    /// Has every node be Permissive, by one and the same dead-man timer.
    fn ensure_permissive(&mut self) -> Progress {
        let until = match self.state.permissive_until {
            Some(until) => until,
            None => {
                // A node may have closed it by its own timer: all are told the new one.
                for node in &mut self.state.nodes {
                    node.mode = None;
                }
                let until = self.now.plus_s(self.plan.settings.permissive_s);
                *self.state.permissive_until.insert(until)
            }
        };
        let others: Vec<NodeId> = self.ids().filter(|&id| self.node(id).mode != Some(Mode::Permissive)).collect();
        for &id in &others {
            self.ensure_told(id, Action::Permissive { until });
        }
        if others.is_empty() { Progress::Complete } else { Progress::Waits }
    }

    /// The peer in Enforce that would refuse a node with that certificate, if there is one.
    fn refuser(&self, presented: NodeId, serving: Serving) -> Option<(NodeId, Vec<Reason>)> {
        let verdicts = &self.plan.verdicts;
        if !verdicts.is_refused(Trust::Appended, presented, serving) {
            return None;
        }
        let is_open =
            |id: NodeId| self.state.permissive_until.is_some() && self.node(id).mode == Some(Mode::Permissive);
        let is_open = |id: NodeId| self.plan.mode == Mode::Permissive || is_open(id);
        self.ids().filter(|&id| !is_open(id)).find_map(|id| {
            let reasons = verdicts.reasons(Trust::Appended, id, presented, serving)?;
            Some((id, reasons.to_vec()))
        })
    }

    /// Whether a node is being restarted or has not yet recovered from it.
    fn is_in_flight(&self, id: NodeId) -> bool {
        matches!(self.node(id).work, Work::Recovering { .. } | Work::Told { action: Action::Serve { .. }, .. })
    }

    fn any_in_flight(&self) -> bool {
        self.ids().any(|id| self.is_in_flight(id))
    }

    /// How long everything must be right before a restarted node has recovered. The first node that changes is the
    /// canary, and is observed besides.
    fn steady_s(&self, serving: Serving) -> u32 {
        let settings = &self.plan.settings;
        let is_canary = serving == Serving::New && !self.state.confirmed;
        settings.settle_s.saturating_add(if is_canary { settings.observe_s } else { 0 })
    }
}

impl Work {
    fn action(&self) -> Option<Action> {
        if let Self::Told { action, .. } = self { Some(*action) } else { None }
    }

    fn by(&self) -> Option<Time> {
        match self {
            Self::Told { by, .. } | Self::Recovering { by, .. } => *by,
            Self::Idle => None,
        }
    }
}
