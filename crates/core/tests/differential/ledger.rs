//! Why others judge some chains otherwise.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// `PEER accepts|refuses WHAT CHANGE[,CHANGE...]: reason`. WHAT is our rule, or the peer's error; `*` in a
/// change stands for anything.
const LEDGER: &str = include_str!("../ledger/differential.txt");

/// Who else judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Openssl,
    Webpki,
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Openssl => "openssl",
            Self::Webpki => "webpki",
        }
    }
}

/// One reason of one side that the other side does not have.
#[derive(Debug)]
pub(crate) struct Difference<'a> {
    peer: Peer,
    verdict: &'static str,
    what: &'a str,
}

impl<'a> Difference<'a> {
    pub(crate) fn refused(peer: Peer, error: &'a str) -> Self {
        Self { peer, verdict: "refuses", what: error }
    }

    pub(crate) fn accepted(peer: Peer, rule: &'a str) -> Self {
        Self { peer, verdict: "accepts", what: rule }
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.peer.name(), self.verdict, self.what)
    }
}

struct Line {
    text: &'static str,
    subject: &'static str,
    changes: Vec<&'static str>,
    used: AtomicBool,
}

pub(crate) struct Ledger(Vec<Line>);

impl Ledger {
    pub(crate) fn read() -> Self {
        let lines = LEDGER.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = |text: &'static str| {
            let (head, reason) = text.split_once(": ").expect("a colon before the reason");
            assert!(!reason.is_empty(), "no reason: {text}");
            let (subject, changes) = head.rsplit_once(' ').expect("four words");
            Line { text, subject, changes: changes.split(',').collect(), used: AtomicBool::new(false) }
        };
        Self(lines.map(line).collect())
    }

    /// Whether a line has this difference and one of the changes.
    pub(crate) fn explains(&self, difference: &Difference<'_>, changes: &[String]) -> bool {
        let subject = difference.to_string();
        let among = |wanted: &&str| changes.iter().any(|change| is_meant(wanted, change));
        let fits = |line: &&Line| line.subject == subject && line.changes.iter().any(among);
        let found = self.0.iter().find(fits);
        if let Some(line) = found {
            line.used.store(true, Ordering::Relaxed);
        }
        found.is_some()
    }

    pub(crate) fn unused(&self) -> Vec<&'static str> {
        self.0.iter().filter(|line| !line.used.load(Ordering::Relaxed)).map(|line| line.text).collect()
    }
}

/// Whether a change is one that the ledger names, `*` standing for any text.
fn is_meant(wanted: &str, change: &str) -> bool {
    let Some((front, rest)) = wanted.split_once('*') else { return wanted == change };
    let Some(change) = change.strip_prefix(front) else { return false };
    (0..=change.len()).any(|start| is_meant(rest, &change[start..]))
}
