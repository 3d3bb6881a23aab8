//! What happens in a change, as sentences that a second person can follow.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use certway_rollout::{
    Action, Choice, Direction, End, Hold, Outcome, Plan, Refused, Serving, Stop, Trouble, Trust, What, Why,
};

/// The choices, by their names.
pub(super) const CHOICES: &[(&str, Choice)] = &[
    ("confirm", Choice::Confirm),
    ("retry", Choice::Retry),
    ("continue", Choice::Continue),
    ("roll-back", Choice::RollBack { delete_appended: false }),
    ("roll-back-and-delete-appended", Choice::RollBack { delete_appended: true }),
    ("abort", Choice::Abort),
    ("end-here", Choice::EndHere),
];

pub(super) fn choice_name(choice: Choice) -> &'static str {
    CHOICES.iter().find(|(_, known)| *known == choice).map_or("", |(name, _)| name)
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Back => "back",
        Direction::Abort => "abort",
    }
}

pub(super) fn end(end: End) -> &'static str {
    match end {
        End::Complete => "complete",
        End::RolledBack => "rolled-back",
        End::Aborted => "aborted",
        End::Left => "left",
    }
}

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "pending",
        Outcome::Changed => "changed",
        Outcome::Returned => "returned",
        Outcome::Kept => "kept",
        Outcome::LeftOut => "left-out",
    }
}

fn which(serving: Serving) -> &'static str {
    match serving {
        Serving::Former => "its former certificate",
        Serving::New => "its new certificate",
    }
}

/// What a node is to do.
pub(super) fn action(plan: &Plan, action: Action) -> String {
    match action {
        Action::Trust { list } => {
            let (has, has_not) = plan.cas(list);
            let what = match list {
                Trust::Before => "as it was before",
                Trust::Appended => "with the new CAs",
                Trust::Pruned => "without the CAs that are no longer needed",
            };
            format!("has the trusted CA list {what} ({} there, {} not there)", has.len(), has_not.len())
        }
        Action::Permissive { until } => {
            let until = certway_core::Time::from_unix(until.unix());
            format!("is Permissive, at most until {until}")
        }
        Action::Stage => "puts its new certificate in place".to_string(),
        Action::Discard => "takes its new certificate out of its place".to_string(),
        Action::Serve { serving } => format!("restarts with {}", which(serving)),
        Action::Judge => "says whom it would refuse under Enforce".to_string(),
        Action::Enforce => "is in Enforce".to_string(),
    }
}

fn refusals(plan: &Plan, refused: &[Refused]) -> String {
    let one = |refused: &Refused| {
        let reasons: Vec<&str> = refused.reasons.iter().map(|reason| reason.0.as_str()).collect();
        format!("{} with {}: {}", plan.name(refused.presented), which(refused.serving), reasons.join("; "))
    };
    refused.iter().map(one).collect::<Vec<_>>().join(". ")
}

fn trouble(plan: &Plan, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Silent => "it does not answer".to_string(),
        Trouble::NoPort => "no port was seen".to_string(),
        Trouble::Serves { port } => format!("{port} serves another certificate"),
        Trouble::Refused { by, reasons } => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.0.as_str()).collect();
            format!("{} does not verify it: {}", plan.name(*by), reasons.join("; "))
        }
        Trouble::Failed { why } => why.clone(),
        Trouble::Service { name } => format!("the service '{name}' does not serve it"),
    }
}

/// What is not right at a node.
pub(super) fn reasons_of(plan: &Plan, troubles: &[Trouble]) -> Vec<String> {
    troubles.iter().map(|one| trouble(plan, one)).collect()
}

fn why(plan: &Plan, why: &Why) -> String {
    match why {
        Why::Unanswered { action: told } => format!("it did not answer in time; it {}", action(plan, *told)),
        Why::Failed { action: told, why } => format!("it could not do as it was told ({}): {why}", action(plan, *told)),
        Why::NotRecovered { troubles } => {
            format!("it did not recover with its new certificate in time: {}", reasons_of(plan, troubles).join("; "))
        }
        Why::NotReturned { troubles } => {
            format!(
                "it has not recovered with its former certificate either: {}",
                reasons_of(plan, troubles).join("; ")
            )
        }
        Why::WouldBeRefused { by, reasons } => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.0.as_str()).collect();
            format!("{} is in Enforce and would refuse it: {}", plan.name(*by), reasons.join("; "))
        }
        Why::Away => "it is away, so that no other node is restarted".to_string(),
        Why::OutOfTime => "the time of Permissive has run out".to_string(),
    }
}

/// Why a change has stopped.
pub(super) fn stop(plan: &Plan, stop: &Stop) -> String {
    match stop.node {
        Some(node) => format!("{}: {}", plan.name(node), why(plan, &stop.why)),
        None => why(plan, &stop.why),
    }
}

/// Why the mode is not Enforce again.
pub(super) fn hold(plan: &Plan, hold: &Hold) -> String {
    match hold {
        Hold::Refuses { node, refuses } => format!("{} would refuse {}", plan.name(*node), refusals(plan, refuses)),
        Hold::Away { node } => {
            format!("{} does not answer; it returns to Enforce by itself", plan.name(*node))
        }
        Hold::NotRecovered { node } => format!("{} has not recovered from its restart", plan.name(*node)),
        Hold::Waits { node } => format!("{} has not answered yet", plan.name(*node)),
    }
}

/// What happened.
pub(super) fn in_words(plan: &Plan, what: &What) -> String {
    match what {
        What::Told { action: told } => format!("told: {}", action(plan, *told)),
        What::Done { action: told } => format!("done: {}", action(plan, *told)),
        What::Failed { action: told, why } => format!("failed: {}: {why}", action(plan, *told)),
        What::WouldRefuse { refuses } if refuses.is_empty() => "would refuse nobody under Enforce".to_string(),
        What::WouldRefuse { refuses } => format!("would refuse under Enforce: {}", refusals(plan, refuses)),
        What::Recovered { serving } => format!("has recovered with {}", which(*serving)),
        What::Troubled { troubles } if troubles.is_empty() => "everything is right".to_string(),
        What::Troubled { troubles } => format!("not right: {}", reasons_of(plan, troubles).join("; ")),
        What::StepDone => "the step is done".to_string(),
        What::CasStay { cas } => format!("{} CAs stay: a node would be refused without them", cas.len()),
        What::AwaitsConfirmation { until } => {
            let until = certway_core::Time::from_unix(until.unix());
            format!("the canary has recovered; confirm until {until}, or everything is rolled back")
        }
        What::NotConfirmed => "nobody confirmed the canary in time: everything is rolled back".to_string(),
        What::Stopped { why: reason } => format!("stopped: {}", why(plan, reason)),
        What::OutOfTime => "the time of Permissive has run out: it is closed".to_string(),
        What::Away => "does not answer".to_string(),
        What::Back => "answers again".to_string(),
        What::Removed => "is no part of the cluster any more".to_string(),
        What::Elected => "leads the change".to_string(),
        What::Chosen { choice, by } => format!("{by} decides: {}", choice_name(*choice)),
        What::Ended { end: ended } => format!("the change has ended: {}", end(*ended)),
    }
}
