//! Permissive is closed: first everybody says that it would refuse nobody, then everybody is told Enforce.

use alloc::vec::Vec;

use super::{Progress, Turn};
use crate::cluster::{Mode, NodeId};
use crate::command::Action;

impl Turn<'_> {
    /// What was judged before is of no worth any more.
    pub(super) fn forget_judgements(&mut self) {
        for node in &mut self.state.nodes {
            node.judged = None;
        }
    }

    /// Closes Permissive, on all nodes or on none. What is in the way is told by [`crate::State::alarm`]; nodes that are
    /// away are not waited for before the others are told, also if they are on their way from one certificate to the other:
    /// both are judged then.
    pub(super) fn close(&mut self) -> Progress {
        if self.ids().any(|id| self.node(id).answers && self.is_in_flight(id)) {
            return Progress::Waits;
        }
        let open: Vec<NodeId> = self.ids().filter(|&id| self.node(id).mode != Some(Mode::Enforce)).collect();
        if open.is_empty() {
            self.state.permissive_until = None;
            return Progress::Complete;
        }
        let refuses_nobody = |id: NodeId| self.node(id).judged.as_ref().is_some_and(Vec::is_empty);
        let asked: Vec<NodeId> =
            open.iter().copied().filter(|&id| self.node(id).answers && !refuses_nobody(id)).collect();
        let told = |id: NodeId| matches!(self.node(id).work.action(), Some(Action::Enforce));
        // A node that was told Enforce judges once more by itself.
        let unasked: Vec<NodeId> = asked.into_iter().filter(|&id| !told(id)).collect();
        for &id in &unasked {
            self.ensure_told(id, Action::Judge);
        }
        if unasked.is_empty() {
            // What a node that is away was told before comes first.
            let discards = |id: NodeId| self.node(id).work.action() == Some(Action::Discard);
            let free: Vec<NodeId> = open.into_iter().filter(|&id| !self.is_in_flight(id) && !discards(id)).collect();
            for id in free {
                self.ensure_told(id, Action::Enforce);
            }
        }
        Progress::Waits
    }
}
