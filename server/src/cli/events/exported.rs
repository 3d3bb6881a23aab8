//! A log that was exported, verified without the node: by its digests.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use certway_core::Time;
use certway_wire::node::{Event, EventLog};

use super::Unreadable;
use crate::seal::to_hex;
use crate::store::digest_of;

/// The latest event that a log must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    number: u64,
    digest: String,
}

/// Reads `NUMBER:DIGEST`.
pub(super) fn head(text: &str) -> Result<Head, String> {
    let head = text.split_once(':').and_then(|(number, digest)| {
        let hexadecimal = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then_some(Head { number: number.parse().ok()?, digest: digest.to_ascii_lowercase() })
    });
    head.ok_or_else(|| "it must be a number, a colon, and 64 hexadecimal digits".to_owned())
}

/// Verifies a file of JSON lines.
pub(super) fn verify(path: &Path, head: Option<&Head>) -> Result<EventLog, Unreadable> {
    let unreadable = |error| Unreadable::new(path, error);
    let file: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(unreadable)?) };
    Ok(judged(read(BufReader::new(file)).map_err(unreadable)?, head))
}

/// What a file holds, as far as its events follow each other.
struct Chain {
    first: u64,
    last: u64,
    digest: String,
    /// What breaks it.
    broken: Option<String>,
    /// Whether the head was among the events, with its digest.
    digests: std::collections::BTreeMap<u64, String>,
}

fn read(lines: impl io::BufRead) -> io::Result<Chain> {
    let mut chain = Chain { first: 0, last: 0, digest: String::new(), broken: None, digests: Default::default() };
    for (line, text) in lines.lines().enumerate() {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let Ok(event) = serde_json::from_str::<Event>(&text) else {
            chain.broken = Some(format!("line {} is no event", line + 1));
            break;
        };
        if let Some(what) = chain.breaks(&event) {
            chain.broken = Some(what);
            break;
        }
        chain.digests.insert(event.number, event.digest.clone());
        if chain.first == 0 {
            chain.first = event.number;
        }
        (chain.last, chain.digest) = (event.number, event.digest);
    }
    Ok(chain)
}

impl Chain {
    fn breaks(&self, event: &Event) -> Option<String> {
        if event.number == 0 {
            return Some("there is an event 0, and a node's first one is 1".to_owned());
        }
        let number = self.last.saturating_add(1);
        // The first one of a log that has dropped events follows one that is not here, so that its own digest is taken as it is.
        let begins = self.last == 0 && event.number != 1;
        if !begins && event.number != number {
            return Some(format!("event {number} is missing"));
        }
        if begins {
            return None;
        }
        (digest_after(&self.digest, event) != Some(event.digest.clone()))
            .then(|| format!("event {} was changed", event.number))
    }
}

fn digest_after(before: &str, event: &Event) -> Option<String> {
    let before = bytes(before)?;
    let (number, at): (_, Time) = (i64::try_from(event.number).ok()?, event.at.parse().ok()?);
    let words = [event.actor.as_str(), &event.action, &event.details];
    Some(to_hex(&digest_of(&before, number, at.unix(), words, event.address.as_deref())).to_string())
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hexadecimal.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default()).collect())
}

fn judged(chain: Chain, head: Option<&Head>) -> EventLog {
    let Chain { first, last, digest, broken, digests } = chain;
    let against_head = head.and_then(|head| match digests.get(&head.number) {
        Some(found) if *found == head.digest => None,
        Some(_) => Some(format!("event {} is another one than the head says", head.number)),
        None if head.number > last => {
            Some(format!("event {} is missing: the head says that there are {}", last + 1, head.number))
        }
        None => Some(format!("event {}, which the head names, is from before the first one here", head.number)),
    });
    let broken = broken.or_else(|| (last == 0).then(|| "there is no event in it".to_owned())).or(against_head);
    let message = match &broken {
        Some(what) => format!("The file is not the log as the node wrote it: {what}."),
        None if first > 1 => format!(
            "Events {first} to {last} follow each other. Those before are not here: that event {first} itself is unchanged is not known."
        ),
        None => format!("Events {first} to {last} follow each other."),
    };
    let message = match (&broken, head) {
        (None, None) => format!("{message} Whether later ones are missing, only a head can tell."),
        _ => message,
    };
    EventLog { whole: broken.is_none(), message, first, last, digest, cluster: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(count: u64) -> Vec<Event> {
        let mut before = String::new();
        let mut events = Vec::new();
        for number in 1..=count {
            let mut event = Event {
                number,
                at: Time::from_unix(number.cast_signed() * 60).to_string(),
                actor: ["admin", "node"][usize::from(number % 2 == 0)].to_owned(),
                action: "tried".to_owned(),
                details: format!("number {number}, \"=1+1\"\n"),
                address: (number % 3 == 0).then(|| "192.0.2.7".to_owned()),
                digest: String::new(),
            };
            event.digest = digest_after(&before, &event).unwrap();
            before.clone_from(&event.digest);
            events.push(event);
        }
        events
    }

    fn verified(events: &[Event], head: Option<&Head>) -> EventLog {
        let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        judged(read(lines.join("\n").as_bytes()).unwrap(), head)
    }

    fn head_of(events: &[Event]) -> Head {
        let last = events.last().unwrap();
        head(&format!("{}:{}", last.number, last.digest)).unwrap()
    }

    #[test]
    fn what_has_no_number_that_a_node_gives_breaks_the_chain() {
        let genuine = events(5);
        let forged = |number: u64| Event { number, digest: String::new(), ..genuine[0].clone() };
        for before in [vec![forged(0)], vec![forged(0), forged(0)]] {
            let log = verified(&[before, genuine.clone()].concat(), Some(&head_of(&genuine)));
            assert!(!log.whole && log.message.contains("event 0"), "{}", log.message);
        }
        assert!(!verified(&[vec![forged(u64::MAX)], genuine.clone()].concat(), None).whole);
    }

    #[test]
    fn an_untouched_export_is_whole_with_its_head_or_an_earlier_one() {
        let events = events(9);
        assert!(verified(&events, None).whole);
        assert!(verified(&events, Some(&head_of(&events))).whole);
        assert!(verified(&events, Some(&head_of(&events[..4]))).whole);
        assert!(verified(&events[3..], Some(&head_of(&events))).message.contains("event 4 itself"));
    }

    #[test]
    fn every_edit_deletion_reordering_and_truncation_of_an_export_is_found_and_the_first_named() {
        let whole = events(9);
        let head = head_of(&whole);
        let found = |events: &[Event], named: usize, what: &str| {
            let log = verified(events, Some(&head));
            assert!(!log.whole, "{what}");
            assert!(log.message.contains(&format!("event {named} ")), "{what}: {}", log.message);
        };
        for one in 0..whole.len() {
            let edits: [fn(&mut Event); 7] = [
                |event| event.actor.push('x'),
                |event| event.action.push('x'),
                |event| event.details.clear(),
                |event| event.at = Time::from_unix(1).to_string(),
                |event| event.address = Some("192.0.2.8".to_owned()),
                |event| event.digest = "00".repeat(32),
                |event| event.digest.clear(),
            ];
            for (number, edit) in edits.into_iter().enumerate() {
                let mut events = whole.clone();
                edit(&mut events[one]);
                found(&events, one + 1, &format!("edit {number} of event {}", one + 1));
            }
            let mut events = whole.clone();
            events.remove(one);
            if one > 0 {
                found(&events, one + 1, &format!("event {} deleted", one + 1));
            }
            if one > 0 {
                found(&whole[..one], one + 1, &format!("cut after {one}"));
            }
            for other in one + 1..whole.len() {
                let mut events = whole.clone();
                events.swap(one, other);
                assert!(!verified(&events, Some(&head)).whole, "{one} and {other} swapped");
            }
        }
        assert!(!verified(&[], Some(&head)).whole);
        let other: Vec<Event> = events(12);
        assert!(verified(&other, Some(&head)).whole, "a longer log of the same node has the head in it");
    }
}
