//! A state in a word, a shape and a colour.

use certway_wire::Severity;
use leptos::prelude::*;

use super::Icon;

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

/// A state. Without a `word` of its own it says the state's.
#[component]
pub(crate) fn Badge(state: State, #[prop(optional)] word: &'static str) -> AnyView {
    let word = if word.is_empty() { state.word() } else { word };
    view! { <span class=format!("badge {}", state.class())><Icon name=state.class()/> {word}</span> }.into_any()
}
