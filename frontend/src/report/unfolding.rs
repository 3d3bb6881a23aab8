//! Long lists come onto the screen a few rows a task, so that none of these tasks keeps the page from answering.

use std::sync::Arc;

use crate::dom::{View, effect, live_if, live_text};
use crate::signal::{Memo, RwSignal};
use crate::task::later;
use crate::ui::{ButtonKind, button};

/// Rows built in one task: a few milliseconds, also on a slow machine.
const STEP: usize = 5;
/// Rows that a list begins with, and grows by when more are asked for.
const SHOWN: usize = 100;

/// How much of a long list is shown: at once a few rows, then more with every task, up to a limit that grows when more
/// is asked for.
#[derive(Clone, Copy)]
pub(super) struct Unfolding {
    limit: RwSignal<usize>,
    /// How many of the list with this first row are shown.
    grown: RwSignal<(usize, usize)>,
}

impl Unfolding {
    /// A list that is replaced begins anew; one that grows at its end goes on.
    pub(super) fn of<T: Send + Sync + 'static>(all: RwSignal<Vec<Arc<T>>>) -> Self {
        let this = Self { limit: RwSignal::new(SHOWN), grown: RwSignal::new((0, 0)) };
        this.grow(Box::new(move || all.with(|all| head_and_length(all))));
        this
    }

    fn grow(self, list: Box<dyn Fn() -> (usize, usize)>) {
        effect(move || {
            let (head, length) = list();
            let shown = self.shown(head, length);
            if shown < length.min(self.limit.get()) {
                later(0, move || {
                    // The list may be gone by then.
                    self.grown.set((head, shown + STEP));
                });
            }
        });
    }

    fn shown(self, head: usize, length: usize) -> usize {
        let (of, count) = self.grown.get();
        let count = if of == head { count } else { STEP };
        count.min(self.limit.get()).min(length)
    }

    /// The rows to show now.
    pub(super) fn rows<T: Send + Sync + 'static>(self, all: RwSignal<Vec<Arc<T>>>) -> Vec<Arc<T>> {
        all.with(|all| {
            let (head, length) = head_and_length(all);
            all[..self.shown(head, length)].to_vec()
        })
    }

    /// A button for more, while not all of `total` may be shown.
    pub(super) fn more(self, total: impl Fn() -> usize + Copy + 'static) -> View {
        let more = move || total().saturating_sub(self.limit.get());
        let says = move || format!("Show more: {} are not shown", more());
        let grow = move || self.limit.update(|limit| *limit += SHOWN);
        live_if(move || more() > 0, move || button(ButtonKind::Plain, grow).child(live_text(says)))
    }
}

/// Follows a condition, but a task later: what depends on it is drawn in a task of its own.
pub(super) fn a_task_later(condition: impl Fn() -> bool + Send + Sync + 'static) -> RwSignal<bool> {
    let (follower, wanted) = (RwSignal::new(false), Memo::new(condition));
    effect(move || {
        let wanted = wanted.get();
        later(0, move || {
            // The page may have been left by then.
            follower.set(wanted);
        });
    });
    follower
}

fn head_and_length<T>(all: &[Arc<T>]) -> (usize, usize) {
    (all.first().map_or(0, |first| Arc::as_ptr(first).addr()), all.len())
}

/// What tells a row from all others that are in memory.
pub(super) fn key<T>(row: &Arc<T>) -> String {
    Arc::as_ptr(row).addr().to_string()
}
