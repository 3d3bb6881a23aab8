//! A plan: what a change will do, step by step, and what the matrix will be after each step.

mod propose;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CaId, CredentialId, LeftOut, Mode, NodeId};
use crate::matrix::{Matrix, Verdicts};
use crate::settings::Settings;
use crate::state::State;
use crate::verifier::{Refused, Serving, Trust};

pub use propose::{Offer, propose};

/// A step of the procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Step 1: the new CAs on all nodes. In a roll back: the deleted ones again.
    AppendCas,
    /// Step 2: TLS verification mode Permissive, if it was Enforce.
    Permissive,
    /// Step 3: the new certificate on every node.
    NewCertificates,
    /// Step 4: the restart of the nodes, each recovered before the next. In a roll back: with the former certificate.
    Restart,
    /// Step 5: Enforce again, if it was.
    Enforce,
    /// Step 6: CAs that are no longer needed are deleted. In a roll back: the appended ones, if that was ticked.
    DeleteCas,
    /// Nothing is left to do.
    End,
}

/// In which order the steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The specification's.
    Specification,
    /// Enforce stays: append, then node by node certificate and restart, then delete.
    WithoutPermissive,
}

/// A node in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedNode {
    /// Its name.
    pub name: String,
    /// What it serves before the change.
    pub former: CredentialId,
    /// What it serves after the change; none if it is left out.
    pub new: Option<CredentialId>,
    /// Why it is left out.
    pub left_out: Option<LeftOut>,
    /// Its place in the order of restarts, from 0.
    pub place: Option<u32>,
}

/// A step of a plan, with what holds after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The step.
    pub step: Step,
    /// The number of the wave, from 0, if the step is a restart; the first wave is the canary.
    pub wave: Option<u32>,
    /// TLS verification mode after it.
    pub mode: Mode,
    /// The trusted CA list after it.
    pub trust: Trust,
    /// How many nodes serve their new certificate after it.
    pub changed: u32,
    /// How many cells of the matrix are red after it.
    pub refused: u32,
}

/// What is missing before a change can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// No certificate signing request was generated.
    Csr,
    /// There is a request, and no certificate for it yet.
    Certificate,
    /// The node does not answer.
    Answer,
}

/// What is missing at a node before a change can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Missing {
    /// The node.
    pub node: NodeId,
    /// What it lacks.
    pub lack: Lack,
}

/// A CA that was ticked for deletion and stays, since something still chains through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCa {
    /// The CA.
    pub ca: CaId,
    /// Who would refuse whom without it: one verifier of each kind.
    pub breaks: Vec<Refused>,
}

/// A pair of nodes that would refuse each other under Enforce, and since which step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forced {
    /// The step after which it would be so; `None`: it is so today.
    pub step: Option<Step>,
    /// The wave, if that step is a restart.
    pub wave: Option<u32>,
    /// The pair, and the reasons; one verifier of each kind.
    pub refused: Refused,
}

/// A change, planned. Nothing in it moves once the change has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Number of the change.
    pub change: u64,
    /// The order of the steps.
    pub order: Order,
    /// TLS verification mode before the change, and after it.
    pub mode: Mode,
    /// All nodes, left out or not.
    pub nodes: Vec<PlannedNode>,
    /// Nodes that restart together: first the canary.
    pub waves: Vec<Vec<NodeId>>,
    /// The steps; each wave is one.
    pub steps: Vec<PlannedStep>,
    /// CAs to append.
    pub append: Vec<CaId>,
    /// CAs to delete at the end.
    pub delete: Vec<CaId>,
    /// CAs that were ticked and stay.
    pub kept: Vec<KeptCa>,
    /// What must be there before the change can begin.
    pub missing: Vec<Missing>,
    /// Pairs that would keep Enforce from coming back at the end; empty if it was Permissive before.
    pub never_enforced: Vec<Forced>,
    /// Times and sizes.
    pub settings: Settings,
    pub(crate) verdicts: Verdicts,
}

/// Why a change does not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotBegun {
    /// Another change is under way; it must end first.
    AnotherRuns,
    /// Something is missing; [`Plan::missing`] says what, and where.
    Missing,
    /// No node takes part.
    NothingToDo,
    /// Enforce could not come back at the end; [`Plan::never_enforced`] says who would refuse whom.
    NeverEnforced,
}

impl Plan {
    /// Begins the change, if no other one runs: `latest` is the state of the latest change, if there was one. The first
    /// event, [`crate::Event::Elected`], then brings the first commands.
    ///
    /// # Errors
    ///
    /// Why it does not begin.
    pub fn begin(&self, latest: Option<&State>) -> Result<State, NotBegun> {
        if latest.is_some_and(|state| state.end.is_none()) {
            return Err(NotBegun::AnotherRuns);
        }
        if !self.missing.is_empty() {
            return Err(NotBegun::Missing);
        }
        if self.waves.is_empty() {
            return Err(NotBegun::NothingToDo);
        }
        if !self.never_enforced.is_empty() {
            return Err(NotBegun::NeverEnforced);
        }
        Ok(State::at_begin(self))
    }

    /// Who would verify whom after so many of [`Plan::steps`]; after 0, who would today.
    #[must_use]
    pub fn matrix(&self, steps: usize) -> Matrix<'_> {
        let last = steps.checked_sub(1).and_then(|last| self.steps.get(last));
        let (trust, changed) = last.map_or((Trust::Before, 0), |step| (step.trust, step.changed));
        Matrix { nodes: &self.nodes, verdicts: &self.verdicts, trust, changed }
    }

    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(NodeId::at)
    }

    /// The name of a node; empty if it is none of this plan.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &str {
        self.nodes.get(node.index()).map_or("", |node| &node.name)
    }

    /// One of the two certificates of a node; none if it is left out and has no new one.
    #[must_use]
    pub fn credential(&self, node: NodeId, serving: Serving) -> Option<&CredentialId> {
        let node = self.nodes.get(node.index())?;
        match serving {
            Serving::Former => Some(&node.former),
            Serving::New => node.new.as_ref(),
        }
    }

    /// What a trusted CA list is at a stage of the change: the CAs that it has, and those that it has not. Others are not
    /// touched.
    #[must_use]
    pub fn cas(&self, list: Trust) -> (Vec<CaId>, Vec<CaId>) {
        let but = |these: &[CaId], others: &[CaId]| these.iter().filter(|ca| !others.contains(ca)).cloned().collect();
        match list {
            Trust::Before => (but(&self.delete, &self.append), self.append.clone()),
            Trust::Appended => {
                (self.append.iter().chain(&but(&self.delete, &self.append)).cloned().collect(), Vec::new())
            }
            Trust::Pruned => (but(&self.append, &self.delete), self.delete.clone()),
        }
    }

    /// Whether Permissive must be open in that step.
    pub(crate) fn is_permissive_in(&self, step: Step) -> bool {
        let place = |step: Step| self.steps.iter().position(|planned| planned.step == step);
        match (place(Step::Permissive), place(step), place(Step::Enforce)) {
            (Some(opened), Some(this), Some(closed)) => opened < this && this < closed,
            _ => false,
        }
    }

    /// The step that follows.
    pub(crate) fn after(&self, step: Step) -> Step {
        let rest = self.steps.iter().skip_while(|planned| planned.step != step);
        rest.map(|planned| planned.step).find(|&next| next != step).unwrap_or(Step::End)
    }

    /// The nodes of this plan.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::at)
    }
}
