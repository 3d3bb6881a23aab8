//! How often a source may do what costs the node work: try a password, have an upload checked.
//!
//! Each source has tries that come back with time. When they are used up, further ones are turned away. Of passwords the
//! next few tries wait for their turn first: a program that guesses is slowed to the rate below, and a person behind it
//! waits less than two seconds. A browser that has signed in before is a source of its own, whatever its address, so that guessing
//! from the same network cannot keep its user out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    /// Tries at once.
    burst: f64,
    /// Tries that come back in a second.
    per_second: f64,
    /// Tries that may wait.
    waiting: f64,
}

/// Of passwords. The last that waits does so for 8 / 5 = 1.6 seconds.
pub(super) const PASSWORDS: Rate = Rate { burst: 10.0, per_second: 5.0, waiting: 8.0 };
/// Of uploads to `/check`. A program may hand in a whole collection at once: the corpus, which the tests send one by one
/// from one address, has 422 cases, and four runs of it are 1,688. What goes on at twenty a second takes 4 % of one processor
/// at the usual 2 ms for a judgement; the dearest uploads, at 250 ms, are held to what `CHECKS` judges at once.
pub(super) const CHECKS: Rate = Rate { burst: 2000.0, per_second: 20.0, waiting: 0.0 };
/// Of codes beside a password that is right, by user: 2,880 a day, of which three in a million are right at a time, so that somebody who knows
/// the password waits 80 days for an even chance. Recovery codes come under it too.
pub(super) const CODES: Rate = Rate { burst: 5.0, per_second: 1.0 / 30.0, waiting: 0.0 };
/// Of records of refused sign-ins, tokens and calendar passwords: one source adds 8,640 a day to the log's 100,000.
pub(super) const STRANGERS: Rate = Rate { burst: 100.0, per_second: 0.1, waiting: 0.0 };
/// Sources remembered for each: about 1 MiB. One whose tries have all come back is forgotten first, then whichever has
/// the most left; who has used them up is remembered longest.
const SOURCES: usize = 10_000;

/// Where a try comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// An IPv4 address, or the /64 of an IPv6 address, which one subscriber has whole.
    Network([u8; 8]),
    /// A browser that has signed in before.
    Device([u8; 16]),
    /// Whoever tries codes of this user: SHA-256 of the name.
    User([u8; 32]),
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
pub(super) struct Throttle {
    rate: Rate,
    sources: Mutex<HashMap<Source, Tries>>,
}

#[derive(Clone, Copy)]
struct Tries {
    /// Below zero: that many tries wait.
    left: f64,
    counted: Instant,
}

impl Tries {
    fn at(self, now: Instant, rate: Rate) -> f64 {
        (self.left + now.duration_since(self.counted).as_secs_f64() * rate.per_second).min(rate.burst)
    }
}

impl Throttle {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, sources: Mutex::default() }
    }

    /// Waits until `source` may try; if too many wait already, says how long before it may ask again.
    pub(super) async fn turn(&self, source: Source) -> Result<(), Duration> {
        let wait = self.book(source, Instant::now())?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Whether `source` may try now.
    pub(super) fn may(&self, source: Source) -> bool {
        self.book(source, Instant::now()).is_ok()
    }

    /// How long `source` must wait for its try; or, if too many wait already, how long before it may ask again.
    fn book(&self, source: Source, now: Instant) -> Result<Duration, Duration> {
        // Every step below leaves the map whole.
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = self.rate;
        let left = sources.get(&source).map_or(rate.burst, |tries| tries.at(now, rate)) - 1.0;
        if left < -rate.waiting {
            return Err(seconds(-left / rate.per_second));
        }
        if sources.len() >= SOURCES && !sources.contains_key(&source) {
            make_room(&mut sources, now, rate);
        }
        sources.insert(source, Tries { left, counted: now });
        Ok(if left < 0.0 { seconds(-left / rate.per_second) } else { Duration::ZERO })
    }
}

fn make_room(sources: &mut HashMap<Source, Tries>, now: Instant, rate: Rate) {
    sources.retain(|_, tries| tries.at(now, rate) < rate.burst);
    if sources.len() >= SOURCES {
        let left = |tries: &Tries| tries.at(now, rate);
        let fullest = sources.iter().max_by(|(_, one), (_, other)| left(one).total_cmp(&left(other)));
        if let Some(source) = fullest.map(|(source, _)| *source) {
            sources.remove(&source);
        }
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
        let throttle = Throttle::new(PASSWORDS);
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
        let throttle = Throttle::new(PASSWORDS);
        let start = Instant::now();
        let source = Source::of([192, 0, 2, 1].into());
        for _ in 0..1000 {
            let _ = throttle.book(source, start);
        }
        let wait = throttle.book(source, start + Duration::from_millis(200)).unwrap();
        assert!(wait < Duration::from_secs(2), "{wait:?}");
    }

    #[test]
    fn a_crowd_of_sources_takes_no_more_room_and_lets_nobody_off() {
        let throttle = Throttle::new(CHECKS);
        let start = Instant::now();
        let busy = Source::of([192, 0, 2, 1].into());
        while throttle.book(busy, start).is_ok() {}
        for number in 0..SOURCES as u32 + 500 {
            assert!(throttle.book(Source::of(std::net::Ipv4Addr::from_bits(number).into()), start).is_ok());
        }
        assert_eq!(throttle.sources.lock().unwrap().len(), SOURCES);
        let wait = throttle.book(busy, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(50));
        assert!(throttle.book(busy, start + wait).is_ok());
    }
}
