//! One change after the other, told as an administrator sees it.

use std::collections::BTreeSet;

use certway_rollout::{
    Action, Agent, Choice, Command, Confirm, DeadMan, Direction, End, Event, Hold, LeftOut, Mode, NodeId, Outcome,
    Plan, Probe, Receipt, Refused, Serving, Settings, State, Step, Stop, Time, Trouble, Trust, What, Why, Work,
    propose, refuses,
};

use crate::pki::{Flaw, Pki, cluster, wanted};

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const C: NodeId = NodeId(2);

/// A change whose nodes do as they are told, but for those that are named.
struct Change {
    plan: Plan,
    state: State,
    log: Vec<(Step, Option<NodeId>, What)>,
    now: i64,
    /// Nodes that do not answer commands.
    mute: BTreeSet<NodeId>,
    /// Nodes that do not come back with their new certificate.
    broken: BTreeSet<NodeId>,
    /// Nodes that would refuse somebody.
    refusing: BTreeSet<NodeId>,
}

impl Change {
    fn of(settings: Settings) -> Self {
        Self::with(propose(&cluster(3), &wanted(settings), &Pki::default()).expect("a plan").specification)
    }

    fn with(plan: Plan) -> Self {
        let state = plan.begin(None).expect("nothing is missing");
        let (mute, broken, refusing) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut change = Self { plan, state, log: Vec::new(), now: 0, mute, broken, refusing };
        change.apply(&Event::Elected { node: A });
        change
    }

    fn apply(&mut self, event: &Event) {
        let effects = self.state.apply(&self.plan, event, Time::from_unix(self.now)).expect("an open choice");
        self.log.extend(effects.log.into_iter().map(|entry| (entry.step, entry.node, entry.what)));
        // What is kept is all there is.
        let kept = serde_json::to_string(&self.state).expect("a state is JSON");
        self.state = serde_json::from_str(&kept).expect("what was written");
    }

    fn choose(&mut self, choice: Choice) {
        self.apply(&Event::Chosen { choice, by: "ada".to_owned() });
    }

    fn choices(&self) -> Vec<Choice> {
        self.state.choices(&self.plan, Time::from_unix(self.now))
    }

    fn alarm(&self) -> Vec<Hold> {
        self.state.alarm(&self.plan, Time::from_unix(self.now))
    }

    /// Ten seconds: every node answers, every restarted node is looked at.
    fn pass(&mut self) {
        self.now += 10;
        let commands = self.state.outstanding(&self.plan).filter(|command| !self.mute.contains(&command.node));
        for command in commands.collect::<Vec<_>>() {
            let (node, seq) = (command.node, command.seq);
            let refused = Refused { verifier: node, presented: A, serving: Serving::New, reasons: Vec::new() };
            let refuses = if self.refusing.contains(&node) { vec![refused] } else { Vec::new() };
            self.apply(&match command.action {
                Action::Judge => Event::Judged { node, seq, refuses },
                _ => Event::Done { node, seq },
            });
        }
        for (node, seq) in self.state.watched().collect::<Vec<_>>() {
            let Work::Recovering { serving, .. } = self.state.nodes[node.index()].work else { unreachable!("watched") };
            let credential = self.plan.credential(node, serving).expect("it takes part").clone();
            let answers = serving == Serving::Former || !self.broken.contains(&node);
            let ports = vec![("443".to_owned(), credential)];
            self.apply(&Event::Probed { node, seq, probe: Probe { answers, ports, ..Probe::default() } });
        }
        self.apply(&Event::Time);
    }

    #[track_caller]
    fn until(&mut self, reached: impl Fn(&State) -> bool) {
        for _pass in 0..200 {
            if reached(&self.state) {
                return;
            }
            self.pass();
        }
        panic!("not reached: {:#?}", self.state);
    }

    fn serves(&self) -> Vec<Option<Serving>> {
        self.state.nodes.iter().map(|node| node.serves).collect()
    }
}

fn settings() -> Settings {
    Settings {
        confirm: Confirm::ByItself,
        observe_s: 30,
        settle_s: 10,
        recover_s: 60,
        answer_s: 30,
        permissive_s: 1000,
        ..Settings::default()
    }
}

const NEW: Option<Serving> = Some(Serving::New);
const FORMER: Option<Serving> = Some(Serving::Former);

#[test]
fn the_log_tells_the_procedure() {
    let mut change = Change::of(settings());
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.serves()), (Some(End::Complete), vec![NEW; 3]));
    let done: Vec<Step> = change.log.iter().filter(|entry| entry.2 == What::StepDone).map(|entry| entry.0).collect();
    use Step::{AppendCas, DeleteCas, Enforce, NewCertificates, Permissive, Restart};
    assert_eq!(done, [AppendCas, Permissive, NewCertificates, Restart, Enforce, DeleteCas]);
    let restarts = change.log.iter().filter_map(|(_step, node, what)| match what {
        What::Told { action: Action::Serve { .. } } => Some((node.expect("at a node"), "restarts")),
        What::Recovered { .. } => Some((node.expect("at a node"), "recovered")),
        _ => None,
    });
    let expected =
        [(A, "restarts"), (A, "recovered"), (B, "restarts"), (B, "recovered"), (C, "restarts"), (C, "recovered")];
    assert_eq!(restarts.collect::<Vec<_>>(), expected);
}

#[test]
fn the_canary_waits_for_a_word() {
    let mut change = Change::of(Settings { confirm: Confirm::Within { seconds: 100 }, ..settings() });
    change.until(|state| state.confirm_by.is_some());
    assert_eq!(change.serves(), [NEW, FORMER, FORMER]);
    change.choose(Choice::Confirm);
    change.until(|state| state.end.is_some());
    assert_eq!(change.state.end, Some(End::Complete));
}

#[test]
fn a_canary_that_nobody_confirms_goes_back() {
    let mut change = Change::of(Settings { confirm: Confirm::Within { seconds: 100 }, ..settings() });
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.serves()), (Some(End::RolledBack), vec![FORMER; 3]));
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Enforce)));
    assert!(change.state.nodes.iter().all(|node| node.trust == Some(Trust::Appended)), "appended CAs stay");
    assert!(change.log.iter().any(|entry| entry.2 == What::NotConfirmed));
}

#[test]
fn a_node_that_does_not_recover_stops_the_change() {
    let mut change = Change::of(settings());
    change.broken.insert(B);
    change.until(|state| state.stop.is_some() && state.nodes[1].outcome == Outcome::Returned);
    let why = Why::NotRecovered { troubles: vec![Trouble::Silent] };
    assert_eq!(change.state.stop, Some(Stop { node: Some(B), why }));
    change.until(|state| state.nodes[1].serves == FORMER);
    assert_eq!(change.serves(), [NEW, FORMER, FORMER], "it has its former certificate, and nobody else was restarted");
    assert!([Choice::Retry, Choice::Continue, Choice::Abort].iter().all(|choice| change.choices().contains(choice)));

    change.choose(Choice::Continue);
    change.until(|state| state.end.is_some());
    assert_eq!(change.serves(), [NEW, FORMER, NEW]);
    let stays = What::CasStay { cas: vec!["old".into()] };
    assert!(change.log.contains(&(Step::DeleteCas, Some(B), stays)), "B still chains through it");
}

#[test]
fn a_node_that_was_mended_is_tried_again() {
    let mut change = Change::of(settings());
    change.broken.insert(B);
    change.until(|state| state.stop.is_some());
    change.broken.clear();
    change.choose(Choice::Retry);
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.serves()), (Some(End::Complete), vec![NEW; 3]));
}

#[test]
fn a_node_that_does_not_even_come_back_is_not_left_behind_unseen() {
    let mut change = Change::of(settings());
    change.broken.insert(B);
    change.until(|state| state.nodes[1].outcome == Outcome::Returned);
    let seq = change.state.nodes[1].seq;
    change.apply(&Event::Done { node: B, seq });
    change.now += 100;
    change.apply(&Event::Time);
    assert_eq!(change.state.stop, Some(Stop { node: Some(B), why: Why::NotReturned { troubles: Vec::new() } }));
    assert!(!change.choices().contains(&Choice::Continue), "it may still be on its way");
    let ports = vec![("443".to_owned(), change.plan.credential(B, Serving::Former).expect("a certificate").clone())];
    let services = vec!["nginx".to_owned()];
    change.apply(&Event::Probed { node: B, seq, probe: Probe { answers: true, ports, services, ..Probe::default() } });
    assert!(change.choices().contains(&Choice::Continue), "it answers, and an administrator may say that this will do");
}

#[test]
fn back_from_every_moment() {
    for passes in 0..60 {
        for choice in [Choice::RollBack { delete_appended: true }, Choice::Abort] {
            let mut change = Change::of(settings());
            (0..passes).for_each(|_pass| change.pass());
            if change.state.end.is_some() {
                assert!(passes > 12, "the change takes a while");
                continue;
            }
            change.choose(choice);
            change.until(|state| state.end.is_some());
            assert!(
                change.state.nodes.iter().all(|node| node.mode == Some(Mode::Enforce) && node.staged == Some(false))
            );
            if choice != Choice::Abort {
                assert_eq!((change.state.end, change.serves()), (Some(End::RolledBack), vec![FORMER; 3]));
                assert!(change.state.nodes.iter().all(|node| node.trust == Some(Trust::Before)), "after {passes}");
            }
        }
    }
}

#[test]
fn time_runs_out_while_the_change_has_stopped() {
    let mut change = Change::of(settings());
    change.until(|state| state.step == Step::NewCertificates);
    change.mute.insert(C);
    change.until(|state| state.stop.is_some());
    change.mute.clear();
    change.until(|state| state.permissive_until.is_none());
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Enforce)), "closed by itself");
    assert!(matches!(change.state.stop, Some(Stop { node: Some(C), why: Why::Unanswered { .. } })));
    // Going on opens it again before anything else is changed.
    change.choose(Choice::Retry);
    assert_eq!(change.state.step, Step::Permissive);
    change.until(|state| state.step == Step::Restart);
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Permissive)));
}

#[test]
fn permissive_stays_with_an_alarm_while_a_peer_would_be_refused() {
    let mut change = Change::of(settings());
    change.refusing.insert(B);
    change.until(|state| state.step == Step::Enforce);
    (0..200).for_each(|_pass| change.pass());
    let hold = change.alarm().into_iter().find(|hold| matches!(hold, Hold::Refuses { node: B, .. }));
    assert!(hold.is_some(), "{:?}", change.alarm());
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Permissive)), "nobody before everybody can");
    assert!(change.choices().contains(&Choice::EndHere));
    change.refusing.clear();
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.alarm()), (Some(End::Complete), Vec::new()));
}

#[test]
fn an_end_in_permissive_keeps_the_alarm() {
    let mut change = Change::of(settings());
    change.refusing.insert(B);
    change.until(|state| state.step == Step::Enforce);
    change.pass();
    change.choose(Choice::EndHere);
    assert_eq!((change.state.end, change.alarm().is_empty()), (Some(End::Left), false));
}

#[test]
fn a_node_that_fails_again_and_again_is_told_of_once() {
    let mut change = Change::of(settings());
    change.until(|state| state.step == Step::NewCertificates);
    for node in [A, B] {
        change.apply(&Event::Done { node, seq: change.state.nodes[node.index()].seq });
    }
    let seq = change.state.nodes[2].seq;
    let failed = Event::Failed { node: C, seq, why: "there is no room".to_owned() };
    change.apply(&failed);
    let why = Why::Failed { action: Action::Stage, why: "there is no room".to_owned() };
    assert_eq!(change.state.stop, Some(Stop { node: Some(C), why: why.clone() }));
    let (state, lines) = (change.state.clone(), change.log.len());
    (0..100).for_each(|_again| change.apply(&failed));
    assert_eq!((&change.state, change.log.len()), (&state, lines));
    // That is told too where the node was only late before, and after another try.
    change.choose(Choice::Retry);
    change.now += 100;
    change.apply(&Event::Time);
    assert!(matches!(change.state.stop, Some(Stop { why: Why::Unanswered { .. }, .. })));
    change.apply(&failed);
    assert_eq!(change.state.stop, Some(Stop { node: Some(C), why }));
}

#[test]
fn an_early_end_closes_permissive_before_who_is_away_is_back() {
    // Away with its new certificate in place, and away in its restart.
    for reached in [Step::NewCertificates, Step::Restart] {
        let mut change = Change::of(settings());
        change.until(|state| state.step == reached);
        let away = if reached == Step::Restart { A } else { C };
        let others = [B, if away == A { C } else { A }];
        if away == A {
            change.until(|state| matches!(state.nodes[0].work, Work::Recovering { .. }));
        } else {
            change.until(|state| state.nodes[2].staged == Some(true) || state.step != Step::NewCertificates);
            assert_eq!(change.state.nodes[2].outcome, Outcome::Pending);
        }
        change.mute.insert(away);
        change.broken.insert(away);
        change.apply(&Event::Away { node: away });
        change.choose(Choice::Abort);
        let enforced = |state: &State, id: NodeId| state.nodes[id.index()].mode == Some(Mode::Enforce);
        change.until(|state| others.iter().all(|&id| enforced(state, id)));
        assert!(change.state.end.is_none() && !enforced(&change.state, away), "it has still to be told");
        assert!(change.alarm().contains(&Hold::Away { node: away }) || away == A, "{:?}", change.alarm());
        change.mute.clear();
        change.broken.clear();
        change.apply(&Event::Back { node: away });
        change.until(|state| state.end.is_some());
        assert_eq!((change.state.end, change.alarm()), (Some(End::Aborted), Vec::new()));
        assert!(change.state.nodes.iter().all(|node| node.staged == Some(false) && node.mode == Some(Mode::Enforce)));
    }
}

#[test]
fn no_node_is_restarted_while_another_one_is_away() {
    let mut change = Change::of(settings());
    change.apply(&Event::Away { node: C });
    change.until(|state| state.stop.is_some());
    assert_eq!(change.state.stop, Some(Stop { node: Some(C), why: Why::Away }));
    assert_eq!(change.serves(), [FORMER; 3]);
    change.apply(&Event::Removed { node: C });
    change.until(|state| state.end.is_some());
    assert_eq!(change.serves(), [NEW, NEW, FORMER], "the change goes on without it");
}

#[test]
fn late_and_repeated_answers_change_nothing() {
    let mut change = Change::of(settings());
    let first: Vec<Command> = change.state.outstanding(&change.plan).collect();
    change.until(|state| state.step == Step::Restart);
    let before = change.state.clone();
    for command in first {
        change.apply(&Event::Done { node: command.node, seq: command.seq });
        change.apply(&Event::Failed { node: command.node, seq: command.seq, why: "too late".to_owned() });
    }
    assert_eq!(change.state, before);
}

#[test]
fn a_choice_that_is_not_open_changes_nothing() {
    let mut change = Change::of(settings());
    let before = change.state.clone();
    let event = Event::Chosen { choice: Choice::Confirm, by: "ada".to_owned() };
    assert!(change.state.apply(&change.plan, &event, Time::from_unix(0)).is_err());
    assert_eq!((change.state.direction, &change.state), (Direction::Forward, &before));
}

#[test]
fn what_is_being_restarted_recovers_before_permissive_is_closed() {
    let mut change = Change::of(Settings { permissive_s: 45, ..settings() });
    change.broken.insert(A);
    change.until(|state| state.stop.is_some());
    assert_eq!(change.state.stop, Some(Stop { node: None, why: Why::OutOfTime }));
    change.pass();
    assert!(matches!(change.state.nodes[0].work, Work::Recovering { .. }), "nobody was asked to judge");
    change.broken.clear();
    change.until(|state| state.permissive_until.is_none());
    assert_eq!(change.serves(), [NEW, FORMER, FORMER]);
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Enforce)));
}

#[test]
fn a_new_time_is_told_to_all_and_old_judgements_count_no_more() {
    let mut change = Change::of(settings());
    change.until(|state| state.step == Step::NewCertificates);
    let first = change.state.permissive_until;
    change.mute.insert(C);
    change.until(|state| state.stop.is_some());
    change.mute.clear();
    // One refuses, the others do not: Permissive stays, and the change goes on with a new time.
    change.refusing.insert(A);
    change.until(|state| state.nodes[2].judged.is_some());
    (0..5).for_each(|_pass| change.pass());
    change.choose(Choice::Retry);
    let until = change.state.permissive_until.expect("opened again");
    assert!(Some(until) > first);
    let told: Vec<Action> = change.state.outstanding(&change.plan).map(|command| command.action).collect();
    assert_eq!(told, [Action::Permissive { until }; 3]);
    change.refusing = [B].into();
    change.until(|state| state.step == Step::Enforce);
    (0..5).for_each(|_pass| change.pass());
    assert!(change.state.nodes.iter().all(|node| node.mode == Some(Mode::Permissive)), "B was asked anew");
}

#[test]
fn appended_cas_stay_where_a_former_certificate_needs_them() {
    let mut cluster = cluster(3);
    cluster.nodes[1].serves = "new/n1".into();
    cluster.nodes[1].left_out = Some(LeftOut::Chosen);
    let plan = propose(&cluster, &wanted(settings()), &Pki::default()).expect("a plan").specification;
    let mut change = Change::with(plan);
    change.until(|state| state.step == Step::Restart);
    change.choose(Choice::RollBack { delete_appended: true });
    change.until(|state| state.end.is_some());
    assert_eq!(change.state.end, Some(End::RolledBack));
    assert!(change.state.nodes.iter().all(|node| node.trust == Some(Trust::Appended)));
    assert!(change.log.contains(&(Step::DeleteCas, Some(B), What::CasStay { cas: vec!["new".into()] })));
}

#[test]
fn the_dead_man_timer_minds_a_ca_that_is_on_its_way() {
    // With `new` in the list, `old` is refused; the new certificates need neither.
    let mut cluster = cluster(2);
    cluster.trusted.push("third".into());
    cluster.nodes.iter_mut().for_each(|node| node.waits = Some(format!("third/{}", node.name).as_str().into()));
    let pki = Pki { clash: Some(("new".into(), "old".into())), ..Pki::default() };
    let plan = propose(&cluster, &wanted(settings()), &pki).expect("a plan").specification;
    let state = plan.begin(None).expect("nothing is missing");
    let mut agent = Agent::default();
    agent.receive(&command(1, Action::Permissive { until: Time::from_unix(100) }));
    let wants = agent.dead_man(&plan, &state, A, &cluster.trusted, &pki, Time::from_unix(100));
    let DeadMan::Held(refused) = wants else { panic!("{wants:?}") };
    assert_eq!((refused[0].presented, refused[0].serving), (B, Serving::Former));
}

#[test]
fn a_roll_back_after_the_time_has_run_out() {
    let mut change = Change::of(settings());
    change.until(|state| state.step == Step::Restart && state.nodes[0].serves == NEW);
    change.apply(&Event::Away { node: C });
    change.until(|state| state.permissive_until.is_none());
    change.apply(&Event::Back { node: C });
    change.choose(Choice::RollBack { delete_appended: true });
    assert_eq!(change.state.stop, None, "it needs no more time: all verify both");
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.serves()), (Some(End::RolledBack), vec![FORMER; 3]));
}

#[test]
fn a_roll_back_while_permissive_cannot_be_closed() {
    let mut change = Change::of(settings());
    change.refusing.insert(A);
    change.until(|state| state.step == Step::Restart && state.nodes[0].serves == NEW);
    change.apply(&Event::Away { node: C });
    change.until(|state| state.nodes[1].judged.is_some());
    change.apply(&Event::Back { node: C });
    change.choose(Choice::RollBack { delete_appended: false });
    assert_eq!(change.state.stop, None, "its time has run out before, and is not held against it");
    change.refusing.clear();
    change.until(|state| state.end.is_some());
    assert_eq!((change.state.end, change.serves()), (Some(End::RolledBack), vec![FORMER; 3]));
}

#[test]
fn a_probe_from_before_counts_no_more() {
    let mut change = Change::of(Settings { settle_s: 30, ..settings() });
    change.broken.insert(A);
    change.until(|state| state.watched().next().is_some());
    let (node, seq) = change.state.watched().next().expect("watched");
    let is_good = |state: &State| {
        matches!(state.nodes[0].work, Work::Recovering { serving: Serving::Former, good_since: Some(_), .. })
    };
    change.until(is_good);
    let silent = Probe::default();
    change.apply(&Event::Probed { node, seq, probe: silent });
    assert!(is_good(&change.state), "what was silent was the restart before");
}

fn command(seq: u32, action: Action) -> Command {
    Command { change: 7, seq, node: A, action }
}

#[test]
fn a_node_heeds_the_newest_command() {
    let mut agent = Agent::default();
    let (first, second) = (command(1, Action::Stage), command(2, Action::Discard));
    assert_eq!(agent.receive(&second), Receipt::New);
    assert_eq!(agent.receive(&first), Receipt::Void);
    assert_eq!(agent.receive(&second), Receipt::New, "it was not carried out yet");
    agent.done(&second);
    assert_eq!(agent.receive(&second), Receipt::Again);
    let next_change = Command { change: 8, ..first };
    assert_eq!(agent.receive(&next_change), Receipt::New);
}

#[test]
fn the_dead_man_timer_needs_nobody() {
    let change = Change::of(settings());
    let trusted = ["old".into(), "new".into()];
    let wants = |agent: &Agent, pki: &Pki, now| {
        agent.dead_man(&change.plan, &change.state, A, &trusted, pki, Time::from_unix(now))
    };
    let mut agent = Agent::default();
    let opens = command(2, Action::Permissive { until: Time::from_unix(100) });
    assert_eq!(agent.receive(&opens), Receipt::New);
    assert_eq!(wants(&agent, &Pki::default(), 99), DeadMan::Rests);
    assert_eq!(wants(&agent, &Pki::default(), 100), DeadMan::Enforce);
    // B may serve the one or the other, so that one that is refused keeps Permissive open.
    let revoked = Pki::flawed("new/n1", Flaw { revoked: true, ..Flaw::default() });
    let DeadMan::Held(refused) = wants(&agent, &revoked, 100) else { panic!("B's new certificate is revoked") };
    assert_eq!((refused[0].presented, refused[0].serving), (B, Serving::New));
    // A timer that rang between a crash over the command and its repetition is set again.
    agent.closed();
    assert_eq!(agent.receive(&opens), Receipt::New);
    assert_eq!(agent.until(), Some(Time::from_unix(100)));
}

#[test]
fn a_node_is_asked_of_what_its_peers_present() {
    let mut change = Change::of(settings());
    let trusted = ["new".into()];
    let all = refuses(&change.plan, &change.state, A, &trusted, &Pki::default());
    assert_eq!(all.iter().map(|refused| refused.presented).collect::<Vec<_>>(), [B, C]);
    change.until(|state| state.nodes[1].serves == NEW);
    let rest = refuses(&change.plan, &change.state, A, &trusted, &Pki::default());
    assert_eq!(rest.iter().map(|refused| refused.presented).collect::<Vec<_>>(), [C]);
}
