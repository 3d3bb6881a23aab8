//! What is explored: a plan, what peers really verify, how much may go wrong, and a planted bug.

use std::fmt;

use certway_rollout::{
    CaId, Cluster, Confirm, LeftOut, Mode, NodeId, Order, Plan, Presented, Serving, Settings, Trust, Verifier, propose,
};

use crate::pki::{Flaw, Pki, cluster, wanted};
use crate::random::Random;

/// How much may go wrong on one way through the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    pub(crate) failures: u8,
    pub(crate) partitions: u8,
    pub(crate) choices: u8,
    /// How often time passes until something is due.
    pub(crate) turns: u8,
    pub(crate) removals: u8,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.crashes, "crashes"),
            (self.failures, "failures"),
            (self.partitions, "partitions"),
            (self.choices, "choices"),
            (self.turns, "turns of the clock"),
            (self.removals, "removals"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
        let parts: Vec<String> = parts.collect();
        f.write_str(if parts.is_empty() { "nothing wrong" } else { "" })?;
        f.write_str(&parts.join(" + "))
    }
}

/// A bug of whoever carries out what the machine says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Nodes say that they are Permissive, and are not.
    SkipsPermissive,
    /// A restart takes the next node with it.
    RestartsTwo,
    /// Nodes say that they refuse nobody without looking.
    ClosesBlindly,
    /// Nodes have no dead-man timer.
    ForgetsTheDeadline,
    /// Nodes heed commands that a newer one has made void.
    HeedsOldCommands,
    /// Whoever leads calls a node recovered without looking at it.
    ProbesBlindly,
    /// Nodes that are being restarted say that they have the CA, and have not.
    SkipsTheCa,
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) plan: Plan,
    /// What is so when the change is done, which may differ from what the plan saw.
    pub(crate) pki: Pki,
    pub(crate) lists: [Vec<CaId>; 3],
    pub(crate) budget: Budget,
    pub(crate) bug: Option<Bug>,
    table: Vec<bool>,
}

impl Scenario {
    fn new(name: &'static str, order: Order, cluster: &Cluster, seen: &Pki, real: Pki, settings: Settings) -> Self {
        let offer = propose(cluster, &wanted(settings), seen).expect("a cluster that can be planned");
        let plan = match order {
            Order::Specification => offer.specification,
            Order::WithoutPermissive => offer.without_permissive.expect("an order without Permissive"),
        };
        let appended: Vec<CaId> = cluster.trusted.iter().chain(&plan.append).cloned().collect();
        let pruned = appended.iter().filter(|ca| !plan.delete.contains(ca)).cloned().collect();
        let lists = [cluster.trusted.clone(), appended, pruned];
        let mut table = Vec::new();
        for list in &lists {
            for verifier in plan.ids() {
                for node in plan.ids() {
                    for serving in [Serving::Former, Serving::New] {
                        let verifies = plan.credential(node, serving).is_none_or(|credential| {
                            let shown = Presented { node: plan.name(node), credential };
                            real.verifies(list, plan.name(verifier), shown).is_ok()
                        });
                        table.push(verifier == node || verifies);
                    }
                }
            }
        }
        let budget = Budget { crashes: 1, failures: 0, partitions: 0, choices: 1, turns: 2, removals: 0 };
        Self { name, plan, pki: real, lists, budget, bug: None, table }
    }

    pub(crate) fn with_bug(mut self, bug: Bug) -> Self {
        self.bug = Some(bug);
        self
    }

    /// Whether a node with that list really verifies a peer with that certificate.
    pub(crate) fn verifies(&self, trust: Trust, verifier: NodeId, node: NodeId, serving: Serving) -> bool {
        let size = self.plan.nodes.len();
        let row = trust as usize * size + verifier.index();
        self.table[(row * size + node.index()) * 2 + serving as usize]
    }

    pub(crate) fn wave(&self) -> usize {
        usize::from(self.plan.settings.wave)
    }
}

/// Times that are short, so that what is late is so at the next turn of the clock.
fn settings() -> Settings {
    Settings {
        canary: None,
        observe_s: 0,
        confirm: Confirm::ByItself,
        wave: 1,
        settle_s: 0,
        recover_s: 10,
        answer_s: 10,
        permissive_s: 25,
    }
}

/// From one root to another, all is well with the certificates.
pub(crate) fn plain(nodes: usize) -> Scenario {
    let pki = Pki::default();
    Scenario::new("plain", Order::Specification, &cluster(nodes), &pki, pki.clone(), settings())
}

pub(crate) fn confirmed(nodes: usize) -> Scenario {
    let pki = Pki::default();
    let settings =
        Settings { confirm: Confirm::Within { seconds: 5 }, settle_s: 1, canary: Some("n1".to_owned()), ..settings() };
    Scenario::new("confirmed canary", Order::Specification, &cluster(nodes), &pki, pki.clone(), settings)
}

pub(crate) fn without_permissive(nodes: usize) -> Scenario {
    let pki = Pki::default();
    Scenario::new("without Permissive", Order::WithoutPermissive, &cluster(nodes), &pki, pki.clone(), settings())
}

pub(crate) fn waves(nodes: usize) -> Scenario {
    let pki = Pki::default();
    let settings = Settings { wave: 2, ..settings() };
    Scenario::new("waves of two", Order::Specification, &cluster(nodes), &pki, pki.clone(), settings)
}

/// The new CA has the name of the old one, and what chains to the old one is refused with both.
pub(crate) fn clash(nodes: usize) -> Scenario {
    let pki = Pki { clash: Some(("new".into(), "old".into())), ..Pki::default() };
    Scenario::new("CAs of one name", Order::Specification, &cluster(nodes), &pki, pki.clone(), settings())
}

/// One node's certificate has expired, and that is why it is changed.
pub(crate) fn expired(nodes: usize) -> Scenario {
    let pki = Pki::flawed("old/n1", Flaw { expired: true, ..Flaw::default() });
    Scenario::new("expired before", Order::Specification, &cluster(nodes), &pki, pki.clone(), settings())
}

/// A new certificate is revoked after the plan was made.
pub(crate) fn revoked(nodes: usize) -> Scenario {
    let real = Pki::flawed("new/n1", Flaw { revoked: true, ..Flaw::default() });
    Scenario::new("revoked meanwhile", Order::Specification, &cluster(nodes), &Pki::default(), real, settings())
}

/// The same, and only the last node knows: it has a newer revocation list.
pub(crate) fn revoked_for_one(nodes: usize) -> Scenario {
    let kinds = [(format!("n{}", nodes - 1), 1)];
    let seen = Pki { kinds: kinds.into(), ..Pki::default() };
    let flaw = Flaw { revoked: true, only_by: Some(1), ..Flaw::default() };
    let real = Pki { flaws: [("new/n1".into(), flaw)].into(), ..seen.clone() };
    Scenario::new("revoked for one", Order::Specification, &cluster(nodes), &seen, real, settings())
}

/// The last node has an ACME certificate under a root of its own.
pub(crate) fn acme(nodes: usize) -> Scenario {
    let pki = Pki::default();
    let mut cluster = cluster(nodes);
    let last = cluster.nodes.last_mut().expect("a cluster has nodes");
    last.left_out = Some(LeftOut::Acme);
    Scenario::new("one node by ACME", Order::Specification, &cluster, &pki, pki.clone(), settings())
}

pub(crate) fn permissive(nodes: usize) -> Scenario {
    let pki = Pki::default();
    let cluster = Cluster { mode: Mode::Permissive, ..cluster(nodes) };
    Scenario::new("Permissive before", Order::Specification, &cluster, &pki, pki.clone(), settings())
}

/// Whatever a seed says: nodes, waves, order, canary, times, and one certificate that is not as it should be.
pub(crate) fn drawn(random: &mut Random) -> Scenario {
    let nodes = 3 + random.below(4);
    let settings = Settings {
        canary: random.one_in(2).then(|| format!("n{}", random.below(nodes))),
        observe_s: random.small(3),
        confirm: if random.one_in(2) { Confirm::ByItself } else { Confirm::Within { seconds: 5 } },
        wave: 1 + u16::try_from(random.below(3)).expect("a small number"),
        settle_s: random.small(3),
        recover_s: 10,
        answer_s: 10,
        permissive_s: 20 + random.small(60),
    };
    let mut cluster = cluster(nodes);
    if random.one_in(4) {
        cluster.nodes[random.below(nodes)].left_out = Some(LeftOut::Acme);
    }
    if random.one_in(8) {
        cluster.mode = Mode::Permissive;
    }
    let flaw = Flaw { revoked: true, only_by: random.one_in(2).then_some(1), ..Flaw::default() };
    let odd = (format!("n{}", random.below(nodes)), 1);
    let mut seen = Pki { kinds: [odd].into(), ..Pki::default() };
    match random.below(6) {
        0 => seen.clash = Some(("new".into(), "old".into())),
        1 => drop(seen.flaws.insert(format!("old/n{}", random.below(nodes)).as_str().into(), flaw.clone())),
        2 => return Scenario::new("drawn", Order::WithoutPermissive, &cluster, &seen, seen.clone(), settings),
        _ => {}
    }
    // A node that keeps a former certificate that is refused can never verify: nothing would begin.
    if seen.clash.is_some() || !seen.flaws.is_empty() {
        cluster.nodes.iter_mut().for_each(|node| node.left_out = None);
    }
    let mut real = seen.clone();
    if random.one_in(3) {
        real.flaws.insert(format!("new/n{}", random.below(nodes)).as_str().into(), flaw);
    }
    Scenario::new("drawn", Order::Specification, &cluster, &seen, real, settings)
}
