//! What nodes answer, what probes see, and what happens when they do not.

use alloc::string::String;
use alloc::vec::Vec;

use super::Turn;
use crate::cluster::{Mode, NodeId};
use crate::command::Action;
use crate::event::{Event, Probe};
use crate::log::What;
use crate::state::{Outcome, Stop, Trouble, Why, Work};
use crate::verifier::{Refused, Serving};

impl Turn<'_> {
    /// Takes an event in, whatever the step is.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Done { node, seq } => self.done(*node, *seq),
            Event::Failed { node, seq, why } => self.failed(*node, *seq, why),
            Event::Judged { node, seq, refuses } => self.judged(*node, *seq, refuses),
            Event::Probed { node, seq, probe } => self.probed(*node, *seq, probe),
            Event::Away { node } => self.answers(*node, false),
            Event::Back { node } => self.answers(*node, true),
            Event::Removed { node } => self.removed(*node),
            Event::Elected { node } => self.log(Some(*node), What::Elected),
            Event::Time | Event::Chosen { .. } => {}
        }
    }

    /// What the node was told under that number, if it has not answered: late and repeated answers are dropped here.
    fn told(&self, id: NodeId, seq: u32) -> Option<Action> {
        let node = self.state.nodes.get(id.index()).filter(|node| node.seq == seq && !node.removed)?;
        match node.work {
            Work::Told { action, .. } => Some(action),
            Work::Idle | Work::Recovering { .. } => None,
        }
    }

    fn done(&mut self, id: NodeId, seq: u32) {
        let Some(action) = self.told(id, seq) else { return };
        let node = self.node_mut(id);
        let by = node.work.by();
        node.work = Work::Idle;
        match action {
            Action::Trust { list } => node.trust = Some(list),
            Action::Permissive { .. } => node.mode = Some(Mode::Permissive),
            Action::Enforce => node.mode = Some(Mode::Enforce),
            Action::Stage => node.staged = Some(true),
            Action::Discard => node.staged = Some(false),
            // It has been restarted; what it serves is seen by the probes.
            Action::Serve { serving } => {
                node.work = Work::Recovering { serving, good_since: None, by, troubles: Vec::new() };
            }
            // Answered by what it judged.
            Action::Judge => node.work = Work::Told { action, by },
        }
        self.log(Some(id), What::Done { action });
    }

    fn failed(&mut self, id: NodeId, seq: u32, why: &str) {
        let Some(action) = self.told(id, seq) else { return };
        // It is told again and again; that it still cannot do it is no news.
        let stop = self.state.stop.as_ref().filter(|stop| stop.node == Some(id));
        let is_unanswered = stop.is_some_and(|stop| matches!(stop.why, Why::Unanswered { .. }));
        if self.node(id).work.by().is_none() && !is_unanswered {
            return;
        }
        if is_unanswered {
            self.state.stop = None;
        }
        let why = String::from(why);
        self.log(Some(id), What::Failed { action, why: why.clone() });
        self.give_up(id, Why::Failed { action, why });
    }

    /// A node's time is over.
    pub(super) fn is_late(&mut self, id: NodeId) {
        let why = match &self.node(id).work {
            Work::Idle => return,
            Work::Told { action: Action::Serve { serving }, .. } => not_recovered(*serving, [Trouble::Silent].into()),
            Work::Told { action, .. } => Why::Unanswered { action: *action },
            Work::Recovering { serving, troubles, .. } => not_recovered(*serving, troubles.clone()),
        };
        self.give_up(id, why);
    }

    /// Stops the change at a node. If it was to serve the new certificate it gets the former one back; everything
    /// else is simply told again until the node does it.
    fn give_up(&mut self, id: NodeId, why: Why) {
        let work = &mut self.node_mut(id).work;
        match work {
            Work::Told { action: Action::Serve { serving: Serving::New }, .. }
            | Work::Recovering { serving: Serving::New, .. } => {
                let why = match why {
                    Why::Failed { why, .. } => Why::NotRecovered { troubles: [Trouble::Failed { why }].into() },
                    other => other,
                };
                self.stop(Some(id), why);
                self.return_former(id);
            }
            Work::Told { action, by } => {
                *by = None;
                // Closing has no limit: what keeps it open is the standing alarm.
                if !matches!(action, Action::Judge | Action::Enforce) {
                    self.stop(Some(id), why);
                }
            }
            Work::Recovering { by, .. } => {
                *by = None;
                self.stop(Some(id), why);
            }
            Work::Idle => {}
        }
    }

    /// Gives a node its former certificate back.
    pub(super) fn return_former(&mut self, id: NodeId) {
        self.node_mut(id).outcome = Outcome::Returned;
        self.tell(id, Action::Serve { serving: Serving::Former });
    }

    fn judged(&mut self, id: NodeId, seq: u32, refuses: &[Refused]) {
        let Some(action @ (Action::Judge | Action::Enforce)) = self.told(id, seq) else { return };
        let node = self.node_mut(id);
        if action == Action::Judge && refuses.is_empty() {
            node.work = Work::Idle;
        }
        let refuses = refuses.to_vec();
        if node.judged.as_ref() != Some(&refuses) {
            node.judged = Some(refuses.clone());
            if !refuses.is_empty() {
                self.log(Some(id), What::WouldRefuse { refuses });
            }
        }
    }

    fn probed(&mut self, id: NodeId, seq: u32, probe: &Probe) {
        let Some(node) = self.state.nodes.get(id.index()).filter(|node| node.seq == seq) else { return };
        let Work::Recovering { serving, good_since, by, troubles: known } = node.work.clone() else { return };
        let troubles = self.troubles(id, serving, probe);
        if !troubles.is_empty() {
            if troubles != known {
                self.log(Some(id), What::Troubled { troubles: troubles.clone() });
            }
            self.node_mut(id).work = Work::Recovering { serving, good_since: None, by, troubles };
            return;
        }
        let since = good_since.unwrap_or(self.now);
        if since.plus_s(self.steady_s(serving)) > self.now {
            self.node_mut(id).work = Work::Recovering { serving, good_since: Some(since), by, troubles };
            return;
        }
        self.settle(id, serving);
        self.log(Some(id), What::Recovered { serving });
    }

    /// The node is done: it serves that certificate.
    pub(super) fn settle(&mut self, id: NodeId, serving: Serving) {
        let node = self.node_mut(id);
        node.work = Work::Idle;
        node.serves = Some(serving);
        node.staged = Some(false);
        if serving == Serving::New {
            node.outcome = Outcome::Changed;
        }
    }

    fn troubles(&self, id: NodeId, serving: Serving, probe: &Probe) -> Vec<Trouble> {
        if !probe.answers {
            return [Trouble::Silent].into();
        }
        let wanted = self.plan.credential(id, serving);
        let mut troubles = Vec::new();
        if probe.ports.is_empty() {
            troubles.push(Trouble::NoPort);
        }
        let others = probe.ports.iter().filter(|(_port, serves)| Some(serves) != wanted);
        troubles.extend(others.map(|(port, _serves)| Trouble::Serves { port: port.clone() }));
        // A certificate that a peer refused before the change is no worse for going back to it.
        if serving == Serving::New {
            let peers = probe.refused.iter();
            troubles.extend(peers.map(|peer| Trouble::Refused { by: peer.verifier, reasons: peer.reasons.clone() }));
        }
        troubles.extend(probe.restart.iter().map(|why| Trouble::Failed { why: why.clone() }));
        troubles.extend(probe.services.iter().map(|name| Trouble::Service { name: name.clone() }));
        troubles
    }

    fn answers(&mut self, id: NodeId, answers: bool) {
        let Some(node) = self.state.nodes.get_mut(id.index()) else { return };
        if node.answers != answers {
            node.answers = answers;
            self.log(Some(id), if answers { What::Back } else { What::Away });
        }
    }

    fn removed(&mut self, id: NodeId) {
        let Some(node) = self.state.nodes.get_mut(id.index()) else { return };
        if node.removed {
            return;
        }
        node.removed = true;
        node.work = Work::Idle;
        self.log(Some(id), What::Removed);
        if self.state.stop.as_ref().is_some_and(|stop| stop.node == Some(id)) {
            // What stopped the change has gone; that the time of Permissive has run out has not.
            let out_of_time = self.state.closing || self.is_shut();
            self.state.stop = out_of_time.then_some(Stop { node: None, why: Why::OutOfTime });
        }
    }
}

fn not_recovered(serving: Serving, troubles: Vec<Trouble>) -> Why {
    match serving {
        Serving::New => Why::NotRecovered { troubles },
        Serving::Former => Why::NotReturned { troubles },
    }
}
