//! What a whole process costs, from its start to its end.

use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::Outcome;
use crate::figures::median;

/// User and system CPU, and wall time, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) cpu_ms: f64,
    pub(crate) wall_ms: f64,
}

/// Runs a command that must succeed; what it prints is thrown away.
///
/// # Errors
/// If it does not start, or fails.
pub(crate) fn whole_process(command: &mut Command) -> Outcome<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let (before, begin) = (children_cpu_ms()?, Instant::now());
    let status = command.status()?;
    let cost = Cost { cpu_ms: children_cpu_ms()? - before, wall_ms: begin.elapsed().as_secs_f64() * 1e3 };
    if status.success() { Ok(cost) } else { Err(format!("`{command:?}` failed: {status}").into()) }
}

/// What each of two contestants costs: the medians of as many rounds, in which they take turns.
///
/// # Errors
/// If a contestant fails.
pub(crate) fn compare(rounds: usize, mut once: impl FnMut(usize) -> Outcome<Cost>) -> Outcome<[Cost; 2]> {
    let mut costs = [const { Vec::new() }; 2];
    for round in 0..rounds {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            costs[which].push(once(which)?);
        }
    }
    Ok(costs.map(|costs| {
        let middle = |one: fn(&Cost) -> f64| median(&costs.iter().map(one).collect::<Vec<_>>());
        Cost { cpu_ms: middle(|cost| cost.cpu_ms), wall_ms: middle(|cost| cost.wall_ms) }
    }))
}

fn children_cpu_ms() -> Outcome<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e3)
}
