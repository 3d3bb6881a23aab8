//! Makes plans: asks for the verdicts, lays out the steps of both orders, and says what forces Permissive.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Forced, KeptCa, Lack, Missing, Order, Plan, PlannedNode, PlannedStep, Step};
use crate::cluster::{CaId, Cluster, Mode, NodeId};
use crate::matrix::{Kinds, Verdicts};
use crate::settings::Wanted;
use crate::verifier::{Refused, Serving, Trust, Verifier};

/// The most nodes of a cluster.
const NODES: usize = 10_000;

/// Both ways to do a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The specification's order, which is the default.
    pub specification: Plan,
    /// An order in which Enforce stays all the time.
    pub without_permissive: Option<Plan>,
    /// If there is none: the pairs of nodes that force Permissive, and the steps.
    pub forced: Vec<Forced>,
}

/// Plans the change of the server certificates of a cluster. `None` if the cluster has more nodes than can be planned
/// (10,000), or a canary or primary that is none of its nodes.
///
/// The verifier is asked at most `(6 + ticked CAs)` times for each node and kind of verifier.
#[must_use]
pub fn propose(cluster: &Cluster, wanted: &Wanted, verifier: &impl Verifier) -> Option<Offer> {
    let is_node = |name: &str| cluster.nodes.iter().any(|node| node.name == name);
    let canary = wanted.settings.canary.as_deref().unwrap_or(&cluster.primary);
    if cluster.nodes.len() > NODES || !is_node(&cluster.primary) || !is_node(canary) {
        return None;
    }
    let mut nodes: Vec<PlannedNode> = cluster.nodes.iter().map(planned).collect();
    let waves = waves(cluster, wanted, canary);
    for (place, id) in (0u32..).zip(waves.iter().flatten()) {
        nodes[id.index()].place = Some(place);
    }
    let kinds = Kinds::of(&nodes, verifier);
    let append: Vec<CaId> = wanted.append.iter().filter(|ca| !cluster.trusted.contains(ca)).cloned().collect();
    let appended: Vec<CaId> = cluster.trusted.iter().chain(&append).cloned().collect();
    let (pruned, kept) = prune(&nodes, &kinds, &appended, &wanted.delete, verifier);
    let delete: Vec<CaId> = appended.iter().filter(|ca| !pruned.contains(ca)).cloned().collect();
    let lists =
        [(Trust::Before, cluster.trusted.clone()), (Trust::Appended, appended.clone()), (Trust::Pruned, pruned)];
    let verdicts = Verdicts::ask(&nodes, kinds, &lists, verifier);

    let mut specification = Plan {
        change: wanted.change,
        order: Order::Specification,
        mode: cluster.mode,
        nodes,
        waves,
        steps: Vec::new(),
        append,
        delete,
        kept,
        missing: missing(cluster),
        never_enforced: Vec::new(),
        settings: wanted.settings.clone(),
        verdicts,
    };
    lay_out(&mut specification);
    let forced = forced(&specification);
    if cluster.mode == Mode::Enforce {
        // What is red once all nodes have changed stays red.
        let reds = specification.ids().map(|id| (id, specification.last_serving(id)));
        let reds = reds.filter(|&(id, serving)| specification.verdicts.is_refused(Trust::Appended, id, serving));
        specification.never_enforced =
            reds.flat_map(|(id, serving)| forced_by(&specification, Some(Step::Enforce), id, serving)).collect();
    }
    let without_permissive = forced.is_empty().then(|| {
        let mut plan = Plan { order: Order::WithoutPermissive, ..specification.clone() };
        lay_out(&mut plan);
        plan
    });
    Some(Offer { specification, without_permissive, forced })
}

fn planned(node: &crate::cluster::Node) -> PlannedNode {
    let new = if node.left_out.is_some() { None } else { node.waits.clone() };
    PlannedNode { name: node.name.to_string(), former: node.serves.clone(), new, left_out: node.left_out, place: None }
}

fn missing(cluster: &Cluster) -> Vec<Missing> {
    let mut missing = Vec::new();
    for (index, node) in cluster.nodes.iter().enumerate() {
        let mut lacks = |lack| missing.push(Missing { node: NodeId::at(index), lack });
        if !node.answers {
            lacks(Lack::Answer);
        }
        if node.left_out.is_none() && node.waits.is_none() {
            lacks(if node.csr { Lack::Certificate } else { Lack::Csr });
        }
    }
    missing
}

/// The canary alone, then the primary and the others.
fn waves(cluster: &Cluster, wanted: &Wanted, canary: &str) -> Vec<Vec<NodeId>> {
    let rank = |name: &str| if name == canary { 0 } else { 1 + u8::from(name != cluster.primary) };
    let takes_part = |node: &crate::cluster::Node| node.left_out.is_none() && node.waits.is_some();
    let nodes = cluster.nodes.iter().enumerate().filter(|(_index, node)| takes_part(node));
    let mut order: Vec<(u8, NodeId)> = nodes.map(|(index, node)| (rank(&node.name), NodeId::at(index))).collect();
    order.sort_unstable();
    let order: Vec<NodeId> = order.into_iter().map(|(_rank, id)| id).collect();
    let Some((first, rest)) = order.split_first() else { return Vec::new() };
    let mut waves = vec![vec![*first]];
    waves.extend(rest.chunks(usize::from(wanted.settings.wave.max(1))).map(<[NodeId]>::to_vec));
    waves
}

/// The list without those ticked CAs that nothing needs. They are tried one after the other, each without those before
/// it: two CAs may be dispensable one by one, and not both.
fn prune(
    nodes: &[PlannedNode],
    kinds: &Kinds,
    appended: &[CaId],
    ticked: &[CaId],
    verifier: &impl Verifier,
) -> (Vec<CaId>, Vec<KeptCa>) {
    let mut list = appended.to_vec();
    let mut kept = Vec::new();
    for ca in ticked {
        if !list.contains(ca) {
            continue;
        }
        let shorter: Vec<CaId> = list.iter().filter(|other| *other != ca).cloned().collect();
        let mut breaks = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let serving = if node.new.is_some() { Serving::New } else { Serving::Former };
            let credential = node.new.as_ref().unwrap_or(&node.former);
            let with = |list: &[CaId]| kinds.ask(nodes, verifier, list, index, credential);
            let against = with(&shorter);
            if against.is_empty() {
                continue;
            }
            // What is refused anyway is not broken by the deletion.
            let before = with(&list);
            let broken = against.into_iter().filter(|(kind, _reasons)| before.iter().all(|(other, _)| other != kind));
            breaks.extend(broken.map(|(kind, reasons)| Refused {
                verifier: kinds.example(kind, index),
                presented: NodeId::at(index),
                serving,
                reasons,
            }));
        }
        if breaks.is_empty() {
            list = shorter;
        } else {
            kept.push(KeptCa { ca: ca.clone(), breaks });
        }
    }
    (list, kept)
}

/// Writes the steps of the plan's order, with what holds after each.
fn lay_out(plan: &mut Plan) {
    let mut kinds = Vec::new();
    let opens = plan.mode == Mode::Enforce && plan.order == Order::Specification;
    // Where the new CAs themselves make peers refuse each other (or they do so today), Permissive comes first.
    let early = opens && plan.ids().any(|id| plan.verdicts.is_refused(Trust::Appended, id, Serving::Former));
    if early {
        kinds.push((Step::Permissive, None));
    }
    if !plan.append.is_empty() {
        kinds.push((Step::AppendCas, None));
    }
    if opens && !early {
        kinds.push((Step::Permissive, None));
    }
    if plan.order == Order::Specification {
        kinds.push((Step::NewCertificates, None));
    }
    kinds.extend((0u32..).zip(&plan.waves).map(|(wave, _nodes)| (Step::Restart, Some(wave))));
    if opens {
        kinds.push((Step::Enforce, None));
    }
    if !plan.delete.is_empty() {
        kinds.push((Step::DeleteCas, None));
    }

    let sizes = plan.verdicts.sizes();
    let count = |trust, id: NodeId, serving| plan.verdicts.count(&sizes, trust, id, serving);
    let column = |trust, changed: u32, id: NodeId| {
        let place = plan.nodes[id.index()].place;
        count(trust, id, if place.is_some_and(|place| place < changed) { Serving::New } else { Serving::Former })
    };
    let (mut mode, mut trust, mut changed) = (plan.mode, Trust::Before, 0);
    let mut refused: u32 = plan.ids().map(|id| column(trust, changed, id)).sum();
    let mut steps = Vec::new();
    for (step, wave) in kinds {
        match step {
            Step::AppendCas | Step::DeleteCas => {
                trust = if step == Step::AppendCas { Trust::Appended } else { Trust::Pruned };
                refused = plan.ids().map(|id| column(trust, changed, id)).sum();
            }
            Step::Permissive => mode = Mode::Permissive,
            Step::Enforce => mode = Mode::Enforce,
            Step::Restart => {
                // Only the columns of the wave turn, so that the sum over all waves is linear.
                for &id in wave.and_then(|wave| plan.waves.get(wave as usize)).into_iter().flatten() {
                    refused = refused - count(trust, id, Serving::Former) + count(trust, id, Serving::New);
                    changed += 1;
                }
            }
            Step::NewCertificates | Step::End => {}
        }
        steps.push(PlannedStep { step, wave, mode, trust, changed, refused });
    }
    plan.steps = steps;
}

/// What would refuse each other if Enforce stayed: today, with the new CAs, and wave by wave.
fn forced(plan: &Plan) -> Vec<Forced> {
    if plan.mode == Mode::Permissive {
        return Vec::new();
    }
    let mut forced = Vec::new();
    for id in plan.ids() {
        let red = |trust, serving| plan.verdicts.is_refused(trust, id, serving);
        if red(Trust::Before, Serving::Former) {
            let today = plan.verdicts.examples(Trust::Before, id, Serving::Former).into_iter();
            forced.extend(today.map(|refused| Forced { step: None, wave: None, refused }));
        } else if red(Trust::Appended, Serving::Former) {
            forced.extend(forced_by(plan, Some(Step::AppendCas), id, Serving::Former));
        }
        if red(Trust::Appended, Serving::New) {
            forced.extend(forced_by(plan, Some(Step::Restart), id, Serving::New));
        }
    }
    forced
}

fn forced_by(plan: &Plan, step: Option<Step>, id: NodeId, serving: Serving) -> Vec<Forced> {
    let wave = plan.waves.iter().position(|wave| step == Some(Step::Restart) && wave.contains(&id));
    let wave = wave.and_then(|wave| u32::try_from(wave).ok());
    let examples = plan.verdicts.examples(Trust::Appended, id, serving).into_iter();
    examples.map(|refused| Forced { step, wave, refused }).collect()
}

impl Plan {
    /// What a node serves when the change is done.
    fn last_serving(&self, id: NodeId) -> Serving {
        if self.nodes[id.index()].new.is_some() { Serving::New } else { Serving::Former }
    }
}

impl Kinds {
    /// A verifier of that kind other than the node itself.
    fn example(&self, kind: u16, presented: usize) -> NodeId {
        let (first, second) = self.asked[usize::from(kind)];
        NodeId::at(if first == presented { second.unwrap_or(first) } else { first })
    }
}
