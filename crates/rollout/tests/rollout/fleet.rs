//! A thousand nodes in waves: what a plan and a change cost grows as the fleet does.

use certway_rollout::{Action, Confirm, End, Event, NodeId, Plan, Probe, Serving, Settings, Time, propose};

use crate::pki::{Pki, cluster, wanted};

/// What one change of a fleet cost, counted.
#[derive(Debug)]
struct Cost {
    asked: u64,
    steps: usize,
    plan_bytes: usize,
    events: usize,
    commands: usize,
    log: usize,
    most_at_once: usize,
}

fn plan(nodes: usize) -> (Plan, u64) {
    let settings = Settings { wave: 20, confirm: Confirm::ByItself, observe_s: 0, settle_s: 0, ..Settings::default() };
    let pki = Pki::default();
    let offer = propose(&cluster(nodes), &wanted(settings), &pki).expect("a fleet that can be planned");
    (offer.specification, pki.asked.get())
}

fn change(nodes: usize) -> Cost {
    let (plan, asked) = plan(nodes);
    let plan_bytes = serde_json::to_string(&plan).expect("a plan is JSON").len();
    let mut cost = Cost { asked, steps: plan.steps.len(), plan_bytes, events: 0, commands: 0, log: 0, most_at_once: 0 };
    let mut state = plan.begin(None).expect("nothing is missing");
    let mut events = vec![Event::Elected { node: NodeId(0) }];
    while let Some(event) = events.pop() {
        let effects = state.apply(&plan, &event, Time::from_unix(0)).expect("no choice is made");
        cost.events += 1;
        cost.commands += effects.commands.len();
        cost.log += effects.log.len();
        events.extend(effects.commands.iter().map(|command| match command.action {
            Action::Judge => Event::Judged { node: command.node, seq: command.seq, refuses: Vec::new() },
            _ => Event::Done { node: command.node, seq: command.seq },
        }));
        let watched: Vec<(NodeId, u32)> = state.watched().collect();
        cost.most_at_once = cost.most_at_once.max(watched.len());
        if events.is_empty() {
            events.extend(watched.into_iter().map(|(node, seq)| {
                let credential = plan.credential(node, Serving::New).expect("it takes part").clone();
                let ports = vec![("443".to_owned(), credential)];
                Event::Probed { node, seq, probe: Probe { answers: true, ports, ..Probe::default() } }
            }));
        }
    }
    assert_eq!(state.end, Some(End::Complete));
    cost
}

#[test]
fn a_thousand_nodes() {
    let (small, large) = (change(500), change(1000));
    println!("500: {small:?}\n1000: {large:?}");
    // Three lists, two certificates, and one look at each node's new one for the CA that is ticked.
    assert_eq!(large.asked, 7 * 1000);
    assert_eq!(large.steps, 5 + 1 + 999usize.div_ceil(20));
    assert_eq!(large.most_at_once, 20);
    let twice = |small: usize, large: usize| (2 * small).abs_diff(large) * 100 <= 2 * small;
    assert!(twice(small.plan_bytes, large.plan_bytes) && twice(small.events, large.events));
    assert!(twice(small.commands, large.commands) && twice(small.log, large.log));
}
