//! Short messages about what was just done. They stay until they are put away, another page is shown, or eight newer
//! ones push them out.

use crate::dom::{El, each, el};
use crate::signal::RwSignal;
use crate::ui::{State, badge_of, spoken};

/// How many are kept.
const KEPT: usize = 8;

#[derive(Clone, PartialEq)]
struct Notice {
    number: u32,
    state: State,
    text: String,
}

/// The list of messages.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    list: RwSignal<Vec<Notice>>,
}

impl Notices {
    pub(crate) fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()) }
    }

    /// Says that something was done.
    pub(crate) fn done(self, text: impl Into<String>) {
        self.say(State::Loaded, text.into());
    }

    /// Says that something was done, but not all that one might expect.
    pub(crate) fn warn(self, text: impl Into<String>) {
        self.say(State::Warning, text.into());
    }

    /// Says that something was not done, and why.
    pub(crate) fn failed(self, text: impl ToString) {
        self.say(State::Refused, text.to_string());
    }

    /// Puts all away: another page is shown.
    pub(super) fn clear(self) {
        self.list.set(Vec::new());
    }

    fn say(self, state: State, text: String) {
        self.list.update(|list| {
            let number = list.last().map_or(0, |last| last.number + 1);
            list.push(Notice { number, state, text });
            if list.len() > KEPT {
                list.remove(0);
            }
        });
    }
}

/// The messages, above the page. A screen reader reads each once, when it comes.
pub(crate) fn notice_list() -> El {
    let list = crate::app::App::here().notices.list;
    el("div").class("notices").attr("role", "status").child(each(
        move || list.get(),
        |notice| notice.number.to_string(),
        move |notice| notice_view(list, &notice),
    ))
}

fn notice_view(list: RwSignal<Vec<Notice>>, notice: &Notice) -> El {
    let number = notice.number;
    el("div")
        .class(&format!("notice {}", notice.state.class()))
        .child(badge_of(notice.state))
        .child(el("p").child(spoken(&notice.text)))
        .child(
            el("button")
                .class("icon-button")
                .attr("aria-label", "Put this message away")
                .on_press(move || list.update(|list| list.retain(|other| other.number != number)))
                .text("×"),
        )
}
