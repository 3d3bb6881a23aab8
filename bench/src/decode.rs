//! Decoding a bundle of CAs: `certway show` beside `openssl storeutl`, as whole processes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::data::BUNDLES;
use crate::figures::{load_average, median, say, table};
use crate::{Bench, Outcome};

const ROUNDS: usize = 9;
const CONTESTANTS: [&str; 2] = ["openssl storeutl -noout -text -certs", "certway show"];

/// User and system CPU, and wall time, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Cost {
    cpu_ms: f64,
    wall_ms: f64,
}

/// Prints the table.
///
/// # Errors
/// If a contestant fails.
pub(crate) fn measure(bench: &Bench) -> Outcome<()> {
    let mut rows = Vec::new();
    let mut slopes = [const { Vec::new() }; 2];
    for count in BUNDLES {
        let bundle = bench.data.join(format!("cas-{count}.pem"));
        let mut costs = [const { Vec::new() }; 2];
        for round in 0..ROUNDS {
            for turn in 0..2 {
                let which = (round + turn) % 2;
                costs[which].push(once(bench, which, &bundle)?);
            }
        }
        let cpu = costs.each_ref().map(|costs| median(&costs.iter().map(|cost| cost.cpu_ms).collect::<Vec<_>>()));
        let wall = costs.each_ref().map(|costs| median(&costs.iter().map(|cost| cost.wall_ms).collect::<Vec<_>>()));
        for which in 0..2 {
            slopes[which].push(cpu[which]);
            rows.push(vec![
                count.to_string(),
                format!("`{}`", CONTESTANTS[which]),
                format!("{:.1}", cpu[which]),
                format!("{:.1}", wall[which]),
                format!("{:.1} x", cpu[0] / cpu[which].max(0.001)),
            ]);
        }
    }
    table(&["CAs", "command", "CPU ms", "wall ms", "of openssl's speed"], &rows);
    for (name, cpu) in CONTESTANTS.iter().zip(&slopes) {
        // The start of the process is taken out: it is the same for any number.
        let growth = ((cpu[2] - cpu[0]) / 990.0) / ((cpu[1] - cpu[0]) / 90.0).max(0.000_1);
        say(&format!("`{name}`: one CA of 1000 costs {growth:.2} times one of 100."));
    }
    say(&format!("Medians of {ROUNDS} runs, taking turns; load average {}.", load_average()));
    Ok(())
}

fn once(bench: &Bench, which: usize, bundle: &Path) -> Outcome<Cost> {
    let mut command = if which == 0 {
        let mut openssl = Command::new("openssl");
        openssl.args(["storeutl", "-noout", "-text", "-certs"]);
        openssl
    } else {
        let mut certway = Command::new(&bench.certway);
        certway.arg("show");
        certway
    };
    command.arg(bundle).stdin(Stdio::null()).stdout(Stdio::null());
    let (before, begin) = (children_cpu_ms()?, Instant::now());
    let status = command.status()?;
    let cost = Cost { cpu_ms: children_cpu_ms()? - before, wall_ms: begin.elapsed().as_secs_f64() * 1e3 };
    if status.success() { Ok(cost) } else { Err(format!("`{}` failed: {status}", CONTESTANTS[which]).into()) }
}

fn children_cpu_ms() -> Outcome<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e3)
}
