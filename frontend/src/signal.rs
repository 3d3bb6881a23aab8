//! Leptos' signals and memos, with their values boxed.
//!
//! Leptos compiles its graph anew for each type that a signal holds: some kilobytes of download a type. Here the graph
//! knows one type, a box, and what is in it is known where it is used. Otherwise they are Leptos' own.

use core::any::Any;
use core::marker::PhantomData;
use core::ops::Deref;

use leptos::prelude::{self as graph, Read as _, ReadUntracked as _, Set as _, Update as _};
use wasm_bindgen::UnwrapThrowExt as _;

type Boxed = Box<dyn Any + Send + Sync>;

/// A value that can be set, and that is followed by what reads it. A copy is a handle to the same value.
pub(crate) struct RwSignal<T>(graph::RwSignal<Boxed>, PhantomData<fn() -> T>);

/// A value that is worked out from signals. What reads it is told only when it has become another one.
pub(crate) struct Memo<T>(graph::Memo<Compared>, PhantomData<fn() -> T>);

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: Send + Sync + 'static> RwSignal<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(new(Box::new(value)), PhantomData)
    }

    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&**followed(self.0)))
    }

    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.try_with_untracked(read).unwrap_throw()
    }

    /// `None` if the signal is gone with its part of the page.
    pub(crate) fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        looked_at(self.0).map(|value| read(typed(&**value)))
    }

    /// Changes the value. Nothing happens if the signal is gone with its part of the page.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        let mut change = Some(change);
        self::change(self.0, &mut |value| {
            if let (Some(change), Some(value)) = (change.take(), value.downcast_mut()) {
                change(value);
            }
        });
    }

    /// Sets the value. Nothing happens if the signal is gone with its part of the page.
    pub(crate) fn set(self, value: T) {
        set(self.0, Box::new(value));
    }
}

impl<T: Clone + Send + Sync + 'static> RwSignal<T> {
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// `None` if the signal is gone with its part of the page.
    pub(crate) fn try_get_untracked(self) -> Option<T> {
        self.try_with_untracked(T::clone)
    }
}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    pub(crate) fn new(work_out: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let boxed =
            move || Compared { value: Box::new(work_out()), same: |one, other| typed::<T>(one) == typed::<T>(other) };
        Self(memo(Box::new(boxed)), PhantomData)
    }

    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&*memo_followed(self.0).value))
    }

    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&*memo_looked_at(self.0).value))
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Memo<T> {
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

/// A memo's value, with what compares it.
struct Compared {
    value: Boxed,
    same: fn(&(dyn Any + Send + Sync), &(dyn Any + Send + Sync)) -> bool,
}

impl PartialEq for Compared {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

/// What is in a box. Only `new` and `set` of the same signal fill it, so it is of that type.
fn typed<T: 'static>(value: &(dyn Any + Send + Sync)) -> &T {
    value.downcast_ref().unwrap_throw()
}

// Leptos' part, once for all types.

fn new(value: Boxed) -> graph::RwSignal<Boxed> {
    graph::RwSignal::new(value)
}

fn followed(signal: graph::RwSignal<Boxed>) -> impl Deref<Target = Boxed> {
    // A signal that is read belongs to what reads it, or to what is around that.
    signal.try_read().unwrap_throw()
}

fn looked_at(signal: graph::RwSignal<Boxed>) -> Option<impl Deref<Target = Boxed>> {
    signal.try_read_untracked()
}

fn change(signal: graph::RwSignal<Boxed>, change: &mut dyn FnMut(&mut Boxed)) {
    let _gone = signal.try_update(change);
}

fn set(signal: graph::RwSignal<Boxed>, value: Boxed) {
    signal.set(value);
}

fn memo(work_out: Box<dyn Fn() -> Compared + Send + Sync>) -> graph::Memo<Compared> {
    graph::Memo::new(move |_| work_out())
}

fn memo_followed(memo: graph::Memo<Compared>) -> impl Deref<Target = Compared> {
    memo.try_read().unwrap_throw()
}

fn memo_looked_at(memo: graph::Memo<Compared>) -> impl Deref<Target = Compared> {
    memo.try_read_untracked().unwrap_throw()
}
