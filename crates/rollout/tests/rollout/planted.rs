//! The exploration finds bugs: each is planted in whoever carries out what the machine says, and must break an invariant.

use crate::explore::explore;
use crate::scenario::{self, Budget, Bug, Scenario};

#[track_caller]
fn check(scenario: Scenario, bug: Bug, budget: Budget, fault: &str) {
    let mut scenario = scenario.with_bug(bug);
    scenario.budget = budget;
    let seen = explore(&scenario, 100_000);
    let (found, way) = seen.broken.unwrap_or_else(|| panic!("{bug:?} was not found in {} states", seen.states));
    assert!(found.contains(fault), "{bug:?} was found as: {found}\n{way:?}");
}

const NOTHING: Budget = Budget { crashes: 0, failures: 0, partitions: 0, choices: 0, turns: 0, removals: 0 };

#[test]
fn a_node_that_is_not_permissive() {
    check(scenario::clash(3), Bug::SkipsPermissive, NOTHING, "in Enforce and refuses");
}

#[test]
fn two_nodes_restarted_at_once() {
    check(scenario::plain(3), Bug::RestartsTwo, NOTHING, "2 nodes restart at once");
}

#[test]
fn permissive_closed_without_a_look_at_the_matrix() {
    let budget = Budget { turns: 3, ..NOTHING };
    check(scenario::clash(3), Bug::ClosesBlindly, budget, "in Enforce and refuses");
    let budget = Budget { crashes: 1, ..NOTHING };
    check(scenario::revoked_for_one(3), Bug::ClosesBlindly, budget, "in Enforce and refuses");
}

#[test]
fn a_deadline_that_is_forgotten() {
    check(scenario::plain(3), Bug::ForgetsTheDeadline, Budget { turns: 4, ..NOTHING }, "silently left Permissive");
}

#[test]
fn a_command_that_is_void() {
    let budget = Budget { choices: 1, ..NOTHING };
    check(scenario::plain(3), Bug::HeedsOldCommands, budget, "the state is wrong about node");
}

#[test]
fn a_node_called_recovered_without_a_look() {
    check(scenario::plain(3), Bug::ProbesBlindly, NOTHING, "2 nodes restart at once");
}

#[test]
fn a_node_without_the_new_ca() {
    check(scenario::without_permissive(3), Bug::SkipsTheCa, NOTHING, "the state is wrong about node");
}
