//! Medians, and tables for docs/performance.md.

use std::io::Write as _;

/// Prints one line on standard output.
pub(crate) fn say(line: &str) {
    // A closed terminal is no reason to leave servers running behind a panic.
    let _closed = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints an error on standard error.
pub(crate) fn complain(text: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "error: {text}");
}

/// Prints a Markdown table.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    say(&format!("| {} |", head.join(" | ")));
    say(&format!("|{}", " --- |".repeat(head.len())));
    for row in rows {
        say(&format!("| {} |", row.join(" | ")));
    }
}

/// The median; 0 of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The load of the machine while it was measured, as the system tells it.
pub(crate) fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').take(3).collect::<Vec<_>>().join(" ")
}
