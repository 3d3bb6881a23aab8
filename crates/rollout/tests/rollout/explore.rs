//! Every order of events, breadth first, within a budget of what may go wrong.

use std::collections::{HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Instant;

use crate::invariants;
use crate::scenario::{self, Budget, Scenario};
use crate::world::{Move, Policy, World};

/// What an exploration saw.
pub(crate) struct Seen {
    pub(crate) states: usize,
    pub(crate) moves: usize,
    pub(crate) complete: bool,
    /// The broken invariant, and the shortest way there.
    pub(crate) broken: Option<(String, Vec<Move>)>,
}

/// Explores a scenario, at most so many states.
pub(crate) fn explore(scenario: &Scenario, most: usize) -> Seen {
    let begin = World::at_begin(scenario);
    let mut known = HashSet::from([hash(&begin)]);
    let mut queue = VecDeque::from([(begin, 0usize)]);
    // The parent of each state and the move to it, for the way to a fault.
    let mut ways: Vec<(usize, Option<Move>)> = vec![(0, None)];
    let mut ends = [(Policy::RollBack, HashSet::new()), (Policy::Abort, HashSet::new())];
    let mut seen = Seen { states: 1, moves: 0, complete: true, broken: None };
    while let Some((world, place)) = queue.pop_front() {
        for (policy, ending) in &mut ends {
            if let Err(fault) = ends_somehow(&world, scenario, *policy, ending) {
                seen.broken = Some((format!("no end by {policy:?}: {fault}"), way(&ways, place)));
                return seen;
            }
        }
        for this in world.moves(scenario) {
            let mut next = world.clone();
            next.make(scenario, this);
            seen.moves += 1;
            if !known.insert(hash(&next)) {
                continue;
            }
            ways.push((place, Some(this)));
            seen.states += 1;
            if let Err(fault) = invariants::check(&next, scenario) {
                seen.broken = Some((fault, way(&ways, ways.len() - 1)));
                return seen;
            }
            if seen.states >= most {
                seen.complete = false;
                return seen;
            }
            queue.push_back((next, ways.len() - 1));
        }
    }
    seen
}

/// Resumable everywhere: from here the change comes to an end, and nothing breaks on the way.
fn ends_somehow(world: &World, scenario: &Scenario, policy: Policy, ending: &mut HashSet<u128>) -> Result<(), String> {
    let nothing = Budget { crashes: 0, failures: 0, partitions: 0, choices: 0, turns_of_the_clock: 0, removals: 0 };
    let generous = Budget { turns_of_the_clock: u8::MAX, ..nothing };
    let calm = World { budget: generous, ..world.clone() };
    let end = calm.finish(scenario, policy, |world| {
        invariants::check(world, scenario)?;
        // What is known to end ends.
        let known = World { budget: nothing, ..world.clone() };
        Ok(!ending.insert(hash(&known)))
    });
    end.map(|_end| ())
}

fn way(ways: &[(usize, Option<Move>)], mut place: usize) -> Vec<Move> {
    let mut way = Vec::new();
    while let (parent, Some(this)) = ways[place] {
        way.push(this);
        place = parent;
    }
    way.reverse();
    way
}

/// 128 bits: with 10^8 states the chance that two share a number is below 10^-22.
fn hash(world: &World) -> u128 {
    let mut lanes = Lanes(0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f);
    world.hash(&mut lanes);
    u128::from(lanes.0) << 64 | u128::from(lanes.1)
}

struct Lanes(u64, u64);

impl Hasher for Lanes {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let mix = |lane: u64, key: u64| {
            let product = u128::from(lane ^ value) * u128::from(key);
            (product as u64) ^ ((product >> 64) as u64) ^ lane.rotate_left(23)
        };
        self.0 = mix(self.0, 0xa076_1d64_78bd_642f);
        self.1 = mix(self.1, 0xe703_7ed1_a0b4_28db);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[track_caller]
fn check(scenarios: &[Scenario], most: usize) {
    let mut total = 0;
    for scenario in scenarios {
        let begin = Instant::now();
        let seen = explore(scenario, most);
        if let Some((fault, way)) = seen.broken {
            let steps: Vec<String> = way.iter().map(|this| format!("  {this:?}")).collect();
            panic!("{}, {} nodes: {fault}\n{}", scenario.name, scenario.plan.nodes.len(), steps.join("\n"));
        }
        total += seen.states;
        println!(
            "{}, {} nodes: {} states{}, {} moves, {:.0} s",
            scenario.name,
            scenario.plan.nodes.len(),
            seen.states,
            if seen.complete { ", all there are within the budget" } else { "" },
            seen.moves,
            begin.elapsed().as_secs_f64(),
        );
    }
    println!("{total} states");
}

/// How many states of each scenario are looked at.
fn most(without_campaign: usize) -> usize {
    std::env::var("CERTWAY_CAMPAIGN").ok().and_then(|most| most.parse().ok()).unwrap_or(without_campaign)
}

#[test]
fn three_nodes() {
    let scenarios = [
        scenario::plain(3),
        scenario::without_permissive(3),
        scenario::confirmed(3),
        scenario::clash(3),
        scenario::expired(3),
        scenario::revoked(3),
        scenario::acme(3),
        scenario::permissive(3),
        scenario::plain(3).with(|budget| budget.partitions = 1),
        scenario::plain(3).with(|budget| budget.failures = 1),
        scenario::revoked(3).with(|budget| budget.choices = 2),
        scenario::clash(3).with(|budget| (budget.crashes, budget.removals) = (0, 1)),
    ];
    check(&scenarios, most(3000));
}

#[test]
fn four_nodes() {
    check(&[scenario::plain(4), scenario::waves(4), scenario::clash(4), scenario::revoked(4)], most(3000));
}

#[test]
fn five_nodes() {
    check(&[scenario::plain(5), scenario::waves(5), scenario::without_permissive(5)], most(3000));
}
