//! What happens later: futures and timers, boxed at the border like all that is drawn.

use core::pin::Pin;

use gloo_timers::callback::Timeout;

/// Runs a future beside everything else.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// Does something after a time; 0 is a task of its own, as soon as the browser has time for one.
pub(crate) fn later(milliseconds: u32, run: impl FnOnce() + 'static) {
    let run: Box<dyn FnOnce()> = Box::new(run);
    Timeout::new(milliseconds, run).forget();
}

/// Waits.
pub(crate) async fn pause(milliseconds: u32) {
    gloo_timers::future::TimeoutFuture::new(milliseconds).await;
}
