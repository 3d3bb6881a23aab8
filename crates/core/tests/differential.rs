//! Chains made at random, judged by this core, by `openssl verify` and by rustls-webpki: where they differ, the ledger says why.
//!
//! `cargo xtask test differential` runs it; `CERTWAY_DIFFERENTIAL` is the number of chains.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::print_stdout, reason = "how many chains were judged, and by whom, is for people to read")]

mod differential {
    pub(crate) mod der;
    pub(crate) mod random;
    pub(crate) mod chain;
    pub(crate) mod authority;
    pub(crate) mod names;
    pub(crate) mod policies;
    pub(crate) mod forms;
    pub(crate) mod pool;
    pub(crate) mod openssl;
    pub(crate) mod webpki;
    pub(crate) mod ledger;
}

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use certway_core::decoded::PathLink;
use certway_core::{ChainFault, InitialPolicies, Problem, Purpose, VerifyRequest, verify};
use differential::chain::{Chain, Files, NOW};
use differential::ledger::{Difference, Ledger, Peer};
use differential::{authority, forms, names, openssl, policies, pool, webpki};

/// What is changed in chains that are good.
const MUTATIONS: &[&[differential::chain::Mutation]] =
    &[authority::MUTATIONS, names::MUTATIONS, policies::MUTATIONS, forms::MUTATIONS, pool::MUTATIONS];

/// Chains of a run that was not asked for more.
const FEW: usize = 400;

/// What came of all chains.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    compared: BTreeMap<Peer, usize>,
    explained: BTreeMap<Peer, usize>,
    unexplained: BTreeMap<String, (usize, u64)>,
}

#[test]
#[ignore = "cargo xtask test differential"]
fn others_judge_random_chains_alike_or_the_ledger_says_why() {
    let wanted = std::env::var("CERTWAY_DIFFERENTIAL").ok().map(|number| number.parse().expect("a number of chains"));
    let count: usize = wanted.unwrap_or(FEW);
    let ledger = Ledger::read();
    let with_openssl = openssl::version();
    println!("{}", with_openssl.as_deref().unwrap_or("NOT RUN: there is no openssl to compare with."));
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let (next, tally, ledger, with_openssl) = (&next, &tally, &ledger, with_openssl.is_some());
            scope.spawn(move || {
                let folder = openssl::folder(worker);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    compare(index as u64, with_openssl.then_some(folder.as_path()), ledger, tally);
                }
                std::fs::remove_dir_all(&folder).ok();
            });
        }
    });
    let tally = tally.into_inner().expect("no worker panicked");
    println!("{count} chains, {} of them accepted here.", tally.accepted);
    for (peer, compared) in &tally.compared {
        let explained = tally.explained.get(peer).copied().unwrap_or_default();
        println!("{}: {compared} compared, {explained} differ for a reason in the ledger.", peer.name());
    }
    let unexplained: Vec<String> = tally
        .unexplained
        .iter()
        .map(|(difference, (count, seed))| format!("{count} times, first in chain {seed}: {difference}"))
        .collect();
    assert!(unexplained.is_empty(), "not explained:\n{}", unexplained.join("\n"));
    if with_openssl.is_some() && count >= 10_000 {
        let stale = ledger.unused();
        assert!(stale.is_empty(), "no chain needs these lines of the ledger:\n{}", stale.join("\n"));
    }
}

/// Judges one chain by all, and notes what differs.
fn compare(seed: u64, folder: Option<&std::path::Path>, ledger: &Ledger, tally: &Mutex<Tally>) {
    let chain = Chain::random(seed, MUTATIONS);
    let files = chain.files();
    let (asked, for_servers) = (ours(&chain, &files, false), ours(&chain, &files, true));
    let by_openssl = folder.map(|folder| openssl::verify(&chain, &files, folder));
    let by_webpki = webpki::verify(&files);
    let mut answers = vec![(Peer::Webpki, &for_servers, by_webpki)];
    if let Some(answer) = by_openssl {
        answers.push((Peer::Openssl, &asked, answer));
    }
    let mut tally = tally.lock().expect("no worker panicked");
    tally.accepted += usize::from(asked.is_empty());
    for (peer, own, theirs) in answers {
        *tally.compared.entry(peer).or_default() += 1;
        let unexplained: Vec<Difference<'_>> = match (own.is_empty(), theirs.is_empty()) {
            (true, false) => theirs.iter().map(|error| Difference::refused(peer, error)).collect(),
            (false, true) => own.iter().map(|rule| Difference::accepted(peer, rule)).collect(),
            _ => continue,
        };
        let unexplained: Vec<_> =
            unexplained.into_iter().filter(|difference| !ledger.explains(difference, &chain.mutations)).collect();
        if unexplained.is_empty() {
            *tally.explained.entry(peer).or_default() += 1;
        }
        for difference in unexplained {
            let text = format!("{difference}; changed: {}", chain.mutations.join(", "));
            tally.unexplained.entry(text).or_insert((0, seed)).0 += 1;
        }
    }
}

/// The reasons against a chain here; for the comparison with webpki, as the node judges a server.
fn ours(chain: &Chain, files: &Files, for_servers: bool) -> Vec<String> {
    let slices = |files: &[Vec<u8>]| files.iter().map(Vec::as_slice).collect::<Vec<_>>().concat();
    let (trusted, untrusted) = (slices(&files.trusted), slices(&files.untrusted));
    let accepted: &[&str] = if chain.accepts_one_policy { &[policies::ONE] } else { &[] };
    let answer = verify(&VerifyRequest {
        untrusted: &[&untrusted],
        purpose: if for_servers || chain.for_servers { Purpose::Server } else { Purpose::Any },
        policies: InitialPolicies {
            accepted: if for_servers { &[] } else { accepted },
            require_explicit: chain.requires_policy && !for_servers,
            ..InitialPolicies::default()
        },
        ..VerifyRequest::of(&files.leaf, &[&trusted], NOW.parse().expect("a time"))
    });
    // The best attempt; what stood against others is no difference to another validator's one path.
    let certificates = |path: &[PathLink]| path.iter().map(|link| link.fingerprint_sha256.clone()).collect::<Vec<_>>();
    let wanted = certificates(&answer.path);
    let best = answer.attempts.iter().find(|attempt| certificates(&attempt.path) == wanted);
    let best = best.map(|attempt| &attempt.reasons);
    let of_leaf = |problem: &&Problem| best.is_none() || problem.fault == ChainFault::Purpose;
    let problems = answer.reasons.iter().filter(of_leaf).chain(best.into_iter().flatten());
    let mut rules: Vec<String> = problems.map(|problem| problem.fault.rule().to_owned()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
