//! Certificate policies along a path: RFC 5280 section 6.1 with the policy graph of RFC 9618.
//!
//! RFC 5280's tree grows by a power of its depth when two CAs map many policies to many; the graph has one node for each
//! policy and certificate, so the work stays in step with what the certificates say.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::policies::Policies;

/// RFC 5280 6.1.1 (c) and (e) to (g): what the validation starts from. By default any policy will do.
#[derive(Clone, Copy, Debug, Default)]
pub struct InitialPolicies<'a> {
    /// The policies of which one must be valid for the path, in dotted decimals; any, if it is empty or has anyPolicy.
    pub accepted: &'a [&'a str],
    /// The path must be valid for at least one of them.
    pub require_explicit: bool,
    /// No CA may map policies.
    pub inhibit_mapping: bool,
    /// anyPolicy of a CA stands for nothing.
    pub inhibit_any: bool,
}

type Oid<'a> = &'a [u8];

/// A policy at one depth of the graph.
#[derive(Debug, Default)]
struct Node<'a> {
    /// The policies one certificate further up that it follows from.
    parents: BTreeSet<Oid<'a>>,
    /// What the next certificate may call it.
    expected: BTreeSet<Oid<'a>>,
}

type Level<'a> = BTreeMap<Oid<'a>, Node<'a>>;

struct State<'a> {
    /// One level a certificate, the anchor's first; `None` once no policy is valid any more.
    graph: Option<Vec<Level<'a>>>,
    explicit: u32,
    mapping: u32,
    any: u32,
}

/// What stands against a path for its policies: the position of the certificate, and why. `path` begins with the leaf
/// and ends with the anchor, whose own policies do not count.
pub(super) fn check<'a>(path: &[&Certificate<'a>], initial: &InitialPolicies<'_>) -> Result<(), (usize, String)> {
    let count = path.len().saturating_sub(1);
    let skip = |now: bool| if now { 0 } else { u32::try_from(count).unwrap_or(u32::MAX - 1) + 1 };
    let root = Node { parents: BTreeSet::new(), expected: BTreeSet::from([oid::ANY_POLICY]) };
    let mut state = State {
        graph: Some(alloc::vec![Level::from([(oid::ANY_POLICY, root)])]),
        explicit: skip(initial.require_explicit),
        mapping: skip(initial.inhibit_mapping),
        any: skip(initial.inhibit_any),
    };
    for position in (0..count).rev() {
        let certificate = path[position];
        let policies = Policies::read(&certificate.extensions)
            .map_err(|fault| (position, alloc::format!("its policy extensions cannot be read: {}", fault.as_str())))?;
        let is_last = position == 0;
        let self_issued = certificate.is_self_issued();
        state.take(&policies, state.any > 0 || (!is_last && self_issued));
        if state.explicit == 0 && state.graph.is_none() {
            return Err((position, String::from("a policy is required, and none is valid for the path down to it")));
        }
        if is_last {
            state.explicit = state.explicit.saturating_sub(1);
            if policies.require_explicit == Some(0) {
                state.explicit = 0;
            }
        } else {
            state.prepare(&policies, self_issued).map_err(|message| (position, message))?;
        }
    }
    state.accept(initial)
}

impl<'a> State<'a> {
    /// RFC 9618 5.3 (RFC 5280 6.1.3 (d) and (e)).
    fn take(&mut self, policies: &Policies<'a>, any_counts: bool) {
        let Some(listed) = &policies.listed else {
            self.graph = None;
            return;
        };
        let Some(graph) = &mut self.graph else { return };
        let Some(above) = graph.last() else { return };
        let mut expected: BTreeMap<Oid<'a>, BTreeSet<Oid<'a>>> = BTreeMap::new();
        for (&policy, node) in above {
            for &name in &node.expected {
                expected.entry(name).or_default().insert(policy);
            }
        }
        let mut level = Level::new();
        let mut add = |policy: Oid<'a>, parents: BTreeSet<Oid<'a>>| {
            level.insert(policy, Node { parents, expected: BTreeSet::from([policy]) });
        };
        for &policy in listed.iter().filter(|&&policy| policy != oid::ANY_POLICY) {
            match expected.get(policy) {
                Some(parents) => add(policy, parents.clone()),
                None if above.contains_key(oid::ANY_POLICY) => add(policy, BTreeSet::from([oid::ANY_POLICY])),
                None => {}
            }
        }
        if any_counts && listed.contains(&oid::ANY_POLICY) {
            for (policy, parents) in expected {
                if !listed.contains(&policy) || policy == oid::ANY_POLICY {
                    level.entry(policy).or_insert_with(|| Node { parents, expected: BTreeSet::from([policy]) });
                }
            }
        }
        graph.push(level);
        self.prune();
    }

    /// Drops what leads nowhere; without a node in the last level there is no graph.
    fn prune(&mut self) {
        let Some(graph) = &mut self.graph else { return };
        for depth in (1..graph.len()).rev() {
            let used: BTreeSet<Oid<'a>> = graph[depth].values().flat_map(|node| node.parents.iter().copied()).collect();
            graph[depth - 1].retain(|policy, _| used.contains(policy));
        }
        if graph.last().is_none_or(BTreeMap::is_empty) {
            self.graph = None;
        }
    }

    /// RFC 9618 5.4 (RFC 5280 6.1.4 (a), (b) and (h) to (j)): what the next certificate will be held against.
    fn prepare(&mut self, policies: &Policies<'a>, self_issued: bool) -> Result<(), String> {
        if policies.mappings.iter().any(|&(from, to)| from == oid::ANY_POLICY || to == oid::ANY_POLICY) {
            return Err(String::from("it maps anyPolicy, which must not be mapped"));
        }
        self.map(policies);
        if !self_issued {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *counter = counter.saturating_sub(1);
            }
        }
        let limit =
            |counter: &mut u32, stated: Option<u32>| *counter = stated.map_or(*counter, |own| own.min(*counter));
        limit(&mut self.explicit, policies.require_explicit);
        limit(&mut self.mapping, policies.inhibit_mapping);
        limit(&mut self.any, policies.inhibit_any);
        Ok(())
    }

    fn map(&mut self, policies: &Policies<'a>) {
        let mut mappings: BTreeMap<Oid<'a>, BTreeSet<Oid<'a>>> = BTreeMap::new();
        for &(from, to) in &policies.mappings {
            mappings.entry(from).or_default().insert(to);
        }
        let Some(level) = self.graph.as_mut().and_then(|graph| graph.last_mut()) else { return };
        for (from, to) in mappings {
            if self.mapping == 0 {
                level.remove(from);
            } else if let Some(node) = level.get_mut(from) {
                node.expected = to;
            } else if level.contains_key(oid::ANY_POLICY) {
                level.insert(from, Node { parents: BTreeSet::from([oid::ANY_POLICY]), expected: to });
            }
        }
        self.prune();
    }

    /// RFC 9618 5.5 (RFC 5280 6.1.5 (g)): the policies of the path against those that are accepted.
    fn accept(&self, initial: &InitialPolicies<'_>) -> Result<(), (usize, String)> {
        if self.explicit > 0 {
            return Ok(());
        }
        let mut valid = BTreeSet::new();
        if let Some(graph) = &self.graph {
            let from_any = |node: &Node<'a>| node.parents.contains(oid::ANY_POLICY);
            let nodes = graph.iter().flatten().filter(|(policy, node)| **policy != oid::ANY_POLICY && from_any(node));
            valid.extend(nodes.map(|(policy, _)| *policy));
            if graph.last().is_some_and(|level| level.contains_key(oid::ANY_POLICY)) {
                valid.insert(oid::ANY_POLICY);
            }
        }
        let any = oid::dotted(oid::ANY_POLICY);
        let accepts_any = initial.accepted.is_empty() || initial.accepted.contains(&any.as_str());
        let accepted =
            |policy: &Oid<'a>| *policy == oid::ANY_POLICY || initial.accepted.contains(&oid::dotted(policy).as_str());
        if !valid.is_empty() && (accepts_any || valid.iter().any(accepted)) {
            return Ok(());
        }
        let found = valid.iter().map(|policy| oid::dotted(policy)).collect::<Vec<_>>().join(", ");
        let found = if found.is_empty() { String::from("none") } else { found };
        let wanted = if accepts_any { String::from("any") } else { initial.accepted.join(" or ") };
        Err((0, alloc::format!("the path is valid for these policies: {found}; wanted: {wanted}")))
    }
}
