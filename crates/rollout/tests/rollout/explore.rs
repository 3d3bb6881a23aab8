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
    let calm = World { budget: NOTHING, ..world.clone() };
    let end = calm.finish(scenario, policy, |world| {
        invariants::check(world, scenario)?;
        // What is known to end ends.
        Ok(!ending.insert(hash(world)))
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

/// Explores a scenario within each budget.
#[track_caller]
fn check(scenario: Scenario, budgets: &[Budget], most: usize) -> usize {
    let mut total = 0;
    let mut scenario = scenario;
    for budget in budgets {
        scenario.budget = *budget;
        let begin = Instant::now();
        let seen = explore(&scenario, most);
        let what = format!("{}, {} nodes, {budget}", scenario.name, scenario.plan.nodes.len());
        if let Some((fault, way)) = seen.broken {
            let steps: Vec<String> = way.iter().map(|this| format!("  {this:?}")).collect();
            panic!("{what}: {fault}\n{}", steps.join("\n"));
        }
        total += seen.states;
        let (all, seconds) = (if seen.complete { "all" } else { "the first" }, begin.elapsed().as_secs_f64());
        println!("{what}: {all} {} states, {} moves, {seconds:.0} s", seen.states, seen.moves);
    }
    total
}

#[track_caller]
fn check_all(scenarios: Vec<Scenario>, budgets: &[Budget]) {
    // 20,000 states of each scenario and budget, a million in all; with `CERTWAY_CAMPAIGN`, as many as that says.
    let most = std::env::var("CERTWAY_CAMPAIGN").map_or(20_000, |most| most.parse().expect("a number"));
    let total: usize = scenarios.into_iter().map(|scenario| check(scenario, budgets, most)).sum();
    println!("{total} states");
}

const NOTHING: Budget = Budget { crashes: 0, failures: 0, partitions: 0, choices: 0, turns: 0, removals: 0 };

#[test]
fn three_nodes() {
    let scenarios = vec![
        scenario::plain(3),
        scenario::without_permissive(3),
        scenario::confirmed(3),
        scenario::clash(3),
        scenario::expired(3),
        scenario::revoked(3),
        scenario::revoked_for_one(3),
        scenario::acme(3),
        scenario::permissive(3),
    ];
    let budgets = [
        Budget { crashes: 2, ..NOTHING },
        Budget { crashes: 1, turns: 2, ..NOTHING },
        Budget { crashes: 1, choices: 1, ..NOTHING },
        Budget { choices: 1, turns: 2, ..NOTHING },
        Budget { failures: 1, choices: 1, ..NOTHING },
        Budget { partitions: 1, turns: 2, ..NOTHING },
        Budget { removals: 1, turns: 1, ..NOTHING },
        Budget { turns: 4, ..NOTHING },
    ];
    check_all(scenarios, &budgets);
}

#[test]
fn four_nodes() {
    let scenarios = vec![scenario::plain(4), scenario::waves(4), scenario::clash(4), scenario::revoked(4)];
    let budgets = [
        Budget { crashes: 1, turns: 1, ..NOTHING },
        Budget { choices: 1, ..NOTHING },
        Budget { turns: 2, ..NOTHING },
        Budget { partitions: 1, turns: 1, ..NOTHING },
    ];
    check_all(scenarios, &budgets);
}

#[test]
fn five_nodes() {
    let scenarios = vec![scenario::plain(5), scenario::waves(5), scenario::without_permissive(5)];
    let budgets = [Budget { crashes: 1, ..NOTHING }, Budget { turns: 1, ..NOTHING }];
    check_all(scenarios, &budgets);
}
