//! Decoding a bundle of CAs: `certway show` beside `openssl storeutl`, as whole processes.

use std::path::Path;
use std::process::Command;

use crate::data::BUNDLES;
use crate::figures::{load_average, say, table};
use crate::process::{Cost, compare, whole_process};
use crate::{Bench, Outcome};

const ROUNDS: usize = 9;
const CONTESTANTS: [&str; 2] = ["openssl storeutl -noout -text -certs", "certway show"];

/// Prints the table.
///
/// # Errors
/// If a contestant fails.
pub(crate) fn measure(bench: &Bench) -> Outcome<()> {
    let mut rows = Vec::new();
    let mut slopes = [const { Vec::new() }; 2];
    for count in BUNDLES {
        let bundle = bench.data.join(format!("cas-{count}.pem"));
        let costs = compare(ROUNDS, |which| once(bench, which, &bundle))?;
        for which in 0..2 {
            slopes[which].push(costs[which].cpu_ms);
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
    whole_process(command.arg(bundle))
}
