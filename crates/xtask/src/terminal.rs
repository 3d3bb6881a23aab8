//! What is said on the terminal while the work goes on.

use std::io::Write as _;
use std::time::Instant;

use crate::failure::Failure;

/// Prints one line on standard output.
pub(crate) fn say(line: &str) {
    // A closed terminal is no reason to stop half-way.
    let _closed = writeln!(std::io::stdout().lock(), "{}", line.trim_end());
}

/// Prints an error on standard error.
pub(crate) fn complain(text: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "error: {}", text.trim_end());
}

/// Does one step, saying which, how it ended and how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    say(&format!("== {name}"));
    let begin = Instant::now();
    let outcome = work();
    let end = if outcome.is_ok() { "done" } else { "failed" };
    say(&format!("== {name}: {end} ({:.0} s)", begin.elapsed().as_secs_f64()));
    outcome
}
