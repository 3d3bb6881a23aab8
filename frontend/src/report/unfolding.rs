//! Long lists come onto the screen a few rows a task, so that none of these tasks keeps the page from answering.

use std::sync::Arc;

use leptos::prelude::*;

/// Rows built in one task: a few milliseconds, also on a slow machine.
const STEP: usize = 5;
/// Rows that a list begins with, and grows by when more are asked for.
pub(super) const SHOWN: usize = 100;

/// The first rows of a list: at once a few, then more with every task up to `limit`.
///
/// A list that is replaced begins anew; one that grows at its end goes on.
pub(super) fn unfolding<T: Send + Sync + 'static>(
    all: Signal<Vec<Arc<T>>>,
    limit: RwSignal<usize>,
) -> Signal<Vec<Arc<T>>> {
    // How many of the list with this first row are shown.
    let grown = RwSignal::new((0_usize, 0_usize));
    let shown = move |all: &[Arc<T>]| {
        let (head, count) = grown.get();
        let count = if all.first().is_some_and(|first| key(first) == head) { count } else { STEP };
        count.min(limit.get()).min(all.len())
    };
    Effect::new(move |_| {
        let (head, shown, goal) = all.with(|all| (all.first().map_or(0, key), shown(all), all.len().min(limit.get())));
        if shown < goal {
            set_timeout(
                move || {
                    // The list may be gone by then.
                    let _ = grown.try_set((head, shown + STEP));
                },
                core::time::Duration::ZERO,
            );
        }
    });
    Signal::derive(move || all.with(|all| all.iter().take(shown(all)).cloned().collect()))
}

/// Follows a condition, but a task later: what depends on it is drawn in a task of its own.
pub(super) fn a_task_later(condition: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    let (later, wanted) = (RwSignal::new(false), Memo::new(move |_| condition()));
    Effect::new(move |_| {
        let wanted = wanted.get();
        set_timeout(
            move || {
                // The page may have been left by then.
                let _ = later.try_set(wanted);
            },
            core::time::Duration::ZERO,
        );
    });
    later.into()
}

/// What tells a row from all others that are in memory.
pub(super) fn key<T>(row: &Arc<T>) -> usize {
    Arc::as_ptr(row).addr()
}
