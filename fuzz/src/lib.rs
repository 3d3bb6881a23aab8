//! What the fuzz targets share: one input as several files, and chains that are signed.

pub mod chain;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

#[doc(hidden)]
pub use libfuzzer_sys::fuzz_target;

/// How long one input may take.
pub const LONGEST: Duration = Duration::from_millis(250);
/// How long it may take with the work of deriving keys from a passphrase, which has a budget of its own.
pub const LONGEST_WITH_A_PASSPHRASE: Duration = Duration::from_millis(1500);

/// A fuzz target: what is done with an input, and that it does not take too long.
#[macro_export]
macro_rules! target {
    (|$input:ident: &[u8]| $body:block) => {
        $crate::fuzz_target!(|$input: &[u8]| {
            $crate::within($crate::LONGEST, || $body);
        });
    };
}

/// # Panics
///
/// If it takes more of the processor than `longest`; what others do beside it is not counted.
pub fn within(longest: Duration, what: impl FnOnce()) {
    let begun = on_the_processor();
    what();
    let took = on_the_processor() - begun;
    assert!(took <= longest, "an input took {} ms", took.as_millis());
}

fn on_the_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a clock that counts from the start of the thread")
}

/// The files of one input: each a number, its length in two bytes, and its bytes.
#[derive(Debug)]
pub struct Parts<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Parts<'a> {
    /// Takes an input apart; what is cut off is as long as it is.
    #[must_use]
    pub fn read(mut input: &'a [u8]) -> Self {
        let mut parts = Vec::new();
        while let [number, high, low, rest @ ..] = input {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
            let (part, rest) = rest.split_at(length);
            parts.push((*number % 8, part));
            input = rest;
        }
        Self(parts)
    }

    /// The first file with a number.
    #[must_use]
    pub fn first(&self, number: u8) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == number).map(|(_, part)| *part)
    }

    /// Every file with a number.
    #[must_use]
    pub fn every(&self, number: u8) -> Vec<&'a [u8]> {
        self.0.iter().filter(|(found, _)| *found == number).map(|(_, part)| *part).collect()
    }
}
