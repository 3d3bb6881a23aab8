//! What an administrator decides.

use alloc::string::String;

use super::Turn;
use crate::event::{Choice, NotNow};
use crate::log::What;
use crate::state::{Direction, End, Outcome, Stop, Why, Work};
use crate::verifier::Serving;

impl Turn<'_> {
    pub(super) fn choose(&mut self, choice: Choice, by: &str) -> Result<(), NotNow> {
        if !self.state.choices(self.plan, self.now).contains(&choice) {
            return Err(NotNow);
        }
        self.log(None, What::Chosen { choice, by: String::from(by) });
        match choice {
            Choice::Confirm => {
                self.state.confirmed = true;
                self.state.confirm_by = None;
            }
            Choice::Retry => self.go_on(Outcome::Pending),
            Choice::Continue => self.go_on(Outcome::Kept),
            Choice::RollBack { delete_appended } => {
                self.state.delete_appended = delete_appended;
                self.turn_back();
            }
            Choice::Abort => self.turn_to_end(),
            Choice::EndHere => self.end(End::Left),
        }
        Ok(())
    }

    /// Goes on after a stop, with the nodes that stopped it tried again or left as they are.
    fn go_on(&mut self, outcome: Outcome) {
        let Some(Stop { node, why }) = self.state.stop.take() else { return };
        if let (Some(id), Why::NotReturned { .. }, Outcome::Kept) = (node, why, outcome) {
            self.settle(id, Serving::Former);
        }
        if self.state.direction == Direction::Forward {
            let returned = self.state.nodes.iter_mut().filter(|node| node.outcome == Outcome::Returned);
            returned.for_each(|node| node.outcome = outcome);
        }
        self.renew_limits();
        if self.state.closing || self.state.permissive_until.is_some_and(|until| until <= self.now) {
            self.reopen();
        }
    }

    /// Every node that is late gets its time once more.
    fn renew_limits(&mut self) {
        let (answer, recover) = (self.plan.settings.answer_s, self.plan.settings.recover_s);
        for node in &mut self.state.nodes {
            let is_told = matches!(node.work, Work::Told { .. });
            if let Work::Told { by, .. } | Work::Recovering { by, .. } = &mut node.work {
                *by = Some(self.now.plus_s(if is_told { answer } else { recover }));
            }
        }
    }

    /// The time of Permissive had run out: it is opened anew where the rest of the change needs it.
    fn reopen(&mut self) {
        self.state.closing = false;
        self.state.permissive_until = None;
        self.drop_work();
    }
}
