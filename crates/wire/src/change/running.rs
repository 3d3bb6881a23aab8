//! A change that has begun: how far it is, what it waits for, and its log, in words.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use certway_rollout as rollout;
use serde::{Deserialize, Serialize};

use super::words::{action, choice_name, direction, end, hold, in_words, outcome, reasons_of, stop};
use super::{ChangePlan, mode, shown, step};

/// What is wanted of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewChange {
    /// CA certificates to append, PEM; may be empty.
    pub append: String,
    /// CAs to delete at the end, by their fingerprints.
    pub delete: Vec<String>,
    /// The node that is restarted first; the first of the cluster, if none is named.
    pub primary: Option<String>,
    /// Nodes that keep their certificates.
    pub leave_out: Vec<String>,
    /// Whether Enforce is to stay all the time. It is the specification's order otherwise.
    pub without_permissive: bool,
    /// How long things may take.
    pub settings: ChangeSettings,
}

/// Times and sizes of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChangeSettings {
    /// The node that is changed first; the primary if none is named.
    pub canary: Option<String>,
    /// How long the canary is observed after it has recovered, in seconds.
    pub observe_s: u32,
    /// Within which an administrator confirms that the others follow the canary, in seconds; otherwise everything is rolled back. Absent: they
    /// follow by themselves.
    pub confirm_within_s: Option<u32>,
    /// The most nodes that restart at once after the canary.
    pub wave: u16,
    /// How long everything must be right before a node counts as recovered, in seconds.
    pub settle_s: u32,
    /// How long a restarted node may take to recover, in seconds.
    pub recover_s: u32,
    /// How long a node may take to do anything else, in seconds.
    pub answer_s: u32,
    /// How long Permissive lasts at most, in seconds.
    pub permissive_s: u32,
}

impl Default for ChangeSettings {
    fn default() -> Self {
        let settings = rollout::Settings::default();
        Self {
            canary: settings.canary,
            observe_s: settings.observe_s,
            confirm_within_s: match settings.confirm {
                rollout::Confirm::ByItself => None,
                rollout::Confirm::Within { seconds } => Some(seconds),
            },
            wave: settings.wave,
            settle_s: settings.settle_s,
            recover_s: settings.recover_s,
            answer_s: settings.answer_s,
            permissive_s: settings.permissive_s,
        }
    }
}

impl From<&ChangeSettings> for rollout::Settings {
    fn from(settings: &ChangeSettings) -> Self {
        Self {
            canary: settings.canary.clone(),
            observe_s: settings.observe_s,
            confirm: match settings.confirm_within_s {
                None => rollout::Confirm::ByItself,
                Some(seconds) => rollout::Confirm::Within { seconds },
            },
            wave: settings.wave,
            settle_s: settings.settle_s,
            recover_s: settings.recover_s,
            answer_s: settings.answer_s,
            permissive_s: settings.permissive_s,
        }
    }
}

/// The latest change of the cluster, if there was one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changes {
    /// It.
    pub latest: Option<RunningChange>,
}

/// A change that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunningChange {
    /// Its number.
    pub number: u64,
    /// Who began it.
    pub by: String,
    /// When, RFC 3339.
    pub begun_at: String,
    /// The node that leads it; absent while none does.
    pub leader: Option<String>,
    /// Whether Enforce stays all the time.
    pub without_permissive: bool,
    /// What was planned.
    pub plan: ChangePlan,
    /// `forward`, `back` or `abort`.
    pub direction: String,
    /// The step that is being done, as in the plan; `end` at the end.
    pub step: String,
    /// Every node.
    pub nodes: Vec<ChangingNode>,
    /// When Permissive is closed whatever happens, RFC 3339; absent while it is not open.
    pub permissive_until: Option<String>,
    /// Until when the canary waits to be confirmed, RFC 3339.
    pub confirm_by: Option<String>,
    /// Why the change has stopped, in a sentence.
    pub stopped: Option<String>,
    /// Why the TLS verification mode is not Enforce again although it should be, in sentences.
    pub held: Vec<String>,
    /// What can be decided: `confirm`, `retry`, `continue`, `roll-back`, `roll-back-and-delete-appended`, `abort`, `end-here`.
    pub choices: Vec<String>,
    /// How it ended: `complete`, `rolled-back`, `aborted` or `left`.
    pub end: Option<String>,
    /// What happened, oldest first.
    pub log: Vec<ChangeLogLine>,
}

/// A node in a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangingNode {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub answers: bool,
    /// What it serves: `former`, `new`, or `unknown` while it may be one or the other.
    pub serves: String,
    /// Its TLS verification mode: `permissive`, `enforce` or `unknown`.
    pub mode: String,
    /// What has become of it: `pending`, `changed`, `returned`, `kept` or `left-out`.
    pub outcome: String,
    /// What it is busy with, in words; empty if with nothing.
    pub work: String,
    /// What is not right after its restart, in sentences.
    pub troubles: Vec<String>,
}

/// A line of a change's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeLogLine {
    /// When, RFC 3339.
    pub at: String,
    /// In which step.
    pub step: String,
    /// At which node, if at one.
    pub node: Option<String>,
    /// What, as a sentence.
    pub what: String,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeDecision {
    /// One of [`RunningChange::choices`].
    pub choice: String,
}

impl ChangeDecision {
    /// What is decided; nothing if there is no such choice.
    #[must_use]
    pub fn choice(&self) -> Option<rollout::Choice> {
        super::words::CHOICES.iter().find(|(name, _)| *name == self.choice).map(|(_, choice)| *choice)
    }
}

/// What else is known of a change than plan, state and log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Who began it.
    pub by: String,
    /// When.
    pub at: certway_core::Time,
    /// Who leads it.
    pub leader: Option<String>,
}

impl RunningChange {
    /// What is shown of a change.
    #[must_use]
    pub fn new(
        plan: &rollout::Plan,
        state: &rollout::State,
        log: &[rollout::Entry],
        beginning: &Beginning,
        now: rollout::Time,
    ) -> Self {
        let nodes = plan.ids().zip(&state.nodes).map(|(id, node)| ChangingNode {
            name: plan.name(id).to_string(),
            answers: node.answers,
            serves: match node.serves {
                Some(rollout::Serving::Former) => "former".to_string(),
                Some(rollout::Serving::New) => "new".to_string(),
                None => "unknown".to_string(),
            },
            mode: node.mode.map_or_else(|| "unknown".to_string(), mode),
            outcome: outcome(node.outcome).to_string(),
            work: match &node.work {
                rollout::Work::Idle => String::new(),
                rollout::Work::Told { action: told, .. } => action(plan, *told),
                rollout::Work::Recovering { .. } => "recovers from its restart".to_string(),
            },
            troubles: match &node.work {
                rollout::Work::Recovering { troubles, .. } => reasons_of(plan, troubles),
                _ => Vec::new(),
            },
        });
        let time = |time: rollout::Time| certway_core::Time::from_unix(time.unix()).to_string();
        Self {
            number: plan.change,
            by: beginning.by.clone(),
            begun_at: beginning.at.to_string(),
            leader: beginning.leader.clone(),
            without_permissive: plan.order == rollout::Order::WithoutPermissive,
            plan: shown(plan),
            direction: direction(state.direction).to_string(),
            step: step(state.step),
            nodes: nodes.collect(),
            permissive_until: state.permissive_until.map(time),
            confirm_by: state.confirm_by.map(time),
            stopped: state.stop.as_ref().map(|stopped| stop(plan, stopped)),
            held: state.alarm(plan, now).iter().map(|held| hold(plan, held)).collect(),
            choices: state.choices(plan, now).into_iter().map(|choice| choice_name(choice).to_string()).collect(),
            end: state.end.map(|ended| end(ended).to_string()),
            log: log
                .iter()
                .map(|entry| ChangeLogLine {
                    at: time(entry.at),
                    step: step(entry.step),
                    node: entry.node.map(|node| plan.name(node).to_string()),
                    what: in_words(plan, &entry.what),
                })
                .collect(),
        }
    }
}
