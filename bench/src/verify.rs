//! Validating a chain of four against trusted CA lists of growing size: `certway verify` beside `openssl verify`, as whole
//! processes.

use std::process::Command;

use crate::data::BUNDLES;
use crate::figures::{load_average, say, table};
use crate::process::{Cost, compare, whole_process};
use crate::{Bench, Outcome};

const ROUNDS: usize = 15;
const CONTESTANTS: [&str; 2] = ["openssl verify", "certway verify"];

/// Prints the table.
///
/// # Errors
/// If a contestant fails, or finds the chain not valid.
pub(crate) fn measure(bench: &Bench) -> Outcome<()> {
    let mut rows = Vec::new();
    for count in BUNDLES {
        let costs = compare(ROUNDS, |which| once(bench, which, count))?;
        for which in 0..2 {
            rows.push(vec![
                count.to_string(),
                format!("`{}`", CONTESTANTS[which]),
                format!("{:.1}", costs[which].cpu_ms),
                format!("{:.1}", costs[which].wall_ms),
                format!("{:.1} x", costs[0].cpu_ms / costs[which].cpu_ms.max(0.001)),
            ]);
        }
    }
    table(&["CAs", "command", "CPU ms", "wall ms", "of openssl's speed"], &rows);
    say(&format!("Medians of {ROUNDS} runs, taking turns; load average {}.", load_average()));
    Ok(())
}

fn once(bench: &Bench, which: usize, count: usize) -> Outcome<Cost> {
    let folder = bench.data.join("verify");
    let trusted = folder.join(format!("cas-{count}.pem"));
    let (between, leaf) = (folder.join("between.pem"), folder.join("leaf.pem"));
    let mut command = if which == 0 {
        let mut openssl = Command::new("openssl");
        openssl.args(["verify", "-no-CApath", "-no-CAstore", "-CAfile"]);
        openssl
    } else {
        let mut certway = Command::new(&bench.certway);
        certway.args(["verify", "--trusted"]);
        certway
    };
    let untrusted = if which == 0 { "-untrusted" } else { "--untrusted" };
    whole_process(command.arg(trusted).arg(untrusted).arg(between).arg(leaf))
}
