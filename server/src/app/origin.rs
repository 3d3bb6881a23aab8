//! Where a request comes from, on its way through the handlers to the record of what it has changed.
//!
//! A request is answered by one task, which `http` runs in [`asked_from`]; work that it gives to other threads takes the address along
//! ([`carried`]). What the node does by itself has none.

use std::future::Future;

tokio::task_local! {
    static ADDRESS: String;
}

/// Answers a request that comes from this address.
pub(crate) async fn asked_from<F: Future>(address: String, answer: F) -> F::Output {
    ADDRESS.scope(address, answer).await
}

/// Where the request that is answered here comes from.
pub(crate) fn address() -> Option<String> {
    ADDRESS.try_with(Clone::clone).ok()
}

/// Work for another thread, which then knows the same.
pub(super) fn carried<T>(work: impl FnOnce() -> T + Send + 'static) -> impl FnOnce() -> T + Send + 'static {
    let address = address();
    move || match address {
        Some(address) => ADDRESS.sync_scope(address, work),
        None => work(),
    }
}
