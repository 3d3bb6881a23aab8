//! Waiting for what comes by itself.

use std::time::{Duration, Instant};

/// Whether it is so in time.
pub(crate) fn comes(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !so() {
        if begun.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}

/// Waits until it is so, and fails if that takes longer. Says how long it took.
#[track_caller]
pub(crate) fn until(limit: Duration, what: &str, so: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    assert!(comes(limit, so), "not within {limit:?}: {what}");
    begun.elapsed()
}
