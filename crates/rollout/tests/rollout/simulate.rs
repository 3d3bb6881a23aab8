//! Long random ways through a change, each from a seed: what an exploration is too narrow for.

use std::collections::BTreeMap;
use std::time::Instant;

use certway_rollout::{Choice, End};

use crate::invariants;
use crate::random::Random;
use crate::scenario::{self, Budget};
use crate::world::{Fate, Move, Policy, World};

/// How many seeds are taken; a campaign may ask for more.
fn seeds() -> u64 {
    std::env::var("CERTWAY_CAMPAIGN_SEEDS").map_or(100_000, |seeds| seeds.parse().expect("a number"))
}

/// What helps the change on is likelier than what hinders it, so that most ways go far.
fn weight(this: &Move) -> usize {
    match this {
        Move::Deliver(_, _, Fate::Done) | Move::Answer(_) | Move::Boot(_) | Move::Probe(_) => 12,
        Move::Elect(_) | Move::Heal(_) | Move::Lease(_) | Move::Clock => 6,
        Move::Time => 3,
        Move::Choose(Choice::Confirm | Choice::Retry | Choice::Continue) => 6,
        Move::Deliver(..) | Move::Crash(_) | Move::Isolate(_) | Move::Remove(_) | Move::Choose(_) => 1,
    }
}

fn run(seed: u64) -> Result<Option<End>, String> {
    let mut random = Random::seeded(seed);
    let scenario = scenario::drawn(&mut random);
    let mut world = World::at_begin(&scenario);
    world.budget =
        Budget { crashes: 6, failures: 3, partitions: 4, choices: 4, turns: 30, removals: u8::from(random.one_in(4)) };
    let mut way = Vec::new();
    for _move in 0..random.below(400) {
        let moves = world.moves(&scenario);
        let total: usize = moves.iter().map(weight).sum();
        if total == 0 {
            break;
        }
        let mut place = random.below(total);
        let this = moves.iter().find(|this| {
            let here = place < weight(this);
            place = place.wrapping_sub(weight(this));
            here
        });
        let this = *this.expect("a place below the sum of the weights");
        world.make(&scenario, this);
        way.push(format!("  {this:?}"));
        let told = |fault| format!("{fault}\n{:?}\n{:?}\n{}", scenario.plan, scenario.pki, way.join("\n"));
        invariants::check(&world, &scenario).map_err(told)?;
    }
    let policy = [Policy::Forward, Policy::RollBack, Policy::Abort][random.below(3)];
    world.finish(&scenario, policy, |world| invariants::check(world, &scenario).map(|()| false))
}

#[test]
fn seeded_ways() {
    let begin = Instant::now();
    let mut ends = BTreeMap::new();
    for seed in 0..seeds() {
        let end = run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        *ends.entry(format!("{end:?}")).or_insert(0) += 1;
    }
    println!("{} seeds, {:.0} s: {ends:?}", seeds(), begin.elapsed().as_secs_f64());
    // Half the point of a simulation is that it goes everywhere.
    for end in [End::Complete, End::RolledBack, End::Aborted] {
        assert!(ends.contains_key(&format!("{:?}", Some(end))), "no way ends in {end:?}");
    }
}
