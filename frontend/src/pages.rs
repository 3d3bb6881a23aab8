//! The pages, named as in the rail.

pub(crate) mod sign_in;
pub(crate) mod overview;
pub(crate) mod server_certificate;
pub(crate) mod trusted_cas;
pub(crate) mod check;

use leptos::prelude::*;

use crate::route::{PageLink, Route};

/// What stands at an address of no page.
#[component]
pub(crate) fn NoSuchPage() -> impl IntoView {
    view! {
        <h1>{Route::Unknown.label()}</h1>
        <p>"There is no page at this address. " <PageLink to=Route::Overview>"Go to the overview"</PageLink></p>
    }
}
