//! How many keys are asked for at once.

use super::message::KeyValue;

/// What an answer is to have in keys and values, about. A peer of gRPC takes 4 MiB if it is not told otherwise.
const WANTED_BYTES: usize = 2 * 1024 * 1024;
/// As long as nothing is known of their sizes.
const FIRST: usize = 16;
/// A transaction has at most 128 operations.
const MOST: usize = 100;

/// Grows and shrinks with what was read.
pub(super) struct Portion(usize);

impl Portion {
    pub(super) fn first() -> Self {
        Self(FIRST)
    }

    pub(super) fn keys(&self) -> usize {
        self.0
    }

    /// Asks for fewer, if that is possible.
    pub(super) fn shrink(&mut self) -> bool {
        let can = self.0 > 1;
        self.0 = (self.0 / 4).max(1);
        can
    }

    /// The next ones are taken to be as large as these.
    pub(super) fn learn(&mut self, read: &[KeyValue]) {
        let bytes: usize = read.iter().map(|pair| pair.key.len() + pair.value.len()).sum();
        if !read.is_empty() {
            self.0 = (WANTED_BYTES * read.len() / bytes.max(1)).clamp(1, MOST);
        }
    }
}
