//! A disk that is full or broken: nothing is acknowledged that is not kept, and what was served is served on.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use reqwest::{Method, StatusCode};

use crate::campaign::{Draw, campaign};
use crate::injection::{BOUNDARIES, Fault};
use crate::mutations::{Mutation, all, state, states};
use crate::support::{Client, Node};

/// About at which of its writes a call is done.
const LATEST: u64 = 20;

/// What came of the faults.
#[derive(Debug, Default)]
struct Seen {
    refused: usize,
    acknowledged: usize,
}

/// Makes a call with a fault from its `nth` boundary on, for this once or from then on; gives whether it was made.
fn struck(node: &Node, client: &Client, mutation: &Mutation, fault: &str, when: &str, seen: &mut Seen) -> bool {
    let (before, served) = (state(client), node.served());
    let request = mutation.request(client);
    let fault_at = format!("{} with {fault} at {when}", mutation.name);
    let injected = Fault::inject(node, BOUNDARIES, fault, when);
    let answer = request.send().unwrap();
    let (status, text) = (answer.status(), answer.text().unwrap());
    assert_eq!(node.client().bare(Method::GET, "/healthz").send().unwrap().status(), StatusCode::OK);
    let during = node.served();
    let struck = injected.lift();
    if status.is_success() {
        seen.acknowledged += 1;
        return true;
    }
    assert!(struck > 0, "{fault_at}: {status} {text}");
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{fault_at}: {text}");
    assert!(text.contains("Nothing was changed."), "{fault_at}: {text}");
    assert_eq!(during, served, "{fault_at}");
    // It heals by itself: the state is read, and the next call is made, with nothing done in between.
    assert_eq!(state(client), before, "{fault_at}");
    seen.refused += 1;
    false
}

/// All calls, each with faults at its boundaries and then without.
fn all_with(fault: &str, from_then_on: &str) -> Seen {
    let mutations = all();
    let states = states(&mutations);
    let node = Node::start();
    let client = node.administrator();
    let (mut seen, mut draw) = (Seen::default(), Draw::new());
    for (number, mutation) in mutations.iter().enumerate() {
        // It counts for five minutes.
        client.confirm();
        // One boundary after the other in a campaign; of every other call a drawn one without.
        let all = campaign("CERTWAY_STORAGE_BOUNDARIES", 0);
        let faults = if all > 0 { all } else { draw.below(2) };
        let mut tried = (1..=faults).map(|nth| if all > 0 { nth } else { 1 + draw.below(LATEST) });
        let made = tried.any(|nth| struck(&node, &client, mutation, fault, &format!("{nth}{from_then_on}"), &mut seen));
        if !made {
            let answer = mutation.request(&client).send().unwrap();
            assert!(answer.status().is_success(), "{}: {}", mutation.name, answer.text().unwrap());
        }
        assert_eq!(state(&client), states[number + 1], "{}", mutation.name);
    }
    // What was acknowledged is kept, and the log is whole.
    let node = node.restart();
    let client = node.administrator();
    assert_eq!(Some(&state(&client)), states.last());
    let alarms = client.alarms();
    assert!(!alarms.iter().any(|alarm| alarm.contains("changed") || alarm.contains("damaged")), "{alarms:?}");
    assert!(seen.refused > 2, "{seen:?}");
    seen
}

#[test]
fn a_full_disk_refuses_and_keeps_what_was() {
    println!("no room: {:?}", all_with("error=ENOSPC", "+"));
}

#[test]
fn a_broken_disk_refuses_and_keeps_what_was() {
    println!("broken: {:?}", all_with("error=EIO", ""));
}

#[test]
fn what_was_refused_does_not_come_back_after_a_kill() {
    let mutations = all();
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let before = state(&client);
    let request = mutations[0].request(&client);
    // All is written, and that it lasts is not known.
    let fault = Fault::inject(&node, "fdatasync,fsync", "error=EIO", "1");
    let answer = request.send().unwrap();
    assert_eq!(fault.lift(), 1);
    assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE, "{}", answer.text().unwrap());
    let node = Node::start_in(node.kill(), &[]);
    assert_eq!(state(&node.administrator()), before);
}

#[test]
fn who_signs_out_is_signed_out_on_a_full_disk_too() {
    let node = Node::start();
    let client = node.administrator();
    let fault = Fault::inject(&node, BOUNDARIES, "error=ENOSPC", "1+");
    let answer = client.call(Method::DELETE, "/api/v1/session").send().unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{}", answer.text().unwrap());
    assert!(fault.lift() > 0);
    let answer = client.call(Method::GET, "/api/v1/session").send().unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(node.log().contains("could not be recorded"));
}

/// A disk that says that it has written, and has not, is what no program can notice. The trial does, so it would also find a
/// node that acknowledges what it does not keep.
#[test]
fn a_disk_that_lies_is_found() {
    let mutations = all();
    let states = states(&mutations[..2]);
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let request = mutations[0].request(&client);
    // A page has 4096 bytes, and what is shorter counts as written too.
    let lies = Fault::inject(&node, "pwrite64", "retval=4096", "1+");
    let answer = request.send().unwrap();
    assert!(lies.lift() > 0);
    assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    let node = Node::start_in(node.kill(), &[]);
    assert_ne!(state(&node.administrator()), states[1]);
}
