//! The matrix: who would verify whom, held as what is refused, so that a fleet costs what its nodes cost and not its pairs.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::cluster::{CaId, CredentialId, NodeId};
use crate::plan::PlannedNode;
use crate::verifier::{Presented, Reason, Refused, Serving, Trust, Verifier};

/// Every verdict that a change can need: for each trusted CA list, each certificate of each node, each kind of verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verdicts {
    /// The kind of each node as a verifier.
    kinds: Vec<u16>,
    /// What is refused, in order.
    refusals: Vec<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    trust: Trust,
    presented: NodeId,
    serving: Serving,
    kind: u16,
    reasons: Vec<Reason>,
}

/// The verifiers of a cluster by kind, and for each kind two of them: nobody is asked about itself.
pub(crate) struct Kinds {
    of: Vec<u16>,
    pub(crate) asked: Vec<(usize, Option<usize>)>,
}

impl Kinds {
    pub(crate) fn of(nodes: &[PlannedNode], verifier: &impl Verifier) -> Self {
        let mut numbers = alloc::collections::BTreeMap::new();
        let mut kinds = Self { of: Vec::with_capacity(nodes.len()), asked: Vec::new() };
        for (index, node) in nodes.iter().enumerate() {
            let fresh = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
            let kind = *numbers.entry(verifier.alike(&node.name)).or_insert(fresh);
            match kinds.asked.get_mut(usize::from(kind)) {
                Some((_first, second)) => {
                    second.get_or_insert(index);
                }
                None => kinds.asked.push((index, None)),
            }
            kinds.of.push(kind);
        }
        kinds
    }

    /// What each kind of verifier has against one certificate of one node.
    pub(crate) fn ask(
        &self,
        nodes: &[PlannedNode],
        verifier: &impl Verifier,
        trusted: &[CaId],
        presented: usize,
        credential: &CredentialId,
    ) -> Vec<(u16, Vec<Reason>)> {
        let mut refusals = Vec::new();
        for (kind, &(first, second)) in (0u16..).zip(&self.asked) {
            let other = if first == presented { second } else { Some(first) };
            let Some(other) = other else { continue };
            let shown = Presented { node: &nodes[presented].name, credential };
            if let Err(reasons) = verifier.verifies(trusted, &nodes[other].name, shown) {
                refusals.push((kind, reasons));
            }
        }
        refusals
    }
}

impl Verdicts {
    /// Asks for all of them: at most six questions for each node and kind of verifier.
    pub(crate) fn ask(
        nodes: &[PlannedNode],
        kinds: Kinds,
        lists: &[(Trust, Vec<CaId>)],
        verifier: &impl Verifier,
    ) -> Self {
        let mut refusals: Vec<Refusal> = Vec::new();
        for (place, (trust, trusted)) in lists.iter().enumerate() {
            // A list that is like the one before it has the same answers.
            if place > 0 && lists[place - 1].1 == *trusted {
                let former = lists[place - 1].0;
                let same: Vec<Refusal> = refusals.iter().filter(|refusal| refusal.trust == former).cloned().collect();
                refusals.extend(same.into_iter().map(|refusal| Refusal { trust: *trust, ..refusal }));
                continue;
            }
            for (index, node) in nodes.iter().enumerate() {
                let certificates = [(Serving::Former, Some(&node.former)), (Serving::New, node.new.as_ref())];
                for (serving, credential) in certificates {
                    let Some(credential) = credential else { continue };
                    let against = kinds.ask(nodes, verifier, trusted, index, credential);
                    refusals.extend(against.into_iter().map(|(kind, reasons)| Refusal {
                        trust: *trust,
                        presented: NodeId::at(index),
                        serving,
                        kind,
                        reasons,
                    }));
                }
            }
        }
        Self { kinds: kinds.of, refusals }
    }

    fn against(&self, trust: Trust, presented: NodeId, serving: Serving) -> &[Refusal] {
        let key = (trust, presented, serving);
        let of = |refusal: &Refusal| (refusal.trust, refusal.presented, refusal.serving);
        let begin = self.refusals.partition_point(|refusal| of(refusal) < key);
        let length = self.refusals[begin..].partition_point(|refusal| of(refusal) == key);
        &self.refusals[begin..begin + length]
    }

    /// The reasons why one node refuses another; none if it verifies it.
    pub(crate) fn reasons(
        &self,
        trust: Trust,
        verifier: NodeId,
        presented: NodeId,
        serving: Serving,
    ) -> Option<&[Reason]> {
        if verifier == presented {
            return None;
        }
        let kind = *self.kinds.get(verifier.index())?;
        let found = self.against(trust, presented, serving).iter().find(|refusal| refusal.kind == kind)?;
        Some(&found.reasons)
    }

    /// Whether any node refuses that certificate.
    pub(crate) fn is_refused(&self, trust: Trust, presented: NodeId, serving: Serving) -> bool {
        !self.against(trust, presented, serving).is_empty()
    }

    /// How many nodes of the cluster refuse that certificate.
    pub(crate) fn count(&self, sizes: &[u32], trust: Trust, presented: NodeId, serving: Serving) -> u32 {
        let own = self.kinds.get(presented.index());
        let of_kind = |kind: u16| sizes.get(usize::from(kind)).copied().unwrap_or(0) - u32::from(own == Some(&kind));
        self.against(trust, presented, serving).iter().map(|refusal| of_kind(refusal.kind)).sum()
    }

    /// How many verifiers there are of each kind.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        let mut sizes = Vec::new();
        for &kind in &self.kinds {
            let kind = usize::from(kind);
            if sizes.len() <= kind {
                sizes.resize(kind + 1, 0);
            }
            sizes[kind] += 1;
        }
        sizes
    }

    /// One node of each kind that refuses that certificate, with its reasons.
    pub(crate) fn examples(&self, trust: Trust, presented: NodeId, serving: Serving) -> Vec<Refused> {
        let verifier_of = |kind: u16| {
            let nodes = self.kinds.iter().enumerate();
            let mut others = nodes.filter(|&(index, of)| *of == kind && NodeId::at(index) != presented);
            others.next().map(|(index, _kind)| NodeId::at(index))
        };
        let against = self.against(trust, presented, serving).iter();
        against
            .filter_map(|refusal| {
                let verifier = verifier_of(refusal.kind)?;
                Some(Refused { verifier, presented, serving, reasons: refusal.reasons.clone() })
            })
            .collect()
    }
}

/// Who would verify whom at one moment of the change; see [`crate::Plan::matrix`].
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    pub(crate) nodes: &'a [PlannedNode],
    pub(crate) verdicts: &'a Verdicts,
    pub(crate) trust: Trust,
    /// Nodes whose place is below this serve their new certificate.
    pub(crate) changed: u32,
}

impl<'a> Matrix<'a> {
    /// Which of its certificates the node serves.
    #[must_use]
    pub fn serves(&self, node: NodeId) -> Serving {
        let place = self.nodes.get(node.index()).and_then(|node| node.place);
        if place.is_some_and(|place| place < self.changed) { Serving::New } else { Serving::Former }
    }

    /// Why `verifier` would refuse `presented`; `None` if it verifies it.
    #[must_use]
    pub fn cell(&self, verifier: NodeId, presented: NodeId) -> Option<&'a [Reason]> {
        self.verdicts.reasons(self.trust, verifier, presented, self.serves(presented))
    }

    /// Every red cell. Columns without one cost nothing.
    pub fn refused(&self) -> impl Iterator<Item = Refused> + 'a {
        let this = *self;
        let ids = (0..this.nodes.len()).map(NodeId::at);
        let red = ids.filter(move |&presented| this.verdicts.is_refused(this.trust, presented, this.serves(presented)));
        red.flat_map(move |presented| {
            let verifiers = (0..this.nodes.len()).map(NodeId::at);
            verifiers.filter_map(move |verifier| {
                let reasons = this.cell(verifier, presented)?.to_vec();
                Some(Refused { verifier, presented, serving: this.serves(presented), reasons })
            })
        })
    }
}
