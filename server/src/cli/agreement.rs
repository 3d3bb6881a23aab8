//! Asking before what is hard to undo.

use std::io::{IsTerminal as _, Write as _};

/// Asks, on a terminal only; anyone else is told what to say instead.
pub(super) fn agreed(question: &str, say: &str) -> bool {
    let mut errors = std::io::stderr();
    if !std::io::stdin().is_terminal() {
        let _ = writeln!(errors, "certway: {say}; nothing was changed");
        return false;
    }
    let _ = write!(errors, "{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim().eq_ignore_ascii_case("y")
}
