//! A state in a word, a shape and a colour.

use certway_wire::Severity;

use super::icon;
use crate::dom::{El, el};

/// What colour is used for. Nothing else has a colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Refused,
    Warning,
    Advice,
    Loaded,
    /// Neither good nor bad.
    Plain,
}

impl State {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Warning => "warning",
            Self::Advice => "advice",
            Self::Loaded => "loaded",
            Self::Plain => "plain",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Refused => "Refused",
            Self::Warning => "Warning",
            Self::Advice => "Advice",
            Self::Loaded => "Done",
            Self::Plain => "",
        }
    }
}

impl From<Severity> for State {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Refused,
            Severity::Warning => Self::Warning,
            Severity::Advice => Self::Advice,
        }
    }
}

/// A state in a word of its own.
pub(crate) fn badge(state: State, word: &str) -> El {
    el("span").class(&format!("badge {}", state.class())).child(icon(state.class())).text(" ").text(word)
}

/// A state in the state's word.
pub(crate) fn badge_of(state: State) -> El {
    badge(state, state.word())
}
