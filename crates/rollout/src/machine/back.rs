//! Back to the former certificates, or to an early end.

use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Progress, Turn};
use crate::cluster::{Mode, NodeId};
use crate::command::Action;
use crate::log::What;
use crate::plan::Step;
use crate::state::{Direction, End, Outcome, Work};
use crate::verifier::{Serving, Trust};

impl Turn<'_> {
    /// Rolls back from here on. What is being restarted gets its former certificate at once.
    pub(super) fn turn_back(&mut self) {
        self.turn(Direction::Back);
        if self.state.closing || self.state.permissive_until.is_some_and(|until| until <= self.now) {
            self.state.permissive_until = None;
            self.state.closing = false;
        }
    }

    /// Ends the change from here on.
    pub(super) fn turn_to_end(&mut self) {
        self.turn(Direction::Abort);
        self.state.closing = false;
        self.forget_judgements();
    }

    fn turn(&mut self, direction: Direction) {
        self.state.direction = direction;
        self.state.stop = None;
        self.state.confirm_by = None;
        self.state.patience = None;
        self.drop_work();
        let in_flight: Vec<NodeId> = self.ids().filter(|&id| self.is_in_flight(id)).collect();
        for id in in_flight {
            let returns = match &self.node(id).work {
                Work::Told { action: Action::Serve { serving }, .. } | Work::Recovering { serving, .. } => *serving,
                _ => continue,
            };
            if returns == Serving::New {
                self.return_former(id);
            }
        }
    }

    /// One step of a roll back.
    pub(super) fn back(&mut self) -> Progress {
        if self.state.pruning {
            self.state.step = Step::AppendCas;
            if self.ensure_trust(Trust::Appended) == Progress::Waits {
                return Progress::Waits;
            }
            self.state.pruning = false;
            self.log(None, What::StepDone);
        }
        if self.give_back() == Progress::Waits {
            return Progress::Waits;
        }
        if self.state.delete_appended && self.state.step != Step::Enforce && !self.plan.append.is_empty() {
            self.state.step = Step::DeleteCas;
            if self.delete_appended() == Progress::Waits {
                return Progress::Waits;
            }
            self.log(None, What::StepDone);
        }
        if self.ids().any(|id| self.node(id).mode != Some(self.plan.mode)) {
            if self.state.step != Step::Enforce {
                self.state.step = Step::Enforce;
                self.forget_judgements();
            }
            if self.close() == Progress::Waits {
                return Progress::Waits;
            }
            self.log(None, What::StepDone);
        }
        self.end(End::RolledBack);
        Progress::Complete
    }

    /// Every node with its former certificate, one at a time: those that answer before those that do not, the latest
    /// first. Nodes that were not restarted yet follow at the end.
    fn give_back(&mut self) -> Progress {
        let mut changed: Vec<NodeId> =
            self.ids().filter(|&id| self.node(id).serves != Some(Serving::Former) || self.is_in_flight(id)).collect();
        if changed.is_empty() {
            return self.discard();
        }
        let rank = |id: NodeId| (!self.node(id).answers, Reverse(self.plan.nodes[id.index()].place));
        changed.sort_unstable_by_key(|&id| rank(id));
        let waits: Vec<NodeId> = changed.iter().copied().filter(|&id| !self.is_in_flight(id)).collect();
        if waits.iter().any(|&id| self.refuser(id, Serving::Former).is_some()) {
            self.state.step = Step::Permissive;
            if self.ensure_permissive() == Progress::Waits {
                return Progress::Waits;
            }
        }
        self.state.step = Step::Restart;
        if let (Some(&id), false) = (waits.first(), self.any_in_flight()) {
            self.return_former(id);
        }
        Progress::Waits
    }

    /// New certificates that are in place and were never served are taken out again.
    fn discard(&mut self) -> Progress {
        let staged: Vec<NodeId> = self.ids().filter(|&id| self.has_unserved(id)).collect();
        for &id in &staged {
            self.ensure_told(id, Action::Discard);
        }
        if staged.is_empty() { Progress::Complete } else { Progress::Waits }
    }

    /// Whether a new certificate is in place at a node and was never served.
    fn has_unserved(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let in_place = node.outcome != Outcome::LeftOut && node.staged != Some(false);
        in_place && node.outcome != Outcome::Changed && !self.is_in_flight(id)
    }

    /// The appended CAs, deleted again where no node would be refused without them.
    fn delete_appended(&mut self) -> Progress {
        let needed = |&id: &NodeId| {
            let refused = |trust| self.plan.verdicts.is_refused(trust, id, Serving::Former);
            refused(Trust::Before) && !refused(Trust::Appended)
        };
        let needing = self.ids().find(needed);
        if let Some(id) = needing {
            self.log(Some(id), What::CasStay { cas: self.plan.append.clone() });
            return Progress::Complete;
        }
        self.ensure_trust(Trust::Before)
    }

    /// One step towards an early end. Who is away is not waited for before the others are in Enforce again.
    pub(super) fn abort(&mut self) -> Progress {
        let discarded = self.discard();
        if self.ids().any(|id| self.node(id).answers && (self.is_in_flight(id) || self.has_unserved(id))) {
            return Progress::Waits;
        }
        if self.plan.mode == Mode::Enforce && self.ids().any(|id| self.node(id).mode != Some(Mode::Enforce)) {
            self.state.step = Step::Enforce;
            if self.close() == Progress::Waits {
                return Progress::Waits;
            }
        }
        if discarded == Progress::Waits || self.any_in_flight() {
            return Progress::Waits;
        }
        self.end(End::Aborted);
        Progress::Complete
    }
}
