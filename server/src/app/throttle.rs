//! How often a password may be tried.
//!
//! Each source has tries that come back with time. When they are used up, the next few tries wait for their turn and
//! further ones are turned away: a program that guesses is slowed to the rate below, and a person behind it waits less
//! than two seconds. A browser that has signed in before is a source of its own, whatever its address, so that guessing
//! from the same network cannot keep its user out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::Error;

/// Tries at once.
const BURST: f64 = 10.0;
/// Tries that come back in a second.
const PER_SECOND: f64 = 5.0;
/// Tries that may wait: the last of them for 8 / 5 = 1.6 seconds.
const WAITING: f64 = 8.0;
/// Sources remembered: about 1 MiB. One whose tries have all come back is forgotten first.
const SOURCES: usize = 10_000;

/// Where a try comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// An IPv4 address, or the /64 of an IPv6 address, which one subscriber has whole.
    Network([u8; 8]),
    /// A browser that has signed in before.
    Device([u8; 16]),
}

impl Source {
    /// The source of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        let mut network = [0; 8];
        match address.to_canonical() {
            IpAddr::V4(address) => network[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => network.copy_from_slice(&address.octets()[..8]),
        }
        Self::Network(network)
    }
}

/// The tries of every source.
#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<Source, Tries>>);

#[derive(Clone, Copy)]
struct Tries {
    /// Below zero: that many tries wait.
    left: f64,
    counted: Instant,
}

impl Tries {
    fn at(self, now: Instant) -> f64 {
        (self.left + now.duration_since(self.counted).as_secs_f64() * PER_SECOND).min(BURST)
    }
}

impl Throttle {
    /// Waits until `source` may try.
    pub(super) async fn turn(&self, source: Source) -> Result<(), Error> {
        let wait = self.book(source, Instant::now()).map_err(Error::TooManyAttempts)?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// How long `source` must wait for its try; or, if too many wait already, how long before it may ask again.
    fn book(&self, source: Source, now: Instant) -> Result<Duration, Duration> {
        // Every step below leaves the map whole.
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = sources.get(&source).map_or(BURST, |tries| tries.at(now)) - 1.0;
        if left < -WAITING {
            return Err(seconds(-left / PER_SECOND));
        }
        if sources.len() >= SOURCES && !sources.contains_key(&source) {
            sources.retain(|_, tries| tries.at(now) < BURST);
        }
        sources.insert(source, Tries { left, counted: now });
        Ok(if left < 0.0 { seconds(-left / PER_SECOND) } else { Duration::ZERO })
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_guesses_are_held_to_the_rate_and_another_source_is_not_held() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let guesser = Source::of([192, 0, 2, 1].into());
        let passed = (0..10_000).filter(|n| throttle.book(guesser, start + Duration::from_millis(*n)).is_ok()).count();
        // Ten seconds: the burst, those that wait, and fifty.
        assert!((60..=69).contains(&passed), "{passed}");
        let honest = Source::of([192, 0, 2, 2].into());
        assert_eq!(throttle.book(honest, start), Ok(Duration::ZERO));
        assert_eq!(throttle.book(Source::Device([1; 16]), start), Ok(Duration::ZERO));
    }

    #[test]
    fn after_the_guessing_a_try_from_the_same_source_waits_less_than_two_seconds() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let source = Source::of([192, 0, 2, 1].into());
        for _ in 0..1000 {
            let _ = throttle.book(source, start);
        }
        let wait = throttle.book(source, start + Duration::from_millis(200)).unwrap();
        assert!(wait < Duration::from_secs(2), "{wait:?}");
    }
}
