//! The six steps, forward.

use alloc::vec::Vec;

use super::{Progress, Turn};
use crate::cluster::NodeId;
use crate::command::Action;
use crate::log::What;
use crate::plan::Step;
use crate::settings::Confirm;
use crate::state::{End, Outcome, Why, Work};
use crate::verifier::{Serving, Trust};

impl Turn<'_> {
    pub(super) fn forward(&mut self) -> Progress {
        if self.is_shut() {
            self.state.step = Step::Permissive;
        }
        let progress = match self.state.step {
            Step::AppendCas => self.ensure_trust(Trust::Appended),
            Step::Permissive => self.ensure_permissive(),
            Step::NewCertificates => self.put_in_place(),
            Step::Restart => self.restart(),
            Step::Enforce => self.close(),
            Step::DeleteCas => self.delete_cas(),
            Step::End => {
                self.end(End::Complete);
                return Progress::Complete;
            }
        };
        if progress == Progress::Complete {
            self.log(None, What::StepDone);
            self.enter(self.plan.after(self.state.step));
        }
        progress
    }

    fn enter(&mut self, step: Step) {
        self.state.step = step;
        if step == Step::Enforce {
            self.forget_judgements();
        }
    }

    /// Whether Permissive was closed under a step that needs it: its time ran out while the change had stopped.
    pub(super) fn is_shut(&self) -> bool {
        self.plan.is_permissive_in(self.state.step) && self.state.permissive_until.is_none()
    }

    fn pending(&self) -> impl Iterator<Item = NodeId> + use<'_> {
        self.ids().filter(|&id| self.node(id).outcome == Outcome::Pending)
    }

    /// Step 3.
    fn put_in_place(&mut self) -> Progress {
        let others: Vec<NodeId> = self.pending().filter(|&id| self.node(id).staged != Some(true)).collect();
        self.stage(&others)
    }

    fn stage(&mut self, nodes: &[NodeId]) -> Progress {
        for &id in nodes {
            self.ensure_told(id, Action::Stage);
        }
        if nodes.is_empty() { Progress::Complete } else { Progress::Waits }
    }

    /// Step 4: one wave, recovered, before the next.
    fn restart(&mut self) -> Progress {
        if self.any_in_flight() {
            return Progress::Waits;
        }
        if self.awaits_confirmation() {
            return Progress::Waits;
        }
        let is_pending = |id: &NodeId| self.node(*id).outcome == Outcome::Pending && !self.node(*id).removed;
        let Some(wave) = self.plan.waves.iter().find(|wave| wave.iter().any(is_pending)) else {
            return Progress::Complete;
        };
        let wave: Vec<NodeId> = wave.iter().copied().filter(is_pending).collect();
        let bare: Vec<NodeId> = wave.iter().copied().filter(|&id| self.node(id).staged != Some(true)).collect();
        if self.stage(&bare) == Progress::Waits {
            return Progress::Waits;
        }
        // No node is restarted while another one is away.
        if self.ids().any(|id| !self.node(id).answers) {
            let limit = self.now.plus_s(self.plan.settings.recover_s);
            self.state.patience.get_or_insert(limit);
            return Progress::Waits;
        }
        self.state.patience = None;
        for &id in &wave {
            if let Some((by, reasons)) = self.refuser(id, Serving::New) {
                self.stop(Some(id), Why::WouldBeRefused { by, reasons });
                return Progress::Waits;
            }
        }
        for id in wave {
            self.tell(id, Action::Serve { serving: Serving::New });
        }
        Progress::Waits
    }

    /// Whether the canary (or, if that was left out, the first that changed) has recovered and its confirmation is still open.
    fn awaits_confirmation(&mut self) -> bool {
        if self.state.confirmed {
            return false;
        }
        if self.state.confirm_by.is_some() {
            return true;
        }
        let changed = self.ids().any(|id| self.node(id).outcome == Outcome::Changed);
        match self.plan.settings.confirm {
            Confirm::Within { seconds } if changed => {
                let until = self.now.plus_s(seconds);
                self.state.confirm_by = Some(until);
                self.log(None, What::AwaitsConfirmation { until });
                true
            }
            Confirm::Within { .. } => false,
            Confirm::ByItself => {
                self.state.confirmed = changed;
                false
            }
        }
    }

    /// Step 6. A node that kept its former certificate may still need what was planned for deletion.
    fn delete_cas(&mut self) -> Progress {
        let needed = |id: NodeId| {
            let refused = |serving: Serving| {
                let verdicts = &self.plan.verdicts;
                let before = verdicts.is_refused(Trust::Appended, id, serving);
                !before && verdicts.is_refused(Trust::Pruned, id, serving)
            };
            self.state.presents(id).iter().any(|&serving| refused(serving))
        };
        if !self.state.pruning {
            let needing = self.ids().find(|&id| needed(id));
            if let Some(id) = needing {
                self.log(Some(id), What::CasStay { cas: self.plan.delete.clone() });
                return Progress::Complete;
            }
            self.state.pruning = true;
        }
        self.ensure_trust(Trust::Pruned)
    }

    /// A node that is busy with something that is not wanted any more.
    pub(super) fn drop_work(&mut self) {
        for node in &mut self.state.nodes {
            if matches!(node.work, Work::Told { action, .. } if !matches!(action, Action::Serve { .. })) {
                node.work = Work::Idle;
            }
        }
    }
}
