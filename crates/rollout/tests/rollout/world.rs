//! The world around the machine: nodes that crash, messages that are lost, late or repeated, a leader that changes.

use certway_rollout::{
    Action, Agent, Choice, DeadMan, End, Event, Mode, NodeId, Probe, Receipt, Refused, Serving, State, Time, Trust,
};

use crate::scenario::{Budget, Bug, Scenario};

/// A node as it really is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sim {
    pub(crate) up: bool,
    /// It is down since a command restarted it.
    pub(crate) restarting: bool,
    pub(crate) isolated: bool,
    /// Its own alarm: Enforce is due, and it would refuse somebody.
    pub(crate) alarm: bool,
    /// It has been Permissive by the change.
    pub(crate) opened: bool,
    pub(crate) mode: Mode,
    pub(crate) trust: Trust,
    pub(crate) staged: bool,
    pub(crate) serves: Serving,
    pub(crate) agent: Agent,
    /// Commands that may still come, or come again.
    sent: Vec<Message>,
    answer: Option<Answer>,
}

/// A command on its way, with what peers present in the state that it came with: two bits a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Message {
    seq: u32,
    action: Action,
    presents: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    Done(u32),
    Failed(u32),
    Judged(u32, u32),
}

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) nodes: Vec<Sim>,
    pub(crate) now: Time,
    pub(crate) leader: Option<NodeId>,
    pub(crate) budget: Budget,
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// A command comes to a node, which carries it out, crashes over it, or fails.
    Deliver(NodeId, usize, Fate),
    /// An answer comes to the leader: the first time, again, or late.
    Answer(NodeId),
    Boot(NodeId),
    Crash(NodeId),
    Isolate(NodeId),
    Heal(NodeId),
    Remove(NodeId),
    Elect(NodeId),
    /// The leader looks at a restarted node.
    Probe(NodeId),
    /// The leader notes whether a node answers.
    Lease(NodeId),
    /// The leader looks at the clock.
    Clock,
    /// Time passes until something is due.
    Time,
    Choose(Choice),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Crashed,
    Failed,
}

impl World {
    pub(crate) fn at_begin(scenario: &Scenario) -> Self {
        let plan = &scenario.plan;
        let state = plan.begin(None).expect("nothing is missing");
        let nodes = plan.ids().map(|_| Sim {
            up: true,
            restarting: false,
            isolated: false,
            alarm: false,
            opened: false,
            mode: plan.mode,
            trust: Trust::Before,
            staged: false,
            serves: Serving::Former,
            agent: Agent::default(),
            sent: Vec::new(),
            answer: None,
        });
        let nodes = nodes.collect();
        Self { state, nodes, now: Time::from_unix(0), leader: None, budget: scenario.budget }
    }

    fn sim(&self, id: NodeId) -> &Sim {
        &self.nodes[id.index()]
    }

    fn sim_mut(&mut self, id: NodeId) -> &mut Sim {
        &mut self.nodes[id.index()]
    }

    pub(crate) fn is_member(&self, id: NodeId) -> bool {
        !self.state.nodes[id.index()].removed
    }

    fn is_reached(&self, id: NodeId) -> bool {
        self.sim(id).up && !self.sim(id).isolated
    }

    /// All that can happen next, within the budget.
    pub(crate) fn moves(&self, scenario: &Scenario) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.state.end.is_some() {
            return moves;
        }
        let budget = self.budget;
        for id in scenario.plan.ids().filter(|&id| self.is_member(id)) {
            let sim = self.sim(id);
            if self.is_reached(id) {
                for index in 0..sim.sent.len() {
                    moves.push(Move::Deliver(id, index, Fate::Done));
                    if budget.crashes > 0 {
                        moves.push(Move::Deliver(id, index, Fate::Crashed));
                    }
                    if budget.failures > 0 {
                        moves.push(Move::Deliver(id, index, Fate::Failed));
                    }
                }
            }
            let mut can = |possible: bool, this: Move| {
                if possible {
                    moves.push(this);
                }
            };
            can(!sim.up, Move::Boot(id));
            can(sim.up && budget.crashes > 0, Move::Crash(id));
            can(!sim.isolated && budget.partitions > 0, Move::Isolate(id));
            can(sim.isolated, Move::Heal(id));
            can(budget.removals > 0, Move::Remove(id));
            can(self.leader.is_none() && self.is_reached(id), Move::Elect(id));
            if self.leader.is_some() {
                can(sim.answer.is_some(), Move::Answer(id));
                can(self.state.watched().any(|(watched, _seq)| watched == id), Move::Probe(id));
                can(self.state.nodes[id.index()].answers != self.is_reached(id), Move::Lease(id));
            }
        }
        if self.leader.is_some() {
            if self.state.wake_at().is_some_and(|at| at <= self.now) {
                moves.push(Move::Clock);
            }
            if budget.choices > 0 {
                moves.extend(self.state.choices(&scenario.plan, self.now).into_iter().map(Move::Choose));
            }
        }
        if budget.turns > 0 && self.next_time(scenario).is_some() {
            moves.push(Move::Time);
        }
        moves
    }

    /// When something is due next, by whoever's clock.
    pub(crate) fn next_time(&self, scenario: &Scenario) -> Option<Time> {
        let settings = &scenario.plan.settings;
        let timers = self.nodes.iter().filter_map(|sim| sim.agent.until());
        let steady = self.state.nodes.iter().filter_map(|node| match node.work {
            certway_rollout::Work::Recovering { good_since, .. } => {
                good_since.map(|since| since.plus_s(settings.settle_s + settings.observe_s))
            }
            _ => None,
        });
        timers.chain(steady).chain(self.state.wake_at()).filter(|&at| at > self.now).min()
    }

    /// Makes one move.
    pub(crate) fn make(&mut self, scenario: &Scenario, this: Move) {
        match this {
            Move::Deliver(id, index, fate) => {
                let message = self.sim(id).sent[index];
                self.deliver(scenario, id, message, fate);
            }
            Move::Answer(id) => {
                let answer = self.sim(id).answer.expect("only what was answered");
                let event = self.event_of(scenario, id, answer);
                self.apply(scenario, &event);
            }
            Move::Boot(id) => {
                self.sim_mut(id).up = true;
                self.sim_mut(id).restarting = false;
                self.watch_the_deadline(scenario, id);
            }
            Move::Crash(id) => {
                self.budget.crashes -= 1;
                self.crash(id);
            }
            Move::Isolate(id) => {
                self.budget.partitions -= 1;
                self.sim_mut(id).isolated = true;
                self.depose(id);
            }
            Move::Heal(id) => self.sim_mut(id).isolated = false,
            Move::Remove(id) => {
                self.budget.removals -= 1;
                self.depose(id);
                self.apply(scenario, &Event::Removed { node: id });
            }
            Move::Elect(id) => {
                self.leader = Some(id);
                self.apply(scenario, &Event::Elected { node: id });
            }
            Move::Probe(id) => self.probe(scenario, id),
            Move::Lease(id) => {
                let event = if self.is_reached(id) { Event::Back { node: id } } else { Event::Away { node: id } };
                self.apply(scenario, &event);
            }
            Move::Clock => self.apply(scenario, &Event::Time),
            Move::Time => {
                self.budget.turns -= 1;
                self.pass_time(scenario);
            }
            Move::Choose(choice) => {
                self.budget.choices -= 1;
                self.choose(scenario, choice);
            }
        }
    }

    pub(crate) fn choose(&mut self, scenario: &Scenario, choice: Choice) {
        self.apply(scenario, &Event::Chosen { choice, by: "admin".to_owned() });
    }

    pub(crate) fn pass_time(&mut self, scenario: &Scenario) {
        self.now = self.next_time(scenario).expect("only if something is due");
        for id in scenario.plan.ids() {
            self.watch_the_deadline(scenario, id);
        }
    }

    fn crash(&mut self, id: NodeId) {
        self.sim_mut(id).up = false;
        self.depose(id);
    }

    fn depose(&mut self, id: NodeId) {
        if self.leader == Some(id) {
            self.leader = None;
        }
    }

    /// The leader keeps what the machine says, and sends the commands. Whether they come is another question.
    pub(crate) fn apply(&mut self, scenario: &Scenario, event: &Event) {
        let effects = self.state.apply(&scenario.plan, event, self.now).expect("only choices that are open");
        let presents = self.presents(scenario);
        for command in effects.commands {
            let message = Message { seq: command.seq, action: command.action, presents };
            self.sim_mut(command.node).sent.push(message);
        }
    }

    fn presents(&self, scenario: &Scenario) -> u32 {
        let bits = |id: NodeId| self.state.presents(id).iter().map(move |&serving| bit(id, serving));
        scenario.plan.ids().flat_map(bits).fold(0, |mask, bit| mask | bit)
    }

    /// Sends everything again that is not answered, and has it come at once.
    pub(crate) fn deliver_all(&mut self, scenario: &Scenario) {
        let outstanding: Vec<_> = self.state.outstanding(&scenario.plan).collect();
        for command in outstanding {
            let presents = self.presents(scenario);
            let message = Message { seq: command.seq, action: command.action, presents };
            if self.sim(command.node).up {
                self.deliver(scenario, command.node, message, Fate::Done);
            }
            if self.sim(command.node).answer.is_some() {
                self.make(scenario, Move::Answer(command.node));
            }
        }
    }

    fn deliver(&mut self, scenario: &Scenario, id: NodeId, message: Message, fate: Fate) {
        let command = certway_rollout::Command {
            change: scenario.plan.change,
            seq: message.seq,
            node: id,
            action: message.action,
        };
        let heeds_all = scenario.bug == Some(Bug::HeedsOldCommands);
        let sim = self.sim_mut(id);
        let receipt = match sim.agent.receive(&command) {
            Receipt::Void if heeds_all => Receipt::New,
            receipt => receipt,
        };
        // What is older now can never do anything again.
        sim.sent.retain(|other| other.seq >= message.seq || (heeds_all && *other != message));
        match (receipt, fate) {
            (Receipt::Void, _) => {}
            (_, Fate::Crashed) => {
                self.budget.crashes -= 1;
                self.crash(id);
            }
            (Receipt::Again, _) => self.sim_mut(id).answer = Some(Answer::Done(message.seq)),
            (Receipt::New, Fate::Failed) => {
                self.budget.failures -= 1;
                self.sim_mut(id).answer = Some(Answer::Failed(message.seq));
            }
            (Receipt::New, Fate::Done) => {
                let answer = self.carry_out(scenario, id, message);
                let sim = self.sim_mut(id);
                sim.answer = Some(answer);
                if matches!(answer, Answer::Done(_)) {
                    sim.agent.done(&command);
                }
                self.watch_the_deadline(scenario, id);
            }
        }
    }

    fn carry_out(&mut self, scenario: &Scenario, id: NodeId, message: Message) -> Answer {
        let refused = match scenario.bug {
            Some(Bug::ClosesBlindly) => 0,
            _ => self.refused(scenario, id, message.presents),
        };
        let skips = |action: Action| match scenario.bug {
            Some(Bug::SkipsPermissive) => matches!(action, Action::Permissive { .. }),
            Some(Bug::SkipsTheCa) => matches!(action, Action::Trust { .. }) && id.index() == 1,
            _ => false,
        };
        let sim = self.sim_mut(id);
        match message.action {
            action if skips(action) => {}
            Action::Trust { list } => sim.trust = list,
            Action::Permissive { .. } => {
                sim.mode = Mode::Permissive;
                sim.opened = true;
                sim.alarm = false;
            }
            Action::Stage => sim.staged = true,
            Action::Discard => sim.staged = false,
            Action::Serve { serving } => self.serve(scenario, id, serving),
            Action::Judge => return Answer::Judged(message.seq, refused),
            Action::Enforce if refused != 0 => return Answer::Judged(message.seq, refused),
            Action::Enforce => {
                sim.mode = Mode::Enforce;
                sim.alarm = false;
            }
        }
        Answer::Done(message.seq)
    }

    fn serve(&mut self, scenario: &Scenario, id: NodeId, serving: Serving) {
        let mut restart = |id: NodeId| {
            let sim = &mut self.nodes[id.index()];
            sim.staged = false;
            if sim.serves != serving {
                sim.serves = serving;
                sim.up = false;
                sim.restarting = true;
                if self.leader == Some(id) {
                    self.leader = None;
                }
            }
        };
        restart(id);
        if scenario.bug == Some(Bug::RestartsTwo) {
            let next = scenario.plan.ids().find(|next| next.index() == (id.index() + 1) % scenario.plan.nodes.len());
            restart(next.expect("a place below the number of nodes"));
        }
    }

    /// Whom a node would refuse, of what the mask says that peers present.
    fn refused(&self, scenario: &Scenario, id: NodeId, presents: u32) -> u32 {
        let trust = self.sim(id).trust;
        let mut mask = 0;
        for peer in scenario.plan.ids() {
            for serving in [Serving::Former, Serving::New] {
                let presented = presents & bit(peer, serving);
                if presented != 0 && !scenario.verifies(trust, id, peer, serving) {
                    mask |= presented;
                }
            }
        }
        mask
    }

    fn event_of(&self, scenario: &Scenario, node: NodeId, answer: Answer) -> Event {
        match answer {
            Answer::Done(seq) => Event::Done { node, seq },
            Answer::Failed(seq) => Event::Failed { node, seq, why: String::new() },
            Answer::Judged(seq, mask) => {
                let servings = |id: NodeId| [(id, Serving::Former), (id, Serving::New)];
                let all = scenario.plan.ids().flat_map(servings);
                let refused = all.filter(|&(id, serving)| mask & bit(id, serving) != 0);
                let refuses = refused.map(|(presented, serving)| Refused {
                    verifier: node,
                    presented,
                    serving,
                    reasons: Vec::new(),
                });
                Event::Judged { node, seq, refuses: refuses.collect() }
            }
        }
    }

    fn probe(&mut self, scenario: &Scenario, id: NodeId) {
        let serves = self.sim(id).serves;
        let credential = scenario.plan.credential(id, serves).expect("a node serves what it has").clone();
        let blind = scenario.bug == Some(Bug::ProbesBlindly);
        let peers = scenario.plan.ids().filter(|&peer| self.is_member(peer) && self.is_reached(peer));
        let peers = peers.filter(|&peer| !scenario.verifies(self.sim(peer).trust, peer, id, serves));
        let refused = peers.map(|verifier| Refused { verifier, presented: id, serving: serves, reasons: Vec::new() });
        let refused = if blind { Vec::new() } else { refused.collect() };
        let answers = self.is_reached(id) || blind;
        let probe = Probe { answers, ports: vec![(String::new(), credential)], refused, ..Probe::default() };
        let seq = self.state.nodes[id.index()].seq;
        self.apply(scenario, &Event::Probed { node: id, seq, probe });
    }

    /// A live node's own clock.
    fn watch_the_deadline(&mut self, scenario: &Scenario, id: NodeId) {
        if !self.sim(id).up || !self.is_member(id) || scenario.bug == Some(Bug::ForgetsTheDeadline) {
            return;
        }
        let sim = self.sim(id);
        let trusted = &scenario.lists[sim.trust as usize];
        let wants = sim.agent.dead_man(&scenario.plan, &self.state, id, trusted, &scenario.pki, self.now);
        let sim = self.sim_mut(id);
        match wants {
            DeadMan::Rests => {}
            DeadMan::Enforce => {
                sim.mode = Mode::Enforce;
                sim.alarm = false;
                sim.agent.closed();
            }
            DeadMan::Held(refused) => {
                assert!(!refused.is_empty(), "an alarm says why");
                sim.alarm = sim.mode == Mode::Permissive;
            }
        }
    }
}

fn bit(id: NodeId, serving: Serving) -> u32 {
    1 << (id.index() * 2 + serving as usize)
}

/// How a change ends in which nothing more goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Forward,
    RollBack,
    Abort,
}

impl World {
    /// Brings the change to an end: nodes come back, messages come, an administrator decides by one policy.
    ///
    /// Calls `seen` with each state on the way, and stops where it says so.
    pub(crate) fn finish(
        mut self,
        scenario: &Scenario,
        policy: Policy,
        mut seen: impl FnMut(&Self) -> Result<bool, String>,
    ) -> Result<Option<End>, String> {
        let mut retries = 3;
        for _pass in 0..1000 {
            if seen(&self)? {
                return Ok(self.state.end);
            }
            if self.state.end.is_some() {
                return Ok(self.state.end);
            }
            let before = (self.state.clone(), self.now);
            self.calm_pass(scenario);
            if self.state.end.is_some() {
                continue;
            }
            let stopped = self.state.stop.is_some() || self.state.confirm_by.is_some();
            let steered = policy != Policy::Forward && self.state.direction == certway_rollout::Direction::Forward;
            let still = (&self.state, self.now) == (&before.0, before.1);
            if stopped || steered || (still && self.next_time(scenario).is_none()) {
                let open = self.state.choices(&scenario.plan, self.now);
                if let Some(choice) = decide(&open, policy, &mut retries) {
                    self.choose(scenario, choice);
                    continue;
                }
                if still {
                    return Err(format!("nothing moves any more, and no choice is open but {open:?}"));
                }
            }
            if still {
                self.pass_time(scenario);
            }
        }
        Err("the change does not end".to_owned())
    }

    fn calm_pass(&mut self, scenario: &Scenario) {
        for id in scenario.plan.ids().filter(|&id| self.is_member(id)).collect::<Vec<_>>() {
            if !self.sim(id).up {
                self.make(scenario, Move::Boot(id));
            }
            self.sim_mut(id).isolated = false;
            if self.leader.is_none() {
                self.make(scenario, Move::Elect(id));
            }
            if !self.state.nodes[id.index()].answers {
                self.make(scenario, Move::Lease(id));
            }
        }
        if self.leader.is_none() {
            return;
        }
        self.make(scenario, Move::Clock);
        self.deliver_all(scenario);
        for (id, _seq) in self.state.watched().collect::<Vec<_>>() {
            self.make(scenario, Move::Probe(id));
        }
    }
}

fn decide(open: &[Choice], policy: Policy, retries: &mut u8) -> Option<Choice> {
    let roll_back = Choice::RollBack { delete_appended: true };
    let wanted: &[Choice] = match policy {
        Policy::Forward => &[Choice::Confirm, Choice::Retry, Choice::Continue, roll_back, Choice::Abort],
        Policy::RollBack => &[roll_back, Choice::Retry, Choice::Continue, Choice::Abort],
        Policy::Abort => &[Choice::Abort, Choice::Retry, Choice::Continue],
    };
    let mut wanted = wanted.iter().chain(&[Choice::EndHere]).filter(|choice| open.contains(choice));
    let first = wanted.next().copied()?;
    if first == Choice::Retry {
        if *retries == 0 {
            return wanted.next().copied();
        }
        *retries -= 1;
    }
    Some(first)
}
